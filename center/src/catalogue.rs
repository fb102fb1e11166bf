//! Publishing matters, and finding the ones an application was filled under.

pub(crate) mod blank;
pub(crate) mod command;
mod report;
mod uploads;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use doorstep_matters::catalogue::{self, Fault};
use doorstep_matters::workbook::{UpperMatter, code};
use doorstep_matters::{Answers, Context, Language, Matter};
use doorstep_sync::payload::{Catalogue, CatalogueFile, FileName};
use doorstep_sync::{Kind, Scope};

use crate::center::Center;
use crate::error::ApiError;
use crate::routes::{MatterCatalogue, MatterPage};
use crate::store::{self, Connection};

pub use report::{CatalogueReport, FileState, Named, together};
pub use uploads::{Uploads, check_name};

/// Versions kept read in memory.
const KEPT: usize = 8;

/// A version of the catalogue, read.
pub struct Published {
    /// Version.
    pub version: u64,
    /// When it was published.
    pub at: u64,
    /// Matters by code.
    pub matters: BTreeMap<String, Arc<Matter>>,
}

/// Versions read so far.
#[derive(Default)]
pub struct Catalogues(Mutex<BTreeMap<u64, Arc<Published>>>);

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Files with faults: the published catalogue stays.
    #[error("{} faults in the files; the published catalogue stays", .0.len())]
    Workbooks(Vec<Fault>),
    /// There is no file.
    #[error("no file of a catalogue (.xlsx, .csv, .jpg, .png) found")]
    Empty,
    /// Another version was published meanwhile.
    #[error("another version was published meanwhile")]
    Changed,
    /// No matter of that code is published.
    #[error("no such matter is published")]
    Unknown,
    /// A file cannot be read or stored.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The database failed.
    #[error("{0}")]
    Store(#[from] store::StoreError),
    /// The district has no division yet.
    #[error("the district has no division code yet: run `district` first")]
    NoDistrict,
}

/// The files of a catalogue among these files and folders, by name. Lock files of spreadsheet programs (`~$…`) are left out.
pub fn read_files(paths: &[PathBuf]) -> std::io::Result<Vec<Named>> {
    let mut files = BTreeMap::new();
    let mut take = |path: &Path| -> std::io::Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        files.insert(name, std::fs::read(path)?);
        Ok(())
    };
    for path in paths {
        if !path.is_dir() {
            take(path)?;
            continue;
        }
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if catalogue::media_type(&name).is_some() && !name.starts_with("~$") && entry.path().is_file() {
                take(&entry.path())?;
            }
        }
    }
    Ok(files.into_iter().collect())
}

impl Center {
    /// Publishes these files, and no others, as the next version, for every device; the version. When they are those already
    /// published, nothing happens. Nothing is published when one of them has a fault.
    pub fn publish(&self, files: &[Named]) -> Result<u64, PublishError> {
        self.publish_after(None, files)
    }

    /// Publishes these files among those in force, in place of the ones of the same name or about the same matter. Unless
    /// `seen` is still in force, nothing happens.
    pub fn publish_more(&self, seen: Option<u64>, given: &[Named]) -> Result<u64, PublishError> {
        let (version, current) = self.current_files()?;
        if seen.is_some_and(|seen| seen != version) {
            return Err(PublishError::Changed);
        }
        self.publish_after(Some(version), &together(current, given))
    }

    /// Takes a matter out of the catalogue. What was begun under it goes on with the version it began with.
    pub fn withdraw_matter(&self, wanted: &str) -> Result<u64, PublishError> {
        let (version, mut files) = self.current_files()?;
        let before = files.len();
        files.retain(|(_, bytes)| code(bytes).is_none_or(|code| code != wanted));
        if files.len() == before {
            return Err(PublishError::Unknown);
        }
        self.publish_after(Some(version), &files)
    }

    /// Publishes these files when the version in force is `seen`, or whatever it is.
    fn publish_after(&self, seen: Option<u64>, files: &[Named]) -> Result<u64, PublishError> {
        if files.is_empty() {
            return Err(PublishError::Empty);
        }
        catalogue::check(files).map_err(PublishError::Workbooks)?;
        let mut named = Vec::new();
        for (name, bytes) in files {
            named.push(CatalogueFile {
                name: name.clone(),
                file: FileName {
                    hash: self.disk.store(bytes)?,
                    len: bytes.len() as u64,
                    media_type: catalogue::media_type(name).unwrap_or("application/octet-stream").into(),
                },
            });
        }
        let files = named;
        let now = self.clock.now();
        self.store.write(|sql| {
            let scope = self.district_scope(sql)?.ok_or(PublishError::NoDistrict)?;
            // Also when nothing is new: publishing once more mends what was lost.
            for file in &files {
                store::files::set_verified(sql, &file.file, now)?;
            }
            let newest = store::catalogues::newest(sql)?;
            if seen.is_some_and(|seen| seen != newest) {
                return Err(PublishError::Changed);
            }
            if let Some((_, current)) = store::catalogues::get(sql, newest)?
                && current.files == files
            {
                return Ok(newest);
            }
            let catalogue = Catalogue {
                version: newest + 1,
                files,
            };
            store::catalogues::put(sql, &catalogue, now)?;
            self.write_item(sql, Kind::Catalogue, scope, None, "", catalogue.to_bytes(), now, &[])?;
            Ok(catalogue.version)
        })
    }

    /// Looks at files as if they were published now, also beside an upper-level list.
    pub fn check_files(
        &self,
        given: &[Named],
        upper: &[UpperMatter],
        language: Language,
    ) -> Result<CatalogueReport, PublishError> {
        let (version, current) = self.current_files()?;
        let page = |matter: &Matter| self.page_of(matter, &Answers::new(), language);
        Ok(report::report(version, current, given, upper, page))
    }

    /// A matter of such files with answers to try it; `None` when they have no such matter.
    pub fn preview(
        &self,
        given: &[Named],
        code: &str,
        answers: &Answers,
        language: Language,
    ) -> Result<Option<MatterPage>, PublishError> {
        let version = self.store.read(store::catalogues::newest)?;
        let matters = match self.uploads.tried(version, given) {
            Some(matters) => matters,
            None => {
                let (version, current) = self.current_files()?;
                let matters = catalogue::open(&together(current, given)).0.matters;
                self.uploads.keep_tried(version, given, matters)
            }
        };
        let matter = matters.get(code);
        Ok(matter.map(|matter| self.page_of(matter, answers, language)))
    }

    /// The version in force, and its files.
    pub fn current_files(&self) -> Result<(u64, Vec<Named>), PublishError> {
        let newest = self.store.read(|sql| {
            let newest = store::catalogues::newest(sql)?;
            store::catalogues::get(sql, newest)
        })?;
        let Some((_, catalogue)) = newest else {
            return Ok((0, Vec::new()));
        };
        let named = |file: &CatalogueFile| Ok((file.name.clone(), self.disk.read(&file.file.hash)?));
        let files = catalogue.files.iter().map(named);
        Ok((catalogue.version, files.collect::<std::io::Result<_>>()?))
    }

    /// The scope that every device receives: the district's, for ever.
    pub fn district_scope(&self, sql: &Connection) -> store::Result<Option<Scope>> {
        let division = store::meta::text(sql, "district_division")?;
        Ok(Scope::new(&division, "0").ok())
    }

    /// A version of the catalogue; the newest for a version that is not known here. `None` when nothing was published.
    pub fn catalogue(&self, sql: &Connection, version: u64) -> Result<Option<Arc<Published>>, ApiError> {
        let mut kept = self.catalogues.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(published) = kept.get(&version) {
            return Ok(Some(published.clone()));
        }
        let Some((version, at, catalogue)) = self.find(sql, version)? else {
            return Ok(None);
        };
        let mut files = Vec::new();
        for file in &catalogue.files {
            match self.disk.read(&file.file.hash) {
                Ok(bytes) => files.push((file.name.clone(), bytes)),
                // The file is gone: its matter is unknown until it is back, and the district goes on.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    tracing::error!(version, "a published file is missing");
                }
                Err(error) => return Err(error.into()),
            }
        }
        let whole = files.len() == catalogue.files.len();
        let (read, faults) = catalogue::open(&files);
        if !faults.is_empty() {
            // It was read when it was published; a newer program that no longer can must not hide the others.
            tracing::error!(version, faults = faults.len(), "a published workbook cannot be read");
        }
        let matters = read.matters;
        let published = Arc::new(Published { version, at, matters });
        if whole {
            if kept.len() >= KEPT {
                kept.pop_first();
            }
            kept.insert(version, published.clone());
        }
        Ok(Some(published))
    }

    fn find(&self, sql: &Connection, version: u64) -> store::Result<Option<(u64, u64, Catalogue)>> {
        for version in [version, store::catalogues::newest(sql)?] {
            if let Some((at, catalogue)) = store::catalogues::get(sql, version)? {
                return Ok(Some((version, at, catalogue)));
            }
        }
        Ok(None)
    }

    /// The catalogue in force, as a list.
    pub fn matter_list(&self, language: Language) -> Result<MatterCatalogue, ApiError> {
        let newest = self.store.read(|sql| self.newest_catalogue(sql))?;
        Ok(match newest {
            None => MatterCatalogue {
                version: 0,
                published: 0,
                matters: Vec::new(),
            },
            Some(newest) => MatterCatalogue {
                version: newest.version,
                published: newest.at,
                matters: newest.matters.values().map(|matter| matter.summary(language)).collect(),
            },
        })
    }

    /// One matter of it, with its empty form.
    pub fn matter_page(&self, code: &str, language: Language) -> Result<MatterPage, ApiError> {
        let newest = self.store.read(|sql| self.newest_catalogue(sql))?;
        let matter = newest
            .as_ref()
            .and_then(|newest| newest.matters.get(code))
            .ok_or_else(|| ApiError::not_found("matter"))?;
        Ok(self.page_of(matter, &Answers::new(), language))
    }

    /// A matter and its form, for these answers, as a station shows them today.
    pub(crate) fn page_of(&self, matter: &Matter, answers: &Answers, language: Language) -> MatterPage {
        let context = Context {
            today: self.today(),
            language,
            ..Context::default()
        };
        MatterPage {
            matter: matter.view(answers, &context),
            form: matter.form.evaluate(answers, &context),
        }
    }

    /// The newest version.
    pub fn newest_catalogue(&self, sql: &Connection) -> Result<Option<Arc<Published>>, ApiError> {
        let newest = store::catalogues::newest(sql)?;
        self.catalogue(sql, newest)
    }

    /// The matter an application was filled under.
    pub fn matter(&self, sql: &Connection, version: u64, code: &str) -> Result<Option<Arc<Matter>>, ApiError> {
        Ok(self
            .catalogue(sql, version)?
            .and_then(|published| published.matters.get(code).cloned()))
    }
}
