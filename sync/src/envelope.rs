//! What an item says, as deterministic CBOR.

use crate::id::{DeviceId, DocumentId};
use crate::payload::{Change, FileName};
use crate::scope::Scope;
use crate::world::Millis;

/// The envelope version this program writes.
pub const VERSION: u8 = 1;

/// What an item is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum Kind {
    /// Automerge changes of one save; payload [`crate::payload::Change`].
    #[n(0)]
    Change,
    /// A file by hash, length and type; payload [`crate::payload::FileName`]. Changes name their files themselves; what
    /// was written before they did is understood for ever.
    #[n(1)]
    File,
    /// Who may write what, signed by the center; payload [`crate::payload::Grant`].
    #[n(2)]
    Grant,
    /// A grant ends, signed by the center; payload [`crate::payload::Revoke`].
    #[n(3)]
    Revoke,
    /// Retention: a document and its files are to be forgotten (not used yet).
    #[n(4)]
    Forget,
    /// The center accepted or refused items, or verified files; payload [`crate::payload::Receipt`].
    #[n(5)]
    Receipt,
    /// A published catalogue; payload [`crate::payload::Catalogue`].
    #[n(6)]
    Catalogue,
    /// The center's key is followed by another; payload [`crate::payload::Succession`].
    #[n(7)]
    Succession,
}

/// The document an item belongs to: what kind it is and which one. `sync` does not read the kind, it only compares
/// it with grants.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Document {
    /// For example `application` or `case`.
    #[n(0)]
    pub kind: String,
    /// Which one. An application and its case share the identifier.
    #[n(1)]
    pub id: DocumentId,
}

/// Everything an item says. `id = BLAKE3(CBOR of this)`.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Envelope {
    /// Envelope format, [`VERSION`].
    #[n(0)]
    pub version: u8,
    /// What the payload is.
    #[n(1)]
    pub kind: Kind,
    /// Where it belongs.
    #[n(2)]
    pub scope: Scope,
    /// The document, when there is one (grants, receipts and catalogues have none).
    #[n(3)]
    pub document: Option<Document>,
    /// The device that wrote it.
    #[n(4)]
    pub device: DeviceId,
    /// The staff member who wrote it: their staff number, or empty for the center itself.
    #[n(5)]
    pub staff: String,
    /// The author's clock. A wrong clock only warns.
    #[n(6)]
    pub time: Millis,
    /// CBOR of the payload named by `kind`.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub payload: Vec<u8>,
}

impl Envelope {
    /// The files that this item says exist and are needed in its document. (What a catalogue consists of is not among
    /// them: see [`crate::payload::Catalogue`].) None when the payload does not read.
    pub fn files(&self) -> Vec<FileName> {
        match self.kind {
            Kind::Change => Change::from_bytes(&self.payload).map(|change| change.files),
            Kind::File => FileName::from_bytes(&self.payload).map(|file| vec![file]),
            _ => return Vec::new(),
        }
        .unwrap_or_default()
    }
}
