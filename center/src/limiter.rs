//! Growing waits after failed tries, kept in memory: a restart forgives, which costs an attacker more than it gives.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use doorstep_sync::Millis;

/// Tries that cost nothing.
const FREE: u32 = 5;
/// The longest wait: 15 minutes. After it, a key is forgotten.
const LONGEST: Millis = 15 * 60 * 1000;
/// Keys remembered at most.
const KEYS: usize = 10_000;

#[derive(Clone, Copy)]
struct Tries {
    failed: u32,
    until: Millis,
    last: Millis,
}

/// Failed tries by key.
#[derive(Default)]
pub struct Limiter(Mutex<HashMap<String, Tries>>);

impl Limiter {
    /// `Err` holds the seconds to wait.
    pub fn check(&self, key: &str, now: Millis) -> Result<(), u64> {
        let tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match tries.get(key) {
            Some(tries) if tries.until > now => Err((tries.until - now).div_ceil(1000)),
            _ => Ok(()),
        }
    }

    /// A try failed.
    pub fn failed(&self, key: &str, now: Millis) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KEYS {
            all.retain(|_, t| t.last + LONGEST > now);
        }
        if all.len() >= KEYS && !all.contains_key(key) {
            // More strangers than there is room for: the one heard least lately makes place.
            let oldest = all.iter().min_by_key(|(_, t)| t.last).map(|(key, _)| key.clone());
            oldest.and_then(|key| all.remove(&key));
        }
        let tries = all.entry(key.to_owned()).or_insert(Tries {
            failed: 0,
            until: 0,
            last: now,
        });
        if tries.last + LONGEST <= now {
            tries.failed = 0;
        }
        tries.failed += 1;
        tries.last = now;
        if tries.failed >= FREE {
            let doubled = 5_000u64.saturating_mul(1 << (tries.failed - FREE).min(20));
            tries.until = now + doubled.min(LONGEST);
        }
    }

    /// A try succeeded.
    pub fn succeeded(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn memory_is_bounded() {
        let limiter = Limiter::default();
        for stranger in 0..KEYS + 100 {
            limiter.failed(&stranger.to_string(), stranger as u64);
        }
        assert_eq!(limiter.0.lock().unwrap().len(), KEYS);
    }

    #[test]
    fn waits_grow_and_end() {
        let limiter = Limiter::default();
        for _ in 0..FREE {
            assert_eq!(limiter.check("a", 0), Ok(()));
            limiter.failed("a", 0);
        }
        assert_eq!(limiter.check("a", 0), Err(5));
        assert_eq!(limiter.check("b", 0), Ok(()));
        assert_eq!(limiter.check("a", 5_000), Ok(()));
        limiter.failed("a", 5_000);
        assert_eq!(limiter.check("a", 5_000), Err(10));
        limiter.succeeded("a");
        assert_eq!(limiter.check("a", 5_000), Ok(()));
    }
}
