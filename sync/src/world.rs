//! Time and randomness, passed in so that everything can be simulated.

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = u64;

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// The current time in milliseconds since the Unix epoch.
    fn now(&self) -> Millis;

    /// Milliseconds of a clock that nobody can set, for waits: only differences mean something, and a restart of the
    /// program begins it anew. Simulated time is as steady as it is true.
    fn steady(&self) -> Millis {
        self.now()
    }
}

/// A source of random bytes fit for keys.
pub trait Random: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}
