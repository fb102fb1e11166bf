//! Memory for bodies that are read before anything proves who sends them. No address takes it all.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Bodies held in memory, all together: 128 MB.
const ALL: usize = 128 << 20;
/// Of these, those from one address: 32 MB, five hundred batches from behind one router. (Not from this machine: there a
/// proxy speaks for everybody.) What a device is called proves nothing yet, so nothing is counted by that: whoever said
/// another's name would shut the other out.
const EACH: usize = 32 << 20;

/// How much is held, and for whom.
#[derive(Default)]
pub struct Room(Mutex<HashMap<IpAddr, usize>>);

/// Memory that a body takes, given back when it is dropped.
pub struct Held {
    room: Arc<Room>,
    address: IpAddr,
    bytes: usize,
}

impl Room {
    /// Nothing yet, for a body from `address`.
    pub fn begin(self: &Arc<Self>, address: IpAddr) -> Held {
        Held {
            room: self.clone(),
            address,
            bytes: 0,
        }
    }

    fn change(&self, address: IpAddr, change: impl FnOnce(&mut HashMap<IpAddr, usize>) -> bool) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let done = change(&mut held);
        if held.get(&address) == Some(&0) {
            held.remove(&address);
        }
        done
    }

    /// Bytes held.
    #[cfg(test)]
    pub fn held(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }
}

impl Held {
    /// Takes `more` bytes; `false` when there is no room for them.
    pub fn grow(&mut self, more: usize) -> bool {
        let address = self.address;
        let grown = self.room.change(address, |held| {
            let all: usize = held.values().sum();
            let own = held.entry(address).or_default();
            let fits = all + more <= ALL && (address.is_loopback() || *own + more <= EACH);
            if fits {
                *own += more;
            }
            fits
        });
        if grown {
            self.bytes += more;
        }
        grown
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let (address, bytes) = (self.address, self.bytes);
        self.room.change(address, |held| {
            if let Some(own) = held.get_mut(&address) {
                *own = own.saturating_sub(bytes);
            }
            true
        });
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn one_address_leaves_room_for_others_and_everything_is_given_back() {
        let room: Arc<Room> = Arc::default();
        let from = |n: u8| IpAddr::V4(Ipv4Addr::new(192, 0, 2, n));
        let mut greedy: Vec<Held> = (0..16).map(|_| room.begin(from(1))).collect();
        let taken = greedy
            .iter_mut()
            .filter_map(|held| held.grow(8 << 20).then_some(()))
            .count();
        assert_eq!((taken, room.held()), (4, EACH));
        let mut other = room.begin(from(2));
        assert!(other.grow(64 << 10), "another address has room");
        let mut near = room.begin(IpAddr::V4(Ipv4Addr::LOCALHOST));
        assert!(
            near.grow(2 * EACH) && !near.grow(ALL),
            "and a proxy on this machine, as long as there is any"
        );
        drop((greedy, other, near));
        assert!(room.held() == 0 && room.0.lock().is_ok_and(|held| held.is_empty()));
    }
}
