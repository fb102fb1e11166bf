//! The store as the protocol sees it. Each call takes the desk for a moment, so that people go on working meanwhile.

use std::sync::Arc;

use doorstep_sync::payload::FileName;
use doorstep_sync::repair::{Held, Key, Sum};
use doorstep_sync::replica::{Moved, Outgoing, Replica, ReplicaError};
use doorstep_sync::wire::Cursor;
use doorstep_sync::{FileHash, Fingerprint, Item, ItemId, Millis, Scope};

use crate::contract::SyncMode;
use crate::ledger::{Going, Ledger};
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

/// A small picture goes ahead when the originals that wait would take longer than this, seconds: where they are there in a
/// moment it would only be more to send.
const WORTH_A_PREVIEW: u64 = 10;

impl Peer {
    fn going(&self, ledger: &Ledger) -> Stored<Going> {
        let progress = &self.0.link.progress;
        let mode = ledger.sync_mode()?;
        let originals = mode == SyncMode::All || mode == SyncMode::Saver && progress.is_pressed();
        let is_slow = |rate: u64| {
            ledger
                .uploads_total()
                .map(|total| total.bytes / rate.max(1) > WORTH_A_PREVIEW)
        };
        let slow = progress.last_rate().map(is_slow).transpose()?;
        Ok(Going {
            previews: mode == SyncMode::Saver || originals && slow == Some(true),
            originals,
            urgent: mode != SyncMode::Paused,
        })
    }
}

impl Held for Peer {
    fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
        self.with(|ledger| Ok(ledger.sum(scope, from, to)))?
    }

    fn keys(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError> {
        self.with(|ledger| Ok(ledger.keys(scope, from, to, skip, most)))?
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
        self.0.show_out().map_err(|failure| ReplicaError(failure.message))
    }

    fn items(&self, ids: &[ItemId], bytes: usize) -> Result<Vec<Item>, ReplicaError> {
        self.with(|ledger| ledger.items(ids, bytes))
    }

    fn compare_too(&mut self, scopes: &[Scope]) -> Result<(), ReplicaError> {
        self.with(|ledger| ledger.compare_too(scopes))
    }

    fn lacks(&mut self, ids: &[ItemId]) -> Result<(), ReplicaError> {
        self.with(|ledger| ledger.lacks(ids))
    }

    fn lost(&mut self, files: &[FileHash]) -> Result<(), ReplicaError> {
        self.with(|ledger| ledger.lost(files))
    }

    fn outgoing_files(&self) -> Result<Vec<Outgoing>, ReplicaError> {
        self.with(|ledger| ledger.outgoing_files(self.going(ledger)?))
    }

    fn read_file(&self, hash: &FileHash, offset: u64, len: usize) -> Result<Vec<u8>, ReplicaError> {
        self.with(|ledger| ledger.read_file(hash, offset, len))
    }

    fn wanted_files(&self) -> Result<Vec<(FileName, u64)>, ReplicaError> {
        self.with(|ledger| ledger.wanted_files(self.going(ledger)?))
    }

    fn is_begun(&self, hash: &FileHash) -> Result<bool, ReplicaError> {
        self.with(|ledger| ledger.is_begun(hash))
    }

    fn moved(&mut self, file: &FileName, news: Moved<'_>) -> Result<(), ReplicaError> {
        let now = self.0.config.clock.now();
        self.0.link.progress.heard(file.hash, file.len, news, now);
        self.with(|ledger| ledger.moved(file, news))
    }

    fn write_file(&mut self, file: &FileName, offset: u64, bytes: &[u8]) -> Result<(), ReplicaError> {
        self.with(|ledger| ledger.write_file(file, offset, bytes))
    }
}
