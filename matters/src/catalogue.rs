//! A catalogue is a folder of files that belong together: workbooks (of a matter, a bundle or a block), lists (`.csv`) and
//! sample pictures (`.jpg`, `.png`). Both ends read it here and alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::matter::Matter;
use crate::workbook::{self, WorkbookError};

/// The matters of a version.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// By code. A bundle is a matter whose `parts` is not empty.
    pub matters: BTreeMap<String, Arc<Matter>>,
    /// In which file each matter stands, by code.
    pub files: BTreeMap<String, String>,
    /// What is worth a look and stands in nobody's way.
    pub warnings: Vec<Fault>,
}

/// Something wrong in one file of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Fault {
    /// File name.
    pub file: String,
    /// What, where, and how to mend it.
    pub error: WorkbookError,
}

/// The media type of a file that may stand in a catalogue, by its name; `None` for any other file.
pub fn media_type(name: &str) -> Option<&'static str> {
    let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
    Some(match ending.as_str() {
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "csv" => "text/csv",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        _ => return None,
    })
}

/// Reads a catalogue as one does before publishing it: its scenarios are played as well.
pub fn check(files: &[(String, Vec<u8>)]) -> Result<Catalogue, Vec<Fault>> {
    read(files)
}

/// Reads a catalogue, or everything that is wrong with it.
pub fn read(files: &[(String, Vec<u8>)]) -> Result<Catalogue, Vec<Fault>> {
    let (catalogue, faults) = open(files);
    if faults.is_empty() { Ok(catalogue) } else { Err(faults) }
}

/// Reads of a catalogue what can be read, and tells what is wrong with the rest: a published version stays of use when one
/// of its files is lost.
pub fn open(files: &[(String, Vec<u8>)]) -> (Catalogue, Vec<Fault>) {
    let mut catalogue = Catalogue::default();
    let mut faults = Vec::new();
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".xlsx")) {
        let fault = |error| Fault {
            file: name.clone(),
            error,
        };
        match workbook::read(bytes) {
            Err(errors) => faults.extend(errors.into_iter().map(fault)),
            Ok(matter) => {
                if let Some(other) = catalogue.files.get(&matter.code) {
                    faults.push(fault(same_code(&matter.code, other)));
                    continue;
                }
                catalogue.files.insert(matter.code.clone(), name.clone());
                catalogue.matters.insert(matter.code.clone(), Arc::new(matter));
            }
        }
    }
    (catalogue, faults)
}

fn same_code(code: &str, other: &str) -> WorkbookError {
    WorkbookError {
        sheet: "matter".into(),
        row: 0,
        column: "code".into(),
        cell: String::new(),
        code: "same_code".into(),
        problem: format!("事项编码 {code} 与 {other} 相同"),
        remedy: "每个事项使用不同的编码".into(),
    }
}
