//! What the layer wrote down, read back.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// One thing done to the disk. Files go by inode, so that a new name makes no new file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A file came to be.
    Created(u64, PathBuf),
    /// Bytes were written at an offset.
    Wrote(u64, u64, Vec<u8>),
    /// A file was cut or stretched to a length.
    Resized(u64, u64),
    /// A file was made durable.
    Synced(u64),
    /// The names in a folder were made durable.
    SyncedFolder(PathBuf),
    /// A folder came to be.
    MadeFolder(PathBuf),
    /// A name was given anew.
    Renamed(PathBuf, PathBuf),
    /// A name was taken away.
    Removed(PathBuf),
}

/// Everything the layer wrote down, each with the length of the log after it.
pub fn read(log: &Path) -> Result<Vec<(u64, Deed)>> {
    let bytes = std::fs::read(log).with_context(|| format!("{}", log.display()))?;
    let mut reader = Reader { bytes: &bytes, at: 0 };
    let mut deeds = Vec::new();
    while reader.at < bytes.len() {
        let deed = match reader.take(1)? {
            b"C" => Deed::Created(reader.number()?, reader.path()?),
            b"W" => Deed::Wrote(reader.number()?, reader.number()?, reader.text()?.to_vec()),
            b"T" => Deed::Resized(reader.number()?, reader.number()?),
            b"S" => Deed::Synced(reader.number()?),
            b"D" => Deed::SyncedFolder(reader.path()?),
            b"M" => Deed::MadeFolder(reader.path()?),
            b"R" => Deed::Renamed(reader.path()?, reader.path()?),
            b"U" => Deed::Removed(reader.path()?),
            other => bail!("no record begins with {other:?}"),
        };
        deeds.push((reader.at as u64, deed));
    }
    Ok(deeds)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(count).context("too long")?;
        let taken = self.bytes.get(self.at..end).context("the log is cut short")?;
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into()?))
    }

    fn text(&mut self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.number()?)?;
        self.take(length)
    }

    fn path(&mut self) -> Result<PathBuf> {
        Ok(PathBuf::from(std::str::from_utf8(self.text()?)?))
    }
}
