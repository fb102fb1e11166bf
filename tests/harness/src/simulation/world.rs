//! Simulated time, and chance from a seed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use doorstep_sync::{Clock, Millis, Random};

use crate::chance::Chance;

/// The one time of a simulation, which moves when it is told to.
#[derive(Clone, Debug)]
pub struct Time(Arc<AtomicU64>);

impl Time {
    /// Time that stands at `now`.
    pub fn new(now: Millis) -> Self {
        Self(Arc::new(AtomicU64::new(now)))
    }

    /// What time it is.
    pub fn now(&self) -> Millis {
        self.0.load(Ordering::SeqCst)
    }

    /// Moves on.
    pub fn pass(&self, millis: Millis) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

/// A clock that is wrong by a constant.
pub struct SkewedClock {
    /// The right time.
    pub time: Time,
    /// Milliseconds this clock is ahead.
    pub ahead: i64,
}

impl Clock for SkewedClock {
    fn now(&self) -> Millis {
        self.time.0.load(Ordering::SeqCst).saturating_add_signed(self.ahead)
    }
}

/// Randomness that is the same for the same seed. Fit for tests alone.
pub struct SeededRandom(Mutex<Chance>);

impl SeededRandom {
    /// The run of `seed`.
    pub fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Chance::new(seed))))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut chance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for part in bytes.chunks_mut(8) {
            let word = chance.draw().to_le_bytes();
            part.iter_mut().zip(word).for_each(|(byte, random)| *byte = random);
        }
    }
}
