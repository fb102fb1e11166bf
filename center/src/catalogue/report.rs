//! What a check of files finds, before anything is published.

use doorstep_matters::Matter;
use doorstep_matters::catalogue::{self, Fault};
use doorstep_matters::workbook::{Difference, Disagreement, UpperMatter, code, differences, disagreements};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::routes::MatterPage;

/// A file of a catalogue: its name, and its bytes.
pub type Named = (String, Vec<u8>);

/// What a check of files found.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CatalogueReport {
    /// The published version that the files were put beside; 0 when there is none.
    pub version: u64,
    /// What has to be mended before anything can be published.
    pub faults: Vec<Fault>,
    /// What should be looked at.
    pub warnings: Vec<Fault>,
    /// What becomes of each file.
    pub files: Vec<FileReport>,
    /// What is not the same in the upper-level list.
    pub disagreements: Vec<Disagreement>,
}

/// What becomes of a file.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FileReport {
    /// Its name.
    pub file: String,
    /// Whether it is new here.
    pub state: FileState,
    /// What changes, for a workbook that is published already.
    pub differences: Vec<Difference>,
    /// Its matter as the station will show it, when nothing has to be mended.
    pub page: Option<MatterPage>,
}

/// Whether a file is published already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// It is not.
    New,
    /// It is, with other bytes.
    Changed,
    /// It is, as it is.
    Same,
}

/// The files in force with the given ones among them: in place of those of the same name, and of those about the same matter.
pub fn together(current: Vec<Named>, given: &[Named]) -> Vec<Named> {
    let replaced = |file: &Named| given.iter().any(|new| replaces(new, file));
    let mut files: Vec<Named> = current.into_iter().filter(|file| !replaced(file)).collect();
    files.extend_from_slice(given);
    files.sort();
    files
}

fn replaces(new: &Named, old: &Named) -> bool {
    new.0 == old.0 || (new.1 == old.1) || code(&new.1).is_some_and(|new| code(&old.1) == Some(new))
}

/// Looks at files as if they were published now.
pub fn report(
    version: u64,
    current: Vec<Named>,
    given: &[Named],
    upper: &[UpperMatter],
    page: impl Fn(&Matter) -> MatterPage,
) -> CatalogueReport {
    let mut files: Vec<FileReport> = given.iter().map(|file| beside(file, &current)).collect();
    let mut report = CatalogueReport {
        version,
        faults: Vec::new(),
        warnings: Vec::new(),
        files: Vec::new(),
        disagreements: Vec::new(),
    };
    match catalogue::check(&together(current, given)) {
        Err(faults) => report.faults = faults,
        Ok(catalogue) => {
            let mine = |name: &str| given.iter().any(|(file, _)| file == name);
            report.warnings = catalogue
                .warnings
                .into_iter()
                .filter(|warning| mine(&warning.file))
                .collect();
            for ((_, bytes), file) in given.iter().zip(&mut files) {
                let matter = code(bytes).and_then(|code| catalogue.matters.get(&code));
                file.page = matter.map(|matter| page(matter));
            }
            if !upper.is_empty() {
                report.disagreements = disagreements(upper, catalogue.matters.values().map(|matter| &**matter));
            }
        }
    }
    report.files = files;
    report
}

/// A file beside the one that it replaces.
pub fn beside(file: &Named, current: &[Named]) -> FileReport {
    let before = current.iter().find(|old| replaces(file, old));
    let state = match before {
        None => FileState::New,
        Some(before) if before.1 == file.1 => FileState::Same,
        Some(_) => FileState::Changed,
    };
    let differences = match before {
        Some(before) if state == FileState::Changed => differences(&before.1, &file.1),
        _ => Vec::new(),
    };
    FileReport {
        file: file.0.clone(),
        state,
        differences,
        page: None,
    }
}
