//! The way to the district: enrolment, and the exchange that goes on by itself.

mod enrol;
mod network;
mod peer;
mod turn;

use std::sync::Mutex;
use std::time::Duration;

use doorstep_sync::backoff;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};

pub(crate) use enrol::enrol;
pub use network::{Answer, Center, Internet};

use crate::contract;
use crate::station::{Station, lock};
use turn::Turn;

/// Between two exchanges when all is well. An idle one is a few hundred bytes.
const IDLE: Duration = Duration::from_secs(30);
/// How long a save waits for the next one, so that fast typing is one exchange.
const GATHER: Duration = Duration::from_secs(1);

/// What is known about the way.
pub(crate) struct Link {
    state: Mutex<State>,
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
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn(future)),
        // The shell's own thread is outside its runtime; the station then has a small one of its own.
        Err(_) => drop(std::thread::spawn(
            move || match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime.block_on(future),
                Err(error) => tracing::error!(%error, "no exchange by itself"),
            },
        )),
    }
}
