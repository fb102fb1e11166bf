//! What a workbook is read among: the other files of its catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::file;
use super::problem::Problems;
use super::table::Table;
use super::{Sheets, WorkbookError};
use crate::matter::{Matter, Unconfirmed};

/// A workbook whose cells have been read.
pub(crate) struct Opened {
    /// What it describes.
    pub(crate) kind: Kind,
    pub(super) sheets: Sheets,
    /// What was marked `[?]`.
    pub(super) unconfirmed: Vec<Unconfirmed>,
    /// Knows where the columns stand.
    columns: Problems,
}

/// What a workbook describes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A matter, with its code.
    Matter(String),
    /// A bundle, with its code.
    Bundle(String),
    /// A block, with its name.
    Block(String),
}

/// The catalogue around a workbook.
#[derive(Default)]
pub(crate) struct Around<'a> {
    /// The files by name; `None` when the workbook is read by itself and nobody can say what stands beside it.
    pub(crate) files: Option<BTreeMap<&'a str, &'a [u8]>>,
    /// The workbooks among them, by the number of their file.
    pub(crate) workbooks: BTreeMap<usize, &'a Opened>,
    /// The files of the blocks, by name.
    pub(crate) blocks: BTreeMap<String, usize>,
    /// The codes of all matters.
    pub(crate) codes: BTreeSet<String>,
    /// The matters that bundles may name, with their files, by code.
    pub(crate) matters: BTreeMap<String, (usize, Arc<Matter>)>,
}

impl<'a> Around<'a> {
    pub(super) fn opened(&self, file: usize) -> Option<&'a Opened> {
        self.workbooks.get(&file).copied()
    }

    /// Whether there is a file of that name, or nobody can say.
    pub(super) fn has(&self, name: &str) -> bool {
        self.files.as_ref().is_none_or(|files| files.contains_key(name))
    }

    /// The bytes of a file.
    pub(super) fn file(&self, name: &str) -> Option<Vec<u8>> {
        self.files.as_ref()?.get(name).map(|bytes| bytes.to_vec())
    }

    pub(super) fn codes(&self) -> Option<&BTreeSet<String>> {
        self.files.is_some().then_some(&self.codes)
    }
}

/// Reads the cells of a workbook and what it describes, or why that cannot be.
pub(crate) fn open(bytes: &[u8]) -> Result<Opened, Vec<WorkbookError>> {
    let mut problems = Problems::default();
    let Some(mut sheets) = file::read(bytes, &mut problems) else {
        return Err(problems.into_list());
    };
    let mut unconfirmed = Vec::new();
    for (sheet, key) in [
        ("matter", "key"),
        ("bundle", "key"),
        ("materials", "code"),
        ("steps", "name"),
    ] {
        if let Some(rows) = sheets.get_mut(sheet) {
            confirm(sheet, key, rows, &mut unconfirmed);
        }
    }
    let mut columns = Problems::default();
    for (sheet, rows) in &sheets {
        Table::new(sheet, rows, &mut columns);
    }
    let kind = if sheets.contains_key("block") {
        Kind::Block(value(&sheets, "block", "name"))
    } else if sheets.contains_key("bundle") {
        Kind::Bundle(value(&sheets, "bundle", "code"))
    } else {
        Kind::Matter(value(&sheets, "matter", "code"))
    };
    if problems.is_empty() {
        Ok(Opened {
            kind,
            sheets,
            unconfirmed,
            columns,
        })
    } else {
        Err(problems.into_list())
    }
}

impl Opened {
    /// The cell of a column in this workbook, `C7`.
    pub(crate) fn cell(&self, sheet: &str, row: u32, column: &str) -> String {
        self.columns.cell(sheet, row, column)
    }

    /// The row of a key in `matter`, `bundle` or `block`.
    pub(crate) fn row(&self, sheet: &str, key: &str) -> u32 {
        let rows = self.sheets.get(sheet).map(Vec::as_slice).unwrap_or_default();
        let table = Table::new(sheet, rows, &mut Problems::default());
        let row = table.as_ref().and_then(|table| {
            let mut records = table.records();
            records
                .find(|record| record.get("key") == key)
                .map(|record| record.number())
        });
        row.unwrap_or(0)
    }
}

fn value(sheets: &Sheets, sheet: &str, key: &str) -> String {
    let rows = sheets.get(sheet).map(Vec::as_slice).unwrap_or_default();
    let table = Table::new(sheet, rows, &mut Problems::default());
    let words = table.as_ref().and_then(|table| {
        let mut records = table.records();
        records
            .find(|record| record.get("key") == key)
            .map(|record| record.words("value").zh)
    });
    words.unwrap_or_default()
}

/// Takes the marks `[?]` off the cells, and notes them.
fn confirm(sheet: &str, key: &str, rows: &mut [file::Row], unconfirmed: &mut Vec<Unconfirmed>) {
    let marked = |text: &str| {
        text.trim_end()
            .strip_suffix("[?]")
            .map(|rest| rest.trim_end().to_owned())
    };
    let mut marks = Vec::new();
    for row in rows.iter_mut().skip(1) {
        for (column, text) in row.cells.iter_mut() {
            if let Some(plain) = marked(text) {
                *text = plain;
                marks.push((row.number, *column));
            }
        }
        row.cells.retain(|_, text| !text.is_empty());
    }
    let mut columns = Problems::default();
    let Some(table) = Table::new(sheet, rows, &mut columns) else {
        return;
    };
    let records: BTreeMap<u32, _> = table.records().map(|record| (record.number(), record)).collect();
    for (row, column) in marks {
        let Some(record) = records.get(&row) else {
            continue;
        };
        let heading = table.heading_at(column).unwrap_or_default();
        // `value::中文 (zh)` is the value, whatever its language.
        let base = heading.split("::").next().unwrap_or(heading);
        unconfirmed.push(Unconfirmed {
            sheet: sheet.to_owned(),
            row,
            column: base.to_owned(),
            name: record.get(key).to_owned(),
        });
    }
}
