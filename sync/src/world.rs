//! Time and randomness, passed in so that everything can be simulated.

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = u64;

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// The current time in milliseconds since the Unix epoch.
    fn now(&self) -> Millis;
}

/// A source of random bytes fit for keys.
pub trait Random: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}
