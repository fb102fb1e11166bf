//! Frames in a part, and finding the next one after damage.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// The first line of a part.
const TITLE: &[u8] = b"doorstep bundle 1\n";
/// The first line of a part of any version.
const ANY_TITLE: &[u8] = b"doorstep bundle ";
/// Where a frame begins. A text filter that changes line ends damages it, and so is noticed.
const MARK: [u8; 8] = [0xD0, b'd', b's', b'b', 1, b'\r', b'\n', 0x1A];
/// Mark, length, digest.
pub(super) const HEADER: usize = MARK.len() + 4 + 32;
/// The longest sealed content: an item of the largest size, and room.
const MAX_SEALED: usize = 2 << 20;
/// Damaged places after which a part is read no further: each costs reading a frame for nothing.
const MOST_HARM: u32 = 1_000;
/// Bytes looked through at once for the next mark.
const WINDOW: usize = 64 * 1024;

/// Writes the first line.
pub(super) fn begin(out: &mut impl Write) -> io::Result<()> {
    out.write_all(TITLE)
}

/// Writes one frame.
pub(super) fn write(out: &mut impl Write, sealed: &[u8]) -> io::Result<()> {
    let len = u32::try_from(sealed.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    out.write_all(&MARK)?;
    out.write_all(&len.to_le_bytes())?;
    out.write_all(blake3::hash(sealed).as_bytes())?;
    out.write_all(sealed)
}

/// What a part is found to be at its beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// It holds frames.
    Bundle,
    /// A bundle of a version this program does not know.
    Newer,
    /// Something else.
    Other,
}

/// What lies at a place.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// An undamaged frame.
    Frame {
        /// Its first byte.
        at: u64,
        /// Its content.
        sealed: Vec<u8>,
    },
    /// Bytes that are no frame begin here.
    Damaged(u64),
    /// A frame begins here that the part does not hold whole.
    Short(u64),
}

/// The frames of a part, one after the other.
pub(super) struct Frames<R> {
    input: R,
    /// Where to read next; `None` at the end.
    at: Option<u64>,
    harm: u32,
}

impl<R: Read + Seek> Frames<R> {
    /// Looks at the beginning of a part.
    pub(super) fn open(mut input: R) -> io::Result<(Kind, Self)> {
        let title = read_up_to(&mut input, 0, TITLE.len())?;
        let mut frames = Self {
            input,
            at: Some(TITLE.len() as u64),
            harm: 0,
        };
        if title == TITLE {
            return Ok((Kind::Bundle, frames));
        }
        // The first line may be what is damaged.
        frames.at = Some(0);
        let kind = match frames.mark_after(0)? {
            Some(_) => Kind::Bundle,
            None if title.starts_with(ANY_TITLE) => Kind::Newer,
            None => Kind::Other,
        };
        Ok((kind, frames))
    }

    /// The next frame or damage; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Found>> {
        let Some(at) = self.at else { return Ok(None) };
        let header = read_up_to(&mut self.input, at, HEADER)?;
        if header.is_empty() {
            self.at = None;
            return Ok(None);
        }
        let mut short = header.len() < HEADER && MARK.starts_with(header.get(..MARK.len()).unwrap_or(&header));
        if let Some((len, digest)) = parse(&header) {
            let sealed = read_up_to(&mut self.input, at + HEADER as u64, len)?;
            if sealed.len() == len && *blake3::hash(&sealed).as_bytes() == digest {
                self.at = Some(at + (HEADER + len) as u64);
                return Ok(Some(Found::Frame { at, sealed }));
            }
            short = sealed.len() < len;
        }
        self.harm += 1;
        self.at = match self.harm < MOST_HARM {
            true => self.mark_after(at + 1)?,
            false => None,
        };
        let short = short && self.at.is_none();
        Ok(Some(if short { Found::Short(at) } else { Found::Damaged(at) }))
    }

    /// The first mark at or after `from`.
    fn mark_after(&mut self, from: u64) -> io::Result<Option<u64>> {
        let mut from = from;
        loop {
            let window = read_up_to(&mut self.input, from, WINDOW)?;
            if let Some(found) = window.windows(MARK.len()).position(|bytes| bytes == MARK) {
                return Ok(Some(from + found as u64));
            }
            if window.len() < WINDOW {
                return Ok(None);
            }
            // A mark may lie across the edge.
            from += (WINDOW - MARK.len() + 1) as u64;
        }
    }
}

fn parse(header: &[u8]) -> Option<(usize, [u8; 32])> {
    let rest = header.strip_prefix(&MARK)?;
    let (len, digest) = rest.split_first_chunk::<4>()?;
    let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
    let digest = digest.try_into().ok()?;
    (len <= MAX_SEALED).then_some((len, digest))
}

/// The bytes from `at`, fewer at the end of the input.
fn read_up_to(input: &mut (impl Read + Seek), at: u64, len: usize) -> io::Result<Vec<u8>> {
    input.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    input.take(len as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::io::Cursor;

    fn part(contents: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::new();
        begin(&mut out).unwrap();
        for content in contents {
            write(&mut out, content).unwrap();
        }
        out
    }

    fn found(bytes: &[u8]) -> (Kind, Vec<Found>) {
        let (kind, mut frames) = Frames::open(Cursor::new(bytes)).unwrap();
        (kind, std::iter::from_fn(|| frames.next().unwrap()).collect())
    }

    fn contents(found: &[Found]) -> Vec<&[u8]> {
        let mut contents = Vec::new();
        for one in found {
            if let Found::Frame { sealed, .. } = one {
                contents.push(&sealed[..]);
            }
        }
        contents
    }

    #[test]
    fn what_was_written_is_found() {
        let bytes = part(&[b"one", b"", &[7; 100_000]]);
        let (kind, all) = found(&bytes);
        assert_eq!(kind, Kind::Bundle);
        assert_eq!(contents(&all), [&b"one"[..], b"", &[7; 100_000]]);
        assert_eq!(found(b"hello").0, Kind::Other);
        assert_eq!(found(b"").0, Kind::Other);
        assert_eq!(found(b"doorstep bundle 2\nand something new").0, Kind::Newer);
    }

    #[test]
    fn a_damaged_byte_costs_one_frame_wherever_it_is() {
        let all: [&[u8]; 3] = [b"first frame", b"second frame", b"third frame"];
        let bytes = part(&all);
        for place in 0..bytes.len() {
            let mut bent = bytes.clone();
            bent[place] ^= 0x20;
            let (kind, found) = found(&bent);
            let whole = contents(&found);
            assert_eq!(kind, Kind::Bundle);
            assert!(whole.len() >= 2, "byte {place}: {found:?}");
            assert!(
                found
                    .iter()
                    .any(|one| matches!(one, Found::Damaged(_) | Found::Short(_))),
                "byte {place}"
            );
            assert!(whole.iter().all(|one| all.contains(one)));
        }
    }

    #[test]
    fn a_cut_part_gives_what_is_whole() {
        let bytes = part(&[b"first frame", b"second frame"]);
        let border = bytes.len() - HEADER - b"second frame".len();
        for end in border + 1..bytes.len() {
            let (_, found) = found(&bytes[..end]);
            assert_eq!(found.len(), 2, "cut at {end}");
            assert_eq!(found[1], Found::Short(border as u64), "cut at {end}");
        }
        assert_eq!(found(&bytes[..border]).1.len(), 1);
    }

    #[test]
    fn marks_without_frames_are_given_up_on() {
        let mut bytes = part(&[]);
        let mut frame = Vec::new();
        write(&mut frame, b"x").unwrap();
        frame[12] ^= 1;
        for _ in 0..2 * MOST_HARM {
            bytes.extend_from_slice(&frame);
        }
        assert_eq!(found(&bytes).1.len(), MOST_HARM as usize);
    }
}
