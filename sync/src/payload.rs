//! The payloads of items, each as deterministic CBOR.

use std::collections::HashSet;

use crate::id::{DeviceId, FileHash, ItemId};
use crate::key::{SigningKey, VerifyingKey};
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

/// From `at` on, nothing this device writes is taken.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Revoke {
    /// Whose grant ends.
    #[n(0)]
    pub device: DeviceId,
    /// By the center's clock.
    #[n(1)]
    pub at: Millis,
}

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
payload!(Change, FileName, Grant, Revoke, Succession, Receipt, Catalogue);

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
