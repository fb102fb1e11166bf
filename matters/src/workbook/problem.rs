//! What is wrong with a workbook, collected.

use std::collections::BTreeMap;

/// More than this nobody reads; the rest shows after these are mended.
const MOST: usize = 200;

/// One thing wrong in a workbook, in words a district's staff can act on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkbookError {
    /// Sheet name; empty when it concerns the file.
    pub sheet: String,
    /// Row as Excel counts, from 1; 0 when it concerns the sheet.
    pub row: u32,
    /// Column heading; empty when it concerns the row.
    pub column: String,
    /// The cell as Excel names it, `C7`; empty when it concerns no single one.
    #[serde(default)]
    pub cell: String,
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub problem: String,
    /// How to mend it.
    pub remedy: String,
}

/// The problems found so far.
#[derive(Default)]
pub(super) struct Problems {
    list: Vec<WorkbookError>,
    /// Where the columns of the sheets stand, from 0.
    columns: BTreeMap<String, BTreeMap<String, u32>>,
}

impl Problems {
    /// From now on, what is wrong in these columns of the sheet is told with its cell.
    pub(super) fn know_columns(&mut self, sheet: &str, columns: BTreeMap<String, u32>) {
        self.columns.insert(sheet.to_owned(), columns);
    }

    fn cell(&self, sheet: &str, row: u32, column: &str) -> String {
        let place = self.columns.get(sheet).and_then(|columns| columns.get(column));
        match place {
            Some(place) if row > 0 => format!("{}{row}", letters(*place)),
            _ => String::new(),
        }
    }

    pub(super) fn add(
        &mut self,
        sheet: &str,
        row: u32,
        column: &str,
        code: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        if self.list.len() < MOST {
            let cell = self.cell(sheet, row, column);
            self.list.push(WorkbookError {
                sheet: sheet.into(),
                row,
                cell,
                column: column.into(),
                code: code.into(),
                problem: problem.into(),
                remedy: remedy.into(),
            });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// In the order of the sheets as they were read, and of their rows.
    pub(super) fn into_list(mut self) -> Vec<WorkbookError> {
        let place = |sheet: &str| {
            ["", "matter", "survey", "choices", "settings", "materials"]
                .iter()
                .position(|s| *s == sheet)
        };
        self.list.sort_by_key(|error| (place(&error.sheet), error.row));
        self.list
    }
}

/// The letters over a column, counted from 0: `A`, `Z`, `AA`.
fn letters(place: u32) -> String {
    let last = char::from(b'A' + (place % 26) as u8);
    match place / 26 {
        0 => last.to_string(),
        more => format!("{}{last}", letters(more - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn columns_are_lettered_as_excel_does() {
        let lettered = [0, 25, 26, 51, 52, 701, 702].map(letters);
        assert_eq!(lettered, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }
}
