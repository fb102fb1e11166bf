//! `POST /sync`: what goes up and what comes down.
//!
//! A message is CBOR, compressed. Version 1 is plain zstd, and so begins with zstd's own first byte, 0x28. From version 2
//! on the first byte names the version, and with it the dictionary: see [`pack`]. A peer answers in the version it was
//! asked in; one that does not know a version says `version` (version 1 itself: `malformed`), and is asked again in
//! version 1.

mod pack;
mod second;

use crate::fingerprint::Print;
use crate::id::{FileHash, ItemId};
use crate::item::Item;
use crate::repair;
use crate::scope::Scope;
use crate::world::Millis;

/// The protocol version this program speaks.
pub const PROTOCOL: u8 = 2;

/// The first version, which is understood for ever.
pub const FIRST: u8 = 1;

/// A batch is closed when its envelopes reach this many bytes (uncompressed).
pub const BATCH_BYTES: usize = 64 * 1024;

/// On a line that brings it within half a second, a batch upwards may grow to this many bytes of envelopes.
pub const LARGEST_BATCH: usize = 512 * 1024;

/// The largest message a peer expands.
pub const MAX_MESSAGE: usize = 8 << 20;

/// Where a station stands in the center's log. The epoch changes when the center is restored from a backup: a center
/// answers a cursor of another epoch with the end of its log, and what differs is found by [`crate::repair`]. (In version
/// 1, as if it were position 0.)
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Cursor {
    /// Random number of the center's database.
    #[n(0)]
    pub epoch: u64,
    /// Position of the last item received.
    #[n(1)]
    pub position: u64,
}

/// One exchange, upwards. The derived CBOR is that of version 1.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SyncRequest {
    /// [`PROTOCOL`], or [`FIRST`] to a peer that knows no more.
    #[n(0)]
    pub version: u8,
    /// What was last received.
    #[n(1)]
    pub cursor: Cursor,
    /// One for each scope held. Version 2 carries them short.
    #[n(2)]
    pub fingerprints: Vec<(Scope, Print)>,
    /// New items, at most [`LARGEST_BATCH`] of envelopes (one larger item may stand alone).
    #[n(3)]
    pub items: Vec<Item>,
    /// Files whose stored length the station wants to know before it sends them.
    #[n(4)]
    pub offsets: Vec<FileHash>,
    /// What is said to find out how two sets differ, by scope. Version 1 has no room for it.
    #[cbor(skip)]
    pub repair: Vec<(Scope, repair::Message)>,
}

/// How far the center has a file.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Offset {
    /// Which file.
    #[n(0)]
    pub hash: FileHash,
    /// Bytes stored; the whole length when it is verified.
    #[n(1)]
    pub stored: u64,
    /// Whole and hashed.
    #[n(2)]
    pub verified: bool,
}

/// One exchange, downwards. What became of the items that went up is told by a signed receipt among `items`. The derived
/// CBOR is that of version 1.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SyncResponse {
    /// The version of the request.
    #[n(0)]
    pub version: u8,
    /// The center's clock.
    #[n(1)]
    pub now: Millis,
    /// Items since the cursor in the scopes granted, in the center's order, without the device's own; then what the device
    /// turned out to lack.
    #[n(2)]
    pub items: Vec<Item>,
    /// Where the station stands after taking `items`.
    #[n(3)]
    pub cursor: Cursor,
    /// There are more items: ask again at once.
    #[n(4)]
    pub more: bool,
    /// The center's view of the scopes asked about, after taking the request's items. A scope left out: as the request
    /// said it. Version 2 carries them short.
    #[n(5)]
    pub fingerprints: Vec<(Scope, Print)>,
    /// Answers to `offsets`, and files that nobody asked about, unverified: the center once had them whole and lost them.
    /// A file asked about and left out is unknown to the center: create it.
    #[n(6)]
    pub offsets: Vec<Offset>,
    /// As [`SyncRequest::repair`].
    #[cbor(skip)]
    pub repair: Vec<(Scope, repair::Message)>,
}

/// Why bytes are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Neither version 1 nor a version this program knows.
    #[error("unknown version")]
    Version,
    /// Cut short, bent, packed with other bytes in common, or larger than allowed when expanded.
    #[error("not a compressed message")]
    Compression,
    /// Not the expected CBOR.
    #[error("malformed message")]
    Malformed,
}

impl WireError {
    /// The stable code a center answers with.
    pub fn code(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Compression | Self::Malformed => "malformed",
        }
    }
}

impl SyncRequest {
    /// The ids of the items it brings, in order: what both ends have in common when the answer is packed.
    pub fn brought(&self) -> Vec<ItemId> {
        self.items.iter().map(Item::id).collect()
    }

    /// What [`Self::to_bytes`] compresses with the dictionary: the dictionary is trained on it.
    pub fn uncompressed(&self) -> Vec<u8> {
        second::request(self).0
    }

    /// The message, in its version.
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.version == FIRST {
            return pack::first(&crate::item::encode(self));
        }
        let (plain, tail) = second::request(self);
        pack::pack(&plain, &tail, &[])
    }

    /// Reads a message of any version known, never expanding beyond [`MAX_MESSAGE`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        match pack::version(bytes)? {
            FIRST => of_first(bytes, |message: &Self| message.version),
            _ => {
                let (plain, tail) = pack::unpack(bytes, &[])?;
                second::read_request(&plain, tail).map_err(|_| WireError::Malformed)
            }
        }
    }
}

impl SyncResponse {
    /// As [`SyncRequest::uncompressed`].
    pub fn uncompressed(&self) -> Vec<u8> {
        second::response(self).0
    }

    /// The message, in its version. `brought` are the items of the request ([`SyncRequest::brought`]): their names need
    /// not travel once more in the receipt.
    pub fn to_bytes(&self, brought: &[ItemId]) -> Vec<u8> {
        if self.version == FIRST {
            return pack::first(&crate::item::encode(self));
        }
        let (plain, tail) = second::response(self);
        pack::pack(&plain, &tail, brought)
    }

    /// Reads the answer to a request that `brought` these items.
    pub fn from_bytes(bytes: &[u8], brought: &[ItemId]) -> Result<Self, WireError> {
        match pack::version(bytes)? {
            FIRST => of_first(bytes, |message: &Self| message.version),
            _ => {
                let (plain, tail) = pack::unpack(bytes, brought)?;
                second::read_response(&plain, tail).map_err(|_| WireError::Malformed)
            }
        }
    }
}

/// A message of version 1. One that names another version inside was written by nobody.
fn of_first<T: for<'b> minicbor::Decode<'b, ()>>(bytes: &[u8], version: impl FnOnce(&T) -> u8) -> Result<T, WireError> {
    let message = crate::item::decode(&pack::read_first(bytes)?).map_err(|_| WireError::Malformed)?;
    match version(&message) {
        FIRST => Ok(message),
        _ => Err(WireError::Version),
    }
}
