//! Which devices have compared all they may read since this center started.
//!
//! A device names the scopes of which it holds something; of others it hears by the log. A backup that was put back without
//! a word begins the log again from an earlier place: what is written then may lie at places that a device has read before,
//! in a scope of which it holds nothing, and nobody would ever miss it. Nothing is put back while the center runs, so it is
//! enough to tell each device once of such scopes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use doorstep_sync::DeviceId;

/// How often a device is told: answers are lost, and of a scope that cannot be made equal a device does not speak.
const MOST: u8 = 8;

/// What each device has been told since the start.
#[derive(Debug, Default)]
pub(crate) struct Compared(Mutex<HashMap<DeviceId, u8>>);

impl Compared {
    /// Whether a device is still to be told of scopes that it does not name.
    pub(crate) fn lacks(&self, device: &DeviceId) -> bool {
        self.told(device, |times| *times < MOST)
    }

    /// It was told of some, or there was nothing to tell.
    pub(crate) fn note(&self, device: &DeviceId, told: bool) {
        self.told(device, |times| {
            *times = if told { times.saturating_add(1) } else { MOST }
        });
    }

    fn told<T>(&self, device: &DeviceId, look: impl FnOnce(&mut u8) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        look(all.entry(*device).or_default())
    }
}
