//! A workbook as rows of texts, so that a test can write into its cells.

use std::io::Cursor;

use calamine::{Reader, Xlsx};
use rust_xlsxwriter::Workbook;

/// Its sheets, each with its rows.
#[derive(Clone)]
pub struct Book(pub Vec<(String, Vec<Vec<String>>)>);

impl Book {
    pub fn read(bytes: &[u8]) -> Self {
        let mut workbook = Xlsx::new(Cursor::new(bytes)).unwrap();
        let names = workbook.sheet_names();
        let sheets = names.into_iter().map(|name| {
            let range = workbook.worksheet_range(&name).unwrap();
            let (rows, columns) = range.end().map_or((0, 0), |(row, column)| (row + 1, column + 1));
            let text = |row, column| {
                range
                    .get_value((row, column))
                    .map(ToString::to_string)
                    .unwrap_or_default()
            };
            let rows = (0..rows).map(|row| (0..columns).map(|column| text(row, column)).collect());
            let rows = rows.collect();
            (name, rows)
        });
        Self(sheets.collect())
    }

    pub fn write(&self) -> Vec<u8> {
        let mut workbook = Workbook::new();
        for (name, rows) in &self.0 {
            let sheet = workbook.add_worksheet().set_name(name).unwrap();
            for (row, cells) in (0..).zip(rows) {
                for (column, text) in (0..).zip(cells).filter(|(_, text)| !text.is_empty()) {
                    sheet.write_string(row, column, text).unwrap();
                }
            }
        }
        workbook.save_to_buffer().unwrap()
    }

    pub fn rows(&mut self, sheet: &str) -> &mut Vec<Vec<String>> {
        let found = self.0.iter_mut().find(|(name, _)| name == sheet);
        &mut found.unwrap_or_else(|| panic!("no sheet {sheet}")).1
    }

    /// The column of a heading, from 0; `label` finds `label::中文 (zh)` too. It is added when there is none.
    pub fn column(&mut self, sheet: &str, heading: &str) -> usize {
        let rows = self.rows(sheet);
        let called = |text: &String| {
            let line = text.lines().next().unwrap_or_default();
            line == heading
                || line
                    .strip_prefix(heading)
                    .is_some_and(|rest| rest.starts_with("::中文"))
        };
        if let Some(place) = rows[0].iter().position(called) {
            return place;
        }
        let place = rows[0].len();
        for row in rows.iter_mut() {
            row.resize(place + 1, String::new());
        }
        rows[0][place] = heading.to_owned();
        place
    }

    pub fn get(&mut self, sheet: &str, row: usize, heading: &str) -> String {
        let column = self.column(sheet, heading);
        self.rows(sheet)[row - 1].get(column).cloned().unwrap_or_default()
    }

    /// Writes a cell; rows count from 1.
    pub fn set(&mut self, sheet: &str, row: usize, heading: &str, text: &str) {
        let column = self.column(sheet, heading);
        let rows = self.rows(sheet);
        while rows.len() < row {
            rows.push(Vec::new());
        }
        let cells = &mut rows[row - 1];
        cells.resize(cells.len().max(column + 1), String::new());
        cells[column] = text.to_owned();
    }

    /// The first row, from 1, where a column has this text.
    pub fn find(&mut self, sheet: &str, heading: &str, text: &str) -> usize {
        let column = self.column(sheet, heading);
        let place = self
            .rows(sheet)
            .iter()
            .position(|row| row.get(column).is_some_and(|cell| cell == text));
        place.unwrap_or_else(|| panic!("no {text} in {sheet}")) + 1
    }

    /// Adds a row at the end, and says which it is.
    pub fn add(&mut self, sheet: &str, cells: &[(&str, &str)]) -> usize {
        let row = self.rows(sheet).len() + 1;
        for (heading, text) in cells {
            self.set(sheet, row, heading, text);
        }
        row
    }

    /// Fills the yellow cells of an empty workbook.
    pub fn fill(&mut self, code: &str, name: &str) {
        for (key, value) in [
            ("code", code),
            ("name", name),
            ("department", "云溪区民政局"),
            ("promised_days", "20 工作日"),
        ] {
            let row = self.find("matter", "key", key);
            self.set("matter", row, "value", value);
        }
    }
}
