//! The ledger keeps items, documents and lists in step. It is the one writer of the store: a save is one transaction
//! with the signed item, what it says about files, and the line of the list, so what the screen calls saved is on the
//! disk. Documents are kept open in memory; when a transaction fails they are read from the disk again.

mod anew;
mod bundle;
mod catalogue;
mod forget;
mod held;
mod incoming;
mod leave;
mod looks;
mod near;
mod offers;
mod open;
mod parts;
mod people;
mod project;
mod read;
mod rebuild;
mod receive;
mod refuse;
mod save;
mod support;
mod transfer;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;

use doorstep_records::StationDetails;
use doorstep_sync::auth::Signer;
use doorstep_sync::payload::{Catalogue, FileName, Grant};
use doorstep_sync::trust::Grants;
use doorstep_sync::wire::Cursor;
use doorstep_sync::{
    Clock, DeviceId, DocumentId, Envelope, Item, ItemId, Kind, Millis, Random, Scope, SigningKey, VerifyingKey,
};
use rusqlite::Connection;

pub(crate) use catalogue::Edition;
pub(crate) use open::Opened;
pub(crate) use parts::is_divided;
pub(crate) use people::{People, details_of_everybody as grant_details, station_view as grant_station};
pub(crate) use save::NewFile;
pub(crate) use support::Around;
pub(crate) use transfer::Going;

use crate::contract::{StaffView, StationView};
use crate::files::FileStore;
use crate::keys::DatabaseKey;
use crate::store::{self, StoreError, Stored, catalogues, facts, files, items};
use crate::world::{bytes, day_in_china};
use catalogue::Shelf;

/// Time and randomness.
#[derive(Clone)]
pub(crate) struct World {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

/// Everything this device holds, unlocked.
pub(crate) struct Ledger {
    db: Connection,
    files: FileStore,
    world: World,
    key: SigningKey,
    device: DeviceId,
    /// Automerge actor: the device and a number that is new each time the ledger is opened, because a restored backup
    /// that went on with an old one would wedge the document.
    actor: Vec<u8>,
    database_key: DatabaseKey,
    center: String,
    grants: Grants,
    /// The newest grant for this device.
    own_grant: Option<(ItemId, Millis, Grant)>,
    people: People,
    station: StationView,
    shelf: Shelf,
    opened: open::Cache,
    /// The application that was shown last: its files go first.
    looked_at: Option<DocumentId>,
    /// Which windows have been given which application since the device was unlocked.
    given: HashSet<(DocumentId, String)>,
    /// Who saw what since the device was unlocked.
    seen: looks::Seen,
    /// The center's clock minus this device's, milliseconds.
    offset: i64,
}

/// An open transaction. Dropped uncommitted, it is undone: by a failure, and by a panic before anybody else can look.
struct Transaction<'a> {
    ledger: &'a mut Ledger,
    committed: bool,
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.committed {
            self.ledger.undo();
        }
    }
}

/// What enrolment brings.
pub(crate) struct Enrolment {
    pub seed: zeroize::Zeroizing<[u8; 32]>,
    pub center: String,
    pub center_key: VerifyingKey,
    pub grant: Item,
    pub offset: i64,
}

impl Ledger {
    /// Makes the database of a newly enrolled device.
    pub(crate) fn create(data: &Path, key: &DatabaseKey, enrolment: &Enrolment) -> Stored<()> {
        let db = store::open(&data.join("station.db"), key)?;
        let envelope = enrolment.grant.open().map_err(|_| StoreError::Damaged("grant"))?;
        let tx = db.unchecked_transaction()?;
        facts::set(&tx, facts::name::DEVICE_SEED, &enrolment.seed[..])?;
        facts::set(&tx, facts::name::CENTER, enrolment.center.as_bytes())?;
        facts::set(&tx, facts::name::CENTER_KEY, &enrolment.center_key.to_bytes())?;
        facts::set_number(&tx, facts::name::CLOCK_OFFSET, enrolment.offset)?;
        items::insert(&tx, &enrolment.grant, &envelope, items::State::Received, None)?;
        tx.commit()?;
        Ok(())
    }

    /// Opens the database under `data`.
    pub(crate) fn open(data: &Path, key: DatabaseKey, station: StationView, world: World) -> Stored<Self> {
        let db = store::open(&data.join("station.db"), &key)?;
        let fact = |name| facts::get(&db, name)?.ok_or(StoreError::Damaged("facts"));
        let signing = SigningKey::from_seed(&store::array(fact(facts::name::DEVICE_SEED)?, "device key")?);
        let center_key =
            VerifyingKey::from_bytes(&fact(facts::name::CENTER_KEY)?).ok_or(StoreError::Damaged("center key"))?;
        let center = String::from_utf8(fact(facts::name::CENTER)?).map_err(|_| StoreError::Damaged("center"))?;
        let offset = facts::number(&db, facts::name::CLOCK_OFFSET)?.unwrap_or(0);
        let device = signing.verifying_key().device();
        let actor = [&device.0[..], &bytes::<4>(&*world.random)].concat();
        let files = FileStore::open(data)?;
        let cleared = files.clear_leftovers(&files::all(&db)?)?;
        if cleared > 0 {
            tracing::info!(cleared, "files without a key were cleared away");
        }
        let mut ledger = Self {
            db,
            files,
            world,
            key: signing,
            device,
            actor,
            database_key: key,
            center,
            grants: Grants::new(center_key),
            own_grant: None,
            people: People::default(),
            station,
            shelf: Shelf::default(),
            opened: open::Cache::default(),
            looked_at: None,
            given: HashSet::new(),
            seen: looks::Seen::new(),
            offset,
        };
        ledger.read_grants()?;
        ledger.opened_by(env!("CARGO_PKG_VERSION"))?;
        Ok(ledger)
    }

    /// What the program that was here before could not read, this one may: it is tried once by every new version.
    fn opened_by(&mut self, program: &str) -> Stored<()> {
        if facts::get(&self.db, facts::name::PROGRAM)?.as_deref() == Some(program.as_bytes()) {
            return Ok(());
        }
        self.transact(|ledger| {
            catalogues::forget_problems(&ledger.db)?;
            let (now, mut touched) = (ledger.now(), BTreeSet::new());
            for item in items::unread(&ledger.db)? {
                ledger.take_item(&item, now, &mut touched)?;
            }
            ledger.project_all(touched)?;
            facts::set(&ledger.db, facts::name::PROGRAM, program.as_bytes())
        })
    }

    /// Runs `work` in one transaction. When it fails nothing has happened, on the disk and in memory.
    fn transact<T, E: From<StoreError>>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        store::begin(&self.db)?;
        let mut open = Transaction {
            ledger: self,
            committed: false,
        };
        let value = work(open.ledger)?;
        store::commit(&open.ledger.db)?;
        open.committed = true;
        Ok(value)
    }

    fn undo(&mut self) {
        // A full disk may have ended the transaction already.
        if !self.db.is_autocommit() {
            let _ = store::roll_back(&self.db);
        }
        self.opened.clear();
        self.shelf.changed();
        let _ = self.read_grants();
    }

    fn read_grants(&mut self) -> Stored<()> {
        let mut grants = Grants::new(self.grants.center().clone());
        let mut own = None;
        let device = self.device;
        for kind in [Kind::Succession, Kind::Grant, Kind::Revoke] {
            items::each(&self.db, kind, |item, _| {
                let Ok(envelope) = item.open() else { return Ok(()) };
                if grants.take(&item).is_ok() && kind == Kind::Grant {
                    newest_own(&mut own, &item, &envelope, device);
                }
                Ok(())
            })?;
        }
        self.people = People::of(&grants, own.as_ref().map(|(_, _, grant)| grant));
        self.grants = grants;
        self.own_grant = own;
        if let Some((_, _, grant)) = &self.own_grant
            && let Some(station) = people::station_view(grant)
        {
            self.station = station;
        }
        Ok(())
    }

    /// The time to write into items, by the center's clock as far as it is known.
    pub(crate) fn now(&self) -> Millis {
        self.world.clock.now().saturating_add_signed(self.offset)
    }

    /// Today in China.
    pub(crate) fn today(&self) -> String {
        day_in_china(self.now())
    }

    /// Signs the requests of a run.
    pub(crate) fn signer(&self) -> Signer {
        Signer::new(self.key.clone(), self.offset)
    }

    /// The center's address.
    pub(crate) fn center(&self) -> &str {
        &self.center
    }

    /// The station of this device.
    pub(crate) fn station(&self) -> &StationView {
        &self.station
    }

    /// The key, to seal it for staff.
    pub(crate) fn database_key(&self) -> &DatabaseKey {
        &self.database_key
    }

    /// Everybody who has a PIN here, by the newest grant.
    pub(crate) fn staff(&self) -> Option<(ItemId, StationDetails)> {
        let (id, _, grant) = self.own_grant.as_ref()?;
        Some((*id, people::details_of_everybody(grant)?))
    }

    /// Somebody who has a PIN here, as they may work here today; `None` when not at all.
    pub(crate) fn at_work(&self, person: &StaffView) -> Option<StaffView> {
        self.people.at_work(person, &self.today())
    }

    fn envelope(
        &self,
        kind: Kind,
        scope: Scope,
        document: Option<doorstep_sync::Document>,
        staff: &str,
        payload: Vec<u8>,
    ) -> Envelope {
        let version = doorstep_sync::envelope::VERSION;
        Envelope {
            version,
            kind,
            scope,
            document,
            device: self.device,
            staff: staff.to_owned(),
            time: self.now(),
            payload,
        }
    }
}

fn newest_own(own: &mut Option<(ItemId, Millis, Grant)>, item: &Item, envelope: &Envelope, device: DeviceId) {
    let Ok(grant) = Grant::from_bytes(&envelope.payload) else {
        return;
    };
    // Copies for the stations that a town covers lie in those stations' scopes, and hold no PINs.
    let home = grant
        .scopes
        .iter()
        .any(|pattern| pattern.division == envelope.scope.division());
    // A passport is a grant too, and says nothing of the station.
    let whole = people::details_of_everybody(&grant).is_some();
    let mine = home && whole && VerifyingKey::from_bytes(&grant.public_key).is_some_and(|key| key.device() == device);
    if mine && own.as_ref().is_none_or(|(_, time, _)| *time <= envelope.time) {
        *own = Some((item.id(), envelope.time, grant));
    }
}

/// An application and its case share an id.
fn documents(id: DocumentId) -> (doorstep_sync::Document, doorstep_sync::Document) {
    let document = |kind: &str| doorstep_sync::Document {
        kind: kind.to_owned(),
        id,
    };
    (
        document(doorstep_records::kind::APPLICATION),
        document(doorstep_records::kind::CASE),
    )
}

#[cfg(test)]
mod tests;
