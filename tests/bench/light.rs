//! A station of which only the protocol is real: keys, items and files are, the store is memory. A thousand of them fit
//! into one process.

use std::collections::{HashMap, HashSet, VecDeque};

use anyhow::{Context, Result};
use doorstep_harness::papers::{Desk, MEASURING};
use doorstep_matters::Matter;
use doorstep_records::application::{ApplicationStep, Beginning};
use doorstep_records::number::application_number;
use doorstep_records::{ApplicationDocument, Author, Edit, Page, kind};
use doorstep_sync::payload::{Change, FileName, Receipt};
use doorstep_sync::repair::{Held, Key, Memory, Sum};
use doorstep_sync::replica::{Outgoing, Replica, ReplicaError};
use doorstep_sync::wire::Cursor;
use doorstep_sync::{
    Document, DocumentId, Envelope, FileHash, Fingerprint, Item, ItemId, Kind, Millis, Scope, SigningKey, envelope,
};

/// What such a station holds.
pub struct Light {
    /// Its key.
    pub key: SigningKey,
    /// Where its applications belong.
    pub scope: Scope,
    cursor: Cursor,
    held: Memory,
    own: HashMap<ItemId, Item>,
    waiting: VecDeque<ItemId>,
    files: Vec<(Outgoing, Vec<u8>)>,
    verified: HashSet<FileHash>,
    /// Items that the center refused.
    pub refused: usize,
}

impl Light {
    /// The station of `division`, which has written nothing.
    pub fn new(key: SigningKey, division: &str, year: &str) -> Result<Self> {
        Ok(Self {
            key,
            scope: Scope::new(division, year).ok().context("not a division")?,
            cursor: Cursor::default(),
            held: Memory::default(),
            own: HashMap::new(),
            waiting: VecDeque::new(),
            files: Vec::new(),
            verified: HashSet::new(),
            refused: 0,
        })
    }

    /// Whether the center has acknowledged everything.
    pub fn is_level(&self) -> bool {
        self.waiting.is_empty() && self.files.iter().all(|(out, _)| self.verified.contains(&out.file.hash))
    }

    /// Items that wait for their receipt.
    pub fn waits(&self) -> usize {
        self.waiting.len()
    }

    /// Takes an application in `edits` saves with one photograph, and hands it in.
    pub fn work(&mut self, matter: &Matter, edits: usize, photograph: Vec<u8>, now: Millis, seed: u64) -> Result<()> {
        let device = self.key.verifying_key().device();
        let author = Author {
            actor: [&device.0[..], &[0, 0, 0, 1]].concat(),
            staff: "T0001".to_owned(),
            time: now,
        };
        let mut id = [0; 16];
        id.copy_from_slice(&blake3::hash(&[&device.0[..], &seed.to_le_bytes()].concat()).as_bytes()[..16]);
        let id = DocumentId(id);
        let division = self.scope.division().to_owned();
        let beginning = Beginning {
            matter: matter.code.clone(),
            catalogue: 1,
            station: division.clone(),
        };
        let (mut document, begun) = ApplicationDocument::create(&author, &beginning);
        self.write(Kind::Change, id, change(begun.bytes), now);
        let file = FileName {
            hash: FileHash::of(&photograph),
            len: photograph.len() as u64,
            media_type: "image/jpeg".to_owned(),
        };
        let page = Page {
            id: "p1".to_owned(),
            file: file.hash.to_string(),
            media_type: file.media_type.clone(),
            len: file.len,
            rotation: 0,
            position: 1.0,
            staff: author.staff.clone(),
            time: now,
        };
        let material = matter.materials.first().context("a matter without materials")?;
        let handed_in = vec![
            Edit::Numbered {
                number: application_number(&division, "2026-03-05", "A1", 1),
            },
            Edit::Step {
                step: ApplicationStep::Received,
                note: String::new(),
            },
        ];
        let page = Edit::PageAdded {
            material: material.code.clone(),
            page,
        };
        let mut desk = Desk::new(self.key.clone(), &division, now, &MEASURING, seed);
        let rounds = std::iter::from_fn(|| Some(desk.answers(matter))).flatten();
        let mut saves: Vec<Vec<Edit>> = rounds.map(|edit| vec![edit]).take(edits.saturating_sub(3)).collect();
        saves.extend([vec![page], handed_in]);
        for save in saves {
            let mut change = Change::of(document.edit(&author, &save)?.bytes);
            if save.iter().any(|edit| matches!(edit, Edit::PageAdded { .. })) {
                change.files.push(file.clone());
            }
            self.write(Kind::Change, id, change.to_bytes(), now);
        }
        let outgoing = Outgoing {
            file,
            scope: self.scope.clone(),
        };
        self.files.push((outgoing, photograph));
        Ok(())
    }

    fn write(&mut self, kind: Kind, id: DocumentId, payload: Vec<u8>, now: Millis) {
        let envelope = Envelope {
            version: envelope::VERSION,
            kind,
            scope: self.scope.clone(),
            document: Some(Document {
                kind: kind::APPLICATION.to_owned(),
                id,
            }),
            device: self.key.verifying_key().device(),
            staff: "T0001".to_owned(),
            time: now,
            payload,
        };
        let item = Item::sign(&envelope, &self.key);
        let id = item.id();
        self.held.insert(&self.scope, Key::of(now, id));
        self.own.insert(id, item);
        self.waiting.push_back(id);
    }

    fn take(&mut self, item: &Item) -> Result<(), ReplicaError> {
        let envelope = item.open().map_err(|error| ReplicaError(error.to_string()))?;
        self.held.insert(&envelope.scope, Key::of(envelope.time, item.id()));
        if envelope.kind == Kind::Receipt {
            let receipt = Receipt::from_bytes(&envelope.payload).map_err(|error| ReplicaError(error.to_string()))?;
            let accepted: HashSet<ItemId> = receipt.accepted.into_iter().collect();
            let refused: HashSet<ItemId> = receipt.refused.into_iter().map(|refusal| refusal.item).collect();
            let before = self.waiting.len();
            self.waiting.retain(|id| !refused.contains(id));
            self.refused += before - self.waiting.len();
            self.waiting.retain(|id| !accepted.contains(id));
            self.verified.extend(receipt.verified);
        }
        Ok(())
    }
}

fn change(automerge: Vec<u8>) -> Vec<u8> {
    Change::of(automerge).to_bytes()
}

fn up_to<'a>(items: impl Iterator<Item = &'a Item>, bytes: usize) -> Vec<Item> {
    let mut sum = 0;
    let fits = items.enumerate().take_while(|(place, item)| {
        sum += item.envelope.len();
        *place == 0 || sum <= bytes
    });
    fits.map(|(_, item)| item.clone()).collect()
}

impl Held for Light {
    fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
        self.held.sum(scope, from, to)
    }

    fn keys(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError> {
        self.held.keys(scope, from, to, skip, most)
    }
}

impl Replica for Light {
    fn cursor(&self) -> Result<Cursor, ReplicaError> {
        Ok(self.cursor)
    }

    fn fingerprints(&self) -> Result<Vec<(Scope, Fingerprint)>, ReplicaError> {
        Ok(self.held.fingerprints())
    }

    fn outgoing(&self, bytes: usize) -> Result<Vec<Item>, ReplicaError> {
        Ok(up_to(self.waiting.iter().filter_map(|id| self.own.get(id)), bytes))
    }

    fn receive(&mut self, items: Vec<Item>, cursor: Cursor, _: Millis) -> Result<(), ReplicaError> {
        items.iter().try_for_each(|item| self.take(item))?;
        self.cursor = cursor;
        Ok(())
    }

    fn items(&self, ids: &[ItemId], bytes: usize) -> Result<Vec<Item>, ReplicaError> {
        Ok(up_to(ids.iter().filter_map(|id| self.own.get(id)), bytes))
    }

    fn outgoing_files(&self) -> Result<Vec<Outgoing>, ReplicaError> {
        let waiting = self.files.iter().map(|(outgoing, _)| outgoing);
        Ok(waiting
            .filter(|out| !self.verified.contains(&out.file.hash))
            .cloned()
            .collect())
    }

    fn is_begun(&self, _: &FileHash) -> Result<bool, ReplicaError> {
        Ok(false)
    }

    fn read_file(&self, hash: &FileHash, offset: u64, len: usize) -> Result<Vec<u8>, ReplicaError> {
        let bytes = self
            .files
            .iter()
            .find(|(out, _)| out.file.hash == *hash)
            .map(|(_, bytes)| bytes);
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = bytes.and_then(|bytes| bytes.get(from..));
        let rest = rest.ok_or_else(|| ReplicaError("no such bytes".to_owned()))?;
        Ok(rest.get(..len).unwrap_or(rest).to_vec())
    }

    fn wanted_files(&self) -> Result<Vec<(FileName, u64)>, ReplicaError> {
        // The catalogue is the same for all, and was fetched in the first days.
        Ok(Vec::new())
    }

    fn write_file(&mut self, _: &FileName, _: u64, _: &[u8]) -> Result<(), ReplicaError> {
        Ok(())
    }
}
