//! Lines of several workbooks in one sheet: a block that is included, the matters of a bundle.
//!
//! A line from another file keeps the place it came from: its row is counted from that file's number, so that what is
//! wrong with it is told there.

use std::collections::BTreeMap;

use super::file::Row;
use super::heading;

/// More rows than any sheet has: the rows of file number `n` are counted from `(n + 1) * FILE`, those of the workbook that
/// is read from 0.
const FILE: u32 = 1 << 16;

/// The file a row comes from (`None` for the one that is read), and its row there.
pub(crate) fn origin(row: u32) -> (Option<usize>, u32) {
    let file = (row / FILE).checked_sub(1).map(|file| file as usize);
    (file, row % FILE)
}

/// Most lines that a workbook includes.
pub(super) const MOST_LINES: usize = 50_000;
/// Most text in them, in bytes: a block may be large, and be included many times.
pub(super) const MOST_TEXT: usize = 8 << 20;
/// Most lines that include something.
pub(super) const MOST_INCLUDES: usize = 500;

/// A sheet by headings instead of columns.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    /// Where the sheet's own headings stand.
    columns: BTreeMap<String, u32>,
    /// What stands below them.
    pub(super) lines: Vec<Line>,
}

/// A row by headings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) row: u32,
    pub(super) cells: BTreeMap<String, String>,
}

impl Line {
    pub(super) fn get(&self, heading: &str) -> &str {
        self.cells.get(heading).map(|text| text.trim()).unwrap_or_default()
    }

    pub(super) fn set(&mut self, heading: &str, text: impl Into<String>) {
        let text = text.into();
        if text.is_empty() {
            self.cells.remove(heading);
        } else {
            self.cells.insert(heading.to_owned(), text);
        }
    }
}

impl Lines {
    /// The lines of a sheet; of another file than the one that is read, when it has a number.
    pub(super) fn of(sheet: &str, rows: &[Row], file: Option<usize>) -> Self {
        let Some((head, rows)) = rows.split_first() else {
            return Lines::default();
        };
        let double = heading::is_double(head.cells.values().map(String::as_str));
        let headings: BTreeMap<u32, String> = head
            .cells
            .iter()
            .map(|(column, text)| (*column, heading::read(sheet, text, double)))
            .collect();
        let offset = file.map_or(0, |file| (file as u32 + 1).saturating_mul(FILE));
        let lines = rows.iter().map(|row| Line {
            row: if row.number < FILE {
                row.number + offset
            } else {
                row.number
            },
            cells: row
                .cells
                .iter()
                .filter_map(|(column, text)| Some((headings.get(column)?.clone(), text.clone())))
                .collect(),
        });
        Lines {
            lines: lines.collect(),
            columns: headings
                .into_iter()
                .map(|(column, heading)| (heading, column))
                .collect(),
        }
    }

    /// The sheet again: its own headings where they stood, those of other files behind them.
    pub(super) fn into_rows(mut self) -> Vec<Row> {
        let mut next = self.columns.values().max().map_or(0, |last| last + 1);
        for heading in self.lines.iter().flat_map(|line| line.cells.keys()) {
            if !self.columns.contains_key(heading) {
                self.columns.insert(heading.clone(), next);
                next += 1;
            }
        }
        let head = Row {
            number: 1,
            cells: self
                .columns
                .iter()
                .map(|(heading, column)| (*column, heading.clone()))
                .collect(),
        };
        let columns = &self.columns;
        let row = |line: Line| Row {
            number: line.row,
            cells: line
                .cells
                .into_iter()
                .filter_map(|(heading, text)| Some((*columns.get(&heading)?, text)))
                .collect(),
        };
        std::iter::once(head).chain(self.lines.into_iter().map(row)).collect()
    }
}
