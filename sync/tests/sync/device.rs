//! A station's store in memory: the contract of `Replica`, told as plainly as possible.

use std::collections::{BTreeMap, HashMap, HashSet};

use doorstep_sync::envelope::VERSION;
use doorstep_sync::payload::{Change, FileName, Receipt};
use doorstep_sync::repair::{Held, Key, Memory, Sum};
use doorstep_sync::replica::{Outgoing, Replica, ReplicaError};
use doorstep_sync::wire::Cursor;
use doorstep_sync::{
    Code, Document, DocumentId, Envelope, FileHash, Fingerprint, Grants, Item, ItemId, Kind, Millis, Scope, SigningKey,
    VerifyingKey,
};

#[derive(Clone)]
pub struct Device {
    pub key: SigningKey,
    pub grants: Grants,
    pub cursor: Cursor,
    pub items: BTreeMap<ItemId, Item>,
    pub own: Vec<ItemId>,
    pub accepted: HashSet<ItemId>,
    pub refused: HashMap<ItemId, String>,
    pub set_aside: Vec<Code>,
    /// Everything held, set aside or not; own refused items are left out.
    pub held: Memory,
    pub files: HashMap<FileHash, Vec<u8>>,
    pub own_files: Vec<Outgoing>,
    pub verified: HashSet<FileHash>,
    pub wanted: Vec<(FileName, Vec<u8>)>,
    /// Files whose bytes cannot be read, as on a damaged disk.
    pub unreadable: HashSet<FileHash>,
    pub clock: u64,
    /// Where this person works at the moment.
    pub scope: Scope,
}

impl Device {
    pub fn new(seed: u8, center: VerifyingKey) -> Self {
        Self {
            key: crate::key(seed),
            grants: Grants::new(center),
            cursor: Cursor::default(),
            items: BTreeMap::new(),
            own: Vec::new(),
            accepted: HashSet::new(),
            refused: HashMap::new(),
            set_aside: Vec::new(),
            held: Memory::default(),
            files: HashMap::new(),
            own_files: Vec::new(),
            verified: HashSet::new(),
            wanted: Vec::new(),
            unreadable: HashSet::new(),
            clock: crate::NOON,
            scope: crate::village(),
        }
    }

    /// A person saves something.
    pub fn write(&mut self, document: u8, payload: &[u8]) -> ItemId {
        self.write_as(
            "application",
            Kind::Change,
            document,
            Change::of(payload.to_vec()).to_bytes(),
        )
    }

    pub fn write_as(&mut self, kind: &str, item_kind: Kind, document: u8, payload: Vec<u8>) -> ItemId {
        let envelope = Envelope {
            version: VERSION,
            kind: item_kind,
            scope: self.scope.clone(),
            document: Some(Document {
                kind: kind.into(),
                id: DocumentId([document; 16]),
            }),
            device: self.key.verifying_key().device(),
            staff: "0001".into(),
            time: self.clock,
            payload,
        };
        let item = Item::sign(&envelope, &self.key);
        let id = item.id();
        self.hold(&item);
        self.items.insert(id, item);
        self.own.push(id);
        id
    }

    /// A person photographs something.
    pub fn photograph(&mut self, document: u8, bytes: &[u8]) -> FileHash {
        let hash = FileHash::of(bytes);
        let file = FileName {
            hash,
            len: bytes.len() as u64,
            media_type: "image/jpeg".into(),
        };
        self.write_as("application", Kind::File, document, file.to_bytes());
        self.files.insert(hash, bytes.to_vec());
        self.own_files.push(Outgoing {
            file,
            scope: crate::village(),
        });
        hash
    }

    pub fn want(&mut self, bytes: &[u8]) -> FileHash {
        let hash = FileHash::of(bytes);
        self.wanted.push((
            FileName {
                hash,
                len: bytes.len() as u64,
                media_type: "text/plain".into(),
            },
            Vec::new(),
        ));
        hash
    }

    fn hold(&self, item: &Item) {
        // What was bent on its way may be nothing that can be read.
        if let Ok(envelope) = item.open() {
            self.held.insert(&envelope.scope, Key::of(envelope.time, item.id()));
        }
    }

    fn take(&mut self, item: Item) {
        if self.items.contains_key(&item.id()) {
            return;
        }
        let verified = self.grants.take(&item).and_then(|_| self.grants.verify(&item));
        if verified != Err(Code::Signature) {
            self.hold(&item);
        }
        match verified {
            Err(code) => self.set_aside.push(code),
            Ok(envelope) => {
                if envelope.kind == Kind::Receipt {
                    let receipt = Receipt::from_bytes(&envelope.payload).unwrap();
                    self.accepted.extend(receipt.accepted);
                    for refusal in receipt.refused {
                        if let Some(refused) = self.items.get(&refusal.item) {
                            let envelope = refused.open().unwrap();
                            self.held.remove(&envelope.scope, &Key::of(envelope.time, refusal.item));
                        }
                        self.refused.insert(refusal.item, refusal.code);
                    }
                    self.verified.extend(receipt.verified);
                }
                self.items.insert(item.id(), item);
            }
        }
    }
}

impl Held for Device {
    fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
        self.held.sum(scope, from, to)
    }

    fn keys(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError> {
        self.held.keys(scope, from, to, skip, most)
    }
}

impl Replica for Device {
    fn cursor(&self) -> Result<Cursor, ReplicaError> {
        Ok(self.cursor)
    }

    fn fingerprints(&self) -> Result<Vec<(Scope, Fingerprint)>, ReplicaError> {
        Ok(self.held.fingerprints())
    }

    fn items(&self, ids: &[ItemId], bytes: usize) -> Result<Vec<Item>, ReplicaError> {
        let mut sum = 0;
        let held = ids.iter().filter_map(|id| self.items.get(id)).cloned();
        Ok(held
            .enumerate()
            .take_while(|(i, item)| {
                sum += item.envelope.len();
                *i == 0 || sum <= bytes
            })
            .map(|(_, item)| item)
            .collect())
    }

    fn lacks(&mut self, ids: &[ItemId]) -> Result<(), ReplicaError> {
        ids.iter().for_each(|id| _ = self.accepted.remove(id));
        Ok(())
    }

    fn lost(&mut self, files: &[FileHash]) -> Result<(), ReplicaError> {
        files.iter().for_each(|hash| _ = self.verified.remove(hash));
        Ok(())
    }

    fn outgoing(&self, bytes: usize) -> Result<Vec<Item>, ReplicaError> {
        let mut sum = 0;
        let waiting = self
            .own
            .iter()
            .filter(|id| !self.accepted.contains(id) && !self.refused.contains_key(id));
        Ok(waiting
            .map(|id| self.items[id].clone())
            .enumerate()
            .take_while(|(i, item)| {
                sum += item.envelope.len();
                *i == 0 || sum <= bytes
            })
            .map(|(_, item)| item)
            .collect())
    }

    fn receive(&mut self, items: Vec<Item>, cursor: Cursor, _: Millis) -> Result<(), ReplicaError> {
        if self.cursor.epoch != 0 && self.cursor.epoch != cursor.epoch {
            self.verified.clear();
        }
        items.into_iter().for_each(|item| self.take(item));
        self.cursor = cursor;
        Ok(())
    }

    fn outgoing_files(&self) -> Result<Vec<Outgoing>, ReplicaError> {
        let mut files: Vec<_> = self
            .own_files
            .iter()
            .filter(|o| !self.verified.contains(&o.file.hash))
            .cloned()
            .collect();
        files.sort_by_key(|o| o.file.len);
        Ok(files)
    }

    fn read_file(&self, hash: &FileHash, offset: u64, len: usize) -> Result<Vec<u8>, ReplicaError> {
        if self.unreadable.contains(hash) {
            return Err(ReplicaError("damaged".into()));
        }
        let bytes = &self.files[hash][offset as usize..];
        Ok(bytes[..len.min(bytes.len())].to_vec())
    }

    fn wanted_files(&self) -> Result<Vec<(FileName, u64)>, ReplicaError> {
        Ok(self
            .wanted
            .iter()
            .map(|(file, have)| (file.clone(), have.len() as u64))
            .collect())
    }

    fn write_file(&mut self, file: &FileName, offset: u64, bytes: &[u8]) -> Result<(), ReplicaError> {
        let place = self.wanted.iter().position(|(f, _)| f.hash == file.hash).unwrap();
        let have = &mut self.wanted[place].1;
        assert_eq!(offset, have.len() as u64);
        have.extend_from_slice(bytes);
        if have.len() as u64 >= file.len {
            if FileHash::of(have) == file.hash {
                let (_, whole) = self.wanted.remove(place);
                self.files.insert(file.hash, whole);
            } else {
                have.clear();
            }
        }
        Ok(())
    }
}
