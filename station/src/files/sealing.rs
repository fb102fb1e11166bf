//! A file that is encrypted onto the disk piece by piece: no more than a chunk of it is ever in memory.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use doorstep_sync::FileHash;
use zeroize::Zeroizing;

use super::Written;
use super::seal::{CHUNK, Seal};
use crate::store::{StoreError, Stored};

/// A file being written. Given up half-way, it is taken away.
pub(crate) struct Sealing {
    file: File,
    seal: Seal,
    hasher: blake3::Hasher,
    /// Plain bytes not sealed yet: the last chunk is sealed as the last, so one is always kept back.
    rest: Zeroizing<Vec<u8>>,
    position: usize,
    written: Written,
}

impl Sealing {
    pub(super) fn new(file: File, path: PathBuf, key: Zeroizing<[u8; 32]>) -> Self {
        Self {
            file,
            seal: Seal::new(&key),
            hasher: blake3::Hasher::new(),
            rest: Zeroizing::default(),
            position: 0,
            written: Written {
                path: Some(path),
                key,
                hash: FileHash([0; 32]),
                len: 0,
            },
        }
    }

    /// Appends bytes.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> Stored<()> {
        self.hasher.update(bytes);
        self.written.len += bytes.len() as u64;
        while !bytes.is_empty() {
            if self.rest.len() == CHUNK {
                self.close(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK - self.rest.len()));
            self.rest.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Ends the file: it is on the disk, and says what it holds.
    pub(crate) fn finish(mut self) -> Stored<Written> {
        self.close(true)?;
        self.file.sync_all()?;
        self.written.hash = FileHash(*self.hasher.finalize().as_bytes());
        Ok(self.written)
    }

    fn close(&mut self, last: bool) -> Stored<()> {
        let sealed = self.seal.close(self.position, last, &self.rest);
        self.file.write_all(&sealed.ok_or(StoreError::Damaged("file"))?)?;
        self.rest.clear();
        self.position += 1;
        Ok(())
    }
}
