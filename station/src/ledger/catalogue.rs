//! The catalogue on the shelf: the newest version that is whole and readable is used for new applications; an application
//! keeps the version it was begun under.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use doorstep_matters::Matter;
use doorstep_sync::FileHash;
use doorstep_sync::payload::Catalogue;

use super::Ledger;
use crate::store::{Stored, catalogues, files};

/// A published version, read.
pub(crate) struct Edition {
    /// Its number.
    pub version: u64,
    /// Its matters, by code.
    pub matters: BTreeMap<String, Arc<Matter>>,
}

/// Versions and workbooks that have been read.
#[derive(Default)]
pub(super) struct Shelf {
    workbooks: HashMap<FileHash, Result<Arc<Matter>, String>>,
    editions: HashMap<u64, Arc<Edition>>,
    current: Option<Arc<Edition>>,
}

impl Shelf {
    /// A version or a workbook has come.
    pub(super) fn changed(&mut self) {
        self.current = None;
    }
}

impl Ledger {
    /// The catalogue for new applications; `None` when none has arrived whole.
    pub(crate) fn catalogue(&mut self) -> Stored<Option<Arc<Edition>>> {
        if self.shelf.current.is_none() {
            for (catalogue, problem) in catalogues::all(&self.db)? {
                if problem.is_some() {
                    continue;
                }
                match self.read_edition(&catalogue)? {
                    Ok(Some(edition)) => {
                        self.shelf.current = Some(edition);
                        break;
                    }
                    Ok(None) => {}
                    Err(problem) => {
                        tracing::error!(version = catalogue.version, %problem, "a catalogue cannot be used; the one before stays");
                        catalogues::set_problem(&self.db, catalogue.version, &problem)?;
                    }
                }
            }
        }
        Ok(self.shelf.current.clone())
    }

    /// A matter as it stood in a version of the catalogue; `None` when that is not here.
    pub(crate) fn matter(&mut self, version: u64, code: &str) -> Stored<Option<Arc<Matter>>> {
        if let Some(edition) = self.shelf.editions.get(&version) {
            return Ok(edition.matters.get(code).cloned());
        }
        for (catalogue, _) in catalogues::all(&self.db)? {
            if catalogue.version == version
                && let Ok(Some(edition)) = self.read_edition(&catalogue)?
            {
                return Ok(edition.matters.get(code).cloned());
            }
        }
        Ok(None)
    }

    /// Reads all workbooks of a version: `Ok(None)` while some have not come, `Err` when one cannot be read.
    fn read_edition(&mut self, catalogue: &Catalogue) -> Stored<Result<Option<Arc<Edition>>, String>> {
        if let Some(edition) = self.shelf.editions.get(&catalogue.version) {
            return Ok(Ok(Some(edition.clone())));
        }
        let mut matters = BTreeMap::new();
        for workbook in &catalogue.files {
            let hash = workbook.file.hash;
            if !self.shelf.workbooks.contains_key(&hash) {
                if !files::holds(&self.db, &hash)? {
                    return Ok(Ok(None));
                }
                let read = match self.file(&hash)? {
                    Some((_, bytes)) => read_workbook(&workbook.name, &bytes),
                    None => return Ok(Ok(None)),
                };
                self.shelf.workbooks.insert(hash, read);
            }
            match self.shelf.workbooks.get(&hash) {
                Some(Ok(matter)) => matters.insert(matter.code.clone(), matter.clone()),
                Some(Err(problem)) => return Ok(Err(problem.clone())),
                None => return Ok(Ok(None)),
            };
        }
        let edition = Arc::new(Edition {
            version: catalogue.version,
            matters,
        });
        self.shelf.editions.insert(catalogue.version, edition.clone());
        Ok(Ok(Some(edition)))
    }
}

fn read_workbook(name: &str, bytes: &[u8]) -> Result<Arc<Matter>, String> {
    doorstep_matters::read(bytes)
        .map(Arc::new)
        .map_err(|errors| match errors.first() {
            Some(error) => format!(
                "{name}: {} row {} {}: {}",
                error.sheet, error.row, error.column, error.code
            ),
            None => format!("{name}: unreadable"),
        })
}
