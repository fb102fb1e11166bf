//! Publishing matters, and finding the ones an application was filled under.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use doorstep_matters::{Answers, Context, Language, Matter, WorkbookError};
use doorstep_sync::payload::{Catalogue, CatalogueFile, FileName};
use doorstep_sync::{Kind, Scope};

use crate::center::Center;
use crate::error::ApiError;
use crate::routes::{MatterCatalogue, MatterPage};
use crate::store::{self, Connection};

/// Media type of a workbook.
const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
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

/// Something wrong in one workbook of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// File name.
    pub file: String,
    /// What, where, and how to mend it.
    pub error: WorkbookError,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Workbooks with faults: the published catalogue stays.
    #[error("{} faults in the workbooks; the published catalogue stays", .0.len())]
    Workbooks(Vec<Fault>),
    /// There is no workbook.
    #[error("no workbook (.xlsx) found")]
    Empty,
    /// The folder cannot be read, or a file not be stored.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The database failed.
    #[error("{0}")]
    Store(#[from] store::StoreError),
    /// The district has no division yet.
    #[error("the district has no division code yet: run `district` first")]
    NoDistrict,
}

/// The workbooks of a folder, by name. Lock files of spreadsheet programs (`~$…`) are left out.
pub fn read_folder(folder: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut workbooks = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default();
        if name.ends_with(".xlsx") && !name.starts_with("~$") && path.is_file() {
            workbooks.push((name, std::fs::read(path)?));
        }
    }
    workbooks.sort();
    Ok(workbooks)
}

impl Center {
    /// Publishes workbooks as the next version, for every device; the version. When they are those already published,
    /// nothing happens. Nothing is published when one of them has a fault.
    pub fn publish(&self, workbooks: &[(String, Vec<u8>)]) -> Result<u64, PublishError> {
        if workbooks.is_empty() {
            return Err(PublishError::Empty);
        }
        let mut faults = Vec::new();
        let mut codes: BTreeMap<String, &str> = BTreeMap::new();
        for (name, bytes) in workbooks {
            match doorstep_matters::read(bytes) {
                Err(errors) => faults.extend(errors.into_iter().map(|error| Fault {
                    file: name.clone(),
                    error,
                })),
                Ok(matter) => {
                    if let Some(other) = codes.insert(matter.code.clone(), name) {
                        faults.push(Fault {
                            file: name.clone(),
                            error: same_code(&matter.code, other),
                        });
                    }
                }
            }
        }
        if !faults.is_empty() {
            return Err(PublishError::Workbooks(faults));
        }
        let mut files = Vec::new();
        for (name, bytes) in workbooks {
            let hash = self.disk.store(bytes)?;
            files.push(CatalogueFile {
                name: name.clone(),
                file: FileName {
                    hash,
                    len: bytes.len() as u64,
                    media_type: WORKBOOK.into(),
                },
            });
        }
        let now = self.clock.now();
        self.store.write(|sql| {
            let scope = self.district_scope(sql)?.ok_or(PublishError::NoDistrict)?;
            // Also when nothing is new: publishing once more mends what was lost.
            for file in &files {
                store::files::set_verified(sql, &file.file, now)?;
            }
            let newest = store::catalogues::newest(sql)?;
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
        let mut matters = BTreeMap::new();
        let mut whole = true;
        for file in &catalogue.files {
            let bytes = match self.disk.read(&file.file.hash) {
                Ok(bytes) => bytes,
                // The file is gone: its matter is unknown until it is back, and the district goes on.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    tracing::error!(version, "a published workbook is missing");
                    whole = false;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            match doorstep_matters::read(&bytes) {
                Ok(matter) => {
                    matters.insert(matter.code.clone(), Arc::new(matter));
                }
                // It was read when it was published; a newer program that no longer can must not hide the others.
                Err(errors) => tracing::error!(version, faults = errors.len(), "a published workbook cannot be read"),
            }
        }
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
        let context = Context {
            today: self.today(),
            station: String::new(),
            language,
            ..Context::default()
        };
        let answers = Answers::new();
        Ok(MatterPage {
            matter: matter.view(&answers, &context),
            form: matter.form.evaluate(&answers, &context),
        })
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

fn same_code(code: &str, other: &str) -> WorkbookError {
    WorkbookError {
        sheet: "matter".into(),
        row: 0,
        column: "code".into(),
        cell: String::new(),
        code: "same_code".into(),
        problem: format!("事项编码 {code} 与 {other} 相同"),
        remedy: "每个事项使用不同的编码".into(),
    }
}
