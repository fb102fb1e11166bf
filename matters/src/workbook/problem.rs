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
    /// What is worth a look and stands in nobody's way.
    warnings: Vec<WorkbookError>,
    /// It is a form by itself and not one of a matter.
    plain: bool,
    /// Where the columns of the sheets stand, from 0.
    columns: BTreeMap<String, BTreeMap<String, u32>>,
}

impl Problems {
    /// For a form by itself, as other tools read it: what they let pass is a warning.
    pub(super) fn of_plain_form() -> Self {
        Problems {
            plain: true,
            ..Problems::default()
        }
    }

    /// None yet, of the same kind of workbook.
    pub(super) fn alike(&self) -> Self {
        Problems {
            plain: self.plain,
            ..Problems::default()
        }
    }

    /// Whether it is a form by itself.
    pub(super) fn is_plain(&self) -> bool {
        self.plain
    }

    /// From now on, what is wrong in these columns of the sheet is told with its cell.
    pub(super) fn know_columns(&mut self, sheet: &str, columns: BTreeMap<String, u32>) {
        self.columns.insert(sheet.to_owned(), columns);
    }

    /// The cell as Excel names it; empty when the sheet has no such column.
    pub(super) fn cell(&self, sheet: &str, row: u32, column: &str) -> String {
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
            let error = self.error(sheet, row, column, code, problem.into(), remedy.into());
            self.list.push(error);
        }
    }

    /// Forgets the problems of this code.
    pub(super) fn forget(&mut self, code: &str) {
        self.list.retain(|error| error.code != code);
    }

    /// What keeps nobody from using the workbook.
    pub(super) fn warn(
        &mut self,
        sheet: &str,
        row: u32,
        column: &str,
        code: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        if self.warnings.len() < MOST {
            let error = self.error(sheet, row, column, code, problem.into(), remedy.into());
            self.warnings.push(error);
        }
    }

    /// Wrong in a matter; a warning in a form by itself, since other tools let it pass.
    pub(super) fn doubt(
        &mut self,
        sheet: &str,
        row: u32,
        column: &str,
        code: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        if self.plain {
            self.warn(sheet, row, column, code, problem, remedy);
        } else {
            self.add(sheet, row, column, code, problem, remedy);
        }
    }

    fn error(&self, sheet: &str, row: u32, column: &str, code: &str, problem: String, remedy: String) -> WorkbookError {
        WorkbookError {
            sheet: sheet.into(),
            row,
            cell: self.cell(sheet, row, column),
            column: column.into(),
            code: code.into(),
            problem,
            remedy,
        }
    }

    /// Takes over what another reader found.
    pub(super) fn absorb(&mut self, other: Problems) {
        self.list.extend(other.list);
        self.warnings.extend(other.warnings);
    }

    /// What was warned of so far.
    pub(super) fn take_warnings(&mut self) -> Vec<WorkbookError> {
        std::mem::take(&mut self.warnings)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// In the order of the sheets as people read them, and of their rows.
    pub(super) fn into_list(self) -> Vec<WorkbookError> {
        self.into_lists().0
    }

    /// What is wrong, and the warnings.
    pub(super) fn into_lists(mut self) -> (Vec<WorkbookError>, Vec<WorkbookError>) {
        for list in [&mut self.list, &mut self.warnings] {
            list.sort_by_key(|error| (SHEETS.iter().position(|sheet| *sheet == error.sheet), error.row));
        }
        (self.list, self.warnings)
    }
}

/// The sheets in the order in which a person fills them in; the file itself first.
const SHEETS: [&str; 14] = [
    "",
    "matter",
    "bundle",
    "block",
    "matters",
    "survey",
    "choices",
    "settings",
    "materials",
    "guide",
    "rules",
    "steps",
    "shared",
    "scenarios",
];

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
