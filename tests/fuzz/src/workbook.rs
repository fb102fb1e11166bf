//! Workbooks and lists as files.

use doorstep_matters::catalogue;
use doorstep_matters::workbook::{disagreements, read_form_with, read_upper};

use crate::package::zipped;

/// What stands before the name of a part.
const PART: &str = "\n==== ";

/// The bytes are a package, or, where they begin with a line `==== NAME`, the parts of a
/// package, each behind such a line; or else a list, `.csv`.
pub fn workbook(data: &[u8]) {
    if data.starts_with(PART.trim_start().as_bytes()) {
        let parts = parts(&[b"\n", data].concat());
        return read(&zipped(&parts));
    }
    if data.starts_with(b"PK") {
        return read(data);
    }
    let list = ("村.csv".to_owned(), data.to_vec());
    drop(catalogue::check(&[list]));
    compare("upper.csv", data);
}

fn parts(data: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    let mut rest = data;
    let mark = PART.as_bytes();
    let find = |bytes: &[u8]| bytes.windows(mark.len()).position(|window| window == mark);
    while let Some(at) = find(rest) {
        let behind = rest.get(at + mark.len()..).unwrap_or_default();
        let end = behind.iter().position(|byte| *byte == b'\n').unwrap_or(behind.len());
        let content = behind.get(end + 1..).unwrap_or_default();
        let length = find(content).unwrap_or(content.len());
        let (content, after) = content.split_at(length);
        let name = String::from_utf8_lossy(behind.get(..end).unwrap_or_default()).into_owned();
        parts.push((name, content.to_vec()));
        rest = after;
    }
    parts
}

fn read(bytes: &[u8]) {
    drop(catalogue::check(&[("事项.xlsx".to_owned(), bytes.to_vec())]));
    drop(read_form_with(bytes, None));
    compare("upper.xlsx", bytes);
}

fn compare(name: &str, bytes: &[u8]) {
    if let Some(upper) = read_upper(name, bytes) {
        disagreements(&upper, std::iter::empty());
    }
}
