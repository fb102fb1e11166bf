//! Reads a workbook (`.xlsx`).

use crate::matter::Matter;

/// One thing wrong in a workbook, in words a district's staff can act on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WorkbookError {
    /// Sheet name.
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

/// Reads a matter, or everything that is wrong with it.
pub fn read(_bytes: &[u8]) -> Result<Matter, Vec<WorkbookError>> {
    todo!()
}

impl Matter {
    /// The line in a list.
    pub fn summary(&self, _language: crate::Language) -> crate::MatterSummary {
        todo!()
    }
    /// Everything needed, for the answers given so far.
    pub fn view(&self, _answers: &crate::Answers, _context: &crate::Context) -> crate::view::MatterView {
        todo!()
    }
}
