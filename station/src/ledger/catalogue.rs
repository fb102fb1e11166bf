//! The catalogue on the shelf: the newest version that is whole and readable is used for new applications; an application
//! keeps the version it was begun under.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use doorstep_matters::finder::Finder;
use doorstep_matters::{Fault, Matter, catalogue};
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
    /// Made when somebody searches first.
    finder: OnceLock<Finder>,
}

impl Edition {
    /// What its matters are found by.
    pub(crate) fn finder(&self) -> &Finder {
        self.finder.get_or_init(|| Finder::of(self.matters.values()))
    }
}

/// Versions that have been read.
#[derive(Default)]
pub(super) struct Shelf {
    editions: HashMap<u64, Arc<Edition>>,
    current: Option<Arc<Edition>>,
}

impl Shelf {
    /// A version or a file of it has come.
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

    /// A file of a version of the catalogue, by its name there.
    pub(crate) fn catalogue_file(&self, version: u64, name: &str) -> Stored<Option<FileHash>> {
        let all = catalogues::all(&self.db)?;
        let catalogue = all.iter().find(|(catalogue, _)| catalogue.version == version);
        let mut files = catalogue.into_iter().flat_map(|(catalogue, _)| &catalogue.files);
        Ok(files.find(|file| file.name == name).map(|file| file.file.hash))
    }

    /// Reads all files of a version: `Ok(None)` while some have not come, `Err` when one cannot be read.
    fn read_edition(&mut self, catalogue: &Catalogue) -> Stored<Result<Option<Arc<Edition>>, String>> {
        if let Some(edition) = self.shelf.editions.get(&catalogue.version) {
            return Ok(Ok(Some(edition.clone())));
        }
        for file in &catalogue.files {
            if !files::holds(&self.db, &file.file.hash)? {
                return Ok(Ok(None));
            }
        }
        let mut content = Vec::new();
        for file in &catalogue.files {
            match self.file(&file.file.hash)? {
                Some((_, bytes)) => content.push((file.name.clone(), bytes)),
                None => return Ok(Ok(None)),
            }
        }
        let mut matters = match catalogue::read(&content) {
            Ok(read) => read.matters,
            Err(faults) => return Ok(Err(first(&faults))),
        };
        // A matter that says what it said before is the same one: no draft of it is out of date, and it is held once.
        for (code, matter) in &mut matters {
            let mut known = self
                .shelf
                .editions
                .values()
                .filter_map(|edition| edition.matters.get(code));
            if let Some(same) = known.find(|known| *known == matter) {
                *matter = Arc::clone(same);
            }
        }
        let edition = Arc::new(Edition {
            version: catalogue.version,
            matters,
            finder: OnceLock::new(),
        });
        self.shelf.editions.insert(catalogue.version, edition.clone());
        Ok(Ok(Some(edition)))
    }
}

/// Why a version cannot be read, for those who look after the catalogue.
fn first(faults: &[Fault]) -> String {
    match faults.first() {
        Some(Fault { file, error }) => format!(
            "{file}: {} row {} {}: {}",
            error.sheet, error.row, error.column, error.code
        ),
        None => "unreadable".to_owned(),
    }
}
