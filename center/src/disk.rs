//! Files as they lie on the disk: whole ones under their hash, partial ones apart until they are whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use doorstep_sync::FileHash;

/// The folder of files.
pub struct Disk {
    whole: PathBuf,
    partial: PathBuf,
}

impl Disk {
    /// Opens or makes the folder.
    pub fn open(root: &Path) -> io::Result<Self> {
        let disk = Self {
            whole: root.join("whole"),
            partial: root.join("partial"),
        };
        fs::create_dir_all(&disk.whole)?;
        fs::create_dir_all(&disk.partial)?;
        Ok(disk)
    }

    fn whole(&self, hash: &FileHash) -> PathBuf {
        let name = hash.to_string();
        self.whole.join(name.get(..2).unwrap_or_default()).join(name)
    }

    fn partial(&self, hash: &FileHash) -> PathBuf {
        self.partial.join(hash.to_string())
    }

    /// Bytes free on it.
    pub fn free(&self) -> io::Result<u64> {
        fs4::available_space(&self.whole)
    }

    /// A whole file.
    pub fn read(&self, hash: &FileHash) -> io::Result<Vec<u8>> {
        fs::read(self.whole(hash))
    }

    /// A part of a whole file.
    pub fn read_part(&self, hash: &FileHash, from: u64, len: u64) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.whole(hash))?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(len).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Stores a file that is here as a whole.
    pub fn store(&self, bytes: &[u8]) -> io::Result<FileHash> {
        let hash = FileHash::of(bytes);
        if !self.whole(&hash).exists() {
            self.drop_partial(&hash)?;
            self.append(&hash, 0, bytes)?;
            self.keep(&hash)?;
        }
        Ok(hash)
    }

    /// How many bytes of a file on its way are stored.
    pub fn stored(&self, hash: &FileHash) -> io::Result<u64> {
        match fs::metadata(self.partial(hash)) {
            Ok(facts) => Ok(facts.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Appends bytes at `offset`, which is where the partial file ends; they are on the disk when this returns.
    pub fn append(&self, hash: &FileHash, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write(hash, offset, bytes)?;
        self.settle(hash)
    }

    /// As [`Self::append`]; they are on the disk after [`Self::settle`].
    pub fn write(&self, hash: &FileHash, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let path = self.partial(hash);
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        // A write that failed half-way, on a full disk, leaves nothing that would count as stored.
        let written = file.seek(SeekFrom::Start(offset)).and_then(|_| file.write_all(bytes));
        if written.is_err() {
            file.set_len(offset)?;
        }
        written
    }

    /// What was written of a file on its way is on the disk when this returns.
    pub fn settle(&self, hash: &FileHash) -> io::Result<()> {
        match OpenOptions::new().write(true).open(self.partial(hash)) {
            Ok(file) => file.sync_data().and_then(|()| sync_folder(&self.partial)),
            // Nothing was written.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether the partial file has the hash it is named by.
    pub fn is_right(&self, hash: &FileHash) -> io::Result<bool> {
        let mut hasher = blake3::Hasher::new();
        let mut file = File::open(self.partial(hash))?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                return Ok(*hasher.finalize().as_bytes() == hash.0);
            }
            hasher.update(buffer.get(..read).unwrap_or_default());
        }
    }

    /// The partial file is whole and right: it moves to its place.
    pub fn keep(&self, hash: &FileHash) -> io::Result<()> {
        let place = self.whole(hash);
        let folder = place.parent().unwrap_or(&self.whole);
        fs::create_dir_all(folder)?;
        fs::rename(self.partial(hash), &place)?;
        sync_folder(folder)?;
        sync_folder(&self.whole)
    }

    /// Whether the whole file is in its place.
    pub fn has(&self, hash: &FileHash) -> bool {
        self.whole(hash).exists()
    }

    /// Drops a whole file that nothing needs any more.
    pub fn drop_whole(&self, hash: &FileHash) -> io::Result<()> {
        match fs::remove_file(self.whole(hash)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Drops what is stored of a file on its way.
    pub fn drop_partial(&self, hash: &FileHash) -> io::Result<()> {
        match fs::remove_file(self.partial(hash)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Makes names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows cannot open a folder; there the file system's journal does it.
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_file_grows_is_checked_and_moves_to_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::open(folder.path()).unwrap();
        let hash = FileHash::of(b"whole file");
        assert_eq!(disk.stored(&hash).unwrap(), 0);
        disk.append(&hash, 0, b"whole ").unwrap();
        disk.append(&hash, 6, b"filX").unwrap();
        assert!(!disk.is_right(&hash).unwrap());
        disk.drop_partial(&hash).unwrap();
        disk.append(&hash, 0, b"whole file").unwrap();
        assert!(disk.is_right(&hash).unwrap() && !disk.has(&hash));
        disk.keep(&hash).unwrap();
        assert_eq!(disk.read_part(&hash, 6, 99).unwrap(), b"file");
        assert_eq!(disk.stored(&hash).unwrap(), 0);
    }
}
