//! What a station has on its disk. A copy of it is a backup.

use std::collections::BTreeMap;
use std::sync::Arc;

use doorstep_sync::payload::FileName;
use doorstep_sync::repair::{Key, Memory};
use doorstep_sync::wire::Cursor;
use doorstep_sync::{
    Code, DocumentId, Envelope, FileHash, Fingerprint, Item, ItemId, Kind, Scope, SigningKey, VerifyingKey,
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
    places: u64,
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
            places: 0,
        }
    }

    pub(super) fn insert(&mut self, item: Item, envelope: Envelope, state: State) {
        self.places += 1;
        let held = Held {
            envelope: Arc::new(envelope),
            state,
            place: self.places,
            item: Arc::new(item),
        };
        self.items.insert(held.item.id(), held);
    }

    /// Moves an item on when it is in one of `from`.
    pub(super) fn settle(&mut self, id: &ItemId, from: &[State], to: State) -> bool {
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
        self.items.remove(id);
        self.refusals.remove(id);
    }

    /// Whether an item belongs to the set that is compared: all but what the center refused, and what is not what its
    /// author wrote.
    pub fn counts(&self, held: &Held) -> bool {
        let altered = |code: &String| code == Code::Signature.as_str();
        match held.state {
            State::Refused => false,
            State::Aside => !self.refusals.get(&held.item.id()).is_some_and(altered),
            _ => true,
        }
    }

    /// Every item that counts, in its place.
    pub fn places(&self) -> Memory {
        let places = Memory::default();
        for (id, held) in self.items.iter().filter(|(_, held)| self.counts(held)) {
            places.insert(&held.envelope.scope, Key::of(held.envelope.time, *id));
        }
        places
    }

    /// One fingerprint for each scope held.
    pub fn fingerprints(&self) -> BTreeMap<Scope, Fingerprint> {
        let mut sums: BTreeMap<Scope, Fingerprint> = BTreeMap::new();
        for (id, held) in self.items.iter().filter(|(_, held)| self.counts(held)) {
            sums.entry(held.envelope.scope.clone()).or_default().add(id);
        }
        sums
    }
}
