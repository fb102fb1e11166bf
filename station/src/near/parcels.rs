//! Parcels in a folder: sealed parts that this device carries for devices of other stations, to the center and back. It
//! cannot read them. Nothing of them is in the database; a lost one is made again by its sender.

use std::fs;
use std::path::{Path, PathBuf};

use doorstep_sync::DeviceId;

use crate::files::replace;
use crate::store::Stored;

/// Bytes carried for one device, and in all.
const QUOTA: u64 = 256 << 20;
const MOST: u64 = 1 << 30;
/// A part counts as at least so many bytes: that bounds how many there are (4,096 of one device).
const LEAST: u64 = 64 << 10;
/// Room on the disk that parcels of others leave to what is typed and photographed here.
const SPARED: u64 = 1 << 30;
/// What goes to the center, and what came from it.
const UP: &str = "up";
const DOWN: &str = "down";

/// The folder.
pub(super) struct Parcels(PathBuf);

impl Parcels {
    /// Parcels under `data`.
    pub(super) fn open(data: &Path) -> Stored<Self> {
        let folder = data.join("parcels");
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// Keeps a part that `from` gave; false when there is no room for more.
    pub(super) fn keep(&self, from: &DeviceId, part: &[u8]) -> Stored<bool> {
        let hash = blake3::hash(part).to_hex();
        let counts = |bytes: u64| bytes.max(LEAST);
        let (mut own, mut all) = (counts(part.len() as u64), counts(part.len() as u64));
        let mut number = 0_u64;
        for (device, path) in self.list(UP)? {
            let bytes = counts(fs::metadata(&path).map_or(0, |about| about.len()));
            all += bytes;
            if device == *from {
                own += bytes;
                let mut name = stem(&path).split('-').skip(1);
                number = number.max(name.next().and_then(|number| number.parse().ok()).unwrap_or(0));
                if name.next() == Some(hash.as_str()) {
                    return Ok(true);
                }
            }
        }
        let spared = fs4::available_space(&self.0).map_or(u64::MAX, |free| free.saturating_sub(part.len() as u64));
        if own > QUOTA || all > MOST || spared < SPARED {
            return Ok(false);
        }
        // Bytes of a file follow the item that names it: parts go on in the order in which they came.
        let name = format!("{from}-{:020}-{hash}.{UP}", number.saturating_add(1));
        replace(&self.0.join(name), part)?;
        Ok(true)
    }

    /// How many parts that `from` gave are still here.
    pub(super) fn held_of(&self, from: &DeviceId) -> Stored<usize> {
        Ok(self.list(UP)?.iter().filter(|(device, _)| device == from).count())
    }

    /// What waits for the center: of which device, and where it lies. A device's own in the order in which they came.
    pub(super) fn waiting(&self) -> Stored<Vec<(DeviceId, PathBuf)>> {
        self.list(UP)
    }

    /// Keeps what the center sealed for a device, in the place of what it sealed before.
    pub(super) fn keep_return(&self, device: &DeviceId, part: &[u8]) -> Stored<()> {
        replace(&self.0.join(format!("{device}.{DOWN}")), part)
    }

    /// What the center sealed for a device.
    pub(super) fn returned(&self, device: &DeviceId) -> Option<Vec<u8>> {
        fs::read(self.0.join(format!("{device}.{DOWN}"))).ok()
    }

    fn list(&self, ending: &str) -> Stored<Vec<(DeviceId, PathBuf)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let path = entry?.path();
            let device = stem(&path).split('-').next().and_then(|name| name.parse().ok());
            if let Some(device) = device.filter(|_| path.extension().is_some_and(|it| it == ending)) {
                found.push((device, path));
            }
        }
        found.sort();
        Ok(found)
    }
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|name| name.to_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_part_is_carried_once_and_what_comes_back_takes_the_place_of_what_came_before() {
        let data = tempfile::tempdir().unwrap();
        let parcels = Parcels::open(data.path()).unwrap();
        let (one, other) = (DeviceId([1; 16]), DeviceId([2; 16]));
        assert!(parcels.keep(&one, b"part").unwrap());
        assert!(parcels.keep(&one, b"part").unwrap());
        assert!(parcels.keep(&other, b"another").unwrap());
        fs::write(data.path().join("parcels/leftover.part"), b"x").unwrap();
        let waiting = parcels.waiting().unwrap();
        assert_eq!(
            waiting.iter().map(|(device, _)| *device).collect::<Vec<_>>(),
            [one, other]
        );
        assert_eq!(fs::read(&waiting[0].1).unwrap(), b"part");

        assert_eq!(parcels.returned(&one), None);
        parcels.keep_return(&one, b"first").unwrap();
        parcels.keep_return(&one, b"second").unwrap();
        assert_eq!(parcels.returned(&one).unwrap(), b"second");
        assert_eq!(parcels.returned(&other), None);
    }

    #[test]
    fn parts_go_on_in_the_order_in_which_they_came() {
        let data = tempfile::tempdir().unwrap();
        let parcels = Parcels::open(data.path()).unwrap();
        let device = DeviceId([1; 16]);
        let came: Vec<Vec<u8>> = (0..12_u8).map(|part| vec![part]).collect();
        for part in came.iter().chain(&came) {
            assert!(parcels.keep(&device, part).unwrap());
        }
        let goes = || -> Vec<Vec<u8>> {
            let waiting = parcels.waiting().unwrap().into_iter();
            waiting.map(|(_, path)| fs::read(path).unwrap()).collect()
        };
        assert_eq!(goes(), came);
        // Where the first are gone, what comes next is still the last.
        for (_, path) in parcels.waiting().unwrap().into_iter().take(11) {
            fs::remove_file(path).unwrap();
        }
        assert!(parcels.keep(&device, b"next").unwrap());
        assert_eq!(goes(), [vec![11], b"next".to_vec()]);
    }

    #[test]
    fn one_device_fills_no_folder_and_takes_no_room_from_others() {
        let data = tempfile::tempdir().unwrap();
        let parcels = Parcels::open(data.path()).unwrap();
        let (one, other) = (DeviceId([1; 16]), DeviceId([2; 16]));
        let (most, mut kept) = (4_096_usize, 0);
        // As if it had given them one by one: names are all that counts here.
        for number in 0..most - 1 {
            let name = format!("{one}-{}.{UP}", blake3::hash(&number.to_le_bytes()).to_hex());
            fs::write(data.path().join("parcels").join(name), b"").unwrap();
        }
        for part in [b"a", b"b", b"c"] {
            kept += u32::from(parcels.keep(&one, part).unwrap());
        }
        assert_eq!((kept, parcels.held_of(&one).unwrap()), (1, most));
        assert!(parcels.keep(&other, b"part").unwrap(), "another device's has room");
    }
}
