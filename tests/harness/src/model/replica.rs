//! The disk as the protocol sees it.

use std::sync::Arc;

use doorstep_sync::payload::FileName;
use doorstep_sync::repair::{Held, Key, Sum};
use doorstep_sync::replica::{Outgoing, Replica, ReplicaError};
use doorstep_sync::wire::Cursor;
use doorstep_sync::{FileHash, Fingerprint, Item, ItemId, Millis, Scope};

use super::disk::State;
use super::station::{Station, Trip};

impl From<Trip> for ReplicaError {
    fn from(trip: Trip) -> Self {
        Self(trip.to_string())
    }
}

impl Station {
    /// Takes items that the center gave, and where this device stands after them. Inside a transaction.
    pub(super) fn take_all(&mut self, items: &[Item], cursor: Cursor) {
        let before = self.disk.cursor;
        if before.epoch != 0 && before.epoch != cursor.epoch {
            let uploads = self.disk.uploads.values_mut();
            uploads.for_each(|upload| upload.verified = false);
        }
        for item in items {
            self.take(item);
        }
        self.disk.cursor = cursor;
        self.forget_due();
    }

    /// Keeps bytes of a wanted file that follow what there is; the whole file when its hash is right.
    pub(super) fn keep_bytes(&mut self, hash: &FileHash, offset: u64, bytes: &[u8]) -> Result<(), Trip> {
        self.transact(|station| {
            let Some((file, kept)) = station.disk.wanted.get_mut(hash) else {
                return;
            };
            if offset != kept.len() as u64 {
                return;
            }
            kept.extend_from_slice(bytes);
            if (kept.len() as u64) < file.len {
                return;
            }
            let whole = std::mem::take(kept);
            if FileHash::of(&whole) == *hash {
                station.disk.wanted.remove(hash);
                station.disk.files.insert(*hash, Arc::new(whole));
            }
        })
    }
}

impl Held for Station {
    fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
        self.disk.compare(|set| set.sum(scope, from, to))
    }

    fn keys(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError> {
        self.disk.compare(|set| set.keys(scope, from, to, skip, most))
    }
}

impl Replica for Station {
    fn cursor(&self) -> Result<Cursor, ReplicaError> {
        Ok(self.disk.cursor)
    }

    fn fingerprints(&self) -> Result<Vec<(Scope, Fingerprint)>, ReplicaError> {
        Ok(self.disk.fingerprints())
    }

    fn outgoing(&self, bytes: usize) -> Result<Vec<Item>, ReplicaError> {
        let mut room = bytes;
        let mut items = Vec::new();
        for held in self.disk.in_order(&[State::Waiting]) {
            let len = held.item.envelope.len();
            if len > room && !items.is_empty() {
                break;
            }
            room = room.saturating_sub(len);
            items.push((*held.item).clone());
        }
        Ok(items)
    }

    fn receive(&mut self, items: Vec<Item>, cursor: Cursor, center_now: Millis) -> Result<(), ReplicaError> {
        Ok(self.transact(|station| {
            let offset = center_now.cast_signed().saturating_sub(station.clock.cast_signed());
            if (offset - station.disk.offset).abs() > 1_000 {
                station.disk.offset = offset;
            }
            station.disk.contact = station.clock;
            // From here on both ends compare.
            station.disk.bundle_all = false;
            station.take_all(&items, cursor);
        })?)
    }

    fn compare_too(&mut self, scopes: &[Scope]) -> Result<(), ReplicaError> {
        Ok(self.transact(|station| station.disk.compared.extend(scopes.iter().cloned()))?)
    }

    fn items(&self, ids: &[ItemId], bytes: usize) -> Result<Vec<Item>, ReplicaError> {
        let (mut found, mut size) = (Vec::new(), 0);
        let held = ids.iter().filter_map(|id| self.disk.items.get(id));
        for held in held.filter(|held| held.state != State::Forgotten) {
            size += held.item.envelope.len();
            if size > bytes && !found.is_empty() {
                break;
            }
            found.push((*held.item).clone());
        }
        Ok(found)
    }

    fn lacks(&mut self, ids: &[ItemId]) -> Result<(), ReplicaError> {
        Ok(self.transact(|station| {
            for id in ids {
                station.disk.settle(id, &[State::Accepted], State::Waiting);
            }
        })?)
    }

    fn lost(&mut self, files: &[FileHash]) -> Result<(), ReplicaError> {
        if files.is_empty() {
            return Ok(());
        }
        Ok(self.transact(|station| files.iter().for_each(|hash| station.bring_again(hash)))?)
    }

    fn outgoing_files(&self) -> Result<Vec<Outgoing>, ReplicaError> {
        let waiting = self.disk.uploads.values().filter(|upload| !upload.verified);
        let mut files: Vec<Outgoing> = waiting
            .map(|upload| Outgoing {
                file: upload.file.clone(),
                scope: upload.scope.clone(),
            })
            .collect();
        files.sort_by_key(|outgoing| (outgoing.file.len, outgoing.file.hash));
        Ok(files)
    }

    fn read_file(&self, hash: &FileHash, offset: u64, len: usize) -> Result<Vec<u8>, ReplicaError> {
        let lost = || ReplicaError("no such file".into());
        let file = self.disk.files.get(hash).ok_or_else(lost)?;
        let from = usize::try_from(offset).map_err(|_| lost())?.min(file.len());
        Ok(file.iter().skip(from).take(len).copied().collect())
    }

    fn wanted_files(&self) -> Result<Vec<(FileName, u64)>, ReplicaError> {
        let wanted = self.disk.wanted.values();
        Ok(wanted.map(|(file, bytes)| (file.clone(), bytes.len() as u64)).collect())
    }

    fn write_file(&mut self, file: &FileName, offset: u64, bytes: &[u8]) -> Result<(), ReplicaError> {
        Ok(self.keep_bytes(&file.hash, offset, bytes)?)
    }
}
