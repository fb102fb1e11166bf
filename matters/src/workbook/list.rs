//! Lists in files of their own: `.csv`, as every spreadsheet program writes it, or the first sheet of an `.xlsx`.

use std::collections::BTreeMap;

use super::file::{self, Row};
use super::problem::Problems;

/// Most rows of a list.
const MOST_ROWS: usize = 50_000;
/// Most columns of a list.
const MOST_COLUMNS: usize = 100;
/// Largest list, in bytes.
const LARGEST: usize = 8 << 20;

/// The rows of a list that have something in them, headings first; `None` when it is none, or too large.
pub(super) fn rows(name: &str, bytes: &[u8]) -> Option<Vec<Row>> {
    if name.to_lowercase().ends_with(".csv") {
        csv_rows(bytes)
    } else {
        file::first_sheet(bytes, &mut Problems::default())
    }
}

/// Text in UTF-8, or as spreadsheet programs in China save it: GB 18030.
pub(super) fn csv_rows(bytes: &[u8]) -> Option<Vec<Row>> {
    if bytes.len() > LARGEST {
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').into(),
        Err(_) => {
            let (text, _, broken) = encoding_rs::GB18030.decode(bytes);
            if broken {
                return None;
            }
            text
        }
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let bytes = text.as_bytes();
    let (mut number, mut counted) = (1, 0);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.ok()?;
        // The reader says where it went on, which is before the line ends that it then passes over.
        let from = record.position().map_or(0, |position| position.byte() as usize);
        let ends = bytes.iter().skip(from).take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let begins = from + ends.count();
        let before = bytes.get(counted..begins).unwrap_or_default();
        number += before.iter().filter(|byte| **byte == b'\n').count() as u32;
        counted = begins;
        if rows.len() >= MOST_ROWS || record.len() > MOST_COLUMNS {
            return None;
        }
        let cells: BTreeMap<u32, String> = (0..)
            .zip(&record)
            .filter(|(_, text)| !text.trim().is_empty())
            .map(|(place, text)| (place, text.to_owned()))
            .collect();
        if !cells.is_empty() {
            rows.push(Row { number, cells });
        }
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn lists_are_read_as_spreadsheet_programs_write_them() {
        let text = "code,name\r\n1,\"甲,乙\"\r\n\r\n2,丙\r\n";
        let cells = |bytes: &[u8]| {
            let rows = csv_rows(bytes).unwrap();
            rows.iter()
                .map(|row| (row.number, row.cells.values().cloned().collect()))
                .collect::<Vec<(u32, Vec<_>)>>()
        };
        let plain = cells(text.as_bytes());
        assert_eq!(plain[1], (2, vec!["1".to_owned(), "甲,乙".to_owned()]));
        assert_eq!(plain[2], (4, vec!["2".to_owned(), "丙".to_owned()]));
        assert_eq!(cells(format!("\u{feff}{text}").as_bytes()), plain);
        assert_eq!(cells(&encoding_rs::GB18030.encode(text).0), plain);
        assert!(csv_rows(&[0xff, 0xff, b',', 0x80]).is_none());
        assert!(csv_rows(&vec![b'x'; LARGEST + 1]).is_none());
        assert!(csv_rows("x,".repeat(200).as_bytes()).is_none());
    }
}
