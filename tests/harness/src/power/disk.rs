//! A disk that loses power: what was made durable stays, of the rest a part, and that may be torn.
//!
//! It keeps to what POSIX promises and no more: bytes are safe after `fsync` of their file, names after `fsync` of their
//! folder. Names become durable in the order in which they were given, as file systems with a journal do it; bytes in any
//! order, down to single sectors.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::log::Deed;
use crate::chance::Chance;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// What is done to a file and may be lost.
#[derive(Clone, Debug)]
enum Change {
    Wrote(u64, Vec<u8>),
    Resized(u64),
}

#[derive(Clone, Debug, Default)]
struct Content {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Naming {
    Created(PathBuf, u64),
    MadeFolder(PathBuf),
    Renamed(PathBuf, PathBuf),
    Removed(PathBuf),
}

impl Naming {
    /// Whether making `folder` durable makes this so.
    fn lies_in(&self, folder: &Path) -> bool {
        let parent = |path: &PathBuf| path.parent() == Some(folder);
        match self {
            Self::Created(path, _) | Self::MadeFolder(path) | Self::Removed(path) => parent(path),
            Self::Renamed(from, to) => parent(from) || parent(to),
        }
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Folder,
    File(u64),
}

type Names = BTreeMap<PathBuf, Entry>;

/// A disk on which deeds are done, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    contents: BTreeMap<u64, Content>,
    names: Names,
    naming: Vec<Naming>,
}

impl Disk {
    /// Does one deed.
    pub fn apply(&mut self, deed: &Deed) {
        match deed {
            Deed::Created(inode, path) => {
                // The number of a file that is gone is given again.
                self.contents.insert(*inode, Content::default());
                self.naming.push(Naming::Created(path.clone(), *inode));
            }
            Deed::Wrote(inode, offset, bytes) => self.change(*inode, Change::Wrote(*offset, bytes.clone())),
            Deed::Resized(inode, length) => self.change(*inode, Change::Resized(*length)),
            Deed::Synced(inode) => {
                if let Some(content) = self.contents.get_mut(inode) {
                    for change in std::mem::take(&mut content.pending) {
                        apply(&mut content.durable, &change);
                    }
                }
            }
            Deed::SyncedFolder(folder) => {
                // A journal keeps order: what was named before, elsewhere, is durable with it.
                if let Some(last) = self.naming.iter().rposition(|naming| naming.lies_in(folder)) {
                    for naming in self.naming.drain(..=last) {
                        name(&mut self.names, &naming);
                    }
                }
            }
            Deed::MadeFolder(path) => self.naming.push(Naming::MadeFolder(path.clone())),
            Deed::Renamed(from, to) => self.naming.push(Naming::Renamed(from.clone(), to.clone())),
            Deed::Removed(path) => self.naming.push(Naming::Removed(path.clone())),
        }
    }

    fn change(&mut self, inode: u64, change: Change) {
        self.contents.entry(inode).or_default().pending.push(change);
    }

    /// Writes into an empty folder what a power cut at this moment may leave; `chance` says which of it.
    pub fn lose_power(&self, folder: &Path, chance: &mut Chance) -> Result<Lost> {
        let mut names = self.names.clone();
        let kept = chance.below(self.naming.len() as u64 + 1) as usize;
        for naming in self.naming.iter().take(kept) {
            name(&mut names, naming);
        }
        let mut lost = Lost {
            names: self.naming.len() - kept,
            ..Lost::default()
        };
        for (path, entry) in &names {
            let path = folder.join(path);
            match entry {
                Entry::Folder => fs::create_dir_all(path)?,
                Entry::File(inode) => {
                    let content = self
                        .contents
                        .get(inode)
                        .map(|content| survive(content, chance, &mut lost));
                    if let Some(parent) = path.parent() {
                        fs::create_dir_all(parent)?;
                    }
                    fs::write(path, content.unwrap_or_default())?;
                }
            }
        }
        Ok(lost)
    }
}

/// What a power cut took: a run in which it took nothing proves nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lost {
    /// Names given, changed or taken away.
    pub names: usize,
    /// Writes that are wholly gone.
    pub writes: usize,
    /// Writes of which only some sectors are there.
    pub torn: usize,
}

impl std::ops::AddAssign for Lost {
    fn add_assign(&mut self, other: Self) {
        self.names += other.names;
        self.writes += other.writes;
        self.torn += other.torn;
    }
}

fn name(names: &mut Names, naming: &Naming) {
    match naming {
        Naming::Created(path, inode) => drop(names.insert(path.clone(), Entry::File(*inode))),
        Naming::MadeFolder(path) => drop(names.insert(path.clone(), Entry::Folder)),
        Naming::Renamed(from, to) => {
            if let Some(entry) = names.remove(from) {
                names.insert(to.clone(), entry);
            }
        }
        Naming::Removed(path) => drop(names.remove(path)),
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Wrote(offset, written) => {
            let start = *offset as usize;
            if bytes.len() < start + written.len() {
                bytes.resize(start + written.len(), 0);
            }
            bytes[start..start + written.len()].copy_from_slice(written);
        }
        Change::Resized(length) => bytes.resize(*length as usize, 0),
    }
}

/// How much of what is not durable a power cut leaves of one file: nothing, everything, a beginning, or anything.
fn survive(content: &Content, chance: &mut Chance, lost: &mut Lost) -> Vec<u8> {
    let mut bytes = content.durable.clone();
    let manner = chance.below(4);
    let beginning = chance.below(content.pending.len() as u64 + 1) as usize;
    for (index, change) in content.pending.iter().enumerate() {
        let whole = match manner {
            0 => false,
            1 => true,
            2 => index < beginning,
            _ => chance.percent(50),
        };
        if whole {
            apply(&mut bytes, change);
            continue;
        }
        lost.writes += 1;
        if let Change::Wrote(offset, written) = change
            && manner >= 2
            && chance.percent(30)
        {
            lost.torn += 1;
            for (sector, piece) in written.chunks(SECTOR).enumerate() {
                if chance.percent(50) {
                    let offset = offset + (sector * SECTOR) as u64;
                    apply(&mut bytes, &Change::Wrote(offset, piece.to_vec()));
                }
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn left(deeds: &[Deed]) -> Vec<Option<Vec<u8>>> {
        let mut disk = Disk::default();
        deeds.iter().for_each(|deed| disk.apply(deed));
        let after = |seed| {
            let folder = tempfile::tempdir().unwrap();
            disk.lose_power(folder.path(), &mut Chance::new(seed)).unwrap();
            fs::read(folder.path().join("a")).ok()
        };
        (0..64).map(after).collect()
    }

    #[test]
    fn durable_bytes_and_names_stay_and_the_rest_may_go() {
        let mut deeds = vec![
            Deed::Created(1, "a".into()),
            Deed::Wrote(1, 0, vec![7; 1024]),
            Deed::Synced(1),
        ];
        let without_name = left(&deeds);
        assert!(without_name.iter().any(Option::is_none) && without_name.iter().any(Option::is_some));
        deeds.push(Deed::SyncedFolder("".into()));
        assert!(left(&deeds).iter().all(|left| left.as_deref() == Some(&[7; 1024][..])));
        deeds.push(Deed::Wrote(1, 0, vec![8; 1024]));
        let overwritten = left(&deeds);
        let is = |what: &[u8]| overwritten.iter().any(|left| left.as_deref() == Some(what));
        assert!(is(&[7; 1024]) && is(&[8; 1024]));
        assert!(is(&[[7; 512], [8; 512]].concat()), "torn between two sectors");
    }
}
