//! The store as the protocol sees it. Each call takes the desk for a moment, so that people go on working meanwhile.

use std::sync::Arc;

use doorstep_sync::payload::FileName;
use doorstep_sync::replica::{Outgoing, Replica, ReplicaError};
use doorstep_sync::wire::Cursor;
use doorstep_sync::{FileHash, Fingerprint, Item, Millis, Scope};

use crate::ledger::Ledger;
use crate::station::{Inner, lock};
use crate::store::Stored;

/// This device, as long as it is unlocked.
pub(super) struct Peer(pub Arc<Inner>);

impl Peer {
    fn with<T>(&self, work: impl FnOnce(&mut Ledger) -> Stored<T>) -> Result<T, ReplicaError> {
        match lock(&self.0.desk).as_mut() {
            Some(desk) => work(&mut desk.ledger).map_err(|error| ReplicaError(error.to_string())),
            None => Err(ReplicaError("locked".into())),
        }
    }
}

impl Replica for Peer {
    fn cursor(&self) -> Result<Cursor, ReplicaError> {
        self.with(|ledger| ledger.cursor())
    }

    fn fingerprints(&self) -> Result<Vec<(Scope, Fingerprint)>, ReplicaError> {
        self.with(|ledger| ledger.fingerprints())
    }

    fn outgoing(&self, bytes: usize) -> Result<Vec<Item>, ReplicaError> {
        self.with(|ledger| ledger.outgoing(bytes))
    }

    fn receive(&mut self, items: Vec<Item>, cursor: Cursor, center_now: Millis) -> Result<(), ReplicaError> {
        self.with(|ledger| ledger.receive(&items, cursor, center_now))?;
        self.0.renew_keyring().map_err(|failure| ReplicaError(failure.message))
    }

    fn outgoing_files(&self) -> Result<Vec<Outgoing>, ReplicaError> {
        self.with(|ledger| ledger.outgoing_files())
    }

    fn read_file(&self, hash: &FileHash, offset: u64, len: usize) -> Result<Vec<u8>, ReplicaError> {
        self.with(|ledger| ledger.read_file(hash, offset, len))
    }

    fn wanted_files(&self) -> Result<Vec<(FileName, u64)>, ReplicaError> {
        self.with(|ledger| ledger.wanted_files())
    }

    fn write_file(&mut self, file: &FileName, offset: u64, bytes: &[u8]) -> Result<(), ReplicaError> {
        self.with(|ledger| ledger.write_file(file, offset, bytes))
    }
}
