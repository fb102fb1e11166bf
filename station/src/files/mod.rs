//! Scans on the disk, each encrypted under a key of its own that lies in the database.
//!
//! A file is written under a temporary name, made durable, and gets its name (its hash) in the moment in which the
//! database learns its key. What the database does not know cannot be read by anyone and is cleared away at the next
//! start; what it knows is never touched.

mod seal;
mod sealing;

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use doorstep_sync::{FileHash, Random};
use zeroize::Zeroizing;

pub(crate) use seal::CHUNK;
use seal::{SEALED, Seal};
pub(crate) use sealing::Sealing;

use crate::store::{StoreError, Stored};
use crate::world::bytes;

/// The folder of encrypted files.
#[derive(Clone, Debug)]
pub(crate) struct FileStore {
    folder: PathBuf,
}

/// An encrypted file that is on the disk and has no name yet. Dropped without a name, it is taken away.
pub(crate) struct Written {
    path: Option<PathBuf>,
    /// Its key.
    pub key: Zeroizing<[u8; 32]>,
    /// Its content's hash.
    pub hash: FileHash,
    /// Its content's length.
    pub len: u64,
}

impl Drop for Written {
    fn drop(&mut self) {
        if let Some(path) = self.path.take() {
            let _ = fs::remove_file(path);
        }
    }
}

impl FileStore {
    /// Files under `data`.
    pub(crate) fn open(data: &Path) -> Stored<Self> {
        let folder = data.join("files");
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Encrypts `content` onto the disk. Nothing names it yet.
    pub(crate) fn write(&self, content: &[u8], random: &dyn Random) -> Stored<Written> {
        let mut sealing = self.begin(random)?;
        sealing.push(content)?;
        sealing.finish()
    }

    /// Begins a file that comes piece by piece.
    pub(crate) fn begin(&self, random: &dyn Random) -> Stored<Sealing> {
        let path = self.folder.join(format!("{}.part", hex::encode(bytes::<12>(random))));
        let file = File::options().write(true).create_new(true).open(&path)?;
        Ok(Sealing::new(file, path, Zeroizing::new(bytes::<32>(random))))
    }

    /// Gives a written file its name, durably. Call it in the transaction that stores its key, before the commit.
    pub(crate) fn name(&self, written: &mut Written) -> Stored<()> {
        if let Some(path) = written.path.clone() {
            fs::rename(&path, self.path(&written.hash))?;
            written.path = None;
            sync_folder(&self.folder)?;
        }
        Ok(())
    }

    /// The `len` bytes of a file of `total` bytes from `offset`; fewer at its end.
    pub(crate) fn read(&self, hash: &FileHash, key: &[u8; 32], total: u64, offset: u64, len: usize) -> Stored<Vec<u8>> {
        let end = total.min(offset.saturating_add(len as u64));
        if offset >= end {
            return Ok(Vec::new());
        }
        let seal = Seal::new(key);
        let mut file = File::open(self.path(hash))?;
        let (first, last) = (offset / CHUNK as u64, (total - 1) / CHUNK as u64);
        file.seek(SeekFrom::Start(first * SEALED as u64))?;
        let mut plain = Vec::with_capacity((end - offset) as usize);
        let mut position = first;
        while position * (CHUNK as u64) < end {
            let mut sealed = Vec::with_capacity(SEALED);
            Read::by_ref(&mut file).take(SEALED as u64).read_to_end(&mut sealed)?;
            let chunk = seal
                .open(position as usize, position == last, &sealed)
                .ok_or(StoreError::Damaged("file"))?;
            let start = position * CHUNK as u64;
            let from = offset.saturating_sub(start) as usize;
            let to = (end - start).min(chunk.len() as u64) as usize;
            plain.extend_from_slice(chunk.get(from..to).ok_or(StoreError::Damaged("file"))?);
            position += 1;
        }
        Ok(plain)
    }

    /// Takes away what no key is known of: leftovers of a power cut.
    pub(crate) fn clear_leftovers(&self, known: &[FileHash]) -> Stored<usize> {
        let known: HashSet<String> = known.iter().map(FileHash::to_string).collect();
        let mut cleared = 0;
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| known.contains(name)) {
                // What cannot be taken away (a folder, a file that another program holds) does no harm.
                match fs::remove_file(entry.path()) {
                    Ok(()) => cleared += 1,
                    Err(error) => tracing::warn!(kind = ?error.kind(), "a leftover file stays"),
                }
            }
        }
        Ok(cleared)
    }

    /// Takes away a file whose key is gone. What cannot be taken away now is cleared away at the next start.
    pub(crate) fn remove(&self, hash: &FileHash) {
        match fs::remove_file(self.path(hash)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(kind = ?error.kind(), "a forgotten file stays until the next start");
            }
            _ => {}
        }
    }

    /// Whether something lies at the place of this file.
    pub(crate) fn has(&self, hash: &FileHash) -> bool {
        self.path(hash).exists()
    }

    fn path(&self, hash: &FileHash) -> PathBuf {
        self.folder.join(hash.to_string())
    }
}

/// Makes names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Stored<()> {
    // Windows keeps names durable by itself, and a folder cannot be opened there.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Replaces a small file by `content`: the old or the new one is there after any power cut.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Stored<()> {
    let temporary = path.with_extension("part");
    let mut file = File::create(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), sync_folder)
}

#[cfg(test)]
mod tests;
