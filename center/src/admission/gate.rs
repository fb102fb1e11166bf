//! Who is served next.
//!
//! A few requests are worked on at a time. The others wait in a short line, in which devices take turns: one that asks a
//! hundred times waits as long as ninety-nine others do once. Who would wait too long is sent away at once with a time
//! to come back, and these times follow each other as fast as requests are served: a thousand stations that come at
//! half past eight come back one after the other.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use doorstep_sync::{DeviceId, Random};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::Busy;

/// The latest that somebody is told to come back.
const LATEST: Duration = Duration::from_secs(120);
/// Time between two requests served, as long as nobody knows, and the longest that is believed.
const FIRST_PACE: Duration = Duration::from_millis(20);
const LONGEST_PACE: Duration = Duration::from_millis(250);
/// Whoever comes back asks twice: for the exchange, and at its end for the receipts of files.
const ASKS: u32 = 2;

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
    /// Devices that were sent away, and when they may come back.
    told: HashMap<DeviceId, Instant>,
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
                told: HashMap::new(),
            }),
            waiting: Gauge::default(),
            waited: Histogram::new(exponential_buckets(0.001, 2.0, 13)),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether `device`, who comes now, would be sent away: then its body need not be read. It is one that was granted
    /// something, and only named, not proved.
    pub fn is_hopeless(&self, device: DeviceId) -> Result<(), Busy> {
        let mut state = self.state();
        if self.is_long(&state) {
            Err(self.later(&mut state, device))
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
            _ => Err(self.later(&mut self.state(), device)),
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
            return Err(self.later(state, device));
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

    /// When `device`, who is sent away, comes back: after those who wait, and after whoever was sent away before. Until then it
    /// has that time and no other: however often it asks, or somebody in its name, nobody else comes later for it.
    fn later(&self, state: &mut State, device: DeviceId) -> Busy {
        let now = Instant::now();
        let told = state.told.get(&device).copied().filter(|at| *at > now);
        let next = told.unwrap_or_else(|| {
            let line = state
                .pace
                .saturating_mul(u32::try_from(state.waiting).unwrap_or(u32::MAX));
            let next = (state.next.max(now + line) + state.pace * ASKS).min(now + LATEST);
            state.told.retain(|_, at| *at > now);
            state.told.insert(device, next);
            state.next = next;
            next
        });
        let mut bytes = [0; 2];
        self.random.fill(&mut bytes);
        // Whole seconds are told: chance keeps those of one second apart from each other.
        let chance = Duration::from_millis(u64::from(u16::from_le_bytes(bytes)) % 1_000);
        Busy(next - now + chance)
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
