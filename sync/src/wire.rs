//! `POST /sync`: what goes up and what comes down, as CBOR compressed with zstd.

use crate::fingerprint::Fingerprint;
use crate::id::FileHash;
use crate::item::Item;
use crate::scope::Scope;
use crate::world::Millis;

/// The protocol version this program speaks.
pub const PROTOCOL: u8 = 1;

/// A batch is closed when its envelopes reach this many bytes (uncompressed).
pub const BATCH_BYTES: usize = 64 * 1024;

/// Where a station stands in the center's log. The epoch changes when the center is restored from a backup: a
/// center answers a cursor of another epoch as if it were position 0, and the station offers again all it wrote.
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

/// One exchange, upwards.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SyncRequest {
    /// [`PROTOCOL`].
    #[n(0)]
    pub version: u8,
    /// What was last received.
    #[n(1)]
    pub cursor: Cursor,
    /// One for each scope held.
    #[n(2)]
    pub fingerprints: Vec<(Scope, Fingerprint)>,
    /// New items, at most [`BATCH_BYTES`] of envelopes (one larger item may stand alone).
    #[n(3)]
    pub items: Vec<Item>,
    /// Files whose stored length the station wants to know before it sends them.
    #[n(4)]
    pub offsets: Vec<FileHash>,
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

/// One exchange, downwards. What became of the items that went up is told by a signed receipt among `items`.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct SyncResponse {
    /// [`PROTOCOL`].
    #[n(0)]
    pub version: u8,
    /// The center's clock.
    #[n(1)]
    pub now: Millis,
    /// Items since the cursor in the scopes granted, in the center's order, without those the request brought.
    #[n(2)]
    pub items: Vec<Item>,
    /// Where the station stands after taking `items`.
    #[n(3)]
    pub cursor: Cursor,
    /// There are more items: ask again at once.
    #[n(4)]
    pub more: bool,
    /// The center's view of the scopes asked about, after taking the request's items. A scope left out: as the request
    /// said it.
    #[n(5)]
    pub fingerprints: Vec<(Scope, Fingerprint)>,
    /// Answers to `offsets`. A file left out is unknown to the center: create it.
    #[n(6)]
    pub offsets: Vec<Offset>,
}

/// Why bytes are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not zstd, or larger than allowed when expanded.
    #[error("not a compressed message")]
    Compression,
    /// Not the expected CBOR.
    #[error("malformed message")]
    Malformed,
}

/// The largest message a peer expands.
pub const MAX_MESSAGE: usize = 8 << 20;

macro_rules! message {
    ($($name:ty),*) => {$(
        impl $name {
            /// CBOR, compressed.
            pub fn to_bytes(&self) -> Vec<u8> {
                let plain = crate::item::encode(self);
                zstd::bulk::compress(&plain, 3).unwrap_or_default()
            }
            /// Reads what [`Self::to_bytes`] wrote, never expanding beyond [`MAX_MESSAGE`].
            pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
                let plain = zstd::bulk::decompress(bytes, MAX_MESSAGE).map_err(|_| WireError::Compression)?;
                crate::item::decode(&plain).map_err(|_| WireError::Malformed)
            }
        }
    )*};
}
message!(SyncRequest, SyncResponse);
