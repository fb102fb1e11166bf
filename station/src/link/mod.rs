//! The way to the district: enrolment, and the exchange that goes on by itself.

mod enrol;
mod events;
mod network;
mod peer;
mod progress;
mod turn;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use doorstep_sync::backoff;
use doorstep_sync::protocol::Known;
use doorstep_sync::wire::Cursor;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until, timeout};

pub(crate) use enrol::{enrol, grants};
pub(crate) use events::tells;
pub use network::{Answer, Center, Internet, Stream};

use crate::contract;
use crate::station::{Inner, Station, lock, run_aside};
use progress::Progress;
use turn::Turn;

/// Between two exchanges when all is well and nobody tells of news. An idle one is a few hundred bytes.
const IDLE: Duration = Duration::from_secs(30);
/// The same while the center tells of news, only in case it forgets; and while a person wants the network left alone.
const SELDOM: Duration = Duration::from_secs(300);
/// How long a save waits for the next one, so that fast typing is one exchange.
const GATHER: Duration = Duration::from_secs(1);
/// How often the addresses of this machine are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// What is known about the way.
pub(crate) struct Link {
    state: Mutex<State>,
    /// How files move.
    pub(crate) progress: Progress,
    wake: Arc<Notify>,
    why: Mutex<Why>,
    listening: Mutex<Listening>,
    /// What the last exchange could not settle.
    known: Mutex<Known>,
    /// One exchange at a time.
    turn: tokio::sync::Mutex<()>,
}

/// Why the link was woken.
#[derive(Clone, Copy, Default)]
struct Why {
    /// Something waits to go up.
    saved: bool,
    /// The center has something new, up to this place.
    news: Option<Cursor>,
    /// The network is another one than before.
    network: bool,
    /// The stream of events has ended.
    deaf: bool,
}

impl Why {
    fn is_news_alone(&self) -> bool {
        self.news.is_some() && !self.saved && !self.network && !self.deaf
    }
}

/// Whether the center tells of news.
enum Listening {
    /// It does not; a stream may be opened from then on.
    Not { again: Instant },
    /// A stream is being opened.
    Begun,
    /// It does.
    Open,
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
            wake: Arc::default(),
            why: Mutex::default(),
            listening: Mutex::new(Listening::Not { again: Instant::now() }),
            known: Mutex::default(),
            turn: tokio::sync::Mutex::new(()),
        }
    }
}

impl Link {
    /// Something waits to go up.
    pub(crate) fn wake(&self) {
        self.woken(|why| why.saved = true);
    }

    fn woken(&self, because: impl FnOnce(&mut Why)) {
        because(&mut lock(&self.why));
        self.wake.notify_one();
    }

    fn is_listening(&self) -> bool {
        matches!(*lock(&self.listening), Listening::Open)
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

/// Exchanges after each save, when the center tells of news, when the network changes, and from time to time, for as long
/// as the station lives.
pub(crate) fn start(station: &Station) {
    let alive = Arc::downgrade(&station.inner);
    run_aside(async move {
        tokio::join!(exchange(alive.clone()), watch(alive));
    });
}

async fn exchange(alive: Weak<Inner>) {
    let (mut failures, mut pause, mut asked_to_wait) = (0, IDLE, Instant::now());
    loop {
        let Some(wake) = alive.upgrade().map(|inner| inner.link.wake.clone()) else {
            return;
        };
        let woken = timeout(pause, wake.notified()).await.is_ok();
        let Some(inner) = alive.upgrade() else { return };
        let station = Station { inner };
        let link = &station.inner.link;
        let why = std::mem::take(&mut *lock(&link.why));
        if woken && why.is_news_alone() && station.knows(why.news).await {
            continue;
        }
        if why.network {
            failures = 0;
        }
        if woken {
            let gather = if why.saved { GATHER } else { Duration::ZERO };
            sleep_until((Instant::now() + gather).max(asked_to_wait)).await;
        }
        (failures, pause) = match station.exchange().await {
            Turn::Locked => (0, IDLE),
            Turn::Done(_) => {
                events::begin(&station);
                // Whoever wants the network left alone is not asked for news often either.
                let often = !link.is_listening() && events::may_listen(&station.inner);
                (0, if often { IDLE } else { SELDOM })
            }
            Turn::Failed(_, after) => {
                let wait = backoff::wait(failures, after, &*station.inner.config.random);
                asked_to_wait = Instant::now() + after.unwrap_or_default();
                (failures.saturating_add(1), wait)
            }
        };
    }
}

/// Looks whether this machine has come to another network.
async fn watch(alive: Weak<Inner>) {
    let mut before: Option<Vec<IpAddr>> = None;
    while let Some(inner) = alive.upgrade() {
        let mut now = inner.config.network.addresses();
        now.sort();
        let other = before.as_ref().is_some_and(|before| *before != now);
        if other && !now.is_empty() {
            inner.link.woken(|why| why.network = true);
        }
        before = Some(now);
        drop(inner);
        sleep(LOOK).await;
    }
}

impl Station {
    /// Whether this device has already received everything up to a place that the center told of.
    async fn knows(&self, news: Option<Cursor>) -> bool {
        let Some(news) = news else { return false };
        let cursor = self.work(|desk| Ok(desk.ledger.cursor()?)).await;
        cursor.is_ok_and(|cursor| cursor.epoch == news.epoch && cursor.position >= news.position)
    }
}
