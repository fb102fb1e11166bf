//! Bundles: items and files on a stick, from a device to its center and back, or sealed in the hands of another device.
//!
//! What lies in a bundle is what would go over the wire: signed items, and pieces of files named by their hash. So a
//! bundle is judged as the wire is, may be read twice, late, in any order or not at all, and nobody who carries it has
//! to be trusted: it is encrypted to its receiver and signed by its sender.
//!
//! # Format, version 1
//!
//! A bundle is cut into parts, files of any size from [`MIN_PART`] on, called `NAME.001.doorstep` and so on
//! ([`part_name`]). Every part can be used by itself for what it holds whole.
//!
//! ```text
//! part    = "doorstep bundle 1\n" frame*
//! frame   = mark(8) length(u32, little-endian) digest(32) sealed
//! mark    = D0 'd' 's' 'b' 01 0D 0A 1A
//! digest  = BLAKE3 of sealed
//! sealed  = age-encryption.org/v1, one X25519 recipient, of the CBOR [sender, signature, body]
//! body    = CBOR [bundle, part, index, receiver, content]
//! content = Head | Listing | Items | Piece | Left
//! ```
//!
//! - A reader that meets a damaged frame looks for the next mark and goes on there: a flipped bit costs one frame, at
//!   most [`PIECE`] bytes of one file or one batch of items.
//! - The recipient's X25519 key is its Ed25519 key seen on the Montgomery curve, so no second key has to be spread.
//! - The signature (Ed25519 by the sender, over `"doorstep bundle frame 1"` and the body) names the receiver: what was
//!   sealed for one cannot be sealed again for another in the sender's name.
//! - The first frame of a part is its [`Head`]: how many parts and frames there are, so that a reader knows what is
//!   missing. A [`Listing`] names the files to come, so that it can say which.
//! - A file that fits into one part is not split. Pieces come in order; one that leaves a gap is left out and comes
//!   again with the next bundle.
//!
//! Randomness: `age` draws its file keys and nonces from the operating system. It is the one place in this crate where
//! chance is not passed in; nothing that is kept depends on it.

mod cut;
mod frame;
mod read;
mod report;
mod seal;
mod write;

pub use cut::{Batch, Contents, DEFAULT_PART, MIN_PART, PIECE, Plan};
pub use read::{Kept, Receiver, Sink, SinkError, Unread, read_part};
pub use report::{Damage, FileState, Harm, Report, Stopped};
pub use seal::Ends;
pub use write::{Source, SourceError, WriteError, parcel, write_part};

use crate::id::{BundleId, DeviceId, FileHash};
use crate::item::Item;
use crate::payload::FileName;
use crate::scope::Scope;
use crate::wire::{Cursor, Offset};
use crate::world::Millis;

/// The ending of a part's name.
pub const EXTENSION: &str = "doorstep";

/// The name of part `number` (from 1): `STEM.001.doorstep`.
pub fn part_name(stem: &str, number: u32) -> String {
    format!("{stem}.{number:03}.{EXTENSION}")
}

/// What a part begins with.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Head {
    /// Parts of the bundle.
    #[n(0)]
    pub parts: u32,
    /// Frames of this part, the head included.
    #[n(1)]
    pub frames: u32,
    /// Items in this part.
    #[n(2)]
    pub items: u64,
    /// When the bundle was made, by the sender's clock.
    #[n(3)]
    pub made: Millis,
    /// Where a device stands in the center's log; absent in what a center sends.
    #[n(4)]
    pub cursor: Option<Cursor>,
    /// Files that the sender lacks.
    #[n(5)]
    pub wants: Vec<FileHash>,
    /// Files of the receiver that the sender holds in part, and how much of each: the next bundle begins there. Absent in
    /// what programs before it wrote; they read past it.
    #[n(6)]
    #[cbor(default)]
    pub offsets: Vec<Offset>,
}

/// Who held the center's log up to `from` and takes these items holds it up to `to`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Step {
    /// Before.
    #[n(0)]
    pub from: Cursor,
    /// After.
    #[n(1)]
    pub to: Cursor,
}

impl Step {
    /// Where a device stands after this step that stood at `own`. A step that does not begin where the device is, or
    /// before, moves nothing: its items are taken all the same, and what lies between comes later. `newer`: the bundle
    /// was made after the device's last contact, so that another epoch in it is the center's present one.
    pub fn taken_by(&self, own: Cursor, newer: bool) -> Cursor {
        let same = own.epoch == self.from.epoch && self.from.position <= own.position;
        let anew = own.epoch != self.from.epoch && self.from.position == 0 && (newer || own.epoch == 0);
        match (same, anew) {
            (true, _) if self.to.position > own.position => self.to,
            (_, true) => self.to,
            _ => own,
        }
    }
}

/// Bytes of a file.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Piece {
    /// The whole file.
    #[n(0)]
    pub file: FileName,
    /// The scope its receipt belongs in.
    #[n(1)]
    pub scope: Scope,
    /// Where the bytes begin.
    #[n(2)]
    pub offset: u64,
    /// At most [`PIECE`].
    #[cbor(n(3), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

/// A file that has a piece in this part.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Listed {
    /// The file.
    #[n(0)]
    pub hash: FileHash,
    /// Its whole length.
    #[n(1)]
    pub len: u64,
}

/// One frame's content.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
enum Content {
    /// What the part is.
    #[n(0)]
    Head(#[n(0)] Head),
    /// Files to come.
    #[n(1)]
    Listing(#[n(0)] Vec<Listed>),
    /// Items in order; how they move a cursor.
    #[n(2)]
    Items(#[n(0)] Vec<Item>, #[n(1)] Option<Step>),
    /// Bytes of a file.
    #[n(3)]
    Piece(#[n(0)] Piece),
    /// A piece of this file was meant to be here and could not be read when the part was written.
    #[n(4)]
    Left(#[n(0)] FileHash),
}

/// What a frame says, before it is sealed.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Body {
    #[n(0)]
    bundle: BundleId,
    #[n(1)]
    part: u32,
    #[n(2)]
    index: u32,
    #[n(3)]
    receiver: DeviceId,
    #[n(4)]
    content: Content,
}
