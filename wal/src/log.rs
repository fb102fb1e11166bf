//! The log as it lies on the disk: a header, and frames of one page each.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use crate::checksum::{Order, Sum};

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// Without its last bit, which tells the order of bytes in a checksum.
const MAGIC: u32 = 0x377f_0682;
const VERSION: u32 = 3_007_000;

/// A log whose header can be read.
pub(crate) struct Log {
    file: File,
    order: Order,
    page: usize,
    salts: [u8; 8],
    /// The sum of the header, with which the first frame's begins.
    pub(crate) sum: Sum,
    /// Bits of the header that were turned back.
    pub(crate) bits: u32,
}

/// A page and what the log says of it.
pub(crate) struct Frame {
    bytes: Vec<u8>,
}

/// What is to be said of a frame that does not fit.
pub(crate) enum Turned {
    /// A bit of this byte had turned, and is turned back.
    Back(usize),
    /// A bit has turned, and nobody can say which.
    Somewhere,
    /// More than one bit is wrong, or it was never written whole.
    No,
}

/// Whether a page with this number is what was written.
pub type Authentic<'a> = &'a dyn Fn(u32, &[u8]) -> bool;

impl Log {
    /// `None` when there is no header, or none that can be made out.
    pub(crate) fn open(mut file: File) -> io::Result<Option<Self>> {
        let mut bytes = [0; HEADER];
        if !read(&mut file, 0, &mut bytes)? {
            return Ok(None);
        }
        if let Some(log) = Self::with(&file, &bytes)? {
            return Ok(Some(log));
        }
        // More than one bit may make its sum right. The first frame has the same salts, and goes on with its sum.
        let mut found = None;
        for bit in 0..HEADER * 8 {
            let mut tried = bytes;
            if let Some(byte) = tried.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            let Some(mut log) = Self::with(&file, &tried)? else {
                continue;
            };
            let first = log.frame(0)?;
            if first.as_ref().is_some_and(|first| first.salts() != log.salts) {
                continue;
            }
            let goes_on = first.is_none_or(|first| log.fits(&first, log.sum));
            if found.is_none() || goes_on {
                found = Some((log, tried));
            }
        }
        let Some((mut log, header)) = found else {
            return Ok(None);
        };
        log.file.seek(SeekFrom::Start(0))?;
        log.file.write_all(&header)?;
        log.bits = 1;
        Ok(Some(log))
    }

    fn with(file: &File, header: &[u8; HEADER]) -> io::Result<Option<Self>> {
        let (words, _) = header.as_chunks::<4>();
        let word = |at: usize| words.get(at).map_or(0, |bytes| u32::from_be_bytes(*bytes));
        let order = if word(0) & 1 == 0 {
            Order::LittleEndian
        } else {
            Order::BigEndian
        };
        let sum = order.sum(Sum::ZERO, header.split_at(24).0);
        let page = word(2) as usize;
        let fits = word(0) & !1 == MAGIC
            && word(1) == VERSION
            && page.is_power_of_two()
            && (512..=65_536).contains(&page)
            && sum == Sum(word(6), word(7));
        if !fits {
            return Ok(None);
        }
        let mut salts = [0; 8];
        salts.copy_from_slice(header.split_at(16).1.split_at(8).0);
        Ok(Some(Self {
            file: file.try_clone()?,
            order,
            page,
            salts,
            sum,
            bits: 0,
        }))
    }

    /// The frame in `place`, from 0 on; `None` behind the last whole one.
    pub(crate) fn frame(&mut self, place: u64) -> io::Result<Option<Frame>> {
        let mut bytes = vec![0; FRAME_HEADER + self.page];
        let at = self.offset(place);
        Ok(read(&mut self.file, at, &mut bytes)?.then_some(Frame { bytes }))
    }

    fn offset(&self, place: u64) -> u64 {
        HEADER as u64 + place * (FRAME_HEADER + self.page) as u64
    }

    /// Whether a frame is of this log and follows a frame with this sum.
    pub(crate) fn fits(&self, frame: &Frame, before: Sum) -> bool {
        frame.salts() == self.salts && self.computed(frame, before) == frame.sum()
    }

    fn computed(&self, frame: &Frame, before: Sum) -> Sum {
        self.order.sum(self.order.sum(before, frame.told()), frame.page())
    }

    /// Whether a frame does not fit by one bit alone. That is no torn write: by chance it would be one in 2⁵⁰ and more. When
    /// it is known which bit, it is turned back in `frame`.
    pub(crate) fn turned(
        &mut self,
        place: u64,
        frame: &mut Frame,
        before: Sum,
        authentic: Option<Authentic>,
    ) -> io::Result<Turned> {
        let behind = self.frame(place + 1)?.filter(|behind| behind.salts() == self.salts);
        let places = self.one_bit_off(frame, before);
        let certain = !places.is_empty();
        let mut whole = places.into_iter().filter_map(|(at, mask)| {
            let mut bytes = frame.bytes.clone();
            *bytes.get_mut(at)? ^= mask;
            let frame = Frame { bytes };
            let goes_on = behind.as_ref().is_none_or(|behind| self.fits(behind, frame.sum()));
            let is_page = || authentic.is_none_or(|authentic| authentic(frame.number(), frame.page()));
            (goes_on && is_page()).then_some((at, frame))
        });
        Ok(match (whole.next(), whole.next()) {
            (Some((at, whole)), None) => {
                *frame = whole;
                Turned::Back(at)
            }
            _ if certain => Turned::Somewhere,
            _ => Turned::No,
        })
    }

    fn one_bit_off(&self, frame: &Frame, before: Sum) -> Vec<(usize, u8)> {
        let (is, should) = (self.computed(frame, before), frame.sum());
        let behind = |from: usize, place: Option<(usize, u8)>| place.map(|(at, mask)| (from + at, mask));
        if is == should {
            return behind(8, one_bit(&frame.salts(), &self.salts)).into_iter().collect();
        }
        if frame.salts() != self.salts {
            return Vec::new();
        }
        let summed = [frame.told(), frame.page()].concat();
        let places = self.order.turned(&summed, is, should).into_iter();
        let places = places.map(|(at, mask)| (if at < 8 { at } else { at + 16 }, mask));
        places
            .chain(behind(16, one_bit(&should.bytes(), &is.bytes())))
            .collect()
    }

    /// Writes byte `at` of the frame in `place`: one byte, which no power cut tears.
    pub(crate) fn put_right(&mut self, place: u64, at: usize, frame: &Frame) -> io::Result<()> {
        let byte = frame.bytes.get(at..=at).unwrap_or_default();
        self.file.seek(SeekFrom::Start(self.offset(place) + at as u64))?;
        self.file.write_all(byte)
    }

    /// The place of the last commit, if what lies at `place` and does not fit had been on the disk once. That is `certain`, or
    /// something lies behind its commit: SQLite writes nothing there before that is durable. What is left of a commit that a
    /// power cut interrupted has nothing behind it.
    pub(crate) fn last_commit(&mut self, place: u64, certain: bool) -> io::Result<Option<u64>> {
        let Some(mut before) = self.frame(place)? else {
            return Ok(None);
        };
        let mut committed = before.salts() == self.salts && before.is_commit();
        let (mut durable, mut last, mut next) = (certain, committed.then_some(place), place + 1);
        while let Some(frame) = self.frame(next)? {
            if self.fits(&frame, before.sum()) {
                durable |= committed;
                committed |= frame.is_commit();
                last = if frame.is_commit() { Some(next) } else { last };
            }
            (before, next) = (frame, next + 1);
        }
        Ok(last.filter(|_| durable))
    }

    /// Writes the log into `target` up to the frame in place `last`. From `place` on, checksums are those of what is there.
    /// How many frames do not hold what was written.
    pub(crate) fn seal_anew(
        &mut self,
        target: &mut File,
        place: u64,
        before: Sum,
        last: u64,
        authentic: Option<Authentic>,
    ) -> io::Result<u32> {
        self.file.seek(SeekFrom::Start(0))?;
        let honest = self.offset(place);
        io::copy(&mut (&self.file).take(honest), target)?;
        let (mut sum, mut told, mut bent) = (before, before, 0);
        for place in place..=last {
            let Some(mut frame) = self.frame(place)? else { break };
            let holds =
                self.fits(&frame, told) || matches!(self.turned(place, &mut frame, told, authentic)?, Turned::Back(_));
            told = frame.sum();
            bent += u32::from(!holds);
            if frame.is_nameless() {
                continue;
            }
            if !holds && place != last {
                // What follows says where the database ends.
                frame.is_no_commit();
            }
            sum = self.computed(&frame, sum);
            frame.seal(self.salts, sum);
            target.write_all(&frame.bytes)?;
        }
        Ok(bent)
    }
}

impl Frame {
    fn part(&self, from: usize) -> [u8; 8] {
        let (parts, _) = self.bytes.as_chunks::<8>();
        parts.get(from).copied().unwrap_or_default()
    }

    /// The number of its page, and how many pages the database has after it if it is the end of a commit.
    fn told(&self) -> &[u8] {
        self.bytes.split_at(8).0
    }

    fn salts(&self) -> [u8; 8] {
        self.part(1)
    }

    pub(crate) fn sum(&self) -> Sum {
        Sum::read(self.part(2))
    }

    fn page(&self) -> &[u8] {
        self.bytes.split_at(FRAME_HEADER).1
    }

    fn number(&self) -> u32 {
        self.told().first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
    }

    fn size(&self) -> u32 {
        self.told().last_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
    }

    fn is_nameless(&self) -> bool {
        self.number() == 0
    }

    fn is_commit(&self) -> bool {
        self.size() != 0
    }

    fn is_no_commit(&mut self) {
        self.bytes.iter_mut().take(8).skip(4).for_each(|byte| *byte = 0);
    }

    fn seal(&mut self, salts: [u8; 8], sum: Sum) {
        let seal = salts.into_iter().chain(sum.bytes());
        self.bytes
            .iter_mut()
            .skip(8)
            .zip(seal)
            .for_each(|(byte, new)| *byte = new);
    }
}

/// The bit in which `is` differs from `should`, when it is one.
fn one_bit(is: &[u8; 8], should: &[u8; 8]) -> Option<(usize, u8)> {
    let differs = is.iter().zip(should).map(|(one, other)| one ^ other);
    let mut places = differs.enumerate().filter(|(_, bits)| *bits != 0);
    let (at, bits) = places.next()?;
    (bits.is_power_of_two() && places.next().is_none()).then_some((at, bits))
}

/// Fills `bytes` from `at` on; whether there were so many.
fn read(file: &mut File, at: u64, bytes: &mut [u8]) -> io::Result<bool> {
    file.seek(SeekFrom::Start(at))?;
    match file.read_exact(bytes) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}
