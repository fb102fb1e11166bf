//! What passes between this device and its neighbours. A neighbour's word counts for nothing: every item is taken by its
//! author's signature and the center's grants, as one from the center is.

use std::collections::{BTreeSet, HashSet};
use std::net::SocketAddr;

use doorstep_sync::payload::{FileName, Grant};
use doorstep_sync::repair::{RepairError, mend};
use doorstep_sync::replica::Outgoing;
use doorstep_sync::wire::{BATCH_BYTES, Offset, SyncRequest, SyncResponse};
use doorstep_sync::{DeviceId, DocumentId, FileHash, Fingerprint, Item, Kind, Millis, Scope, SigningKey, VerifyingKey};

use super::Ledger;
use crate::contract::Handed;
use crate::store::near::{self, Known};
use crate::store::{Stored, facts, files, items, places, uploads};

/// Files whose offsets are told in one answer.
const MOST_OFFSETS: usize = 1_000;

/// Why a neighbour's file is not taken, or not given: a code as the center's.
pub(crate) type Refused = &'static str;

impl Ledger {
    /// The device's key, for the connection.
    pub(crate) fn device_key(&self) -> &SigningKey {
        &self.key
    }

    /// The center's key.
    pub(crate) fn center_key(&self) -> &VerifyingKey {
        self.grants.center()
    }

    /// The switch. It stands on until somebody turns it off.
    pub(crate) fn are_neighbours_on(&self) -> Stored<bool> {
        Ok(facts::number(&self.db, facts::name::NEIGHBOURS_OFF)? != Some(1))
    }

    /// Turns it.
    pub(crate) fn set_neighbours(&self, on: bool) -> Stored<()> {
        facts::set_number(&self.db, facts::name::NEIGHBOURS_OFF, i64::from(!on))
    }

    /// Whether `device` is one that the center vouches for now; otherwise why not.
    pub(crate) fn may_meet(&self, device: &DeviceId) -> Result<(), Refused> {
        let now = self.now();
        if *device == self.device {
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

    /// Everyone who may be met.
    pub(crate) fn possible_neighbours(&self) -> HashSet<DeviceId> {
        let devices = self.grants.devices().map(|(device, _)| *device);
        devices.filter(|device| self.may_meet(device).is_ok()).collect()
    }

    /// A device's name, for people.
    pub(crate) fn device_name(&self, device: &DeviceId) -> String {
        let known = self.people.known_device(&device.to_string());
        known
            .or_else(|| near::name(&self.db, device).ok().flatten())
            .unwrap_or_default()
    }

    /// What this device may show to one of another station: a grant without names and PINs.
    pub(crate) fn passport(&self) -> Stored<Option<Vec<u8>>> {
        let mut passport = None;
        items::each(&self.db, Kind::Grant, |item, _| {
            let grant = item
                .open()
                .ok()
                .and_then(|envelope| Grant::from_bytes(&envelope.payload).ok());
            let own = |grant: &Grant| grant.public_key == self.key.verifying_key().to_bytes();
            if grant.is_some_and(|grant| grant.details.is_empty() && own(&grant)) {
                passport = Some(item.to_bytes());
            }
            Ok(())
        })?;
        Ok(passport)
    }

    /// The name of a device of another station, when the center vouches for it by this passport; otherwise why not.
    pub(crate) fn vouched(&self, device: &DeviceId, passport: &[u8]) -> Result<String, Refused> {
        let unknown = "unknown_device";
        let item = Item::from_bytes(passport).map_err(|_| unknown)?;
        let envelope = self.grants.from_center(&item).map_err(|_| unknown)?;
        let grant = Grant::from_bytes(&envelope.payload).map_err(|_| unknown)?;
        let key = VerifyingKey::from_bytes(&grant.public_key).ok_or(unknown)?;
        let now = self.now();
        if envelope.kind != Kind::Grant || key.device() != *device {
            return Err(unknown);
        }
        if self.grants.revoked_at(device).is_some_and(|at| at <= now) {
            return Err("revoked");
        }
        match grant.from <= now && now < grant.until {
            true => Ok(grant.label),
            false => Err("not_granted"),
        }
    }

    /// Whether something waits for the district that no device nearby has.
    pub(crate) fn has_unhanded(&self) -> Stored<bool> {
        let items = !near::waiting_scopes(&self.db)?.is_empty() && self.handed_all()?.is_none();
        if items {
            return Ok(true);
        }
        for file in uploads::originals(&self.db, None)? {
            if !self.is_file_handed(&file.file.hash)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Files that wait for the district.
    pub(crate) fn waiting_files(&self) -> Stored<Vec<FileHash>> {
        let waiting = uploads::originals(&self.db, None)?.into_iter();
        Ok(waiting.map(|outgoing| outgoing.file.hash).collect())
    }

    /// The place of the newest own item that waits for the district.
    pub(crate) fn newest_waiting(&self) -> Stored<i64> {
        near::newest_waiting(&self.db)
    }

    /// A device has nothing left of what it was given to carry: what has no receipt by now came to nothing.
    pub(crate) fn take_back(&mut self, device: &DeviceId) -> Stored<()> {
        self.transact(|ledger| near::take_back(&ledger.db, device))
    }

    /// Whether anything of this device waits for the district.
    pub(crate) fn has_waiting(&self) -> Stored<bool> {
        Ok(items::count_waiting(&self.db)? > 0 || uploads::total(&self.db)?.files > 0)
    }

    /// A device of another station, called `name`, carries everything up to `through` and these files, sealed.
    pub(crate) fn carried_by(
        &mut self,
        device: &DeviceId,
        name: &str,
        address: SocketAddr,
        through: i64,
        sealed: &[FileHash],
    ) -> Stored<()> {
        self.transact(|ledger| {
            let now = ledger.world.clock.now();
            near::know(&ledger.db, device, &[address], Some(now))?;
            near::set_name(&ledger.db, device, name)?;
            for scope in near::waiting_scopes(&ledger.db)? {
                near::hand(&ledger.db, device, &scope, through, now)?;
            }
            sealed
                .iter()
                .try_for_each(|hash| near::hand_file(&ledger.db, device, hash, now))
        })
    }

    /// Whether items of `scope` pass between this device and `peer`: both may read it. The district's own scope, with the
    /// catalogue in it, is everybody's.
    pub(crate) fn shares(&self, peer: &DeviceId, scope: &Scope) -> bool {
        let now = self.now();
        let of_all = scope.period() == "0" && scope.division().ends_with("000000");
        let reads = |device| self.grants.may_read(device, scope, now);
        of_all || reads(&self.device) && reads(peer)
    }

    /// The scopes shared with `peer`, with what is held in them.
    pub(crate) fn shared_fingerprints(&self, peer: &DeviceId) -> Stored<Vec<(Scope, Fingerprint)>> {
        // What a neighbour is said to hold rests on these: they are never of an older set.
        let mut held = places::fingerprints(&self.db)?;
        held.retain(|(scope, _)| self.shares(peer, scope));
        Ok(held)
    }

    /// Takes what a neighbour gives, in one transaction. Gives how many items were not taken: they do not verify, or
    /// belong to a scope that the two do not share. They are not kept either, or a neighbour could fill the disk.
    pub(crate) fn take_from(&mut self, peer: &DeviceId, given: &[Item]) -> Stored<usize> {
        if given.is_empty() {
            return Ok(0);
        }
        self.transact(|ledger| {
            let now = ledger.now();
            let (mut touched, mut left) = (BTreeSet::new(), 0);
            for item in given {
                left += usize::from(!ledger.take_carried(peer, item, now, &mut touched)?);
            }
            for id in touched {
                let opened = ledger.take(id)?;
                ledger.project(id, &opened)?;
                ledger.give(id, opened);
            }
            Ok(left)
        })
    }

    fn take_carried(
        &mut self,
        peer: &DeviceId,
        item: &Item,
        now: Millis,
        touched: &mut BTreeSet<DocumentId>,
    ) -> Stored<bool> {
        let id = item.id();
        if items::state(&self.db, &id)?.is_some() {
            return Ok(true);
        }
        let verified = self.grants.take(item).and_then(|_| self.grants.verify(item));
        let Ok(envelope) = verified else {
            return Ok(false);
        };
        if !self.shares(peer, &envelope.scope) {
            return Ok(false);
        }
        self.take_item(item, now, touched)?;
        if !self.grants.is_center(&envelope.device) {
            self.bring_files(&envelope)?;
            // Only changes are counted in an application's chain.
            let document = envelope.document.as_ref().filter(|_| envelope.kind == Kind::Change);
            let document = document.map(|document| &document.id);
            near::carry(&self.db, &id, document, envelope.device == self.device)?;
            if let Some(at) = near::take_receipt(&self.db, &id)? {
                self.accepted(&id, at, touched)?;
            }
        }
        Ok(true)
    }

    /// Answers a neighbour's exchange: takes what it gives, and says what is held here.
    pub(crate) fn answer(&mut self, peer: &DeviceId, request: &SyncRequest) -> Stored<Result<SyncResponse, Refused>> {
        let left = self.take_from(peer, &request.items)?;
        if left > 0 {
            tracing::warn!(left, "items of a neighbour were not taken");
        }
        let mut offsets = Vec::new();
        for hash in request.offsets.iter().take(MOST_OFFSETS) {
            if let Some((stored, _, verified)) = self.incoming(hash)? {
                offsets.push(Offset {
                    hash: *hash,
                    stored,
                    verified,
                });
            }
        }
        let named = |scope: &Scope| request.fingerprints.iter().any(|(named, _)| named == scope);
        let shared = self.shared_fingerprints(peer)?.into_iter().map(|(scope, _)| scope);
        let unnamed: Vec<Scope> = shared.filter(|scope| !named(scope)).collect();
        let shares = |scope: &Scope| self.shares(peer, scope);
        let mending = mend(self, request, &[], &unnamed, false, shares).map_err(|error| match error {
            RepairError::Malformed => Refused::from("malformed"),
            RepairError::Store(_) => Refused::from("store"),
        });
        let mending = match mending {
            Ok(mending) => mending,
            Err(code) => return Ok(Err(code)),
        };
        Ok(Ok(SyncResponse {
            version: request.version,
            now: self.now(),
            items: self.items(&mending.give, BATCH_BYTES)?,
            cursor: request.cursor,
            more: false,
            fingerprints: mending.fingerprints,
            offsets,
            repair: mending.repair,
        }))
    }

    /// Both hold the items of these scopes up to `through`.
    pub(crate) fn hand_over(&mut self, peer: &DeviceId, scopes: &[Scope], through: i64) -> Stored<()> {
        self.transact(|ledger| {
            let now = ledger.world.clock.now();
            let mut scopes = scopes.iter();
            scopes.try_for_each(|scope| near::hand(&ledger.db, peer, scope, through, now))
        })
    }

    /// The place of the newest item.
    pub(crate) fn newest(&self) -> Stored<i64> {
        near::newest(&self.db)
    }

    /// A neighbour holds a file whole.
    pub(crate) fn hand_file(&self, peer: &DeviceId, hash: &FileHash) -> Stored<()> {
        near::hand_file(&self.db, peer, hash, self.world.clock.now())
    }

    /// Whether some neighbour holds a file whole.
    pub(super) fn is_file_handed(&self, hash: &FileHash) -> Stored<bool> {
        near::is_file_handed(&self.db, hash, None, self.world.clock.now())
    }

    /// Files that wait for the district and that `peer` may have and lacks.
    pub(crate) fn files_to_hand(&self, peer: &DeviceId) -> Stored<Vec<Outgoing>> {
        let (mut lacking, now) = (Vec::new(), self.world.clock.now());
        for file in uploads::originals(&self.db, self.looked_at.as_ref())? {
            if self.shares(peer, &file.scope) && !near::is_file_handed(&self.db, &file.file.hash, Some(peer), now)? {
                lacking.push(file);
            }
        }
        Ok(lacking)
    }

    /// Files of the center that are lacking here.
    pub(crate) fn files_wanted_from_neighbours(&self) -> Stored<Vec<(FileName, u64)>> {
        files::wanted(&self.db, false)
    }

    /// Who has everything of an application that waits here for the district.
    pub(crate) fn handed(&self, id: &DocumentId) -> Stored<Option<Handed>> {
        Ok(near::handed(&self.db, id, self.world.clock.now())?.map(|found| self.handed_view(found)))
    }

    /// Who has everything that waits here for the district.
    pub(crate) fn handed_all(&self) -> Stored<Option<Handed>> {
        Ok(near::handed_all(&self.db, self.world.clock.now())?.map(|found| self.handed_view(found)))
    }

    fn handed_view(&self, (device, at): (DeviceId, u64)) -> Handed {
        Handed {
            to: self.device_name(&device),
            at,
        }
    }

    /// Items of others that wait here for the district.
    pub(crate) fn count_carried(&self) -> Stored<u32> {
        near::count_carried(&self.db)
    }

    /// Devices that were met, or added by their code.
    pub(crate) fn known_neighbours(&self) -> Stored<Vec<Known>> {
        near::known(&self.db)
    }

    /// Keeps in mind where a device is.
    pub(crate) fn know_neighbour(&self, device: &DeviceId, addresses: &[SocketAddr]) -> Stored<()> {
        near::know(&self.db, device, addresses, None)
    }

    /// An exchange with a device came to its end.
    pub(crate) fn neighbour_met(&self, device: &DeviceId, addresses: &[SocketAddr]) -> Stored<()> {
        near::know(&self.db, device, addresses, Some(self.world.clock.now()))
    }
}
