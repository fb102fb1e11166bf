//! How files move now: how far each is, how fast, and whether a person pressed for more. Known since the start of the
//! program only; what must outlive it is in the store.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use doorstep_sync::replica::Moved;
use doorstep_sync::{FileHash, Millis};

use crate::station::lock;

/// Pieces the rate is measured over.
const PIECES: usize = 16;
/// A rate measured longer ago is not shown.
const FRESH: Millis = 60_000;

/// What is known of files that move.
#[derive(Default)]
pub(crate) struct Progress(Mutex<Moving>);

#[derive(Default)]
struct Moving {
    done: HashMap<FileHash, u64>,
    current: Option<FileHash>,
    /// When pieces had arrived, and their bytes.
    pieces: VecDeque<(Millis, u64)>,
    pressed: bool,
}

/// What the page about sending shows of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Bytes of each file at the other end.
    pub done: HashMap<FileHash, u64>,
    /// The file that moves.
    pub current: Option<FileHash>,
    /// Bytes each second.
    pub rate: Option<u64>,
    /// A person pressed for the originals.
    pub pressed: bool,
}

impl Progress {
    /// Hears how a file of `len` bytes moves.
    pub(crate) fn heard(&self, hash: FileHash, len: u64, news: Moved<'_>, now: Millis) {
        let mut moving = lock(&self.0);
        let done = match news {
            Moved::Begins => 0,
            Moved::At(done) => done,
            Moved::Whole => len,
            Moved::Failed(_) => {
                moving.current = None;
                return;
            }
        };
        let before = moving.done.insert(hash, done).unwrap_or(0);
        let begun = moving.current.replace(hash) == Some(hash) || matches!(news, Moved::Begins);
        // What the other end had from earlier did not move now.
        let bytes = if begun { done.saturating_sub(before) } else { 0 };
        moving.pieces.push_back((now, bytes));
        if moving.pieces.len() > PIECES {
            moving.pieces.pop_front();
        }
        if news == Moved::Whole {
            moving.done.remove(&hash);
        }
    }

    /// Nothing moves any more. `level`: nothing waits either, so what was pressed has been done.
    pub(crate) fn ended(&self, level: bool) {
        let mut moving = lock(&self.0);
        moving.current = None;
        moving.pressed &= !level;
        if level {
            moving.done.clear();
        }
    }

    /// A person presses for the originals.
    pub(crate) fn press(&self) {
        lock(&self.0).pressed = true;
    }

    /// Whether a person pressed for the originals.
    pub(crate) fn is_pressed(&self) -> bool {
        lock(&self.0).pressed
    }

    /// Bytes each second over the last pieces, however long ago.
    pub(crate) fn last_rate(&self) -> Option<u64> {
        rate(&lock(&self.0).pieces)
    }

    /// What is shown at `now`.
    pub(crate) fn seen(&self, now: Millis) -> Seen {
        let moving = lock(&self.0);
        let fresh = moving
            .pieces
            .back()
            .is_some_and(|(at, _)| now.saturating_sub(*at) <= FRESH);
        Seen {
            done: moving.done.clone(),
            current: moving.current,
            rate: rate(&moving.pieces).filter(|_| fresh),
            pressed: moving.pressed,
        }
    }
}

/// The first piece only begins the time; a pause between two files longer than [`FRESH`] is no slow link.
fn rate(pieces: &VecDeque<(Millis, u64)>) -> Option<u64> {
    let (mut bytes, mut took) = (0u64, 0);
    for (before, piece) in pieces.iter().zip(pieces.iter().skip(1)) {
        let between = piece.0.saturating_sub(before.0);
        if between <= FRESH {
            bytes += piece.1;
            took += between;
        }
    }
    (took > 0 && bytes > 0).then(|| bytes.saturating_mul(1000) / took)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: FileHash = FileHash([1; 32]);

    #[test]
    fn the_rate_is_that_of_bytes_that_moved_now() {
        let progress = Progress::default();
        // Another run had brought half of it: no bytes of this one.
        progress.heard(FILE, 1000, Moved::At(500), 1_000);
        progress.heard(FILE, 1000, Moved::At(700), 2_000);
        progress.heard(FILE, 1000, Moved::At(900), 3_000);
        let seen = progress.seen(4_000);
        assert_eq!((seen.rate, seen.current), (Some(200), Some(FILE)));
        assert_eq!(seen.done.get(&FILE), Some(&900));
        assert_eq!(progress.seen(64_000).rate, None);
        assert_eq!(progress.last_rate(), Some(200));
    }

    #[test]
    fn what_was_pressed_holds_until_nothing_waits() {
        let progress = Progress::default();
        progress.press();
        progress.ended(false);
        assert!(progress.is_pressed());
        progress.ended(true);
        assert!(!progress.is_pressed());
    }
}
