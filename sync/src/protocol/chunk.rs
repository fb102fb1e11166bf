//! How many bytes of a file go in one request.

use crate::world::Millis;

const SMALLEST: u64 = 64 * 1024;
const LARGEST: u64 = 1024 * 1024;
/// A chunk that took less than this is too small for the link.
const QUICK: Millis = 1000;
/// A chunk that took more than this is too large.
const SLOW: Millis = 4000;

/// Starts at 64 KB in every run and doubles while chunks are answered within a second, up to 1 MB. So a cut costs at
/// most 64 KB on a link below 64 KB/s, and at most about two seconds on a faster one.
#[derive(Debug)]
pub(super) struct Chunk(u64);

impl Default for Chunk {
    fn default() -> Self {
        Self(SMALLEST)
    }
}

impl Chunk {
    /// Bytes to send or ask for next.
    pub(super) fn size(&self) -> u64 {
        self.0
    }

    /// Learns from `bytes` that took `took` milliseconds. Less than a whole chunk tells only that it was slow.
    pub(super) fn learn(&mut self, bytes: u64, took: Millis) {
        if took > SLOW {
            self.0 = (self.0 / 2).max(SMALLEST);
        } else if took < QUICK && bytes >= self.0 {
            self.0 = (self.0 * 2).min(LARGEST);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_on_a_quick_link_and_shrinks_on_a_slow_one() {
        let mut chunk = Chunk::default();
        chunk.learn(10, 5);
        assert_eq!(chunk.size(), SMALLEST);
        for _ in 0..9 {
            chunk.learn(chunk.size(), 5);
        }
        assert_eq!(chunk.size(), LARGEST);
        for _ in 0..9 {
            chunk.learn(chunk.size(), 8000);
        }
        assert_eq!(chunk.size(), SMALLEST);
    }
}
