//! What became of a part that was read, and of the rest.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::id::{BundleId, DeviceId, FileHash};
use crate::world::Millis;

/// Files and damaged places remembered at most; beyond that they are only counted.
pub(super) const MOST_LISTED: usize = 100_000;

/// Why a frame was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Harm {
    /// The bytes are not those that were written.
    Damaged,
    /// The part ends before it should.
    Short,
    /// Sealed for somebody else.
    OtherReceiver,
    /// Signed by somebody this receiver takes nothing from.
    UnknownSender,
    /// The signature is not the sender's.
    Signature,
    /// Sealed and signed, and yet not of a known form.
    Malformed,
}

impl Harm {
    /// The stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Short => "short",
            Self::OtherReceiver => "other_receiver",
            Self::UnknownSender => "unknown_sender",
            Self::Signature => "signature",
            Self::Malformed => "malformed",
        }
    }
}

/// A place where something was not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Damage {
    /// Number of the part, when it is known.
    pub part: Option<u32>,
    /// First byte.
    pub at: u64,
    /// Why.
    pub harm: Harm,
}

/// How far a file of the bundle is here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FileState {
    /// Whole, and its hash was checked.
    Whole,
    /// So many bytes are kept; the rest comes with another part, a later bundle, or over the network.
    Partial(u64),
    /// Not taken, with a code.
    Refused(String),
}

/// Why reading stopped before the end.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Stopped {
    /// No space left here; what was taken before stays.
    #[error("the disk is full")]
    Full,
    /// The store failed; the words are for a log, without personal data.
    #[error("store: {0}")]
    Store(String),
    /// The stick cannot be read further.
    #[error("the part cannot be read from byte {0}")]
    Unreadable(u64),
}

/// What one part brought, or several merged.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Report {
    /// The bundle; `None` when not one frame could be opened.
    pub bundle: Option<BundleId>,
    /// Who made it.
    pub sender: Option<DeviceId>,
    /// When, by the sender's clock; 0 when the head is lost.
    pub made: Millis,
    /// Parts in all; 0 when no head could be read.
    pub parts: u32,
    /// Parts read.
    pub seen: BTreeSet<u32>,
    /// Items handed on, and how many of them were refused.
    pub items: u64,
    /// Of the items, those not taken.
    pub refused: u64,
    /// Items that the parts read should hold.
    pub items_expected: u64,
    /// Files of the parts read, with their lengths.
    pub files: BTreeMap<FileHash, (u64, FileState)>,
    /// What was not taken, in order.
    pub damage: Vec<Damage>,
    /// Why it stopped before the end.
    pub stopped: Option<Stopped>,
}

impl Report {
    /// Parts of the bundle that were not read.
    pub fn missing_parts(&self) -> Vec<u32> {
        (1..=self.parts).filter(|part| !self.seen.contains(part)).collect()
    }

    /// Whether everything the bundle holds has come.
    pub fn complete(&self) -> bool {
        let parts = self.parts > 0 && self.seen.len() >= self.parts as usize;
        parts
            && self.damage.is_empty()
            && self.stopped.is_none()
            && self.items >= self.items_expected
            && self.rest().next().is_none()
    }

    /// Files that are here whole.
    pub fn whole(&self) -> usize {
        self.files.len() - self.rest().count()
    }

    /// Files that are not here whole, with their lengths.
    pub fn rest(&self) -> impl Iterator<Item = (&FileHash, u64, &FileState)> {
        let files = self.files.iter().map(|(hash, (len, state))| (hash, *len, state));
        files.filter(|(_, _, state)| **state != FileState::Whole)
    }

    /// Adds what another part of the same bundle brought.
    pub fn merge(&mut self, other: Report) {
        self.bundle = self.bundle.or(other.bundle);
        self.sender = self.sender.or(other.sender);
        self.made = self.made.max(other.made);
        self.parts = self.parts.max(other.parts);
        self.seen.extend(other.seen);
        self.items = self.items.saturating_add(other.items);
        self.refused = self.refused.saturating_add(other.refused);
        self.items_expected = self.items_expected.saturating_add(other.items_expected);
        for (hash, (len, state)) in other.files {
            self.file(hash, len, state);
        }
        for damage in other.damage {
            self.harmed(damage);
        }
        self.stopped = self.stopped.take().or(other.stopped);
    }

    /// Notes how far a file is: the newest word counts. A name in a listing says nothing of what is here already.
    pub(super) fn file(&mut self, hash: FileHash, len: u64, state: FileState) {
        let room = self.files.len() < MOST_LISTED;
        match self.files.entry(hash) {
            Entry::Occupied(mut known) => {
                if known.get().1 != FileState::Whole && state != FileState::Partial(0) {
                    known.get_mut().1 = state;
                }
            }
            Entry::Vacant(place) if room => drop(place.insert((len, state))),
            Entry::Vacant(_) => {}
        }
    }

    pub(super) fn harmed(&mut self, damage: Damage) {
        if self.damage.len() < MOST_LISTED {
            self.damage.push(damage);
        }
    }
}
