//! What is wrong with a workbook, collected.

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
}

impl Problems {
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
            self.list.push(WorkbookError {
                sheet: sheet.into(),
                row,
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
