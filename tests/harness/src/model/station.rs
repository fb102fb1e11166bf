//! The running station: its disk, and what a crash takes from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use doorstep_records::{Application, Author};
use doorstep_sync::auth::Signer;
use doorstep_sync::trust::Grants;
use doorstep_sync::{DeviceId, DocumentId, Item, Kind, Millis, Scope};

use super::disk::{Disk, State};
use super::documents::{self, Opened};
use crate::chance::Chance;

/// What ends a transaction before its commit. Nothing of it is on the disk then.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Trip {
    /// No space left.
    #[error("disk full")]
    Full,
    /// The power went.
    #[error("crashed")]
    Crash,
}

/// A station that is switched on.
pub struct Station {
    /// What outlives a crash.
    pub disk: Disk,
    /// Its clock, which may be wrong.
    pub clock: Millis,
    /// Ends the next transaction.
    pub armed: Option<Trip>,
    /// The power went in the middle of a transaction: [`Self::open_again`] before anything else.
    pub crashed: bool,
    /// How often each document was taken from memory, where the disk could have been read.
    pub(super) grants: Grants,
    pub(super) opened: BTreeMap<DocumentId, Opened>,
    pub(super) actor: Vec<u8>,
    pub(super) staff: String,
    incarnations: Chance,
}

impl Station {
    /// Switches a station on. `seed` gives the incarnations of its Automerge actor.
    pub fn open(disk: Disk, staff: &str, seed: u64) -> Self {
        let grants = Grants::new(disk.center.clone());
        let mut station = Self {
            disk,
            clock: 0,
            armed: None,
            crashed: false,
            grants,
            opened: BTreeMap::new(),
            actor: Vec::new(),
            staff: staff.to_owned(),
            incarnations: Chance::new(seed),
        };
        station.open_again();
        station
    }

    /// Loses what is in memory and reads the disk anew.
    pub fn open_again(&mut self) {
        self.crashed = false;
        self.armed = None;
        self.opened.clear();
        self.renew_actor();
        self.read_grants();
    }

    /// Puts another disk in.
    pub fn restore(&mut self, disk: Disk) {
        self.disk = disk;
        self.open_again();
    }

    /// This device.
    pub fn device(&self) -> DeviceId {
        self.disk.key.verifying_key().device()
    }

    /// The time to write into items, by the center's clock as far as it is known.
    pub fn now(&self) -> Millis {
        self.clock.saturating_add_signed(self.disk.offset)
    }

    /// Signs the requests of a run.
    pub fn signer(&self) -> Signer {
        Signer::new(self.disk.key.clone(), self.disk.offset)
    }

    /// An application as the screen shows it.
    pub fn view(&mut self, id: DocumentId) -> Application {
        self.open_document(id).application.view()
    }

    /// The documents held.
    pub fn documents(&self) -> BTreeMap<DocumentId, Scope> {
        let changes = self
            .disk
            .items
            .values()
            .filter(|held| held.envelope.kind == Kind::Change && documents::COUNTING.contains(&held.state));
        changes
            .filter_map(|held| Some((held.envelope.document.as_ref()?.id, held.envelope.scope.clone())))
            .collect()
    }

    /// Whether the grants say that this device may see `scope`. Time is left out: it may keep what it got.
    pub fn may_hold(&self, scope: &Scope) -> bool {
        let granted = self.grants.of(&self.device());
        granted
            .iter()
            .any(|grant| grant.scopes.iter().any(|pattern| pattern.covers(scope)))
    }

    /// A document as it is kept open; read from the disk when it is not.
    pub fn open_document(&mut self, id: DocumentId) -> &mut Opened {
        let disk = &self.disk;
        self.opened.entry(id).or_insert_with(|| documents::load(disk, id))
    }

    pub(super) fn author(&self) -> Author {
        Author {
            actor: self.actor.clone(),
            staff: self.staff.clone(),
            time: self.now(),
        }
    }

    pub(super) fn renew_actor(&mut self) {
        let incarnation = self.incarnations.draw().to_le_bytes();
        let (fresh, _) = incarnation.split_at(4);
        self.actor = [&self.device().0[..], fresh].concat();
    }

    /// Keeps a sealed part that `from` gave, for the center.
    pub fn keep_parcel(&mut self, from: DeviceId, part: Vec<u8>) -> Result<(), Trip> {
        self.transact(|station| station.disk.parcels.push((from, Arc::new(part))))
    }

    /// Runs `work` as one transaction.
    pub(super) fn transact<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> Result<T, Trip> {
        match self.armed.take() {
            None => Ok(work(self)),
            Some(trip) => {
                self.crashed = trip == Trip::Crash;
                // What was changed in memory before the commit failed is not what the disk has.
                self.opened.clear();
                Err(trip)
            }
        }
    }

    pub(super) fn read_grants(&mut self) {
        let mut grants = Grants::new(self.disk.center.clone());
        for held in self.disk.in_order(&[State::Received]) {
            if matches!(held.envelope.kind, Kind::Grant | Kind::Revoke | Kind::Succession) {
                // Each was verified when it came.
                let _ = grants.take(&held.item);
            }
        }
        self.grants = grants;
    }

    /// The first item of a device's life: its grant, which enrolment gave it.
    pub fn enrolled(&mut self, grant: Item) {
        if let Ok(envelope) = grant.open() {
            self.disk.insert(grant, envelope, State::Received);
            self.read_grants();
        }
    }
}
