//! Memory for bodies that are read before anything proves who sends them. Small ones always find some; of the large ones no
//! address takes it all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bodies held in memory, all together: 128 MB.
const ALL: usize = 128 << 20;
/// The largest small body: what a slow line brings in one request. Of 1,000 stations behind one router each sends one at
/// once, so these are not counted by address.
const SMALL: usize = 64 << 10;
/// Large bodies, all together: half stays for small ones.
const LARGE: usize = 64 << 20;
/// Of these, those from one address: 32 MB. (Not from this machine: there a proxy speaks for everybody.) What a device is
/// called proves nothing yet, so nothing is counted by that: whoever said another's name would shut the other out.
const EACH: usize = 32 << 20;

/// How much is held, and for whom.
#[derive(Default)]
pub struct Room(Mutex<Taken>);

#[derive(Default)]
struct Taken {
    all: usize,
    /// Large bodies, by the address they come from.
    large: HashMap<IpAddr, usize>,
}

/// Memory that a body takes, given back when it is dropped.
pub struct Held {
    room: Arc<Room>,
    address: IpAddr,
    bytes: usize,
}

impl Room {
    /// Nothing yet, for a body from `address`, which is one under which somebody is counted
    /// ([`doorstep_sync::origin::counted`]).
    pub fn begin(self: &Arc<Self>, address: IpAddr) -> Held {
        Held {
            room: self.clone(),
            address,
            bytes: 0,
        }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes held.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.taken().all
    }
}

/// What a body of so many bytes takes of the room for large ones.
fn large(bytes: usize) -> usize {
    if bytes > SMALL { bytes } else { 0 }
}

impl Held {
    /// Takes `bytes` in all; `false` when there is no room for them.
    pub fn reach(&mut self, bytes: usize) -> bool {
        let mut taken = self.room.taken();
        let more = large(bytes).saturating_sub(large(self.bytes));
        let own = taken.large.get(&self.address).copied().unwrap_or(0) + more;
        let all = taken.all + bytes.saturating_sub(self.bytes);
        let is_near = self.address.is_loopback();
        let fits = more == 0 || (taken.large.values().sum::<usize>() + more <= LARGE && (is_near || own <= EACH));
        if all > ALL || !fits {
            return false;
        }
        taken.all = all;
        if more > 0 {
            taken.large.insert(self.address, own);
        }
        self.bytes = self.bytes.max(bytes);
        true
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut taken = self.room.taken();
        taken.all = taken.all.saturating_sub(self.bytes);
        if large(self.bytes) > 0 {
            let left = taken
                .large
                .remove(&self.address)
                .unwrap_or(0)
                .saturating_sub(self.bytes);
            if left > 0 {
                taken.large.insert(self.address, left);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::net::Ipv4Addr;

    use super::*;

    const MB: usize = 1 << 20;

    fn from(n: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, n))
    }

    /// As many bodies of `bytes` from `address` as find room, of `most`.
    fn take(room: &Arc<Room>, address: IpAddr, bytes: usize, most: usize) -> Vec<Held> {
        let bodies = (0..most).map(|_| room.begin(address));
        bodies
            .filter_map(|mut held| held.reach(bytes).then_some(held))
            .collect()
    }

    #[test]
    fn one_address_leaves_room_for_others_and_everything_is_given_back() {
        let room: Arc<Room> = Arc::default();
        let greedy = take(&room, from(1), 8 * MB, 16);
        assert_eq!((greedy.len(), room.held()), (4, EACH));
        assert_eq!(take(&room, from(2), MB, 1).len(), 1, "another address has room");
        let near = take(&room, IpAddr::V4(Ipv4Addr::LOCALHOST), 8 * MB, 16);
        assert_eq!(near.len(), 4, "and a proxy on this machine, as long as there is any");
        drop((greedy, near));
        let near = take(&room, IpAddr::V4(Ipv4Addr::LOCALHOST), 8 * MB, 16);
        assert_eq!(near.len(), 8);
        drop(near);
        let taken = room.taken();
        assert!(taken.all == 0 && taken.large.is_empty());
    }

    #[test]
    fn small_bodies_find_room_when_large_ones_have_taken_all_of_theirs() {
        let room: Arc<Room> = Arc::default();
        let large: Vec<Vec<Held>> = (1..10).map(|n| take(&room, from(n), 8 * MB, 9)).collect();
        assert_eq!(room.held(), LARGE);
        let morning = take(&room, from(1), SMALL, 1_000);
        assert_eq!(morning.len(), 1_000, "a thousand stations behind one router");
        drop(large);
        assert_eq!(take(&room, from(1), SMALL + 1, 1).len(), 1);
        assert!(take(&room, from(1), SMALL, 9_000).len() < 9_000, "but not without end");
        drop(morning);
        assert_eq!(room.held(), 0);
    }

    #[test]
    fn a_body_that_grows_large_counts_as_large_once() {
        let room: Arc<Room> = Arc::default();
        let mut held = room.begin(from(1));
        for bytes in [SMALL / 2, SMALL, 2 * SMALL, EACH, EACH] {
            assert!(held.reach(bytes));
            assert_eq!(room.held(), bytes);
        }
        assert!(!held.reach(EACH + 1));
        assert!(take(&room, from(1), SMALL + 1, 1).is_empty());
        drop(held);
        assert_eq!(room.held(), 0);
        assert_eq!(take(&room, from(1), EACH, 2).len(), 1);
    }
}
