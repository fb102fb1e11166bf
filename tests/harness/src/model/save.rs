//! What a person does: a save is one signed item, with a file when there is one.

use std::sync::Arc;

use doorstep_records::application::Beginning;
use doorstep_records::{ApplicationDocument, Edit, RecordError, kind};
use doorstep_sync::envelope::VERSION;
use doorstep_sync::payload::{Change, FileName};
use doorstep_sync::{Document, DocumentId, Envelope, FileHash, Item, ItemId, Kind, Scope};

use super::disk::{Disk, Held, State};
use super::station::{Station, Trip};

/// A photograph that goes with a save.
#[derive(Clone)]
pub struct Photo {
    /// Its name.
    pub file: FileName,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Photo {
    /// Names `bytes`.
    pub fn of(bytes: Vec<u8>) -> Self {
        let file = FileName {
            hash: FileHash::of(&bytes),
            len: bytes.len() as u64,
            media_type: "image/jpeg".into(),
        };
        Self { file, bytes }
    }
}

impl Station {
    /// Begins an application.
    pub fn begin(&mut self, id: DocumentId, scope: &Scope, beginning: &Beginning) -> Result<ItemId, Trip> {
        let author = self.author();
        let (application, save) = ApplicationDocument::create(&author, beginning);
        self.transact(|station| {
            station.opened.remove(&id);
            station.open_document(id).application = application;
            let payload = Change::of(save.bytes).to_bytes();
            station.write(scope, kind::APPLICATION, Kind::Change, id, payload)
        })
    }

    /// Saves edits of what the screen shows now. `None`: nothing changed, or the document does not take it.
    pub fn save(
        &mut self,
        id: DocumentId,
        scope: &Scope,
        edits: &[Edit],
        photo: Option<Photo>,
    ) -> Result<Option<ItemId>, Trip> {
        self.transact(|station| {
            let files = photo.iter().map(|photo| photo.file.clone()).collect();
            let saved = station.save_naming(id, scope, edits, files)?;
            if let Some(photo) = photo {
                let hash = photo.file.hash;
                station.disk.files.insert(hash, Arc::new(photo.bytes));
                station.disk.bring(photo.file, scope.clone());
            }
            Some(saved)
        })
    }

    /// As [`Self::save`], of edits that name `files`, whose bytes are kept elsewhere; a transaction only within one.
    pub fn save_naming(
        &mut self,
        id: DocumentId,
        scope: &Scope,
        edits: &[Edit],
        files: Vec<FileName>,
    ) -> Option<ItemId> {
        let author = self.author();
        let automerge = match self.open_document(id).application.edit(&author, edits) {
            Ok(save) if !save.is_empty() => save.bytes,
            Ok(_) | Err(RecordError::Schema(_) | RecordError::NotFound | RecordError::Locked) => return None,
            Err(error) => unreachable_edit(&error),
        };
        let payload = Change { automerge, files }.to_bytes();
        Some(self.write(scope, kind::APPLICATION, Kind::Change, id, payload))
    }

    /// The center has lost a file: when it is held here it goes up again, whoever photographed it.
    pub(super) fn bring_again(&mut self, hash: &FileHash) {
        let named = named(&self.disk, hash).into_iter().next();
        if let Some((file, scope)) = named.filter(|_| self.disk.files.contains_key(hash)) {
            self.disk.uploads.remove(hash);
            self.disk.bring(file, scope);
        }
    }

    /// Signs and keeps an item, whatever it says.
    pub fn write(&mut self, scope: &Scope, document: &str, kind: Kind, id: DocumentId, payload: Vec<u8>) -> ItemId {
        let envelope = Envelope {
            version: VERSION,
            kind,
            scope: scope.clone(),
            document: Some(Document {
                kind: document.to_owned(),
                id,
            }),
            device: self.device(),
            staff: self.staff.clone(),
            time: self.now(),
            payload,
        };
        let item = Item::sign(&envelope, &self.disk.key);
        let id = item.id();
        if !self.disk.items.contains_key(&id) {
            self.disk.insert(item, envelope, State::Waiting);
        }
        id
    }
}

/// The scopes in which a file is named.
pub(super) fn named(disk: &Disk, hash: &FileHash) -> Vec<(FileName, Scope)> {
    let names = |held: &Held| {
        let mut files = held.envelope.files().into_iter();
        let file = files.find(|file| file.hash == *hash);
        file.map(|file| (file, held.envelope.scope.clone()))
    };
    disk.items.values().filter_map(names).collect()
}

/// A document that cannot be edited any more is the very thing these simulations look for.
#[allow(clippy::panic)] // As a failed assertion of a test.
fn unreachable_edit(error: &RecordError) -> ! {
    panic!("a document is wedged: {error}")
}
