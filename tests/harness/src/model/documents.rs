//! Documents are folds of items.

use std::collections::BTreeMap;

use doorstep_records::{ApplicationDocument, CaseDocument, RecordError, kind};
use doorstep_sync::payload::Change;
use doorstep_sync::{DocumentId, Item, ItemId, Kind};

use super::disk::{Disk, State};

/// Items that make up a document.
pub(super) const COUNTING: [State; 3] = [State::Waiting, State::Accepted, State::Received];

/// An application and its case.
#[derive(Clone)]
pub struct Opened {
    /// What stations wrote.
    pub application: ApplicationDocument,
    /// What the center wrote.
    pub case: CaseDocument,
}

impl Opened {
    /// Nothing yet.
    pub fn empty() -> Self {
        Self {
            application: ApplicationDocument::empty(),
            case: CaseDocument::empty(),
        }
    }

    /// Applies one item to the document of its kind.
    pub(super) fn apply(&mut self, document: &str, item: &Item) -> Result<(), RecordError> {
        let envelope = item.open().map_err(|_| RecordError::Malformed)?;
        let change = Change::from_bytes(&envelope.payload).map_err(|_| RecordError::Malformed)?;
        match document {
            kind::CASE => self.case.apply(&envelope.device.0, &change.automerge),
            _ => self.application.apply(&envelope.device.0, &change.automerge),
        }
    }
}

/// Every document that `items` are about, made of nothing but them, in whatever order they stand; and those that
/// did not fit.
pub fn fold<'a>(items: impl Iterator<Item = &'a Item>) -> (BTreeMap<DocumentId, Opened>, Vec<ItemId>) {
    let mut folded: BTreeMap<DocumentId, Opened> = BTreeMap::new();
    let mut left: Vec<(DocumentId, String, &Item)> = items
        .filter_map(|item| {
            let envelope = item.open().ok().filter(|envelope| envelope.kind == Kind::Change)?;
            let document = envelope.document?;
            Some((document.id, document.kind, item))
        })
        .collect();
    loop {
        let before = left.len();
        left.retain(|(id, kind, item)| {
            let opened = folded.entry(*id).or_insert_with(Opened::empty);
            opened.apply(kind, item).is_err()
        });
        if left.is_empty() || left.len() == before {
            return (folded, left.iter().map(|(.., item)| item.id()).collect());
        }
    }
}

/// One document as the disk has it.
pub(super) fn load(disk: &Disk, id: DocumentId) -> Opened {
    let changes = [kind::APPLICATION, kind::CASE].map(|kind| disk.changes(kind, id, &COUNTING));
    let (mut folded, _) = fold(changes.iter().flatten().map(|held| &*held.item));
    folded.remove(&id).unwrap_or_else(Opened::empty)
}
