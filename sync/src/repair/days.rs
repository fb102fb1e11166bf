//! A set as a database keeps it: every item's place in order of time, and one sum for each day, so that years are
//! summed without reading them.

use super::held::{Key, Sum};
use crate::id::ItemId;
use crate::replica::ReplicaError;
use crate::scope::Scope;
use crate::world::Millis;

/// Milliseconds of a day (in UTC: what matters is only that a store means the same one everywhere).
pub const DAY: Millis = 24 * 3_600_000;

/// Places read at once.
const PAGE: usize = 512;

/// What such a database answers.
pub trait Days {
    /// The days from `from` up to `to`, without `to` itself, on which there is an item, in order, each with its sum.
    fn days(&self, scope: &Scope, from: u64, to: u64) -> Result<Vec<(u64, Sum)>, ReplicaError>;
    /// Up to `most` places of a range in order, after leaving out the first `skip`.
    fn places(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError>;
}

/// The day of a key.
pub fn day(key: &Key) -> u64 {
    key.time / DAY
}

/// [`super::Held::sum`] of such a database: whole days from their sums, the ends of the range item by item.
pub fn sum(store: &impl Days, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
    let (first, last) = (whole_from(from), day(to));
    if first >= last {
        return scan(store, scope, from, to);
    }
    let mut sum = scan(store, scope, from, &midnight(first))?;
    for (_, day) in store.days(scope, first, last)? {
        sum.join(&day);
    }
    sum.join(&scan(store, scope, &midnight(last), to)?);
    Ok(sum)
}

/// [`super::Held::keys`] of such a database: what is skipped is skipped by days.
pub fn keys(
    store: &impl Days,
    scope: &Scope,
    from: &Key,
    to: &Key,
    skip: u64,
    most: usize,
) -> Result<Vec<Key>, ReplicaError> {
    let (first, last) = (whole_from(from), day(to));
    if skip < PAGE as u64 || first >= last {
        return store.places(scope, from, to, skip, most);
    }
    let before = scan(store, scope, from, &midnight(first))?.count;
    if before > skip {
        return store.places(scope, from, to, skip, most);
    }
    let (mut left, mut begin) = (skip - before, first);
    for (day, sum) in store.days(scope, first, last)? {
        if sum.count > left {
            begin = day;
            break;
        }
        left -= sum.count;
        begin = day + 1;
    }
    store.places(scope, &midnight(begin), to, left, most)
}

/// The first day of which nothing lies before `from`.
fn whole_from(from: &Key) -> u64 {
    let begins = from.time.is_multiple_of(DAY) && from.id.0 == [0; 32];
    day(from) + u64::from(!begins)
}

fn midnight(day: u64) -> Key {
    Key {
        time: day.saturating_mul(DAY).min(Key::END.time),
        id: ItemId([0; 32]),
    }
}

fn scan(store: &impl Days, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
    let (mut sum, mut from) = (Sum::default(), *from);
    while from < *to {
        let page = store.places(scope, &from, to, 0, PAGE)?;
        page.iter().for_each(|key| sum.add(&key.id));
        match page.last() {
            Some(last) if page.len() == PAGE => from = super::after(last),
            _ => break,
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::repair::{Held, Memory};

    struct Base(Memory, BTreeMap<u64, Sum>);

    impl Days for Base {
        fn days(&self, _: &Scope, from: u64, to: u64) -> Result<Vec<(u64, Sum)>, ReplicaError> {
            Ok(self.1.range(from..to).map(|(day, sum)| (*day, *sum)).collect())
        }
        fn places(
            &self,
            scope: &Scope,
            from: &Key,
            to: &Key,
            skip: u64,
            most: usize,
        ) -> Result<Vec<Key>, ReplicaError> {
            self.0.keys(scope, from, to, skip, most)
        }
    }

    fn key(time: u64, byte: u8) -> Key {
        Key::of(time, ItemId([byte; 32]))
    }

    proptest! {
        #[test]
        fn a_sum_by_days_is_the_sum(
            items in proptest::collection::btree_set((0..12 * DAY, 0..3_u8), 0..1_500),
            ends in ((0..13 * DAY), (0..13 * DAY)),
            skip in 0..1_500_u64,
            round in any::<bool>(),
        ) {
            let scope: Scope = "500199101201/2026".parse().unwrap();
            let mut base = Base(Memory::default(), BTreeMap::new());
            for (time, byte) in &items {
                let key = key(*time, *byte);
                base.0.insert(&scope, key);
                base.1.entry(day(&key)).or_default().add(&key.id);
            }
            let end = |time: u64| if round { key(time - time % DAY, 0) } else { key(time, 1) };
            for (from, to) in [(end(ends.0), end(ends.1)), (Key::START, Key::END), (Key::START, end(ends.1))] {
                prop_assert_eq!(sum(&base, &scope, &from, &to), base.0.sum(&scope, &from, &to));
                prop_assert_eq!(keys(&base, &scope, &from, &to, skip, 3), base.0.keys(&scope, &from, &to, skip, 3));
            }
        }
    }
}
