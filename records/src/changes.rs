//! What every Automerge document here has in common: who writes, what a save is, why changes are not taken.

use serde::{Deserialize, Serialize};

use crate::document;

/// Who makes a change. The actor id is `device id (16 bytes) + incarnation (4 bytes)`: a fresh incarnation for every
/// install, because a restored backup that re-uses an actor wedges the document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Author {
    /// Automerge actor id bytes.
    pub actor: Vec<u8>,
    /// Staff number; written as the change's message. Empty for the center itself.
    pub staff: String,
    /// Milliseconds since the Unix epoch, by the author's clock (Automerge keeps seconds).
    pub time: u64,
}

/// The Automerge changes of one save: the payload of one `change` item. Empty when nothing changed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Save {
    /// Raw change chunks.
    pub bytes: Vec<u8>,
    /// Heads of what its author knows now: what the save was made on, and the save.
    pub heads: Vec<String>,
}

impl Save {
    /// Nothing changed (an equal value makes no change).
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// Who made the changes of an item, as each of them says; empty for the center itself. `None` for bytes that are no changes.
pub fn people(changes: &[u8]) -> Option<Vec<String>> {
    document::people(changes)
}

/// Why changes, or an edit, were not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum RecordError {
    /// The bytes are not Automerge changes.
    #[error("not automerge changes")]
    Malformed,
    /// Changes this one builds on have not arrived yet: keep it and try again when they have.
    #[error("earlier changes are missing")]
    MissingDependencies,
    /// The document would no longer have the shape of its kind.
    #[error("schema: {0}")]
    Schema(String),
    /// The actor of a change is not the device that signed the item.
    #[error("actor is not the author")]
    Actor,
    /// The application has been handed in; only what a correction names can be changed.
    #[error("locked")]
    Locked,
    /// No such page, material or version.
    #[error("not found")]
    NotFound,
    /// The document does not hold what an edit says it was made on.
    #[error("made on something unknown")]
    Unseen,
}
