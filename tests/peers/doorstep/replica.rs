//! What a device holds: items in memory and in a journal on the disk, files where they lie.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use doorstep_sync::payload::{FileName, Receipt};
use doorstep_sync::repair::{Held, Key, Memory, Sum};
use doorstep_sync::replica::{Moved, Outgoing, Replica, ReplicaError};
use doorstep_sync::wire::Cursor;
use doorstep_sync::{Envelope, FileHash, Fingerprint, Grants, Item, ItemId, Kind, Millis, Scope, VerifyingKey};
use serde_json::{Value, json};

/// Items and files of one device.
pub struct Copy {
    grants: Grants,
    journal: File,
    unwritten: Vec<u8>,
    cursor: Cursor,
    items: HashMap<ItemId, Item>,
    held: Memory,
    /// Own items without a receipt, in the order in which they were written.
    waiting: BTreeMap<u64, Item>,
    places: HashMap<ItemId, u64>,
    /// Files that wait, smallest first.
    files: BTreeMap<(u64, FileHash), (Outgoing, PathBuf)>,
    begun: HashSet<FileHash>,
    /// Items that people wrote.
    written: BTreeSet<ItemId>,
    refused: Vec<String>,
}

impl Copy {
    /// An empty copy under `data` that believes `center`, and holds the device's grant.
    pub fn create(data: &Path, center: VerifyingKey, grant: Item) -> Result<Self> {
        std::fs::create_dir_all(data)?;
        let mut copy = Self {
            grants: Grants::new(center),
            journal: File::create_new(data.join("journal"))?,
            unwritten: Vec::new(),
            cursor: Cursor::default(),
            items: HashMap::new(),
            held: Memory::default(),
            waiting: BTreeMap::new(),
            places: HashMap::new(),
            files: BTreeMap::new(),
            begun: HashSet::new(),
            written: BTreeSet::new(),
            refused: Vec::new(),
        };
        ensure!(copy.grants.take(&grant).is_ok(), "the grant is not the center's");
        let envelope = copy.grants.verify(&grant)?;
        copy.hold(grant, &envelope);
        copy.flush()?;
        Ok(copy)
    }

    fn hold(&mut self, item: Item, envelope: &Envelope) {
        let id = item.id();
        self.held.insert(&envelope.scope, Key::of(envelope.time, id));
        self.unwritten.extend_from_slice(&item.to_bytes());
        if matches!(envelope.kind, Kind::Change | Kind::File) && envelope.device != self.grants.center().device() {
            self.written.insert(id);
        }
        self.items.insert(id, item);
    }

    /// Takes an own item; it waits for its receipt.
    pub fn write(&mut self, item: Item, envelope: &Envelope) -> Result<()> {
        let id = item.id();
        ensure!(!self.items.contains_key(&id), "an item written twice");
        let place = self.places.len() as u64;
        self.places.insert(id, place);
        self.waiting.insert(place, item.clone());
        self.hold(item, envelope);
        Ok(())
    }

    /// Takes an own file.
    pub fn keep_file(&mut self, file: FileName, scope: Scope, path: PathBuf) {
        self.files
            .insert((file.len, file.hash), (Outgoing { file, scope }, path));
    }

    /// Brings what was taken to the disk.
    pub fn flush(&mut self) -> Result<()> {
        self.journal.write_all(&self.unwritten)?;
        self.unwritten.clear();
        Ok(self.journal.sync_data()?)
    }

    /// Nothing waits.
    pub fn is_level(&self) -> bool {
        self.waiting.is_empty() && self.files.is_empty()
    }

    /// What the center refused.
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    /// How many items people wrote, and one hash of all of their names.
    pub fn digest(&self) -> Value {
        let mut hash = blake3::Hasher::new();
        for id in &self.written {
            hash.update(&id.0);
        }
        json!({"documents": self.written.len(), "digest": hash.finalize().to_hex().as_str()})
    }

    fn settle(&mut self, receipt: &Receipt) {
        for id in &receipt.accepted {
            if let Some(place) = self.places.get(id) {
                self.waiting.remove(place);
            }
        }
        for refusal in &receipt.refused {
            if self.places.contains_key(&refusal.item) {
                self.refused.push(refusal.code.clone());
            }
        }
        self.files.retain(|(_, hash), _| !receipt.verified.contains(hash));
    }

    fn take(&mut self, item: Item) -> Result<(), ReplicaError> {
        if self.items.contains_key(&item.id()) {
            return Ok(());
        }
        let taken = self.grants.take(&item).and_then(|_| self.grants.verify(&item));
        let envelope = taken.map_err(|code| ReplicaError(code.as_str().to_owned()))?;
        if envelope.kind == Kind::Receipt {
            let receipt = Receipt::from_bytes(&envelope.payload).map_err(|_| ReplicaError("receipt".into()))?;
            self.settle(&receipt);
        }
        self.hold(item, &envelope);
        Ok(())
    }
}

fn disk(error: impl std::fmt::Display) -> ReplicaError {
    ReplicaError(error.to_string())
}

impl Held for Copy {
    fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
        self.held.sum(scope, from, to)
    }

    fn keys(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError> {
        self.held.keys(scope, from, to, skip, most)
    }
}

impl Replica for Copy {
    fn cursor(&self) -> Result<Cursor, ReplicaError> {
        Ok(self.cursor)
    }

    fn fingerprints(&self) -> Result<Vec<(Scope, Fingerprint)>, ReplicaError> {
        Ok(self.held.fingerprints())
    }

    fn outgoing(&self, bytes: usize) -> Result<Vec<Item>, ReplicaError> {
        let mut room = bytes;
        let mut batch: Vec<Item> = Vec::new();
        for item in self.waiting.values() {
            if item.envelope.len() > room && !batch.is_empty() {
                break;
            }
            room = room.saturating_sub(item.envelope.len());
            batch.push(item.clone());
        }
        Ok(batch)
    }

    fn receive(&mut self, items: Vec<Item>, cursor: Cursor, _center_now: Millis) -> Result<(), ReplicaError> {
        for item in items {
            self.take(item)?;
        }
        self.cursor = cursor;
        self.flush().map_err(disk)
    }

    fn items(&self, ids: &[ItemId], bytes: usize) -> Result<Vec<Item>, ReplicaError> {
        let mut room = bytes;
        let mut found: Vec<Item> = Vec::new();
        for item in ids.iter().filter_map(|id| self.items.get(id)) {
            if item.envelope.len() > room && !found.is_empty() {
                break;
            }
            room = room.saturating_sub(item.envelope.len());
            found.push(item.clone());
        }
        Ok(found)
    }

    fn outgoing_files(&self) -> Result<Vec<Outgoing>, ReplicaError> {
        Ok(self.files.values().map(|(outgoing, _)| outgoing.clone()).collect())
    }

    fn read_file(&self, hash: &FileHash, offset: u64, len: usize) -> Result<Vec<u8>, ReplicaError> {
        let mut files = self.files.values();
        let found = files.find(|(outgoing, _)| outgoing.file.hash == *hash);
        let (_, path) = found.ok_or_else(|| ReplicaError("no such file".into()))?;
        let mut file = File::open(path).map_err(disk)?;
        file.seek(SeekFrom::Start(offset)).map_err(disk)?;
        let mut bytes = Vec::new();
        file.take(len as u64).read_to_end(&mut bytes).map_err(disk)?;
        Ok(bytes)
    }

    fn is_begun(&self, hash: &FileHash) -> Result<bool, ReplicaError> {
        Ok(self.begun.contains(hash))
    }

    fn moved(&mut self, file: &FileName, _news: Moved<'_>) -> Result<(), ReplicaError> {
        self.begun.insert(file.hash);
        Ok(())
    }

    // The catalogue's workbooks are not part of what is compared.
    fn wanted_files(&self) -> Result<Vec<(FileName, u64)>, ReplicaError> {
        Ok(Vec::new())
    }

    fn write_file(&mut self, _file: &FileName, _offset: u64, _bytes: &[u8]) -> Result<(), ReplicaError> {
        Err(ReplicaError("no file is wanted".into()))
    }
}
