//! Files as they lie on the disk: whole ones under their hash, partial ones apart until they are whole, each under its hash
//! and who sends it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use doorstep_sync::{DeviceId, FileHash};

/// The center itself, as the one who stores a file.
const OWN: DeviceId = DeviceId([0; 16]);

/// A file on its way from one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Coming {
    /// What it should become.
    pub hash: FileHash,
    /// Who sends it.
    pub from: DeviceId,
}

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
        for entry in fs::read_dir(&disk.partial)? {
            let entry = entry?;
            // From when nothing said whose they are: nobody goes on with them. (A folder is not ours, `lost+found` is one.)
            if entry.file_type()?.is_file() && !entry.file_name().to_string_lossy().contains('-') {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(disk)
    }

    fn whole(&self, hash: &FileHash) -> PathBuf {
        let name = hash.to_string();
        self.whole.join(name.get(..2).unwrap_or_default()).join(name)
    }

    fn partial(&self, file: &Coming) -> PathBuf {
        self.partial.join(format!("{}-{}", file.hash, file.from))
    }

    /// A file without a name, gone when it is closed or the program stops.
    pub fn scratch(&self) -> io::Result<File> {
        tempfile::tempfile_in(&self.partial)
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
        let file = Coming { hash, from: OWN };
        if !self.has(&hash) {
            self.drop_partial(&file)?;
            self.append(&file, 0, bytes)?;
            self.keep(&file)?;
        }
        Ok(hash)
    }

    /// How many bytes of a file on its way are stored.
    pub fn stored(&self, file: &Coming) -> io::Result<u64> {
        match fs::metadata(self.partial(file)) {
            Ok(facts) => Ok(facts.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Appends bytes at `offset`, which is where the partial file ends; they are on the disk when this returns.
    pub fn append(&self, file: &Coming, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write(file, offset, bytes)?;
        self.settle(file)
    }

    /// As [`Self::append`]; they are on the disk after [`Self::settle`].
    pub fn write(&self, file: &Coming, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let path = self.partial(file);
        let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
        // A write that failed half-way, on a full disk, leaves nothing that would count as stored.
        let written = file.seek(SeekFrom::Start(offset)).and_then(|_| file.write_all(bytes));
        if written.is_err() {
            file.set_len(offset)?;
        }
        written
    }

    /// What was written of a file on its way is on the disk when this returns.
    pub fn settle(&self, file: &Coming) -> io::Result<()> {
        match OpenOptions::new().write(true).open(self.partial(file)) {
            Ok(file) => file.sync_data().and_then(|()| sync_folder(&self.partial)),
            // Nothing was written.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether the partial file has the hash it is named by.
    pub fn is_right(&self, file: &Coming) -> io::Result<bool> {
        let mut hasher = blake3::Hasher::new();
        let Coming { hash, .. } = file;
        let mut file = File::open(self.partial(file))?;
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
    pub fn keep(&self, file: &Coming) -> io::Result<()> {
        let place = self.whole(&file.hash);
        let folder = place.parent().unwrap_or(&self.whole);
        fs::create_dir_all(folder)?;
        fs::rename(self.partial(file), &place)?;
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

    /// Drops a whole file, durably.
    pub fn erase(&self, hash: &FileHash) -> io::Result<()> {
        self.drop_whole(hash)?;
        match self.whole(hash).parent() {
            Some(folder) if folder.exists() => sync_folder(folder),
            _ => Ok(()),
        }
    }

    /// Drops what is stored of a file on its way.
    pub fn drop_partial(&self, file: &Coming) -> io::Result<()> {
        match fs::remove_file(self.partial(file)) {
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
        let from = |device| Coming {
            hash,
            from: DeviceId([device; 16]),
        };
        let (one, other) = (from(1), from(2));
        assert_eq!(disk.stored(&one).unwrap(), 0);
        disk.append(&one, 0, b"whole ").unwrap();
        disk.append(&other, 0, b"what another sends").unwrap();
        disk.append(&one, 6, b"filX").unwrap();
        assert!(!disk.is_right(&one).unwrap());
        disk.drop_partial(&one).unwrap();
        disk.append(&one, 0, b"whole file").unwrap();
        assert!(disk.is_right(&one).unwrap() && !disk.has(&hash));
        disk.keep(&one).unwrap();
        assert_eq!(disk.read_part(&hash, 6, 99).unwrap(), b"file");
        assert_eq!((disk.stored(&one).unwrap(), disk.stored(&other).unwrap()), (0, 18));
    }

    #[test]
    fn what_is_nobodys_beginning_does_not_stay() {
        let folder = tempfile::tempdir().unwrap();
        drop(Disk::open(folder.path()).unwrap());
        let before = folder.path().join("partial").join("ab".repeat(32));
        fs::write(&before, b"half").unwrap();
        let found = folder.path().join("partial").join("lost+found");
        fs::create_dir(&found).unwrap();
        drop(Disk::open(folder.path()).unwrap());
        assert!(!before.exists() && found.exists());
    }
}
