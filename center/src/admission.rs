//! Who is served next when more devices come than can be served at once.
//!
//! A few requests are worked on at a time. The others wait in a short line, in which devices take turns: one that asks a
//! hundred times waits as long as ninety-nine others do once. Who would wait too long is sent away at once with a time
//! to come back, and these times follow each other as fast as requests are served: a thousand stations that come at
//! half past eight come back one after the other.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doorstep_sync::{DeviceId, Random};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout};

use crate::error::ApiError;

/// How much is let in.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests worked on at once.
    pub turns: usize,
    /// Of these, those of one device.
    pub share: usize,
    /// Requests that wait.
    pub line: usize,
    /// Of these, those of one device.
    pub own_line: usize,
    /// The longest that anybody should wait.
    pub patience: Duration,
}

/// Exchanges of items. A commit serves all that are worked on together; whoever is let in has waited so little that the
/// answer comes within two seconds.
pub const ITEMS: Limits = Limits {
    turns: 8,
    share: 2,
    line: 512,
    own_line: 8,
    patience: Duration::from_millis(600),
};
/// Pieces of files: they wait for the disk, and nobody waits for them as for an exchange.
pub const FILES: Limits = Limits {
    turns: 8,
    share: 2,
    line: 512,
    own_line: 8,
    patience: Duration::from_millis(3_000),
};
/// Bodies of requests that are held in memory, all together: 128 MB.
const ROOM: usize = 128 << 20;
/// The latest that somebody is told to come back.
const LATEST: Duration = Duration::from_secs(120);
/// Time between two requests served, as long as nobody knows, and the longest that is believed.
const FIRST_PACE: Duration = Duration::from_millis(20);
const LONGEST_PACE: Duration = Duration::from_millis(250);
/// Whoever comes back asks twice: for the exchange, and at its end for the receipts of files.
const ASKS: u32 = 2;

/// Whoever asks for a turn hears that there is none, and when to come back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Busy(pub Duration);

impl From<Busy> for ApiError {
    fn from(busy: Busy) -> Self {
        let seconds = busy.0.as_millis().div_ceil(1000).max(1);
        Self {
            retry_after: Some(u64::try_from(seconds).unwrap_or(u64::MAX)),
            ..Self::new(
                axum::http::StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "too many ask at once",
            )
        }
    }
}

/// The two lines, and the room for bodies.
pub struct Admission {
    /// Exchanges of items.
    pub items: Arc<Gate>,
    /// Pieces of files.
    pub files: Arc<Gate>,
    /// Bytes of bodies that may still be read into memory.
    pub room: Arc<Semaphore>,
}

impl Admission {
    /// Lines that are empty.
    pub fn new(random: &Arc<dyn Random>) -> Self {
        Self {
            items: Gate::new(ITEMS, random.clone()),
            files: Gate::new(FILES, random.clone()),
            room: Arc::new(Semaphore::new(ROOM)),
        }
    }

    /// The line for requests to `path`.
    pub fn gate(&self, path: &str) -> &Arc<Gate> {
        if path.starts_with("/files") {
            &self.files
        } else {
            &self.items
        }
    }
}

/// One line.
pub struct Gate {
    limits: Limits,
    random: Arc<dyn Random>,
    state: Mutex<State>,
    /// Requests that wait.
    pub waiting: Gauge,
    /// Seconds that requests waited for their turn.
    pub waited: Histogram,
}

struct State {
    running: usize,
    waiting: usize,
    devices: HashMap<DeviceId, Device>,
    /// Devices with somebody in the line, in the order of their turns.
    order: VecDeque<DeviceId>,
    /// Time between two requests served, on average, while some wait.
    pace: Duration,
    /// When the last one was served, if some waited then.
    served: Option<Instant>,
    /// When the next one who is sent away may come back.
    next: Instant,
}

#[derive(Default)]
struct Device {
    running: usize,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// Leave to be worked on; dropping it lets the next one in.
pub struct Turn {
    gate: Arc<Gate>,
    device: DeviceId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some((sender, turn)) = self.gate.leave(&self.device) {
            // Whoever has gone meanwhile drops the turn, which lets in another.
            drop(sender.send(turn));
        }
    }
}

impl Gate {
    /// An empty line.
    pub fn new(limits: Limits, random: Arc<dyn Random>) -> Arc<Self> {
        Arc::new(Self {
            limits,
            random,
            state: Mutex::new(State {
                running: 0,
                waiting: 0,
                devices: HashMap::new(),
                order: VecDeque::new(),
                pace: FIRST_PACE,
                served: None,
                next: Instant::now(),
            }),
            waiting: Gauge::default(),
            waited: Histogram::new(exponential_buckets(0.001, 2.0, 13)),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody who comes now would be sent away: then their body need not be read. `device` is only named, not
    /// proved.
    pub fn is_hopeless(&self) -> Result<(), Busy> {
        let mut state = self.state();
        if self.is_long(&state) {
            Err(self.later(&mut state))
        } else {
            Ok(())
        }
    }

    /// A turn, perhaps after a wait.
    pub async fn enter(self: &Arc<Self>, device: DeviceId) -> Result<Turn, Busy> {
        let began = Instant::now();
        let waits = {
            let mut state = self.state();
            match self.find_place(&mut state, device)? {
                Some(turn) => {
                    self.waited.observe(0.0);
                    return Ok(turn);
                }
                None => self.stand_in_line(&mut state, device),
            }
        };
        let turn = timeout(self.limits.patience * 2, waits).await;
        self.waited.observe(began.elapsed().as_secs_f64());
        match turn {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(self.later(&mut self.state())),
        }
    }

    /// A turn at once, if one is free and nobody is before; an error when the line is too long.
    fn find_place(self: &Arc<Self>, state: &mut State, device: DeviceId) -> Result<Option<Turn>, Busy> {
        let entry = state.devices.entry(device).or_default();
        if state.running < self.limits.turns && entry.running < self.limits.share && entry.waiting.is_empty() {
            entry.running += 1;
            state.running += 1;
            let gate = self.clone();
            return Ok(Some(Turn { gate, device }));
        }
        entry.waiting.retain(|sender| !sender.is_closed());
        if entry.waiting.len() >= self.limits.own_line || self.is_long(state) {
            state.forget_if_idle(&device);
            return Err(self.later(state));
        }
        Ok(None)
    }

    fn stand_in_line(&self, state: &mut State, device: DeviceId) -> oneshot::Receiver<Turn> {
        let (sender, receiver) = oneshot::channel();
        let entry = state.devices.entry(device).or_default();
        entry.waiting.push_back(sender);
        if !state.order.contains(&device) {
            state.order.push_back(device);
        }
        self.count(state);
        receiver
    }

    fn is_long(&self, state: &State) -> bool {
        let wait = state
            .pace
            .saturating_mul(u32::try_from(state.waiting).unwrap_or(u32::MAX));
        state.waiting >= self.limits.line || (state.waiting >= self.limits.turns && wait >= self.limits.patience)
    }

    /// When somebody who is sent away comes back: after those who wait, and after whoever was sent away before.
    fn later(&self, state: &mut State) -> Busy {
        let now = Instant::now();
        let line = state
            .pace
            .saturating_mul(u32::try_from(state.waiting).unwrap_or(u32::MAX));
        let next = state.next.max(now + line) + state.pace * ASKS;
        state.next = next.min(now + LATEST);
        let mut bytes = [0; 2];
        self.random.fill(&mut bytes);
        // Whole seconds are told: chance keeps those of one second apart from each other.
        let chance = Duration::from_millis(u64::from(u16::from_le_bytes(bytes)) % 1_000);
        Busy(next.min(now + LATEST) - now + chance)
    }

    /// One of `device` is served. Whoever comes next.
    fn leave(self: &Arc<Self>, device: &DeviceId) -> Option<(oneshot::Sender<Turn>, Turn)> {
        let mut state = self.state();
        state.running = state.running.saturating_sub(1);
        if let Some(entry) = state.devices.get_mut(device) {
            entry.running = entry.running.saturating_sub(1);
        }
        state.forget_if_idle(device);
        state.learn();
        let next = self.next(&mut state);
        self.count(&mut state);
        next
    }

    /// The first in the line whose device has not its whole share; the device then stands at the end.
    fn next(self: &Arc<Self>, state: &mut State) -> Option<(oneshot::Sender<Turn>, Turn)> {
        if state.running >= self.limits.turns {
            return None;
        }
        for _ in 0..state.order.len() {
            let device = state.order.pop_front()?;
            let Some(entry) = state.devices.get_mut(&device) else {
                continue;
            };
            entry.waiting.retain(|sender| !sender.is_closed());
            let chosen = match entry.running < self.limits.share {
                true => entry.waiting.pop_front(),
                false => None,
            };
            let more = !entry.waiting.is_empty();
            if chosen.is_some() {
                entry.running += 1;
            }
            if more {
                state.order.push_back(device);
            }
            if let Some(sender) = chosen {
                state.running += 1;
                let gate = self.clone();
                return Some((sender, Turn { gate, device }));
            }
            state.forget_if_idle(&device);
        }
        None
    }

    fn count(&self, state: &mut State) {
        let open = |entry: &Device| entry.waiting.iter().filter(|sender| !sender.is_closed()).count();
        let waiting = |device: &DeviceId| state.devices.get(device).map_or(0, open);
        state.waiting = state.order.iter().map(waiting).sum();
        self.waiting.set(i64::try_from(state.waiting).unwrap_or(i64::MAX));
        if state.waiting == 0 {
            // What comes next is no measure of how fast requests are served: nobody asks.
            state.served = None;
        }
    }
}

impl State {
    fn forget_if_idle(&mut self, device: &DeviceId) {
        if self
            .devices
            .get(device)
            .is_some_and(|entry| entry.running == 0 && entry.waiting.is_empty())
        {
            self.devices.remove(device);
        }
    }

    /// Takes the time since the last one was served into the average, while others wait.
    fn learn(&mut self) {
        let now = Instant::now();
        if let Some(served) = self.served.replace(now) {
            self.pace = (self.pace * 15 + (now - served).min(LONGEST_PACE)) / 16;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::task::JoinSet;
    use tokio::time::sleep;

    use super::*;

    struct Zero;
    impl Random for Zero {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    const LIMITS: Limits = Limits {
        turns: 4,
        share: 2,
        line: 100,
        own_line: 60,
        patience: Duration::from_secs(10),
    };
    const WORK: Duration = Duration::from_millis(10);

    fn gate(limits: Limits) -> Arc<Gate> {
        Gate::new(limits, Arc::new(Zero))
    }

    fn device(number: u8) -> DeviceId {
        DeviceId([number; 16])
    }

    #[tokio::test(start_paused = true)]
    async fn devices_take_turns_however_often_one_asks() {
        let gate = gate(LIMITS);
        let mut all = JoinSet::new();
        let order = Arc::new(Mutex::new(Vec::new()));
        let ask = |number: u8, all: &mut JoinSet<()>| {
            let (gate, order) = (gate.clone(), order.clone());
            all.spawn(async move {
                let _turn = gate.enter(device(number)).await.unwrap();
                order.lock().unwrap().push(number);
                sleep(WORK).await;
            });
        };
        for _ in 0..50 {
            ask(1, &mut all);
        }
        tokio::task::yield_now().await;
        for number in 2..12 {
            ask(number, &mut all);
        }
        all.join_all().await;
        let order = order.lock().unwrap();
        let last = order.iter().rposition(|number| *number != 1).unwrap();
        assert_eq!(order.len(), 60);
        // Ten others, each behind one or two of the first device and never behind its fifty.
        assert!(last < 32, "the others were served only after {last}: {order:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_are_worked_on_than_there_are_turns_and_no_more_of_one_than_its_share() {
        let gate = gate(LIMITS);
        let (now, most, own) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let seen = Arc::new((now, most, own));
        let mut all = JoinSet::new();
        for number in 0..40 {
            let (gate, seen) = (gate.clone(), seen.clone());
            all.spawn(async move {
                let one = number % 2 == 0;
                let _turn = gate.enter(device(if one { 1 } else { number })).await.unwrap();
                let running = seen.0.fetch_add(1, Ordering::SeqCst) + 1;
                seen.1.fetch_max(running, Ordering::SeqCst);
                if one {
                    assert!(seen.2.fetch_add(1, Ordering::SeqCst) < LIMITS.share);
                }
                sleep(WORK).await;
                seen.0.fetch_sub(1, Ordering::SeqCst);
                if one {
                    seen.2.fetch_sub(1, Ordering::SeqCst);
                }
            });
        }
        all.join_all().await;
        assert_eq!(seen.1.load(Ordering::SeqCst), LIMITS.turns);
        let state = gate.state();
        assert!(state.running == 0 && state.devices.is_empty() && state.order.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_line_tells_each_its_own_time_to_come_back() {
        let limits = Limits { line: 8, ..LIMITS };
        let gate = gate(limits);
        let mut all = JoinSet::new();
        for number in 0..12 {
            let gate = gate.clone();
            all.spawn(async move {
                let _turn = gate.enter(device(number)).await.unwrap();
                sleep(WORK * 100).await;
            });
        }
        sleep(Duration::from_millis(1)).await;
        assert_eq!(gate.state().waiting, 8);
        gate.state().pace = Duration::from_millis(500);
        let times: Vec<Duration> = (20..30)
            .map(|number| gate.is_hopeless().map(|()| number).unwrap_err().0)
            .collect();
        assert!(times[0] >= Duration::from_millis(8 * 500));
        assert!(
            times
                .windows(2)
                .all(|pair| pair[1] - pair[0] == Duration::from_millis(500) * ASKS),
            "{times:?}"
        );
        gate.state().pace = Duration::from_secs(3_600);
        assert!(gate.is_hopeless().unwrap_err().0 <= LATEST);
        all.join_all().await;
        assert!(gate.is_hopeless().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn the_pace_is_that_of_work_and_not_of_the_time_between() {
        let gate = gate(LIMITS);
        for _ in 0..20 {
            let mut all = JoinSet::new();
            for number in 0..12 {
                let gate = gate.clone();
                all.spawn(async move {
                    // Some give up while they wait.
                    let Ok(Ok(_turn)) = timeout(WORK * 2, gate.enter(device(number))).await else {
                        return;
                    };
                    sleep(WORK).await;
                });
            }
            all.join_all().await;
            sleep(Duration::from_secs(60)).await;
        }
        // Four at once take ten milliseconds.
        let pace = gate.state().pace;
        assert!(pace <= WORK, "{pace:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_leaves_the_line_takes_no_turn_with_them() {
        let gate = gate(Limits { turns: 1, ..LIMITS });
        let turn = gate.enter(device(1)).await.unwrap();
        for number in 2..5 {
            let waits = gate.enter(device(number));
            assert!(timeout(WORK, waits).await.is_err());
        }
        let last = tokio::spawn({
            let gate = gate.clone();
            async move { gate.enter(device(9)).await.map(|_| ()) }
        });
        tokio::task::yield_now().await;
        drop(turn);
        assert_eq!(last.await.unwrap(), Ok(()));
        let late = gate.enter(device(1)).await.unwrap();
        let began = Instant::now();
        assert!(gate.enter(device(2)).await.is_err(), "nobody waits for ever");
        assert_eq!(began.elapsed(), LIMITS.patience * 2);
        drop(late);
        assert!(gate.enter(device(2)).await.is_ok());
    }
}
