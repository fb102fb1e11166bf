//! What a station has on its disk. A copy of it is a backup.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use doorstep_sync::key::Algorithm;
use doorstep_sync::payload::{Catalogue, FileName};
use doorstep_sync::repair::{Key, Memory};
use doorstep_sync::wire::Cursor;
use doorstep_sync::{
    Code, DeviceId, DocumentId, Envelope, FileHash, Fingerprint, Item, ItemId, Kind, Millis, Scope, SigningKey,
    VerifyingKey,
};

/// What became of an item; as in the real store.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Own, not yet confirmed.
    Waiting,
    /// Own, confirmed by the center.
    Accepted,
    /// Own, refused by the center.
    Refused,
    /// From the center or another device.
    Received,
    /// Received before what it builds on.
    Early,
    /// Received and not taken.
    Aside,
    /// Kept no longer: only its name and place are.
    Forgotten,
}

/// An item and what became of it.
#[derive(Clone, Debug)]
pub struct Held {
    /// The item.
    pub item: Arc<Item>,
    /// What it says.
    pub envelope: Arc<Envelope>,
    /// What became of it.
    pub state: State,
    /// Order of arrival.
    pub place: u64,
}

/// An own file on its way up.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The file.
    pub file: FileName,
    /// Where its receipt belongs.
    pub scope: Scope,
    /// The center has it whole.
    pub verified: bool,
}

/// Everything a station keeps over a crash.
#[derive(Clone)]
pub struct Disk {
    /// The device's key.
    pub key: SigningKey,
    /// The center's public key.
    pub center: VerifyingKey,
    /// Where it stands in the center's log.
    pub cursor: Cursor,
    /// The center's clock minus its own, milliseconds.
    pub offset: i64,
    /// Every item held.
    pub items: BTreeMap<ItemId, Held>,
    /// Why items are not taken: own by the center's code, others' by ours.
    pub refusals: BTreeMap<ItemId, String>,
    /// Whole files.
    pub files: BTreeMap<FileHash, Arc<Vec<u8>>>,
    /// Own files.
    pub uploads: BTreeMap<FileHash, Upload>,
    /// Files that come down, with the bytes there are.
    pub wanted: BTreeMap<FileHash, (FileName, Vec<u8>)>,
    /// Its own clock at the last contact.
    pub contact: Millis,
    /// Scopes in which the center told of something.
    pub compared: BTreeSet<Scope>,
    /// The next bundle brings everything, as the center was put back and nobody knows what it lost.
    pub bundle_all: bool,
    /// Items of others that came from a neighbour and wait for the center's receipt.
    pub carried: BTreeSet<ItemId>,
    /// Items that the center has and that have not come.
    pub receipted: BTreeSet<ItemId>,
    /// Items that the center says are forgotten, until their document is.
    pub forgetting: BTreeMap<ItemId, DocumentId>,
    /// Files that come in from neighbours: where their receipts belong, and the bytes there are.
    pub incoming: BTreeMap<FileHash, (FileName, Scope, Vec<u8>)>,
    /// Files that neighbours have.
    pub handed_files: BTreeSet<(DeviceId, FileHash)>,
    /// Up to which place others carry what waits here, sealed.
    pub sealed: u64,
    /// What this device carries sealed to the center, and for whom.
    pub parcels: Vec<(DeviceId, Arc<Vec<u8>>)>,
    /// What the center sealed for others.
    pub returned: BTreeMap<DeviceId, Arc<Vec<u8>>>,
    places: u64,
    /// The set that is compared, when it was made since something changed.
    set: RefCell<Option<Memory>>,
}

impl Disk {
    /// The disk of a device that has just been granted.
    pub fn new(key: SigningKey, center: VerifyingKey) -> Self {
        Self {
            key,
            center,
            cursor: Cursor::default(),
            offset: 0,
            items: BTreeMap::new(),
            refusals: BTreeMap::new(),
            files: BTreeMap::new(),
            uploads: BTreeMap::new(),
            wanted: BTreeMap::new(),
            contact: 0,
            compared: BTreeSet::new(),
            bundle_all: false,
            carried: BTreeSet::new(),
            receipted: BTreeSet::new(),
            forgetting: BTreeMap::new(),
            incoming: BTreeMap::new(),
            handed_files: BTreeSet::new(),
            sealed: 0,
            parcels: Vec::new(),
            returned: BTreeMap::new(),
            places: 0,
            set: RefCell::default(),
        }
    }

    pub(super) fn insert(&mut self, item: Item, envelope: Envelope, state: State) {
        self.set.take();
        self.places += 1;
        let held = Held {
            envelope: Arc::new(envelope),
            state,
            place: self.places,
            item: Arc::new(item),
        };
        self.items.insert(held.item.id(), held);
    }

    /// Of an item there is only its name and place from now on.
    pub(super) fn bury(&mut self, id: ItemId, envelope: Envelope) {
        self.set.take();
        self.places += 1;
        let nothing = Item {
            envelope: Vec::new(),
            algorithm: Algorithm::Ed25519,
            signature: Vec::new(),
        };
        let payload = Vec::new();
        let held = Held {
            item: Arc::new(nothing),
            envelope: Arc::new(Envelope { payload, ..envelope }),
            state: State::Forgotten,
            place: self.places,
        };
        self.items.insert(id, held);
    }

    /// Moves an item on when it is in one of `from`.
    pub(super) fn settle(&mut self, id: &ItemId, from: &[State], to: State) -> bool {
        self.set.take();
        match self.items.get_mut(id).filter(|held| from.contains(&held.state)) {
            Some(held) => {
                held.state = to;
                true
            }
            None => false,
        }
    }

    /// Items in one of `states`, in order of arrival.
    pub fn in_order(&self, states: &[State]) -> Vec<&Held> {
        let mut held: Vec<&Held> = self
            .items
            .values()
            .filter(|held| states.contains(&held.state))
            .collect();
        held.sort_by_key(|held| held.place);
        held
    }

    /// The changes of a document in one of `states`, in order of arrival.
    pub fn changes(&self, kind: &str, id: DocumentId, states: &[State]) -> Vec<&Held> {
        let mut changes = self.in_order(states);
        changes.retain(|held| {
            let document = held.envelope.document.as_ref();
            held.envelope.kind == Kind::Change && document.is_some_and(|d| d.id == id && d.kind == kind)
        });
        changes
    }

    /// An item is held no more.
    pub fn forget(&mut self, id: &ItemId) {
        self.set.take();
        self.items.remove(id);
        self.refusals.remove(id);
    }

    /// Whether an item belongs to the set that is compared: all but what the center refused, what is not what its author
    /// wrote, and what came before what it builds on.
    pub fn counts(&self, held: &Held) -> bool {
        let altered = |code: &String| code == Code::Signature.as_str();
        match held.state {
            State::Refused | State::Early => false,
            State::Aside => !self.refusals.get(&held.item.id()).is_some_and(altered),
            _ => true,
        }
    }

    /// Looks at every item that counts, in its place.
    pub fn compare<T>(&self, look: impl FnOnce(&Memory) -> T) -> T {
        let mut set = self.set.borrow_mut();
        look(set.get_or_insert_with(|| {
            let places = Memory::default();
            for (id, held) in self.items.iter().filter(|(_, held)| self.counts(held)) {
                places.insert(&held.envelope.scope, Key::of(held.envelope.time, *id));
            }
            places
        }))
    }

    /// One fingerprint for each scope held or told of.
    pub fn fingerprints(&self) -> Vec<(Scope, Fingerprint)> {
        let nothing = self
            .compared
            .iter()
            .map(|scope| (scope.clone(), Fingerprint::default()));
        let mut sums: BTreeMap<Scope, Fingerprint> = nothing.collect();
        sums.extend(self.compare(Memory::fingerprints));
        sums.into_iter().collect()
    }

    /// How many own items have no receipt.
    pub fn waiting(&self) -> usize {
        let states = self.items.values().map(|held| held.state);
        states.filter(|state| *state == State::Waiting).count()
    }

    /// Another device's item waits here for the center.
    pub(super) fn carry(&mut self, id: &ItemId) {
        let came = self.items.get(id).map(|held| held.state);
        if matches!(came, Some(State::Received | State::Early)) {
            self.carried.insert(*id);
        }
    }

    /// A file that is here waits to go to the center, whoever photographed it.
    pub(super) fn bring(&mut self, file: FileName, scope: Scope) {
        let verified = false;
        self.uploads
            .entry(file.hash)
            .or_insert(Upload { file, scope, verified });
    }

    /// Whether a file belongs to a catalogue.
    pub(super) fn is_published(&self, hash: &FileHash) -> bool {
        let published = self.items.values().filter(|held| held.envelope.kind == Kind::Catalogue);
        let mut catalogues = published.filter_map(|held| Catalogue::from_bytes(&held.envelope.payload).ok());
        catalogues.any(|catalogue| catalogue.files.iter().any(|file| file.file.hash == *hash))
    }
}
