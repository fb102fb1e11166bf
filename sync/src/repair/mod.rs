//! Makes two sets of items equal, by telling only where they differ.
//!
//! Range-based set reconciliation (A. Meyer, *Range-Based Set Reconciliation*, SRDS 2023): each side tells a digest of
//! what it holds in a range of time; a range that differs is divided, until it is short enough to name what is in it.
//! Then each side gives what the other lacks. It does not matter who wrote an item, and how the sets came apart.
//!
//! ```text
//! one side          the other
//! open      ──────▶ answer: gives what the first lacks, and asks for what it lacks itself, or goes into detail
//! answer    ◀──────
//!   ⋮                 until neither has anything to say
//! ```
//!
//! Nothing is kept between messages. What mostly differs is what came last, so an opening names the newest items, and
//! older ranges double in size: a few recent differences are mended by one message and its answer. A message may leave
//! out what it has no room for; whoever finds the sets still unequal opens again.

mod code;
pub mod days;
mod held;
mod mend;

use std::collections::HashSet;

pub use held::{Held, Key, Memory, Sum};
pub use mend::{Mending, mend};

use crate::id::ItemId;
use crate::replica::ReplicaError;
use crate::scope::Scope;
use code::{Content, Digest, Names, SHORT, WHOLE, Writer};

/// Newest items named by an opening.
const RECENT: u64 = 20;
/// A range with no more items than this is told item by item.
const LISTED: u64 = 24;
/// Into how many parts a range is divided at most, and the smallest part.
const PARTS: u64 = 16;
const PART: u64 = 12;
/// Items given for one message at most: more than fit into a batch.
const MOST_GIVEN: usize = 1_024;
/// Keys read to compare one message with a store, at most.
const MOST_READ: usize = 16_384;
/// Keys read at once.
const PAGE: usize = 512;

/// What one side says about a scope. The bytes mean something to [`answer`] alone.
#[derive(Clone, PartialEq, Eq, Debug, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Message(#[cbor(with = "minicbor::bytes")] pub Vec<u8>);

/// What follows from the other side's message.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Answer {
    /// What to say; `None`: nothing is left to say.
    pub message: Option<Message>,
    /// Items that the other side lacks, in order of time. Bring as many as fit; the rest is found again.
    pub give: Vec<ItemId>,
}

/// Why a message has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RepairError {
    /// The bytes are no message.
    #[error("malformed repair message")]
    Malformed,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] ReplicaError),
}

/// The first message: what is held, in a few hundred bytes.
pub fn open(held: &dyn Held, scope: &Scope) -> Result<Message, ReplicaError> {
    let all = held.sum(scope, &Key::START, &Key::END)?;
    let mut sizes = Vec::new();
    let mut left = all.count.saturating_sub(RECENT);
    let mut size = RECENT;
    while left > 0 {
        // A rest that is not worth a range of its own goes with the oldest.
        let taken = if left < 2 * size { left } else { size };
        sizes.push(taken);
        left -= taken;
        size *= 2;
    }
    let mut said = Writer::default();
    let mut from = Key::START;
    for size in sizes.into_iter().rev() {
        let to = bound(held, scope, &from, &Key::END, size)?;
        said.push(to, &Content::Digest(digest(&held.sum(scope, &from, &to)?)));
        from = to;
    }
    let list = list(held, scope, &from, &Key::END, SHORT)?;
    said.push(Key::END, &list);
    Ok(Message(said.end().unwrap_or_default()))
}

/// Compares what the other side says with what is held here.
pub fn answer(held: &dyn Held, scope: &Scope, message: &Message) -> Result<Answer, RepairError> {
    let segments = code::read(&message.0).ok_or(RepairError::Malformed)?;
    let mut comparison = Comparison {
        held,
        scope,
        said: Writer::default(),
        give: Vec::new(),
        unread: MOST_READ,
    };
    let mut from = Key::START;
    for segment in segments {
        let to = segment.upper;
        match segment.content {
            Content::Level => comparison.said.push(to, &Content::Level),
            Content::Digest(theirs) => comparison.divide(&from, &to, &theirs)?,
            Content::List(names, theirs) => comparison.compare(&from, &to, &names, &theirs)?,
            Content::Want(names) => comparison.find(&from, &to, &names)?,
        }
        from = to;
    }
    Ok(Answer {
        message: comparison.said.end().map(Message),
        give: comparison.give,
    })
}

struct Comparison<'a> {
    held: &'a dyn Held,
    scope: &'a Scope,
    said: Writer,
    give: Vec<ItemId>,
    /// Keys that may still be read.
    unread: usize,
}

impl Comparison<'_> {
    /// The other side told a digest: where it is another one here, tells what is in the range.
    fn divide(&mut self, from: &Key, to: &Key, theirs: &Digest) -> Result<(), ReplicaError> {
        let own = self.held.sum(self.scope, from, to)?;
        if digest(&own) == *theirs {
            self.said.push(*to, &Content::Level);
        } else if own.count <= LISTED {
            let list = list(self.held, self.scope, from, to, SHORT)?;
            self.said.push(*to, &list);
        } else {
            let size = own.count.div_ceil(PARTS).max(PART);
            let mut from = *from;
            while from < *to {
                let upper = bound(self.held, self.scope, &from, to, size)?;
                let part = self.held.sum(self.scope, &from, &upper)?;
                self.said.push(upper, &Content::Digest(digest(&part)));
                from = upper;
            }
        }
        Ok(())
    }

    /// The other side told all it holds in the range: gives what it lacks, and asks for what is lacking here.
    fn compare(&mut self, from: &Key, to: &Key, names: &Names, theirs: &Digest) -> Result<(), ReplicaError> {
        let listed: HashSet<&[u8]> = names.iter().collect();
        let mut found = HashSet::new();
        let mut lacking = Vec::new();
        let mut own = Sum::default();
        let whole = self.each(from, to, |key| {
            own.add(&key.id);
            match listed.get(names.name(&key.id)) {
                Some(name) => drop(found.insert(*name)),
                None => lacking.push(key.id),
            }
        })?;
        let level = lacking.is_empty() && found.len() == listed.len();
        let mut content = Content::Level;
        if level && digest(&own) != *theirs && names.width < WHOLE {
            // Two items begin alike: now they are named in full.
            content = list(self.held, self.scope, from, to, WHOLE)?;
        } else if whole {
            // With half of a large set unread, what is lacking here cannot be told; there is enough to give first.
            let mut want = Names::new(names.width);
            let room = self.said.room();
            let wanted = names.iter().filter(|name| !found.contains(name)).take(room);
            wanted.for_each(|name| want.bytes.extend_from_slice(name));
            if want.len() > 0 {
                content = Content::Want(want);
            }
        }
        self.said.push(*to, &content);
        self.give(lacking);
        Ok(())
    }

    /// The other side asks for items that were named to it.
    fn find(&mut self, from: &Key, to: &Key, names: &Names) -> Result<(), ReplicaError> {
        let wanted: HashSet<&[u8]> = names.iter().collect();
        let mut found = Vec::new();
        self.each(from, to, |key| {
            if wanted.contains(names.name(&key.id)) {
                found.push(key.id);
            }
        })?;
        self.give(found);
        self.said.push(*to, &Content::Level);
        Ok(())
    }

    fn give(&mut self, ids: Vec<ItemId>) {
        let room = MOST_GIVEN.saturating_sub(self.give.len());
        self.give.extend(ids.into_iter().take(room));
    }

    /// Reads a range, as far as one message may cost; whether that was all of it.
    fn each(&mut self, from: &Key, to: &Key, mut each: impl FnMut(&Key)) -> Result<bool, ReplicaError> {
        let mut from = *from;
        loop {
            let most = PAGE.min(self.unread);
            let page = self.held.keys(self.scope, &from, to, 0, most)?;
            page.iter().for_each(&mut each);
            self.unread -= page.len().min(self.unread);
            match page.last() {
                Some(last) if page.len() == most => from = after(last),
                // With nothing left to read, nothing was read.
                _ => return Ok(most > 0),
            }
        }
    }
}

/// All items of a range, by name.
fn list(held: &dyn Held, scope: &Scope, from: &Key, to: &Key, width: usize) -> Result<Content, ReplicaError> {
    let keys = held.keys(scope, from, to, 0, code::MOST_NAMES)?;
    let (mut names, mut sum) = (Names::new(width), Sum::default());
    for key in &keys {
        names.push(&key.id);
        sum.add(&key.id);
    }
    Ok(Content::List(names, digest(&sum)))
}

/// The end of a range that begins at `from` and holds `size` items, in few bytes: somewhere after the last of them and
/// not after the next; `to` when there is no next.
fn bound(held: &dyn Held, scope: &Scope, from: &Key, to: &Key, size: u64) -> Result<Key, ReplicaError> {
    let around = held.keys(scope, from, to, size.saturating_sub(1), 2)?;
    let [last, next] = around.as_slice() else {
        return Ok(*to);
    };
    if last.time < next.time {
        return Ok(Key::of(next.time, ItemId([0; 32])));
    }
    let common = last.id.0.iter().zip(next.id.0).take_while(|(a, b)| **a == *b).count();
    let mut id = [0; 32];
    let enough = id.iter_mut().zip(next.id.0).take(common + 1);
    enough.for_each(|(to, from)| *to = from);
    Ok(Key::of(next.time, ItemId(id)))
}

/// The least key that is greater.
fn after(key: &Key) -> Key {
    let mut id = key.id.0;
    for byte in id.iter_mut().rev() {
        let (sum, carries) = byte.overflowing_add(1);
        *byte = sum;
        if !carries {
            return Key {
                time: key.time,
                id: ItemId(id),
            };
        }
    }
    Key {
        time: key.time.saturating_add(1),
        id: ItemId([0; 32]),
    }
}

fn digest(sum: &Sum) -> Digest {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&sum.total.0).update(&sum.count.to_le_bytes());
    let mut digest = Digest::default();
    hasher.finalize_xof().fill(&mut digest);
    digest
}

#[cfg(test)]
mod tests;
