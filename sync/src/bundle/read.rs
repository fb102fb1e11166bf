//! Reading a part: what is whole and verified goes on, the rest is listed.

use std::io::{Read, Seek};

use super::frame::{Found, Frames, Kind};
use super::report::{Damage, FileState, Harm, Report, Stopped};
use super::{Content, Head, Piece, Step, seal};
use crate::id::{DeviceId, FileHash};
use crate::item::Item;
use crate::key::{SigningKey, VerifyingKey};

/// Who reads, and whom it believes.
pub struct Receiver<'a> {
    /// Opens what was sealed for this device or center.
    pub key: &'a SigningKey,
    /// The key of a sender that bundles are taken from.
    pub sender: &'a dyn Fn(&DeviceId) -> Option<VerifyingKey>,
}

/// How much of a file is here after a piece.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kept {
    /// The whole file, and its hash is right.
    Whole,
    /// So many bytes from its beginning.
    Partial(u64),
    /// The piece or the file is not taken, with a code. It concerns this file alone.
    Refused(String),
}

impl From<Kept> for FileState {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::Whole => Self::Whole,
            Kept::Partial(bytes) => Self::Partial(bytes),
            Kept::Refused(code) => Self::Refused(code),
        }
    }
}

/// A store that takes no more; reading stops.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SinkError {
    /// No space left.
    Full,
    /// Anything else; words for a log, without personal data.
    Store(String),
}

/// Where the content of a bundle goes. Everything may come twice and in any order.
pub trait Sink {
    /// A part begins. Not called when its head is damaged.
    fn head(&mut self, sender: &DeviceId, head: &Head) -> Result<(), SinkError>;
    /// Items, to be taken in one transaction as from the network; how many of them were not taken.
    fn items(&mut self, sender: &DeviceId, items: &[Item], step: Option<&Step>) -> Result<u64, SinkError>;
    /// How much of a file of this bundle is here already.
    fn held(&mut self, _file: &FileHash) -> Result<Kept, SinkError> {
        Ok(Kept::Partial(0))
    }
    /// Bytes of a file. A piece that would leave a gap is left out.
    fn piece(&mut self, sender: &DeviceId, piece: &Piece) -> Result<Kept, SinkError>;
}

/// Why nothing at all could be read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// Not a bundle.
    #[error("not a bundle")]
    NotABundle,
    /// A bundle of a version this program does not know.
    #[error("the bundle was made by a newer version")]
    Newer,
    /// Sealed for somebody else.
    #[error("the bundle is for another receiver")]
    OtherReceiver,
    /// Made by somebody this receiver takes nothing from.
    #[error("the sender of the bundle is not known here")]
    UnknownSender,
    /// The medium failed at once.
    #[error("the bundle cannot be read: {0}")]
    Io(#[from] std::io::Error),
}

impl Unread {
    /// The stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotABundle => "not_a_bundle",
            Self::Newer => "newer",
            Self::OtherReceiver => "other_receiver",
            Self::UnknownSender => "unknown_sender",
            Self::Io(_) => "unreadable",
        }
    }
}

/// Reads a part. It holds one frame in memory at a time. The report tells what was taken, what was not, and what the
/// part should have held.
pub fn read_part<R: Read + Seek>(input: R, receiver: &Receiver<'_>, sink: &mut dyn Sink) -> Result<Report, Unread> {
    let (kind, mut frames) = Frames::open(input)?;
    match kind {
        Kind::Bundle => {}
        Kind::Newer => return Err(Unread::Newer),
        Kind::Other => return Err(Unread::NotABundle),
    }
    let identity = seal::identity(receiver.key).ok_or(Unread::OtherReceiver)?;
    let mut reading = Reading::default();
    let mut next_at = 0;
    loop {
        let found = match frames.next() {
            Ok(Some(found)) => found,
            Ok(None) => break,
            Err(_) => {
                reading.report.stopped = Some(Stopped::Unreadable(next_at));
                break;
            }
        };
        let (at, opened) = match found {
            Found::Damaged(at) => (at, Err(Harm::Damaged)),
            Found::Short(at) => (at, Err(Harm::Short)),
            Found::Frame { at, sealed } => {
                next_at = at + sealed.len() as u64;
                (at, seal::open(&sealed, receiver, &identity))
            }
        };
        match opened {
            Ok((sender, body)) => {
                let report = &mut reading.report;
                report.bundle.get_or_insert(body.bundle);
                report.sender.get_or_insert(sender);
                report.seen.insert(body.part);
                reading.part = Some(body.part);
                reading.frames += 1;
                if let Err(error) = reading.take(&sender, body.content, sink) {
                    reading.report.stopped = Some(match error {
                        SinkError::Full => Stopped::Full,
                        SinkError::Store(words) => Stopped::Store(words),
                    });
                    break;
                }
            }
            // An undamaged frame that is not for us, or from a stranger: so are all the others.
            Err(Harm::OtherReceiver) if reading.frames == 0 => return Err(Unread::OtherReceiver),
            Err(Harm::UnknownSender) if reading.frames == 0 => return Err(Unread::UnknownSender),
            Err(harm) => reading.harmed(at, harm),
        }
    }
    let short = reading.frames < reading.expected && reading.report.damage.is_empty();
    if short && reading.report.stopped.is_none() {
        reading.harmed(next_at, Harm::Short);
    }
    Ok(reading.report)
}

/// Parts that a report counts: a head that says more does not make it grow.
const MOST_PARTS: u32 = 65_536;

#[derive(Default)]
struct Reading {
    report: Report,
    part: Option<u32>,
    frames: u32,
    expected: u32,
}

impl Reading {
    fn take(&mut self, sender: &DeviceId, content: Content, sink: &mut dyn Sink) -> Result<(), SinkError> {
        let report = &mut self.report;
        match content {
            Content::Head(head) => {
                self.expected = self.expected.saturating_add(head.frames);
                report.parts = report.parts.max(head.parts.min(MOST_PARTS));
                report.items_expected = report.items_expected.saturating_add(head.items);
                report.made = report.made.max(head.made);
                sink.head(sender, &head)?;
            }
            Content::Listing(files) => {
                for file in files {
                    let held = sink.held(&file.hash)?;
                    report.file(file.hash, file.len, held.into());
                }
            }
            Content::Items(items, step) => {
                let refused = sink.items(sender, &items, step.as_ref())?;
                report.items += items.len() as u64;
                report.refused += refused;
            }
            Content::Piece(piece) => {
                let kept = sink.piece(sender, &piece)?;
                report.file(piece.file.hash, piece.file.len, kept.into());
            }
            Content::Left(hash) => report.file(hash, 0, FileState::Partial(0)),
        }
        Ok(())
    }

    fn harmed(&mut self, at: u64, harm: Harm) {
        let part = self.part;
        self.report.harmed(Damage { part, at, harm });
    }
}
