//! What goes into which part, decided before anything is written: so every part knows how many there are, can be written
//! by itself and again, and nothing but names has to be held in memory.

use std::collections::HashMap;

use super::Step;
use super::frame::HEADER;
use crate::id::{BundleId, FileHash};
use crate::payload::FileName;
use crate::replica::Outgoing;
use crate::wire::{BATCH_BYTES, Cursor, Offset};
use crate::world::Millis;

/// The smallest part: 128 KiB, room for one batch of items. A single item that is larger stands alone in a part that is
/// larger.
pub const MIN_PART: u64 = 128 * 1024;
/// The size of a part when nobody says another: 16 MiB, which a page can hold in memory to save or to upload it.
pub const DEFAULT_PART: u64 = 16 << 20;
/// Bytes of a file in one frame: 256 KiB.
pub const PIECE: u64 = 256 * 1024;
/// A piece is not cut smaller than this to fill a part.
const LEAST_PIECE: u64 = 4 * 1024;
/// What a frame costs beside its content at most: header, age's stanzas with the one that it puts in at random, names,
/// signature.
const FRAME: u64 = HEADER as u64 + 980;
/// Names in one listing.
pub(super) const LISTED: usize = 1_000;
/// Wanted files told in one bundle; the next one tells of others.
const MOST_WANTS: usize = 500;
/// What a listed name costs.
const NAME: u64 = 48;

/// Items that travel together: those after `after` up to `last`, as the sender numbers them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Batch {
    /// Position before the first.
    pub after: u64,
    /// Position of the last.
    pub last: u64,
    /// How many.
    pub items: u64,
    /// Bytes of the items as they are stored.
    pub bytes: u64,
    /// How they move the receiver's cursor.
    pub step: Option<Step>,
}

impl Batch {
    /// Gathers items that lie after `after`, given by position and stored bytes in order, into batches of
    /// [`BATCH_BYTES`].
    pub fn gather(after: u64, items: impl IntoIterator<Item = (u64, u64)>) -> Vec<Self> {
        let mut batches: Vec<Self> = Vec::new();
        let mut after = after;
        for (position, bytes) in items {
            match batches.last_mut() {
                Some(batch) if batch.bytes + bytes <= BATCH_BYTES as u64 => {
                    batch.last = position;
                    batch.items += 1;
                    batch.bytes += bytes;
                }
                _ => batches.push(Self {
                    after,
                    last: position,
                    items: 1,
                    bytes,
                    step: None,
                }),
            }
            after = position;
        }
        batches
    }
}

/// What a bundle is made of.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// Where the sending device stands in the center's log.
    pub cursor: Option<Cursor>,
    /// Files the sender lacks.
    pub wants: Vec<FileHash>,
    /// Items, in order.
    pub batches: Vec<Batch>,
    /// Files; the smallest go first.
    pub files: Vec<Outgoing>,
    /// Files of the receiver that the sender holds in part.
    pub offsets: Vec<Offset>,
    /// Bytes of files that the receiver said it holds: they are left out.
    pub begun: HashMap<FileHash, u64>,
}

impl Contents {
    /// Where a file begins in this bundle.
    fn begins(&self, file: &FileName) -> u64 {
        let begun = self.begun.get(&file.hash).copied();
        begun.filter(|begun| *begun < file.len).unwrap_or(0)
    }
}

/// A bundle, cut into parts.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name.
    pub bundle: BundleId,
    /// When it was made.
    pub made: Millis,
    pub(super) contents: Contents,
    pub(super) parts: Vec<Part>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub entries: Vec<Entry>,
    /// Files with a piece here, as places in [`Contents::files`].
    pub files: Vec<usize>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Entry {
    /// A place in [`Contents::batches`].
    Items(usize),
    /// A piece of a file.
    Piece { file: usize, offset: u64, len: u64 },
}

impl Plan {
    /// Cuts `contents` into parts of at most `part_bytes`, or [`MIN_PART`] when that is more.
    pub fn cut(bundle: BundleId, made: Millis, mut contents: Contents, part_bytes: u64) -> Self {
        contents
            .files
            .sort_by_key(|outgoing| (outgoing.file.len, outgoing.file.hash));
        contents.wants.truncate(MOST_WANTS);
        contents.offsets.truncate(MOST_WANTS);
        let named = contents.wants.len() as u64 * 34 + contents.offsets.len() as u64 * 46;
        let mut cutting = Cutting {
            capacity: part_bytes.max(MIN_PART).saturating_sub(2 * FRAME + named),
            used: 0,
            parts: vec![Part::default()],
        };
        for (place, batch) in contents.batches.iter().enumerate() {
            cutting.room_for(frame(batch.bytes));
            cutting.put(Entry::Items(place), frame(batch.bytes));
        }
        for (place, outgoing) in contents.files.iter().enumerate() {
            cutting.file(place, contents.begins(&outgoing.file), outgoing.file.len);
        }
        Self {
            bundle,
            made,
            contents,
            parts: cutting.parts,
        }
    }

    /// How many parts there are: at least one, which says where the sender stands.
    pub fn parts(&self) -> u32 {
        u32::try_from(self.parts.len()).unwrap_or(u32::MAX)
    }

    /// Bytes of content in part `number` (from 1); 0 when there is none such.
    pub fn part_bytes(&self, number: u32) -> u64 {
        let place = usize::try_from(number).unwrap_or(usize::MAX).wrapping_sub(1);
        let entries = self.parts.get(place).map(|part| &part.entries[..]).unwrap_or_default();
        let bytes = entries.iter().map(|entry| match entry {
            Entry::Items(batch) => self.contents.batches.get(*batch).map_or(0, |batch| batch.bytes),
            Entry::Piece { len, .. } => *len,
        });
        bytes.sum()
    }

    /// How many items it holds.
    pub fn items(&self) -> u64 {
        self.contents.batches.iter().map(|batch| batch.items).sum()
    }

    /// How many files it holds.
    pub fn files(&self) -> u64 {
        self.contents.files.len() as u64
    }

    /// Bytes of its items and files.
    pub fn bytes(&self) -> u64 {
        let items = self.contents.batches.iter().map(|batch| batch.bytes);
        let files = self.contents.files.iter().map(|outgoing| &outgoing.file);
        let files = files.map(|file| file.len - self.contents.begins(file));
        items.chain(files).sum()
    }
}

/// What a frame with so much content takes at most: age adds 16 bytes to every 64 KiB.
fn frame(content: u64) -> u64 {
    FRAME + content + content / 2048
}

struct Cutting {
    capacity: u64,
    used: u64,
    parts: Vec<Part>,
}

impl Cutting {
    fn room(&self) -> u64 {
        self.capacity.saturating_sub(self.used)
    }

    /// Begins a part, unless the present one has room or is empty.
    fn room_for(&mut self, bytes: u64) {
        if self.used > 0 && self.room() < bytes {
            self.parts.push(Part::default());
            self.used = 0;
        }
    }

    fn put(&mut self, entry: Entry, bytes: u64) {
        self.used += bytes;
        if let Some(part) = self.parts.last_mut() {
            if let Entry::Piece { file, .. } = entry
                && part.files.last() != Some(&file)
            {
                part.files.push(file);
                self.used += NAME + if part.files.len() % LISTED == 1 { FRAME } else { 0 };
            }
            part.entries.push(entry);
        }
    }

    fn file(&mut self, file: usize, from: u64, len: u64) {
        let listed = NAME + FRAME;
        let whole = frame(PIECE) * ((len - from) / PIECE) + frame((len - from) % PIECE) + listed;
        if whole <= self.capacity {
            self.room_for(whole);
        }
        let mut offset = from;
        loop {
            self.room_for(frame(LEAST_PIECE.min(len - offset)) + listed);
            let fits = self.room().saturating_sub(listed + FRAME) / 2049 * 2048;
            let piece = (len - offset).min(PIECE).min(fits.max(LEAST_PIECE));
            self.put(
                Entry::Piece {
                    file,
                    offset,
                    len: piece,
                },
                frame(piece),
            );
            offset += piece;
            if offset >= len {
                return;
            }
        }
    }
}
