//! Growing waits after failed tries. Those of enrolment are kept in memory: its codes cannot be guessed. Those of accounts
//! lie in the store, so that a restart forgives nobody.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use doorstep_sync::Millis;

use crate::center::Center;
use crate::error::ApiError;
use crate::store;

/// Tries that cost nothing.
const FREE: u32 = 5;
/// Tries at one account from all strangers together that cost nothing: more than one address gets before its own waits are
/// so long that both counts begin anew. So nobody at one address can make the owner wait at another.
const FREE_ALL: u32 = 20;
/// The longest wait: 15 minutes. After it, a key is forgotten.
const LONGEST: Millis = 15 * 60 * 1000;
/// Keys remembered at most.
const KEYS: usize = 10_000;
/// Rows remembered at most: more than wrong passwords can be looked at in the time that they are remembered.
const ROWS: u32 = 200_000;

/// What failed so far.
#[derive(Clone, Copy)]
pub struct Tries {
    /// How often.
    pub failed: u32,
    /// When the next try is looked at.
    pub until: Millis,
    /// The last time.
    pub last: Millis,
}

impl Tries {
    /// `Err` holds the seconds to wait. Never longer than the longest wait, whatever became of the clock.
    fn check(&self, now: Millis) -> Result<(), u64> {
        if self.until > now && self.last <= now {
            return Err((self.until - now).div_ceil(1000));
        }
        Ok(())
    }

    /// After one more, of which `free` cost nothing.
    fn failed(before: Option<Self>, now: Millis, free: u32) -> Self {
        let before = before.filter(|tries| tries.last + LONGEST > now);
        let failed = before.map_or(0, |tries| tries.failed).saturating_add(1);
        let wait = match failed.checked_sub(free) {
            Some(more) => 5_000u64.saturating_mul(1 << more.min(20)).min(LONGEST),
            None => 0,
        };
        Self {
            failed,
            until: now + wait,
            last: now,
        }
    }
}

/// Failed tries by key.
#[derive(Default)]
pub struct Limiter(Mutex<HashMap<String, Tries>>);

impl Limiter {
    /// `Err` holds the seconds to wait.
    pub fn check(&self, key: &str, now: Millis) -> Result<(), u64> {
        let tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.get(key).map_or(Ok(()), |tries| tries.check(now))
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
        let tries = Tries::failed(all.get(key).copied(), now, FREE);
        all.insert(key.to_owned(), tries);
    }

    /// A try succeeded.
    pub fn succeeded(&self, key: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// Who tries an account: a browser in which its owner has signed in before, or a stranger at an address. What strangers do
/// makes strangers wait, all over the world for this account, and sooner at their own address; who comes from a known browser
/// does not wait for them (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). Nobody waits for what was done to
/// another account, so a crowd behind one address is no trouble to itself.
pub(crate) struct Guesser {
    keys: Vec<([u8; 32], u32)>,
}

impl Guesser {
    /// `what` is tried: a password, or a code of the second factor.
    pub fn new(what: &str, account: &str, address: IpAddr, known: Option<&str>) -> Self {
        let key = |whose: &str, who: &str| {
            let mut hasher = blake3::Hasher::new_derive_key("doorstep center tries");
            for part in [what, whose, who, account] {
                hasher
                    .update(&(part.len() as u64).to_le_bytes())
                    .update(part.as_bytes());
            }
            *hasher.finalize().as_bytes()
        };
        let keys = match known {
            Some(browser) => vec![(key("browser", browser), FREE)],
            None => vec![
                (key("address", &address.to_string()), FREE),
                (key("strangers", ""), FREE_ALL),
            ],
        };
        Self { keys }
    }
}

impl Center {
    /// Refuses a try before it is looked at, when there have been too many.
    pub(crate) fn may_try(&self, guesser: &Guesser) -> Result<(), ApiError> {
        let now = self.clock.now();
        let waits = self.store.read(|sql| {
            let mut waits = None;
            for (key, _) in &guesser.keys {
                let wait = store::tries::get(sql, key)?.and_then(|tries| tries.check(now).err());
                waits = waits.max(wait);
            }
            Ok::<_, ApiError>(waits)
        })?;
        waits.map_or(Ok(()), |seconds| Err(ApiError::wait(seconds)))
    }

    /// A try was wrong.
    pub(crate) fn tried_wrongly(&self, guesser: &Guesser) -> Result<(), ApiError> {
        let now = self.clock.now();
        self.store.write(|sql| {
            store::tries::tidy(sql, now.saturating_sub(LONGEST), ROWS)?;
            for (key, free) in &guesser.keys {
                let before = store::tries::get(sql, key)?;
                store::tries::put(sql, key, &Tries::failed(before, now, *free))?;
            }
            Ok(())
        })
    }

    /// A try was right: who made it begins anew. What all strangers did together is not forgiven by that.
    pub(crate) fn tried_rightly(&self, guesser: &Guesser) -> Result<(), ApiError> {
        let Some((own, _)) = guesser.keys.first() else {
            return Ok(());
        };
        if self.store.read(|sql| store::tries::get(sql, own))?.is_none() {
            return Ok(());
        }
        Ok(self.store.write(|sql| store::tries::forget(sql, own))?)
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
