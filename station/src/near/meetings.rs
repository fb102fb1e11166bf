//! Who is around, and how the meetings with them went.

use std::net::SocketAddr;
use std::time::Duration;

use doorstep_sync::DeviceId;
use tokio::time::Instant;

use crate::contract::{Neighbour, NeighbourState};
use crate::store::near::Known;

/// Between two meetings with a neighbour when nothing happens.
const AGAIN: Duration = Duration::from_secs(30);
/// The wait after the first failure; it doubles with each up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(60);
/// As many are kept in mind; a network that announces more is somebody's play.
const MOST: usize = 64;
/// Addresses of one device that are kept when it is heard at others. With those it is heard at last they are as many again.
const KEPT: usize = 8;

/// Somebody to meet.
#[derive(Clone, Debug)]
pub(super) struct Due {
    key: u64,
    /// Who is expected; `None`: whoever of our district answers there.
    pub device: Option<DeviceId>,
    /// Where, the likeliest first.
    pub addresses: Vec<SocketAddr>,
}

/// How a meeting ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    /// Both hold the same.
    Level,
    /// It carries sealed parcels of ours.
    Carries,
    /// It broke off, for this reason.
    Broken(&'static str),
    /// One does not take the other for a device of this district, for this reason.
    Refused(&'static str),
}

#[derive(Debug)]
struct Entry {
    key: u64,
    /// Its name while it is announced.
    sighted: Option<String>,
    device: Option<DeviceId>,
    addresses: Vec<SocketAddr>,
    state: NeighbourState,
    reason: Option<&'static str>,
    failures: u32,
    next: Instant,
}

#[derive(Debug, Default)]
pub(super) struct Meetings {
    entries: Vec<Entry>,
    keys: u64,
}

impl Meetings {
    /// A device announces itself as `name`. Anybody on the network can repeat the name they heard: what is announced is added to
    /// what was, and replaces nothing.
    pub(super) fn sight(&mut self, name: &str, addresses: Vec<SocketAddr>, now: Instant) {
        let known = self
            .entries
            .iter_mut()
            .find(|entry| entry.sighted.as_deref() == Some(name));
        match known {
            Some(entry) => {
                // One that answers where it is known is not there sooner for being elsewhere, too.
                if entry.learn(addresses) && entry.failures > 0 {
                    entry.next = now;
                }
            }
            None => self.put(Some(name.to_owned()), None, addresses, now),
        }
    }

    /// The device that announced itself as `name` is gone. One that was met may still be reached where it was.
    pub(super) fn lose(&mut self, name: &str) {
        self.entries
            .retain(|entry| entry.device.is_some() || entry.sighted.as_deref() != Some(name));
        for entry in self
            .entries
            .iter_mut()
            .filter(|entry| entry.sighted.as_deref() == Some(name))
        {
            entry.sighted = None;
        }
    }

    /// A device that is known to be at these addresses.
    pub(super) fn add(&mut self, device: DeviceId, addresses: Vec<SocketAddr>, now: Instant) {
        match self.entries.iter_mut().find(|entry| entry.device == Some(device)) {
            Some(entry) => {
                entry.addresses = addresses;
                (entry.failures, entry.next) = (0, now);
            }
            None => self.put(None, Some(device), addresses, now),
        }
    }

    /// Devices that were met or added before.
    pub(super) fn remember(&mut self, known: Vec<Known>, now: Instant) {
        for known in known.into_iter().filter(|known| !known.addresses.is_empty()) {
            self.add(known.device, known.addresses, now);
        }
    }

    fn put(&mut self, sighted: Option<String>, device: Option<DeviceId>, addresses: Vec<SocketAddr>, now: Instant) {
        if self.entries.len() >= MOST {
            return;
        }
        self.keys += 1;
        self.entries.push(Entry {
            key: self.keys,
            sighted,
            device,
            addresses,
            state: NeighbourState::Found,
            reason: None,
            failures: 0,
            next: now,
        });
    }

    /// Forgets everybody.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    /// There is something new: everybody who was there the last time is met at once.
    pub(super) fn hasten(&mut self, now: Instant) {
        for entry in self.entries.iter_mut().filter(|entry| entry.failures == 0) {
            entry.next = now;
        }
    }

    /// Somebody to meet now.
    pub(super) fn due(&self, now: Instant) -> Option<Due> {
        self.entries.iter().find(|entry| entry.next <= now).map(Entry::due)
    }

    /// How long nobody is to be met.
    pub(super) fn pause(&self, now: Instant) -> Duration {
        let next = self.entries.iter().map(|entry| entry.next).min();
        next.map_or(Duration::MAX, |next| next.saturating_duration_since(now))
    }

    /// The neighbour that the screen names so.
    pub(super) fn named(&self, id: &str) -> Option<Due> {
        self.entries.iter().find(|entry| entry.id() == id).map(Entry::due)
    }

    /// A meeting has begun.
    pub(super) fn begin(&mut self, due: &Due) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.key == due.key) {
            entry.state = NeighbourState::Syncing;
        }
    }

    /// A meeting has ended; `device` answered at `address`.
    pub(super) fn end(
        &mut self,
        due: &Due,
        device: Option<DeviceId>,
        address: Option<SocketAddr>,
        end: End,
        now: Instant,
    ) {
        let Some(mut entry) = self.take(due.key) else { return };
        // Added by its code and announced: one of them is enough.
        if let Some(twin) = self
            .entries
            .iter()
            .position(|other| device.is_some() && other.device == device)
        {
            let twin = self.entries.swap_remove(twin);
            entry.sighted = entry.sighted.or(twin.sighted);
            entry.learn(twin.addresses);
        }
        entry.device = device.or(entry.device);
        if let Some(address) = address {
            entry.addresses.retain(|known| *known != address);
            entry.addresses.insert(0, address);
        }
        let (state, reason) = match end {
            End::Level => (NeighbourState::Level, None),
            End::Carries => (NeighbourState::Carries, None),
            End::Broken(reason) => (NeighbourState::Unreachable, Some(reason)),
            End::Refused(reason) => (NeighbourState::Refused, Some(reason)),
        };
        (entry.state, entry.reason) = (state, reason);
        let wait = match end {
            End::Level | End::Carries => {
                entry.failures = 0;
                AGAIN
            }
            _ => {
                entry.failures = entry.failures.saturating_add(1);
                FIRST
                    .saturating_mul(2_u32.saturating_pow(entry.failures.min(8) - 1))
                    .min(LONGEST)
            }
        };
        entry.next = now + wait;
        self.entries.push(entry);
    }

    fn take(&mut self, key: u64) -> Option<Entry> {
        let place = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.swap_remove(place))
    }

    /// For the screen. `of` gives a device's name and when an exchange with it last came to its end.
    pub(super) fn views(&self, of: impl Fn(&DeviceId) -> (String, Option<u64>)) -> Vec<Neighbour> {
        let view = |entry: &Entry| {
            let (name, last_contact) = entry.device.as_ref().map(&of).unwrap_or_default();
            Neighbour {
                id: entry.id(),
                name,
                address: entry.addresses.first().map(SocketAddr::to_string).unwrap_or_default(),
                last_contact,
                state: entry.state,
                reason: entry.reason.map(str::to_owned),
            }
        };
        self.entries.iter().map(view).collect()
    }
}

impl Entry {
    /// Adds addresses behind the known ones, of which only the likeliest stay; whether any is new.
    fn learn(&mut self, mut addresses: Vec<SocketAddr>) -> bool {
        if addresses.iter().all(|address| self.addresses.contains(address)) {
            return false;
        }
        self.addresses.truncate(KEPT);
        addresses.retain(|address| !self.addresses.contains(address));
        addresses.truncate(KEPT);
        self.addresses.append(&mut addresses);
        true
    }

    fn id(&self) -> String {
        match &self.device {
            Some(device) => device.to_string(),
            None => self.addresses.first().map(SocketAddr::to_string).unwrap_or_default(),
        }
    }

    fn due(&self) -> Due {
        // Who announces itself anew may be another one at an address that was somebody's.
        let device = self.device.filter(|_| self.sighted.is_none());
        Due {
            key: self.key,
            device,
            addresses: self.addresses.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const DEVICE: DeviceId = DeviceId([5; 16]);

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, 1], port))
    }

    fn views(meetings: &Meetings) -> Vec<Neighbour> {
        meetings.views(|_| ("桃花村 A1".to_owned(), Some(7)))
    }

    #[test]
    fn whoever_is_found_is_met_at_once_and_again_later() {
        let now = Instant::now();
        let mut meetings = Meetings::default();
        meetings.sight("00ff", vec![address(1), address(2)], now);
        let due = meetings.due(now).unwrap();
        assert_eq!((due.device, due.addresses.len()), (None, 2));
        meetings.begin(&due);
        meetings.end(&due, Some(DEVICE), Some(address(2)), End::Level, now);
        assert!(meetings.due(now).is_none());
        let view = views(&meetings).pop().unwrap();
        assert_eq!(
            (view.address.as_str(), view.state),
            ("10.0.0.1:2", NeighbourState::Level)
        );
        assert_eq!(view.id, DEVICE.to_string());
        assert!(meetings.due(now + AGAIN).is_some());
        meetings.hasten(now);
        assert!(meetings.due(now).is_some(), "a save is handed over at once");
    }

    #[test]
    fn who_does_not_answer_is_tried_less_and_less_often() {
        let mut now = Instant::now();
        let mut meetings = Meetings::default();
        meetings.add(DEVICE, vec![address(1)], now);
        for wait in [2, 4, 8, 16, 32, 60, 60] {
            let due = meetings.due(now).unwrap();
            meetings.end(&due, None, None, End::Broken("offline"), now);
            meetings.hasten(now);
            assert!(meetings.due(now).is_none(), "a save changes nothing about that");
            assert_eq!(meetings.pause(now), Duration::from_secs(wait));
            now += Duration::from_secs(wait);
        }
    }

    #[test]
    fn who_repeats_a_name_replaces_nothing() {
        let now = Instant::now();
        let mut meetings = Meetings::default();
        meetings.sight("00ff", vec![address(1), address(2)], now);
        let due = meetings.due(now).unwrap();
        meetings.end(&due, Some(DEVICE), Some(address(2)), End::Level, now);
        meetings.sight("00ff", vec![address(1), address(2)], now);
        assert!(meetings.due(now).is_none(), "the same, in another order");
        for port in (100..10_000).step_by(8) {
            meetings.sight("00ff", (port..port + 8).map(address).collect(), now);
        }
        assert!(
            meetings.due(now).is_none(),
            "it is met where it answered, and when it was to be"
        );
        let due = meetings.due(now + AGAIN).unwrap();
        assert_eq!(due.addresses[..2], [address(2), address(1)]);
        assert!(due.addresses.len() <= 2 * KEPT && due.addresses.contains(&address(9_999)));

        // It does not answer any more: then where it is said to be is tried at once.
        meetings.end(&due, None, None, End::Broken("offline"), now);
        assert!(meetings.due(now).is_none());
        meetings.sight("00ff", vec![address(50)], now);
        let due = meetings.due(now).unwrap();
        assert!(due.addresses[0] == address(2) && due.addresses.contains(&address(50)));
        meetings.end(&due, Some(DEVICE), Some(address(50)), End::Level, now);
        meetings.sight("00ff", (100..108).map(address).collect(), now);
        let due = meetings.named(&DEVICE.to_string()).unwrap();
        assert_eq!(due.addresses[..3], [address(50), address(2), address(1)]);
    }

    #[test]
    fn a_device_stands_in_the_list_once() {
        let now = Instant::now();
        let mut meetings = Meetings::default();
        meetings.add(DEVICE, vec![address(1)], now);
        meetings.sight("00ff", vec![address(2)], now);
        let due = meetings.named("10.0.0.1:2").unwrap();
        meetings.end(&due, Some(DEVICE), Some(address(2)), End::Level, now);
        assert_eq!(views(&meetings).len(), 1);
        let due = meetings.named(&DEVICE.to_string()).unwrap();
        assert_eq!(due.addresses, [address(2), address(1)]);
        meetings.lose("00ff");
        assert_eq!(views(&meetings).len(), 1, "it may still be where it was");
        for name in 0..200 {
            meetings.sight(&name.to_string(), vec![address(3)], now);
        }
        assert_eq!(views(&meetings).len(), MOST);
    }
}
