//! `doorstep-center restore`: a backup becomes the data folder of a center. Everything is made beside its place and moves
//! there at the end; what a power cut interrupts is begun anew.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use doorstep_sync::FileHash;

use super::keyring::Keyring;
use super::vault::Vault;
use super::{BackupError, Layout, database_key, listed};
use crate::center::{Center, Config};
use crate::disk::{Disk, sync_folder};
use crate::key::{Keys, make_private};
use crate::store::{self, Store, StoreError};

const DATABASE: &str = "center.sqlite";
/// Where it is made. It lies in an empty folder alone: what else is there then comes from it.
const BESIDE: &str = "restoring";

/// What was put back.
#[derive(Debug)]
pub struct Restored {
    /// Items.
    pub items: u64,
    /// Files.
    pub files: u64,
    /// Files that are gone or damaged there: who has them is asked for them.
    pub lacking: Vec<FileHash>,
}

impl std::fmt::Display for Restored {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", listed(&self.lacking))?;
        write!(out, "items: {}, files: {}", self.items, self.files)
    }
}

/// Makes a center out of a backup, in the folder that `config` names. Every page and every file is checked; devices give back
/// at their next contact what the backup lacks.
pub fn restore(source: &Path, config: Config) -> Result<Restored, BackupError> {
    let layout = Layout::of(source);
    let data = config.data.clone();
    let beside = prepare(&data)?;
    let Keyring {
        district,
        factors,
        content,
    } = Keyring::read(&layout.keys)?;
    let mut opening = None;
    for key in district.iter().rev().map(database_key) {
        if store::backup::opens(&layout.database, &key)? {
            opening = Some(key);
            break;
        }
    }
    let key = opening.ok_or(BackupError::OtherKeys)?;
    let faults = store::backup::faults(&layout.database, &key)?;
    if !faults.is_empty() {
        return Err(BackupError::Damaged(faults));
    }
    let database = beside.join(DATABASE);
    store::backup::copy_from(&layout.database, &key, &content, &database).map_err(|error| match error {
        StoreError::NoKey => BackupError::OtherKeys,
        other => other.into(),
    })?;
    Keys::write(&beside, district, &factors)?;
    let store = Store::open(&database)?;
    let disk = Disk::open(&beside.join("files"))?;
    let (mut lacking, mut files) = (Vec::new(), 0);
    for file in store.read(store::files::all)? {
        let found = match &file.key {
            Some(key) => Vault(&layout.files).get(&file.hash, key)?,
            None => None,
        };
        match found {
            Some(bytes) => {
                disk.store(&bytes)?;
                files += 1;
            }
            None => {
                lacking.extend(file.key.is_some().then_some(file.hash));
                store.write(|sql| store::files::lose(sql, &file.hash, config.clock.now()))?;
            }
        }
    }
    drop(store);
    let center = Center::open(Config {
        data: beside.clone(),
        ..config
    })?;
    let items = center.rebuild().map_err(BackupError::Work)?;
    center.forget_again().map_err(BackupError::Work)?;
    center.restored()?;
    drop(center);
    settle(&beside, &data)?;
    Ok(Restored { items, files, lacking })
}

/// An empty folder in an empty folder.
fn prepare(data: &Path) -> Result<PathBuf, BackupError> {
    fs::create_dir_all(data)?;
    make_private(data)?;
    let beside = data.join(BESIDE);
    let was_cut = beside.exists() && !data.join(DATABASE).exists();
    for entry in fs::read_dir(data)? {
        let entry = entry?;
        if !was_cut {
            return Err(BackupError::NotEmpty(data.to_owned()));
        }
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    fs::create_dir(&beside)?;
    Ok(beside)
}

/// Moves everything to its place, the database last: with it a center lies there.
fn settle(beside: &Path, data: &Path) -> io::Result<()> {
    let mut names: Vec<_> = fs::read_dir(beside)?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<_>>()?;
    names.sort_by_key(|name| name == DATABASE);
    File::open(beside.join(DATABASE))?.sync_all()?;
    for name in names {
        fs::rename(beside.join(&name), data.join(&name))?;
    }
    sync_folder(data)?;
    fs::remove_dir(beside)
}
