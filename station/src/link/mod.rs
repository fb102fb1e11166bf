//! The way to the district: enrolment, and the exchange that goes on by itself.

mod enrol;
mod network;
mod peer;
mod progress;
mod turn;

use std::sync::Mutex;
use std::time::Duration;

use doorstep_sync::backoff;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

pub(crate) use enrol::enrol;
pub use network::{Answer, Center, Internet};

use crate::contract;
use crate::station::{Station, lock, run_aside};
use progress::Progress;
use turn::Turn;

/// Between two exchanges when all is well. An idle one is a few hundred bytes.
const IDLE: Duration = Duration::from_secs(30);
/// How long a save waits for the next one, so that fast typing is one exchange.
const GATHER: Duration = Duration::from_secs(1);

/// What is known about the way.
pub(crate) struct Link {
    state: Mutex<State>,
    /// How files move.
    pub(crate) progress: Progress,
    wake: Notify,
    /// One exchange at a time.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct State {
    link: contract::Link,
    error: Option<&'static str>,
}

impl Default for Link {
    fn default() -> Self {
        let state = State {
            link: contract::Link::Unknown,
            error: None,
        };
        Self {
            state: Mutex::new(state),
            progress: Progress::default(),
            wake: Notify::new(),
            turn: tokio::sync::Mutex::new(()),
        }
    }
}

impl Link {
    /// Something waits to go up.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// What the strip shows: the way, and why the last try failed.
    pub(crate) fn state(&self) -> (contract::Link, Option<String>) {
        let state = lock(&self.state).clone();
        (state.link, state.error.map(str::to_owned))
    }

    fn set(&self, link: contract::Link, error: Option<&'static str>) {
        *lock(&self.state) = State { link, error };
    }
}

/// Exchanges after each save, and from time to time, for as long as the station lives.
pub(crate) fn start(station: &Station) {
    let alive = std::sync::Arc::downgrade(&station.inner);
    let future = async move {
        let (mut failures, mut pause, mut asked_to_wait) = (0, IDLE, Instant::now());
        while let Some(inner) = alive.upgrade() {
            if timeout(pause, inner.link.wake.notified()).await.is_ok() {
                sleep_until((Instant::now() + GATHER).max(asked_to_wait)).await;
            }
            let station = Station { inner };
            (failures, pause) = match station.exchange().await {
                Turn::Locked => (0, IDLE),
                Turn::Done(_) => (0, IDLE),
                Turn::Failed(_, after) => {
                    let wait = backoff::wait(failures, after, &*station.inner.config.random);
                    asked_to_wait = Instant::now() + after.unwrap_or_default();
                    (failures.saturating_add(1), wait)
                }
            };
        }
    };
    run_aside(future);
}
