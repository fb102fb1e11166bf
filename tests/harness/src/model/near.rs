//! Two stations near each other, as the real ledger meets a neighbour: no cursor, every item taken by its author's
//! signature and the center's grants, and what is another's carried on to the center.

use doorstep_sync::payload::{FileName, Grant};
use doorstep_sync::repair::{Held, Key, RepairError, Sum, mend};
use doorstep_sync::replica::{Moved, Outgoing, Replica, ReplicaError};
use doorstep_sync::wire::{BATCH_BYTES, Cursor, Offset, SyncRequest, SyncResponse};
use doorstep_sync::{DeviceId, FileHash, Fingerprint, Item, ItemId, Kind, Millis, Scope, VerifyingKey};

use super::disk::State;
use super::station::{Station, Trip};

/// Why somebody is not met, or something not taken: a code.
pub type Refused = &'static str;

impl Station {
    /// Whether the center vouches for `device` now; otherwise why not.
    pub fn may_meet(&self, device: &DeviceId) -> Result<(), Refused> {
        let now = self.now();
        if *device == self.device() {
            return Err("own");
        }
        if self.grants.revoked_at(device).is_some_and(|at| at <= now) {
            return Err("revoked");
        }
        match self.grants.of(device) {
            [] => Err("unknown_device"),
            grants if grants.iter().any(|grant| grant.from <= now && now < grant.until) => Ok(()),
            _ => Err("not_granted"),
        }
    }

    /// What this device shows to one of another station: a grant without names.
    pub fn passport(&self) -> Option<Item> {
        let own = self.disk.key.verifying_key().to_bytes();
        let held = self
            .disk
            .items
            .values()
            .filter(|held| held.envelope.kind == Kind::Grant);
        let mut passports = held.filter(|held| {
            let grant = Grant::from_bytes(&held.envelope.payload);
            grant.is_ok_and(|grant| grant.details.is_empty() && grant.public_key == own)
        });
        passports.next().map(|held| (*held.item).clone())
    }

    /// Whether the center vouches by this passport for the device that shows it.
    pub fn vouched(&self, device: &DeviceId, passport: &Item) -> bool {
        let now = self.now();
        let envelope = passport.verify(self.grants.center()).ok();
        let grant = envelope
            .filter(|envelope| envelope.kind == Kind::Grant)
            .and_then(|envelope| Grant::from_bytes(&envelope.payload).ok());
        let revoked = self.grants.revoked_at(device).is_some_and(|at| at <= now);
        grant.is_some_and(|grant| {
            let key = VerifyingKey::from_bytes(&grant.public_key);
            !revoked && key.is_some_and(|key| key.device() == *device) && grant.from <= now && now < grant.until
        })
    }

    /// Whether both may read `scope`; the district's own is everybody's.
    pub fn shares(&self, peer: &DeviceId, scope: &Scope) -> bool {
        let now = self.now();
        let of_all = scope.period() == "0" && scope.division().ends_with("000000");
        let reads = |device: &DeviceId| self.grants.may_read(device, scope, now);
        of_all || reads(&self.device()) && reads(peer)
    }

    fn shared_fingerprints(&self, peer: &DeviceId) -> Vec<(Scope, Fingerprint)> {
        let mut held: Vec<_> = self.disk.fingerprints();
        held.retain(|(scope, _)| self.shares(peer, scope));
        held
    }

    /// Takes what a neighbour gives; what does not verify, or belongs to a scope that is not shared, is not kept.
    fn take_from(&mut self, peer: &DeviceId, given: &[Item]) -> Result<(), Trip> {
        self.transact(|station| {
            given.iter().for_each(|item| station.take_carried(peer, item));
            station.forget_due();
        })
    }

    fn take_carried(&mut self, peer: &DeviceId, item: &Item) {
        let id = item.id();
        let verified = self.grants.take(item).and_then(|_| self.grants.verify(item));
        let Ok(envelope) = verified.map_err(drop) else { return };
        if self.disk.items.contains_key(&id) || !self.shares(peer, &envelope.scope) {
            return;
        }
        self.take(item);
        if envelope.device == self.grants.center().device() {
            return;
        }
        let own = envelope.device == self.device();
        if !(own && self.disk.settle(&id, &[State::Received], State::Waiting)) {
            self.disk.carry(&id);
        }
        if self.disk.receipted.remove(&id) {
            self.accepted(&id);
        }
    }

    /// Answers a neighbour's exchange: takes what it gives, and says what is held here.
    pub(super) fn answer(
        &mut self,
        peer: &DeviceId,
        request: &SyncRequest,
    ) -> Result<Result<SyncResponse, Refused>, Trip> {
        self.take_from(peer, &request.items)?;
        let offset = |hash: &FileHash| {
            let (stored, _, verified) = self.incoming(hash)?;
            let hash = *hash;
            Some(Offset { hash, stored, verified })
        };
        let offsets = request.offsets.iter().filter_map(offset).collect();
        let named = |scope: &Scope| request.fingerprints.iter().any(|(named, _)| named == scope);
        let shared = self.shared_fingerprints(peer).into_iter().map(|(scope, _)| scope);
        let unnamed: Vec<Scope> = shared.filter(|scope| !named(scope)).collect();
        let shares = |scope: &Scope| self.shares(peer, scope);
        let mending = match mend(self, request, &[], &unnamed, false, shares) {
            Ok(mending) => mending,
            Err(RepairError::Malformed) => return Ok(Err("malformed")),
            Err(RepairError::Store(_)) => return Ok(Err("store")),
        };
        Ok(Ok(SyncResponse {
            version: request.version,
            now: self.now(),
            items: self.items(&mending.give, BATCH_BYTES).unwrap_or_default(),
            cursor: request.cursor,
            more: false,
            fingerprints: mending.fingerprints,
            offsets,
            repair: mending.repair,
        }))
    }

    /// Bytes of a file that are here, its length, and whether it is whole; `None` when nothing was announced.
    pub(super) fn incoming(&self, hash: &FileHash) -> Option<(u64, u64, bool)> {
        if let Some(bytes) = self.disk.files.get(hash) {
            return Some((bytes.len() as u64, bytes.len() as u64, true));
        }
        let (file, _, bytes) = self.disk.incoming.get(hash)?;
        Some((bytes.len() as u64, file.len, false))
    }
}

/// A station as the exchange with one neighbour sees it.
pub struct Toward<'a> {
    station: &'a mut Station,
    neighbour: DeviceId,
    /// The district is out of reach: files go to the neighbour then.
    away: bool,
}

impl<'a> Toward<'a> {
    /// `station` toward `neighbour`.
    pub fn new(station: &'a mut Station, neighbour: DeviceId, away: bool) -> Self {
        Self {
            station,
            neighbour,
            away,
        }
    }
}

impl Held for Toward<'_> {
    fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
        self.station.sum(scope, from, to)
    }

    fn keys(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError> {
        self.station.keys(scope, from, to, skip, most)
    }
}

impl Replica for Toward<'_> {
    fn cursor(&self) -> Result<Cursor, ReplicaError> {
        Ok(Cursor::default())
    }

    fn fingerprints(&self) -> Result<Vec<(Scope, Fingerprint)>, ReplicaError> {
        Ok(self.station.shared_fingerprints(&self.neighbour))
    }

    fn outgoing(&self, _: usize) -> Result<Vec<Item>, ReplicaError> {
        Ok(Vec::new())
    }

    fn receive(&mut self, items: Vec<Item>, _: Cursor, _: Millis) -> Result<(), ReplicaError> {
        Ok(self.station.take_from(&self.neighbour, &items)?)
    }

    fn items(&self, ids: &[ItemId], bytes: usize) -> Result<Vec<Item>, ReplicaError> {
        self.station.items(ids, bytes)
    }

    fn outgoing_files(&self) -> Result<Vec<Outgoing>, ReplicaError> {
        if !self.away {
            return Ok(Vec::new());
        }
        let handed = &self.station.disk.handed_files;
        let mut files = self.station.outgoing_files()?;
        files.retain(|outgoing| {
            self.station.shares(&self.neighbour, &outgoing.scope)
                && !handed.contains(&(self.neighbour, outgoing.file.hash))
        });
        Ok(files)
    }

    fn read_file(&self, hash: &FileHash, offset: u64, len: usize) -> Result<Vec<u8>, ReplicaError> {
        self.station.read_file(hash, offset, len)
    }

    fn moved(&mut self, file: &FileName, news: Moved<'_>) -> Result<(), ReplicaError> {
        if news == Moved::Whole {
            self.station.disk.handed_files.insert((self.neighbour, file.hash));
        }
        Ok(())
    }

    fn wanted_files(&self) -> Result<Vec<(FileName, u64)>, ReplicaError> {
        self.station.wanted_files()
    }

    fn write_file(&mut self, file: &FileName, offset: u64, bytes: &[u8]) -> Result<(), ReplicaError> {
        self.station.write_file(file, offset, bytes)
    }
}
