//! The store as the exchange with one neighbour sees it: what both may read, and no cursor. Each call takes the desk for a
//! moment, so that people go on working meanwhile.

use std::cell::Cell;
use std::sync::Arc;

use doorstep_sync::payload::FileName;
use doorstep_sync::repair::{Held, Key, Sum};
use doorstep_sync::replica::{Moved, Outgoing, Replica, ReplicaError};
use doorstep_sync::wire::Cursor;
use doorstep_sync::{DeviceId, FileHash, Fingerprint, Item, ItemId, Millis, Scope};

use crate::contract::Link;
use crate::ledger::Ledger;
use crate::station::{Inner, lock};
use crate::store::Stored;

/// This device toward one neighbour.
pub(super) struct Toward {
    station: Arc<Inner>,
    neighbour: DeviceId,
    /// The newest item when the sets were compared last.
    through: Cell<i64>,
}

impl Toward {
    pub(super) fn new(station: Arc<Inner>, neighbour: DeviceId) -> Self {
        Self {
            station,
            neighbour,
            through: Cell::new(0),
        }
    }

    /// The newest item when the sets were compared last: what came after it, the neighbour may lack.
    pub(super) fn through(&self) -> i64 {
        self.through.get()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Ledger) -> Stored<T>) -> Result<T, ReplicaError> {
        match lock(&self.station.desk).as_mut() {
            Some(desk) => work(&mut desk.ledger).map_err(|error| ReplicaError(error.to_string())),
            None => Err(ReplicaError("locked".into())),
        }
    }
}

impl Held for Toward {
    fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
        self.with(|ledger| Ok(ledger.sum(scope, from, to)))?
    }

    fn keys(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError> {
        self.with(|ledger| Ok(ledger.keys(scope, from, to, skip, most)))?
    }
}

impl Replica for Toward {
    fn cursor(&self) -> Result<Cursor, ReplicaError> {
        Ok(Cursor::default())
    }

    fn fingerprints(&self) -> Result<Vec<(Scope, Fingerprint)>, ReplicaError> {
        self.with(|ledger| {
            self.through.set(ledger.newest()?);
            ledger.shared_fingerprints(&self.neighbour)
        })
    }

    /// Nothing is offered unasked: the comparison finds what the neighbour lacks.
    fn outgoing(&self, _: usize) -> Result<Vec<Item>, ReplicaError> {
        Ok(Vec::new())
    }

    fn receive(&mut self, items: Vec<Item>, _: Cursor, _: Millis) -> Result<(), ReplicaError> {
        let left = self.with(|ledger| ledger.take_from(&self.neighbour, &items))?;
        if left > 0 {
            tracing::warn!(left, "items of a neighbour were not taken");
        }
        Ok(())
    }

    fn items(&self, ids: &[ItemId], bytes: usize) -> Result<Vec<Item>, ReplicaError> {
        self.with(|ledger| ledger.items(ids, bytes))
    }

    /// Files go to a neighbour when the district is out of reach, and only what it does not have.
    fn outgoing_files(&self) -> Result<Vec<Outgoing>, ReplicaError> {
        if self.station.link.state().0 == Link::Online {
            return Ok(Vec::new());
        }
        self.with(|ledger| ledger.files_to_hand(&self.neighbour))
    }

    fn read_file(&self, hash: &FileHash, offset: u64, len: usize) -> Result<Vec<u8>, ReplicaError> {
        self.with(|ledger| ledger.read_file(hash, offset, len))
    }

    fn moved(&mut self, file: &FileName, news: Moved<'_>) -> Result<(), ReplicaError> {
        match news {
            Moved::Whole => self.with(|ledger| ledger.hand_file(&self.neighbour, &file.hash)),
            _ => Ok(()),
        }
    }

    /// What the center publishes and decides, a neighbour may have already.
    fn wanted_files(&self) -> Result<Vec<(FileName, u64)>, ReplicaError> {
        self.with(|ledger| ledger.files_wanted_from_neighbours())
    }

    fn write_file(&mut self, file: &FileName, offset: u64, bytes: &[u8]) -> Result<(), ReplicaError> {
        self.with(|ledger| ledger.write_file(file, offset, bytes))
    }
}
