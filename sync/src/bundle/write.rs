//! Writing a part.

use std::io::{self, Write};

use super::cut::{Batch, Contents, Entry, LISTED, Plan};
use super::frame;
use super::seal::{Ends, seal};
use super::{Body, Content, Head, Listed, Piece};
use crate::id::{BundleId, FileHash};
use crate::item::Item;
use crate::world::Millis;

/// The sender's store failed; words for a log, without personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("store: {0}")]
pub struct SourceError(pub String);

/// The sender's store.
pub trait Source {
    /// The items of a batch: what of it is still to be sent, at most the batch's bytes.
    fn items(&mut self, batch: &Batch) -> Result<Vec<Item>, SourceError>;
    /// Bytes of a file. An error concerns this file alone.
    fn read(&mut self, hash: &FileHash, offset: u64, len: u64) -> Result<Vec<u8>, SourceError>;
}

/// Why a part was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// No space left on the medium. Parts written before it stay good.
    #[error("the medium is full")]
    Full,
    /// The bundle has no part of this number.
    #[error("no such part")]
    NoSuchPart,
    /// The receiver's key cannot be encrypted to.
    #[error("the receiver's key cannot be used")]
    Key,
    /// The sender's store failed.
    #[error("{0}")]
    Source(#[from] SourceError),
    /// The medium failed.
    #[error("{0}")]
    Io(io::Error),
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::WriteZero => Self::Full,
            _ => Self::Io(error),
        }
    }
}

/// Writes part `number` (from 1). It holds one frame in memory at a time. The same part may be written again: it says
/// the same, in other bytes.
pub fn write_part<W: Write>(
    plan: &Plan,
    number: u32,
    ends: &Ends<'_>,
    source: &mut dyn Source,
    out: &mut W,
) -> Result<(), WriteError> {
    let place = usize::try_from(number).unwrap_or(usize::MAX).wrapping_sub(1);
    let part = plan.parts.get(place).ok_or(WriteError::NoSuchPart)?;
    let listings = part.files.len().div_ceil(LISTED);
    let batches = part.entries.iter().filter_map(|entry| match entry {
        Entry::Items(batch) => plan.contents.batches.get(*batch),
        Entry::Piece { .. } => None,
    });
    let head = Head {
        parts: plan.parts(),
        frames: u32::try_from(1 + listings + part.entries.len()).unwrap_or(u32::MAX),
        items: batches.map(|batch| batch.items).sum(),
        made: plan.made,
        cursor: plan.contents.cursor,
        wants: plan.contents.wants.clone(),
        offsets: plan.contents.offsets.clone(),
    };
    let mut framing = Framing {
        plan,
        number,
        index: 0,
        ends,
        out,
    };
    frame::begin(framing.out)?;
    framing.put(Content::Head(head))?;
    for files in part.files.chunks(LISTED) {
        let files = files.iter().filter_map(|place| plan.contents.files.get(*place));
        let listed = files.map(|outgoing| Listed {
            hash: outgoing.file.hash,
            len: outgoing.file.len,
        });
        framing.put(Content::Listing(listed.collect()))?;
    }
    for entry in &part.entries {
        framing.put(content(plan, entry, source)?)?;
    }
    Ok(())
}

fn content(plan: &Plan, entry: &Entry, source: &mut dyn Source) -> Result<Content, WriteError> {
    match *entry {
        Entry::Items(place) => {
            let batch = plan.contents.batches.get(place).ok_or(WriteError::NoSuchPart)?;
            Ok(Content::Items(source.items(batch)?, batch.step))
        }
        Entry::Piece { file, offset, len } => {
            let outgoing = plan.contents.files.get(file).ok_or(WriteError::NoSuchPart)?;
            let hash = outgoing.file.hash;
            // A file that cannot be read holds up no other.
            Ok(match source.read(&hash, offset, len) {
                Ok(bytes) if bytes.len() as u64 == len => Content::Piece(Piece {
                    file: outgoing.file.clone(),
                    scope: outgoing.scope.clone(),
                    offset,
                    bytes,
                }),
                _ => Content::Left(hash),
            })
        }
    }
}

struct Framing<'a, W> {
    plan: &'a Plan,
    number: u32,
    index: u32,
    ends: &'a Ends<'a>,
    out: &'a mut W,
}

impl<W: Write> Framing<'_, W> {
    fn put(&mut self, content: Content) -> Result<(), WriteError> {
        let body = Body {
            bundle: self.plan.bundle,
            part: self.number,
            index: self.index,
            receiver: self.ends.receiver.device(),
            content,
        };
        self.index += 1;
        let sealed = seal(&body, self.ends).ok_or(WriteError::Key)?;
        Ok(frame::write(self.out, &sealed)?)
    }
}

/// A bundle in memory that holds these items and no files: what a device gives into the hands of another that may not
/// read it. Whoever it is sealed for takes it as any bundle.
pub fn parcel(bundle: BundleId, made: Millis, ends: &Ends<'_>, items: &[Item]) -> Result<Vec<u8>, WriteError> {
    struct Held<'a>(&'a [Item]);
    impl Source for Held<'_> {
        fn items(&mut self, batch: &Batch) -> Result<Vec<Item>, SourceError> {
            let place = |position| usize::try_from(position).unwrap_or(usize::MAX);
            let range = place(batch.after)..place(batch.last);
            Ok(self.0.get(range).map(<[Item]>::to_vec).unwrap_or_default())
        }
        fn read(&mut self, _: &FileHash, _: u64, _: u64) -> Result<Vec<u8>, SourceError> {
            Err(SourceError("a parcel holds no files".into()))
        }
    }
    let sizes = (1..).zip(items.iter().map(|item| item.to_bytes().len() as u64));
    let contents = Contents {
        batches: Batch::gather(0, sizes),
        ..Contents::default()
    };
    let plan = Plan::cut(bundle, made, contents, u64::MAX);
    let mut out = Vec::new();
    write_part(&plan, 1, ends, &mut Held(items), &mut out)?;
    Ok(out)
}
