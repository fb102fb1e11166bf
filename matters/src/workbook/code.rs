//! Which matter a file is about, without reading it whole.

use super::file;
use super::problem::Problems;
use super::table::Table;

/// The code of the matter or bundle that a workbook describes; `None` for a block, a list, a picture, or what cannot be
/// read.
pub fn code(bytes: &[u8]) -> Option<String> {
    let problems = &mut Problems::default();
    let sheets = file::read(bytes, problems)?;
    let rows = sheets.get("matter").or_else(|| sheets.get("bundle"))?;
    let table = Table::new("matter", rows, problems)?;
    let line = table.records().find(|record| record.get("key") == "code")?;
    Some(line.words("value").zh).filter(|code| !code.is_empty())
}
