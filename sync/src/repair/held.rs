//! What a repair asks of a store: sums over ranges of time, and names within them. Never all items at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::fingerprint::Fingerprint;
use crate::id::ItemId;
use crate::replica::ReplicaError;
use crate::scope::Scope;
use crate::world::Millis;

/// The greatest time a key may have: stores hold signed numbers.
const LAST: Millis = i64::MAX as Millis;

/// Where an item stands in its scope: by the time its author wrote, then by id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// The author's clock, milliseconds; at most `i64::MAX - 1`.
    pub time: Millis,
    /// The item.
    pub id: ItemId,
}

impl Key {
    /// Before every item.
    pub const START: Self = Self {
        time: 0,
        id: ItemId([0; 32]),
    };
    /// After every item.
    pub const END: Self = Self {
        time: LAST,
        id: ItemId([0; 32]),
    };

    /// The place of an item. A time that no store can hold counts as the last one that it can.
    pub fn of(time: Millis, id: ItemId) -> Self {
        Self {
            time: time.min(LAST - 1),
            id,
        }
    }
}

/// How many items, and the sum of their ids.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// Of them all.
    pub total: Fingerprint,
}

impl Sum {
    /// Counts one more.
    pub fn add(&mut self, id: &ItemId) {
        self.count += 1;
        self.total.add(id);
    }

    /// Counts those of another sum, too.
    pub fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.total.join(&other.total);
    }
}

/// A set of items that can be compared with another one. A device's set in a scope is every item it holds, whether it
/// could make use of it or not; only own items that the center refused are left out.
///
/// A range reaches from `from` up to `to`, without `to` itself. The answers need not be of one moment: people go on
/// working meanwhile, and what does not fit is compared again.
pub trait Held {
    /// The items of a range.
    fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError>;
    /// Up to `most` items of a range in order, after leaving out the first `skip`.
    fn keys(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError>;
}

/// A set in memory: for tests, simulations, and the contents of a bundle.
#[derive(Debug, Default)]
pub struct Memory(Mutex<BTreeMap<Scope, BTreeSet<Key>>>);

impl Memory {
    /// Puts an item in; false when it was there.
    pub fn insert(&self, scope: &Scope, key: Key) -> bool {
        self.with(|sets| sets.entry(scope.clone()).or_default().insert(key))
    }

    /// Takes an item out; false when it was not there.
    pub fn remove(&self, scope: &Scope, key: &Key) -> bool {
        self.with(|sets| sets.get_mut(scope).is_some_and(|set| set.remove(key)))
    }

    /// The fingerprint of every scope with an item.
    pub fn fingerprints(&self) -> Vec<(Scope, Fingerprint)> {
        self.with(|sets| {
            let sum = |set: &BTreeSet<Key>| {
                let mut sum = Fingerprint::default();
                set.iter().for_each(|key| sum.add(&key.id));
                sum
            };
            let held = sets.iter().filter(|(_, set)| !set.is_empty());
            held.map(|(scope, set)| (scope.clone(), sum(set))).collect()
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<Scope, BTreeSet<Key>>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Clone for Memory {
    fn clone(&self) -> Self {
        Self(Mutex::new(self.with(|sets| sets.clone())))
    }
}

impl Held for Memory {
    fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
        let mut sum = Sum::default();
        if from < to {
            self.with(|sets| {
                let keys = sets.get(scope).into_iter().flat_map(|set| set.range(from..to));
                keys.for_each(|key| sum.add(&key.id));
            });
        }
        Ok(sum)
    }

    fn keys(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        Ok(self.with(|sets| {
            let keys = sets.get(scope).into_iter().flat_map(|set| set.range(from..to));
            keys.skip(skip).take(most).copied().collect()
        }))
    }
}
