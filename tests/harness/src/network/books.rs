//! What the simulation knows to be true, kept apart from what it looks at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use doorstep_sync::{DocumentId, Envelope, FileHash, ItemId, Scope};

/// A value that somebody typed.
pub struct Typed {
    /// Where.
    pub document: DocumentId,
    /// Which field: `answers.NAME`.
    pub path: String,
    /// What.
    pub value: String,
    /// The item it is in.
    pub item: ItemId,
    /// Items of those who saw it and wrote another over it.
    pub overwritten_by: Vec<ItemId>,
}

/// Everything that was ever written.
#[derive(Default)]
pub struct Books {
    /// Items that people wrote, with their scope.
    pub written: BTreeMap<ItemId, Scope>,
    /// What each of them says, without its date.
    pub words: BTreeMap<ItemId, FileHash>,
    /// What must never be taken by anyone, by the document it claims to be of: with another date it is another item.
    pub forbidden: BTreeSet<DocumentId>,
    /// Values that people typed.
    pub typed: Vec<Typed>,
    /// The bytes of every photograph.
    pub photos: BTreeMap<FileHash, Arc<Vec<u8>>>,
    /// Items that no store held any more when a machine had been put back.
    pub gone: BTreeSet<ItemId>,
    /// Documents, with the scope they belong to.
    pub documents: BTreeMap<DocumentId, Scope>,
}

impl Books {
    /// Whether nobody may take what `envelope` says.
    pub fn forbids(&self, envelope: &Envelope) -> bool {
        let document = envelope.document.as_ref();
        document.is_some_and(|document| self.forbidden.contains(&document.id))
    }
}
