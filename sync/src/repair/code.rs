//! The bytes of a repair message: segments in ascending order that together cover every key.
//!
//! A segment is one byte (bits 0–1 what it says, 2 the last one, 3 whole ids, 4 the bound has an id), its upper bound
//! (time since the bound before as LEB128; when bit 4 is set, a length and so many first bytes of an id), and what it
//! says. What lies above the last segment is level.

use super::held::Key;
use crate::id::ItemId;

/// Segments in one message. What a message has no room for is compared in the next one.
pub(super) const MOST_SEGMENTS: usize = 512;
/// Names in one message.
pub(super) const MOST_NAMES: usize = 2_048;
/// First bytes of an id by which it is named, and of a digest.
pub(super) const SHORT: usize = 8;
/// A whole id.
pub(super) const WHOLE: usize = 32;

/// First bytes of [`blake3`] over sum and count of a range.
pub(super) type Digest = [u8; SHORT];

/// Ids by their first [`SHORT`] or all [`WHOLE`] bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Names {
    pub width: usize,
    pub bytes: Vec<u8>,
}

impl Names {
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            bytes: Vec::new(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks_exact(self.width)
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() / self.width
    }

    /// How this list names `id`.
    pub(super) fn name<'a>(&self, id: &'a ItemId) -> &'a [u8] {
        id.0.get(..self.width).unwrap_or_default()
    }

    pub(super) fn push(&mut self, id: &ItemId) {
        self.bytes.extend_from_slice(self.name(id));
    }
}

/// What is said of a range.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Content {
    /// Nothing is to be done.
    Level,
    /// I hold a set with this digest.
    Digest(Digest),
    /// I hold these and no others; they have this digest.
    List(Names, Digest),
    /// Give me these that you have named.
    Want(Names),
}

/// A range up to `upper`, without it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Segment {
    pub upper: Key,
    pub content: Content,
}

/// Writes segments.
#[derive(Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// The bound of the last segment written, and how far the range is covered that is level after it.
    written: Option<Key>,
    covered: Option<Key>,
    segments: usize,
    names: usize,
}

impl Writer {
    /// How many more names find room.
    pub(super) fn room(&self) -> usize {
        if self.segments + 2 > MOST_SEGMENTS {
            0
        } else {
            MOST_NAMES - self.names.min(MOST_NAMES)
        }
    }

    /// Covers the range up to `upper`. What finds no room is passed over.
    pub(super) fn push(&mut self, upper: Key, content: &Content) {
        if self.covered.is_some_and(|covered| covered >= upper) {
            // The store changed while it was asked.
            return;
        }
        let names = match content {
            Content::List(names, _) | Content::Want(names) => names.len(),
            Content::Level | Content::Digest(_) => 0,
        };
        let says = !matches!(content, Content::Level) && names <= self.room() && self.segments + 2 <= MOST_SEGMENTS;
        if says {
            if self.covered != self.written
                && let Some(level) = self.covered
            {
                self.segment(level, &Content::Level);
            }
            self.segment(upper, content);
            self.names += names;
        }
        self.covered = Some(upper);
        if says {
            self.written = self.covered;
        }
    }

    fn segment(&mut self, upper: Key, content: &Content) {
        let (kind, names, digest) = match content {
            Content::Level => (0, None, None),
            Content::Digest(digest) => (1, None, Some(digest)),
            Content::List(names, digest) => (2, Some(names), Some(digest)),
            Content::Want(names) => (3, Some(names), None),
        };
        let last = upper >= Key::END;
        let id_len = upper.id.0.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
        let whole = names.is_some_and(|names| names.width == WHOLE);
        let id = id_len > 0 && !last;
        self.bytes
            .push(kind | u8::from(last) << 2 | u8::from(whole) << 3 | u8::from(id) << 4);
        if !last {
            let before = self.written.map_or(0, |key| key.time);
            number(&mut self.bytes, upper.time.saturating_sub(before));
        }
        if id {
            self.bytes.push(id_len as u8);
            self.bytes.extend(upper.id.0.iter().take(id_len));
        }
        if let Some(names) = names {
            number(&mut self.bytes, names.len() as u64);
            self.bytes.extend_from_slice(&names.bytes);
        }
        self.bytes.extend(digest.into_iter().flatten());
        self.written = Some(upper);
        self.segments += 1;
    }

    /// The message; nothing when everything is level.
    pub(super) fn end(self) -> Option<Vec<u8>> {
        (self.segments > 0).then_some(self.bytes)
    }
}

/// Reads a message; nothing when it is not one.
pub(super) fn read(bytes: &[u8]) -> Option<Vec<Segment>> {
    let mut rest = Reader(bytes);
    let (mut segments, mut names, mut before) = (Vec::new(), 0, Key::START);
    while !rest.0.is_empty() {
        let [head] = rest.array()?;
        let (last, whole, id) = (head & 4 != 0, head & 8 != 0, head & 16 != 0);
        let mut upper = Key::END;
        if !last {
            upper = Key {
                time: before.time.checked_add(rest.number()?)?,
                id: ItemId([0; 32]),
            };
        }
        if id {
            let [len] = rest.array()?;
            let given = rest.take(u64::from(len))?;
            upper.id.0.get_mut(..given.len())?.copy_from_slice(given);
        }
        let mut listed = || {
            let mut list = Names::new(if whole { WHOLE } else { SHORT });
            let count = rest.number()?;
            names += count;
            let short_enough = names <= MOST_NAMES as u64;
            list.bytes = short_enough.then(|| rest.take(count * list.width as u64))??.to_vec();
            Some(list)
        };
        let content = match head & 3 {
            0 => Content::Level,
            1 => Content::Digest(rest.array()?),
            2 => Content::List(listed()?, rest.array()?),
            _ => Content::Want(listed()?),
        };
        if head > 31 || upper <= before || upper > Key::END || segments.len() == MOST_SEGMENTS {
            return None;
        }
        before = upper;
        segments.push(Segment { upper, content });
    }
    Some(segments)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(len).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N as u64)?.try_into().ok()
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..63).step_by(7) {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

fn number(bytes: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn key(time: u64, byte: u8) -> Key {
        let mut id = [0; 32];
        id[0] = byte;
        Key::of(time, ItemId(id))
    }

    #[test]
    fn what_was_written_is_read() {
        let names = |width, len: usize| Names {
            width,
            bytes: vec![7; width * len],
        };
        let said = [
            (key(1_700_000_000_000, 0), Content::Level),
            (key(1_700_000_000_001, 9), Content::Digest([1; 8])),
            (key(1_700_000_000_001, 11), Content::Level),
            (key(1_700_000_000_001, 12), Content::Level),
            (key(1_800_000_000_000, 0), Content::List(names(SHORT, 3), [2; 8])),
            (key(1_900_000_000_000, 0), Content::Want(names(WHOLE, 2))),
            (Key::END, Content::Level),
        ];
        let mut writer = Writer::default();
        for (upper, content) in &said {
            writer.push(*upper, content);
        }
        let read = read(&writer.end().unwrap()).unwrap();
        // Two level neighbours are one, and the level end is not said.
        let expected = [0, 1, 3, 4, 5].map(|at| Segment {
            upper: said[at].0,
            content: said[at].1.clone(),
        });
        assert_eq!(read, expected);
        assert_eq!(Writer::default().end(), None);
    }

    #[test]
    fn a_message_has_an_end() {
        let mut writer = Writer::default();
        for time in 1..2_000 {
            writer.push(key(time, 0), &Content::Digest([0; 8]));
        }
        assert!(read(&writer.end().unwrap()).unwrap().len() <= MOST_SEGMENTS);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(segments) = read(&bytes) {
                prop_assert!(segments.is_sorted_by(|a, b| a.upper < b.upper));
            }
        }
    }
}
