//! Wrong PINs cost time, also after a restart.

use std::path::{Path, PathBuf};

use doorstep_sync::Millis;
use serde::{Deserialize, Serialize};

use super::KeyError;
use crate::files::replace;

/// The wait after so many wrong tries in a row, in seconds; the last one stays.
const WAITS: [u64; 9] = [0, 0, 0, 5, 15, 60, 300, 900, 3600];

/// Tries that did not open the device, counted on the disk before each is made: a power cut forgets none.
pub(crate) struct Attempts {
    path: PathBuf,
    stored: Stored,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Stored {
    failures: usize,
    /// Next try allowed, milliseconds.
    until: Millis,
}

impl Attempts {
    pub(super) fn load(data: &Path) -> Self {
        let path = data.join("attempts.json");
        let stored = std::fs::read(&path)
            .ok()
            .and_then(|text| serde_json::from_slice(&text).ok())
            .unwrap_or_default();
        Self { path, stored }
    }

    /// Milliseconds until the next try is allowed.
    pub(crate) fn wait(&self, now: Millis) -> Millis {
        // Whoever sets the clock back waits no longer than the wait was.
        self.stored
            .until
            .saturating_sub(now)
            .min(wait_after(self.stored.failures))
    }

    /// Counts a try.
    pub(super) fn begin(&mut self, now: Millis) -> Result<(), KeyError> {
        let wait = self.wait(now);
        if wait > 0 {
            return Err(KeyError::Wait(wait));
        }
        let failures = self.stored.failures.saturating_add(1);
        self.keep(Stored {
            failures,
            until: now.saturating_add(wait_after(failures)),
        })
    }

    /// The try was right.
    pub(crate) fn succeeded(&mut self) -> Result<(), KeyError> {
        self.keep(Stored::default())
    }

    fn keep(&mut self, stored: Stored) -> Result<(), KeyError> {
        replace(&self.path, &serde_json::to_vec(&stored).unwrap_or_default())?;
        self.stored = stored;
        Ok(())
    }
}

fn wait_after(failures: usize) -> Millis {
    let place = failures.saturating_sub(1).min(WAITS.len() - 1);
    if failures == 0 {
        0
    } else {
        WAITS.get(place).copied().unwrap_or_default() * 1000
    }
}
