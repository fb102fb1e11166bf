//! `doorstep-center backup`: while the center is served. What is under way counts from the next one on.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;

use doorstep_sync::FileHash;

use super::keyring::Keyring;
use super::vault::Vault;
use super::{BackupError, Layout, database_key, listed};
use crate::center::Center;
use crate::disk::sync_folder;
use crate::key::make_private;
use crate::store;

/// What a backup holds.
#[derive(Debug)]
pub struct BackedUp {
    /// Items.
    pub items: u64,
    /// Files.
    pub files: u64,
    /// Files that did not lie there before.
    pub new_files: u64,
    /// Files that are gone here, or are not what they should be.
    pub lacking: Vec<FileHash>,
}

impl std::fmt::Display for BackedUp {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", listed(&self.lacking))?;
        write!(
            out,
            "items: {}, files: {}, of them new: {}",
            self.items, self.files, self.new_files
        )
    }
}

impl Center {
    /// Writes a backup into a folder, or brings the one that lies there up to date. Until the last step the former one is
    /// whole: new files come beside it, the keys open both, and the database takes its place at once.
    pub fn back_up(&self, folder: &Path) -> Result<BackedUp, BackupError> {
        let Layout { database, files, keys } = Layout::of(folder);
        fs::create_dir_all(&files)?;
        make_private(folder)?;
        let _alone = alone(folder)?;
        self.store.write(|sql| store::keys::make(sql, &*self.random))?;
        let part = database.with_extension("part");
        remove(&part)?;
        let copied = self.store.copy_to(&part, &database_key(&self.key))?;
        File::open(&part)?.sync_all()?;
        let vault = Vault(&files);
        let mut done = BackedUp {
            items: copied.items,
            files: copied.files.len() as u64,
            new_files: 0,
            lacking: Vec::new(),
        };
        for file in &copied.files {
            if vault.has(&file.hash, &file.key, file.len) {
                continue;
            }
            match self.disk.read(&file.hash) {
                Ok(bytes) if FileHash::of(&bytes) == file.hash => {
                    vault.put(&file.hash, &file.key, &bytes)?;
                    done.new_files += 1;
                }
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => done.lacking.push(file.hash),
            }
        }
        // As they are now: what was forgotten meanwhile is forgotten there.
        let content = self.store.read(store::keys::all)?;
        let district = self.former.iter().chain([&self.key]).cloned().collect();
        let factors = self.factors.clone();
        Keyring {
            district,
            factors,
            content,
        }
        .write(&keys)?;
        fs::rename(&part, &database)?;
        sync_folder(folder)?;
        vault.keep(copied.files.iter().map(|file| (&file.hash, &*file.key)))?;
        Ok(done)
    }
}

fn alone(folder: &Path) -> Result<File, BackupError> {
    let held = File::create(folder.join("lock"))?;
    match held.try_lock() {
        Ok(()) => Ok(held),
        Err(TryLockError::WouldBlock) => Err(BackupError::Busy),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
