//! How many bytes go in one request.

use crate::wire::{BATCH_BYTES, LARGEST_BATCH};
use crate::world::Millis;

/// Where every run begins, and no less: a request on the slowest line is worth its headers.
const SMALLEST: u64 = BATCH_BYTES as u64;
/// The most of a file: it is held in memory.
const LARGEST_PIECE: u64 = 1024 * 1024;
/// An item that is written meanwhile waits so long for a piece of a file.
const PIECE: Millis = 5_000;
/// A batch of items is taken whole or not at all: so much time is lost with a cut, and so long another station waits.
const BATCH: Millis = 500;

/// As much as goes in a given time, by what the last requests took from the first byte to the whole answer. Where that
/// is less than 64 KB it is 64 KB: a cut costs no more than that on a slow line.
#[derive(Debug)]
pub(super) struct Chunk {
    size: u64,
    largest: u64,
    time: Millis,
}

impl Chunk {
    /// For files.
    pub(super) fn of_files() -> Self {
        Self {
            size: SMALLEST,
            largest: LARGEST_PIECE,
            time: PIECE,
        }
    }

    /// For items.
    pub(super) fn of_items() -> Self {
        Self {
            size: SMALLEST,
            largest: LARGEST_BATCH as u64,
            time: BATCH,
        }
    }

    /// Bytes to send or ask for next.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Learns from `bytes` that took `took` milliseconds: at least what would have gone in the time given, for a request
    /// takes its time even when it is empty.
    pub(super) fn learn(&mut self, bytes: u64, took: Millis) {
        let fits = bytes.saturating_mul(self.time) / took.max(1);
        if fits > self.size || took > self.time {
            self.size = fits.clamp(SMALLEST, self.largest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_what_goes_in_the_time_given() {
        let mut chunk = Chunk::of_files();
        chunk.learn(10, 300);
        assert_eq!(chunk.size(), SMALLEST, "a small one tells only that it took its time");
        chunk.learn(SMALLEST, 1_000);
        assert_eq!(chunk.size(), 5 * SMALLEST);
        chunk.learn(1_000, 4_000);
        assert_eq!(chunk.size(), 5 * SMALLEST, "no slower than it may be");
        chunk.learn(5 * SMALLEST, 10_000);
        assert_eq!(chunk.size(), 5 * SMALLEST / 2);
        chunk.learn(SMALLEST, 20_000);
        assert_eq!(chunk.size(), SMALLEST);
        chunk.learn(u64::MAX, 0);
        assert_eq!(chunk.size(), LARGEST_PIECE);
    }

    #[test]
    fn items_keep_to_small_batches_on_a_slow_line() {
        let mut batch = Chunk::of_items();
        batch.learn(SMALLEST, 2_600);
        assert_eq!(batch.size(), SMALLEST);
        batch.learn(SMALLEST, 25);
        assert_eq!(batch.size(), LARGEST_BATCH as u64);
    }
}
