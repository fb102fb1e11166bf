//! How much a change claims to hold, read before Automerge unfolds it: a run of a column is a count and a value, so a
//! few bytes made by hand can stand for more operations than any machine has time or memory for.
//! The layout is that of the Automerge binary format, `change chunk` and `operation columns`.

/// Column of actions (id 4, integers): one for each operation.
const ACTION: u64 = 4 << 4 | 2;
/// Column of the numbers of predecessors (id 7, groups): one number for each operation.
const PREDECESSORS: u64 = 7 << 4;
/// The bit of a compressed column, which a change does not have.
const DEFLATED: u64 = 1 << 3;

/// Whether the change in `chunk` (header included) has at most `most` operations with at most `most` predecessors
/// together. `false`, too, when it cannot be told.
pub(super) fn within(chunk: &[u8], most: usize) -> bool {
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    claims(chunk).is_some_and(|(operations, predecessors)| operations <= most && predecessors <= most)
}

fn claims(chunk: &[u8]) -> Option<(u64, u64)> {
    // Magic, checksum and kind.
    let mut rest = Bytes(chunk.get(9..)?);
    rest.unsigned()?;
    for _ in 0..rest.unsigned()? {
        rest.take(32)?;
    }
    rest.text()?; // actor
    rest.unsigned()?; // sequence
    rest.unsigned()?; // first operation
    rest.signed()?; // time
    rest.text()?; // message
    for _ in 0..rest.unsigned()? {
        rest.text()?; // another actor
    }
    let mut columns = Vec::new();
    for _ in 0..rest.unsigned()? {
        columns.push((rest.unsigned()?, rest.unsigned()?));
    }
    let (mut operations, mut predecessors) = (0_u64, 0_u64);
    for (kind, length) in columns {
        let column = rest.take(length)?;
        match kind & !DEFLATED {
            ACTION => operations = operations.checked_add(runs(column)?.0)?,
            PREDECESSORS => predecessors = predecessors.checked_add(runs(column)?.1)?,
            _ => {}
        }
    }
    Some((operations, predecessors))
}

/// How many values a run-length encoded column of unsigned numbers holds, and their sum.
fn runs(column: &[u8]) -> Option<(u64, u64)> {
    let mut rest = Bytes(column);
    let (mut count, mut sum) = (0_u64, 0_u64);
    while !rest.0.is_empty() {
        let run = rest.signed()?;
        let length = run.unsigned_abs();
        match run {
            0 => count = count.checked_add(rest.unsigned()?)?,
            1.. => {
                count = count.checked_add(length)?;
                sum = sum.checked_add(length.checked_mul(rest.unsigned()?)?)?;
            }
            _ => {
                count = count.checked_add(length)?;
                for _ in 0..length {
                    sum = sum.checked_add(rest.unsigned()?)?;
                }
            }
        }
    }
    Some((count, sum))
}

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.unsigned()?;
        self.take(length)
    }

    /// LEB128, at most 64 bits.
    fn unsigned(&mut self) -> Option<u64> {
        self.leb128().map(|(value, ..)| value)
    }

    fn signed(&mut self) -> Option<i64> {
        let (value, bits, negative) = self.leb128()?;
        let fill = if negative && bits < 64 { u64::MAX << bits } else { 0 };
        Some((value | fill).cast_signed())
    }

    /// The bits, how many they are, and whether the last group's highest is set.
    fn leb128(&mut self) -> Option<(u64, u32, bool)> {
        let mut value = 0_u64;
        for place in 0..10_u32 {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Some((value, 7 * (place + 1), byte & 0x40 != 0));
            }
        }
        None
    }
}
