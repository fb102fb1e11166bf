//! The files of a backup, each sealed under its key, and named so that only who has the key knows which it is.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use doorstep_sync::FileHash;

use crate::key::write_private;
use crate::seal::{seal, unseal};

/// What the seal adds to a file.
const SEAL: u64 = 16;

/// The folder.
pub struct Vault<'a>(pub &'a Path);

impl Vault<'_> {
    /// Whether a file of this length lies there: what has its name is whole.
    pub fn has(&self, hash: &FileHash, key: &[u8; 32], len: u64) -> bool {
        fs::metadata(self.place(hash, key)).is_ok_and(|file| file.len() == len + SEAL)
    }

    /// Puts a file there.
    pub fn put(&self, hash: &FileHash, key: &[u8; 32], bytes: &[u8]) -> io::Result<()> {
        let sealed = seal(key, &hash.0, bytes).ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        let place = self.place(hash, key);
        let folder = place.parent().unwrap_or(self.0);
        if !folder.exists() {
            fs::create_dir_all(folder)?;
            crate::disk::sync_folder(self.0)?;
        }
        write_private(&place, &sealed)
    }

    /// A file; `None` when it is not there, or not what its name says.
    pub fn get(&self, hash: &FileHash, key: &[u8; 32]) -> io::Result<Option<Vec<u8>>> {
        let sealed = match fs::read(self.place(hash, key)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        Ok(unseal(key, &hash.0, &sealed).filter(|bytes| FileHash::of(bytes) == *hash))
    }

    /// Takes out what is none of these files.
    pub fn keep<'a>(&self, files: impl Iterator<Item = (&'a FileHash, &'a [u8; 32])>) -> io::Result<()> {
        let kept: HashSet<PathBuf> = files.map(|(hash, key)| self.place(hash, key)).collect();
        for folder in fs::read_dir(self.0)? {
            let folder = folder?;
            if !folder.file_type()?.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder.path())? {
                let path = file?.path();
                if !kept.contains(&path) {
                    fs::remove_file(path)?;
                }
            }
        }
        Ok(())
    }

    fn place(&self, hash: &FileHash, key: &[u8; 32]) -> PathBuf {
        let name = blake3::keyed_hash(key, &hash.0).to_hex();
        self.0.join(name.get(..2).unwrap_or_default()).join(name.as_str())
    }
}
