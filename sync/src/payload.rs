//! The payloads of items, each as deterministic CBOR.

use std::collections::HashSet;

use crate::id::{DeviceId, DocumentId, FileHash, ItemId};
use crate::key::{SigningKey, VerifyingKey};
use crate::repair::Key;
use crate::scope::ScopePattern;
use crate::world::Millis;

/// Files that one change names. A save is the first to need one or two.
pub const MOST_FILES: usize = 64;
/// Bytes of a file's media type. That of a preview has 83.
pub const LONGEST_TYPE: usize = 100;

/// One save: its Automerge changes, concatenated as Automerge writes them, and the files that it names. One item for both:
/// neither is anywhere without the other, and a file costs no signature of its own.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Change {
    /// Raw, uncompressed Automerge change chunks.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub automerge: Vec<u8>,
    /// Files that this save is the first to need. Left out when there are none, as in every change written before changes
    /// named files.
    #[cbor(n(1), skip_if = "Vec::is_empty")]
    pub files: Vec<FileName>,
}

impl Change {
    /// A save that names no files.
    pub fn of(automerge: Vec<u8>) -> Self {
        Self {
            automerge,
            files: Vec::new(),
        }
    }

    /// Whether it names as many files as a change may, and each once: every name costs the center more than its bytes.
    pub(crate) fn is_bounded(&self) -> bool {
        let hashes: HashSet<&FileHash> = self.files.iter().map(|file| &file.hash).collect();
        self.files.len() <= MOST_FILES
            && hashes.len() == self.files.len()
            && self.files.iter().all(FileName::is_bounded)
    }
}

/// A file that exists and is needed. The bytes travel apart from items.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct FileName {
    /// Name and checksum in one.
    #[n(0)]
    pub hash: FileHash,
    /// Length in bytes.
    #[n(1)]
    pub len: u64,
    /// Media type, for example `image/jpeg`.
    #[n(2)]
    pub media_type: String,
}

impl FileName {
    /// Whether its media type is no longer than one is.
    pub(crate) fn is_bounded(&self) -> bool {
        self.media_type.len() <= LONGEST_TYPE
    }
}

/// A device may write documents of these kinds in these scopes; and who works there.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Grant {
    /// The device's public key; its [`DeviceId`] follows from it.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub public_key: Vec<u8>,
    /// Kinds of documents it may write, for example `application`.
    #[n(1)]
    pub kinds: Vec<String>,
    /// Where.
    #[n(2)]
    pub scopes: Vec<ScopePattern>,
    /// First instant at which it holds.
    #[n(3)]
    pub from: Millis,
    /// First instant at which it no longer holds.
    #[n(4)]
    pub until: Millis,
    /// Short code of the device within its station, part of application numbers: `A1`.
    #[n(5)]
    pub code: String,
    /// Name for people: `桃花村 笔记本`.
    #[n(6)]
    pub label: String,
    /// Anything the application above sync needs (for Doorstep: station and staff, as CBOR).
    #[cbor(n(7), with = "minicbor::bytes")]
    pub details: Vec<u8>,
}

/// From `at` on, nothing this device writes is taken, and it wipes itself.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Revoke {
    /// Whose grant ends.
    #[n(0)]
    pub device: DeviceId,
    /// By the center's clock.
    #[n(1)]
    pub at: Millis,
    /// It was given back and is in good hands: what it wrote before `at` is still taken, and it wipes itself when nothing of
    /// that waits any more. Otherwise it is lost, and wipes itself at once. Left out when it is lost, as in every revocation
    /// written before there was a choice.
    #[cbor(n(2), skip_if = "is_lost", default)]
    pub hand_over: bool,
}

fn is_lost(hand_over: &bool) -> bool {
    !hand_over
}

/// Items of one document that devices keep no longer: they forget what these say, and what is made of it, and keep their
/// names, so that sets stay equal and none of them comes back. The center writes it when the time of the catalogue has
/// passed, of what it holds itself; so it counts as a receipt for each of them and for the files they name.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Forget {
    /// Which, of application and case.
    #[n(0)]
    pub items: Vec<Forgotten>,
    /// Files that they name, or that the center issued in the case, and that no document which is kept needs.
    #[n(1)]
    pub files: Vec<FileHash>,
}

/// The place of an item that is forgotten.
#[derive(Clone, Copy, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Forgotten {
    /// The author's clock.
    #[n(0)]
    pub time: Millis,
    /// The item.
    #[n(1)]
    pub item: ItemId,
}

impl Forgotten {
    /// Where it stands in its scope.
    pub fn key(&self) -> Key {
        Key::of(self.time, self.item)
    }
}

/// Items that one [`Forget`] names at most: about 400 KB.
pub const MOST_FORGOTTEN: usize = 8_192;

/// The center's key is followed by another. The item is signed by the key that ends, and inside it by the one that
/// follows: whoever knows either of them learns of the other.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Succession {
    /// The public key that ends.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub before: Vec<u8>,
    /// The public key that follows.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub after: Vec<u8>,
    /// What the key that ends signs is not dated later, by the center's clock.
    #[n(2)]
    pub at: Millis,
    /// The following key's signature over the rest.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub proof: Vec<u8>,
}

impl Succession {
    /// `after` follows `before` at `at`.
    pub fn of(before: &VerifyingKey, after: &SigningKey, at: Millis) -> Self {
        let (before, following) = (before.to_bytes(), after.verifying_key().to_bytes());
        let proof = after.sign(&Self::proven(&before, &following, at));
        Self {
            before,
            after: following,
            at,
            proof,
        }
    }

    /// Both keys, when the one that follows agrees.
    pub(crate) fn keys(&self) -> Option<(VerifyingKey, VerifyingKey)> {
        let keys = VerifyingKey::from_bytes(&self.before).zip(VerifyingKey::from_bytes(&self.after));
        let proven = Self::proven(&self.before, &self.after, self.at);
        keys.filter(|(_, after)| after.verify(&proven, &self.proof))
    }

    fn proven(before: &[u8], after: &[u8], at: Millis) -> Vec<u8> {
        [&b"doorstep succession"[..], before, after, &at.to_be_bytes()].concat()
    }
}

/// Why an item was not taken.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Refusal {
    /// The item.
    #[n(0)]
    pub item: ItemId,
    /// A stable code, for example `not_granted`.
    #[n(1)]
    pub code: String,
    /// Details for a person, never personal data.
    #[n(2)]
    pub reason: String,
}

/// The center's signed answer to items and files of one scope.
#[derive(Clone, PartialEq, Eq, Debug, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Receipt {
    /// Items that are durably stored at the center.
    #[n(0)]
    pub accepted: Vec<ItemId>,
    /// Items that were not taken.
    #[n(1)]
    pub refused: Vec<Refusal>,
    /// Files whose whole content the center holds and has hashed.
    #[n(2)]
    pub verified: Vec<FileHash>,
}

/// One file of a published catalogue.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct CatalogueFile {
    /// For example `高龄津贴.xlsx`.
    #[n(0)]
    pub name: String,
    /// Its content, fetched as a file.
    #[n(1)]
    pub file: FileName,
}

/// A published catalogue: a version and the files it is made of.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Catalogue {
    /// Grows by one with every publication.
    #[n(0)]
    pub version: u64,
    /// The workbooks.
    #[n(1)]
    pub files: Vec<CatalogueFile>,
}

/// Looks that one item brings at most.
pub const MOST_LOOKS: usize = 500;
/// Documents that one look names at most.
pub const MOST_SEEN: usize = 64;
/// Bytes of a staff number.
const LONGEST_STAFF: usize = 64;

/// Somebody saw documents, or took them out.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Look {
    /// The device's clock.
    #[n(0)]
    pub time: Millis,
    /// Staff number or account; empty for the device by itself.
    #[n(1)]
    pub staff: String,
    /// What for, as the application above sync numbers it.
    #[n(2)]
    pub purpose: u8,
    /// Which documents.
    #[n(3)]
    pub documents: Vec<DocumentId>,
    /// How many there were in all: more than are named when there were too many to name.
    #[n(4)]
    pub count: u32,
}

/// A run of a device's access log, see [`crate::looks`].
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Looks {
    /// The number of the first entry in the log, from 1.
    #[n(0)]
    pub first: u64,
    /// The hash of the entry before it; zeros when there is none.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub before: [u8; 32],
    /// The entries, oldest first.
    #[n(2)]
    pub entries: Vec<Look>,
}

impl Looks {
    /// Whether it brings something, and no more than it may.
    pub(crate) fn is_bounded(&self) -> bool {
        let fits = |look: &Look| look.documents.len() <= MOST_SEEN && look.staff.len() <= LONGEST_STAFF;
        self.first > 0 && (1..=MOST_LOOKS).contains(&self.entries.len()) && self.entries.iter().all(fits)
    }
}

macro_rules! payload {
    ($($name:ty),*) => {$(
        impl $name {
            /// Deterministic CBOR.
            pub fn to_bytes(&self) -> Vec<u8> {
                crate::item::encode(self)
            }
            /// Reads what [`Self::to_bytes`] wrote; trailing bytes are an error.
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, crate::ItemError> {
                crate::item::decode(bytes)
            }
        }
    )*};
}
payload!(
    Change, FileName, Grant, Revoke, Forget, Succession, Receipt, Catalogue, Look, Looks
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_names_so_many_files_and_each_once() {
        let file = |n: usize| FileName {
            hash: FileHash::of(&n.to_le_bytes()),
            len: 1,
            media_type: "m".repeat(LONGEST_TYPE),
        };
        let names = |files: Vec<FileName>| Change {
            automerge: Vec::new(),
            files,
        };
        assert!(names((0..MOST_FILES).map(file).collect()).is_bounded());
        assert!(!names((0..=MOST_FILES).map(file).collect()).is_bounded());
        assert!(
            !names(vec![file(1), file(2), file(1)]).is_bounded(),
            "one of them twice"
        );
        let mut long = file(1);
        long.media_type.push('m');
        assert!(!long.is_bounded() && !names(vec![long]).is_bounded());
    }
}
