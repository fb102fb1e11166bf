#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::*;

const DAY: u64 = 24 * 3_600_000;

fn scope() -> Scope {
    "500199101201/2026".parse().unwrap()
}

fn key(time: u64, n: u64) -> Key {
    Key::of(time, ItemId(*blake3::hash(&n.to_le_bytes()).as_bytes()))
}

/// `count` items, forty a day, as a station writes them.
fn year(count: u64) -> Vec<Key> {
    (0..count)
        .map(|n| key(1_767_000_000_000 + n / 40 * DAY + n % 40 * 600_000 + n * 7 % 977, n))
        .collect()
}

fn set<'a>(keys: impl IntoIterator<Item = &'a Key>) -> Memory {
    let memory = Memory::default();
    keys.into_iter().for_each(|key| assert!(memory.insert(&scope(), *key)));
    memory
}

fn all(memory: &Memory) -> Vec<Key> {
    memory.keys(&scope(), &Key::START, &Key::END, 0, usize::MAX).unwrap()
}

fn take(to: &Memory, from: &Memory, ids: &[ItemId]) {
    for key in all(from).iter().filter(|key| ids.contains(&key.id)) {
        assert!(to.insert(&scope(), *key), "given twice");
    }
}

#[derive(Debug, Default, PartialEq)]
struct Cost {
    bytes: usize,
    /// Messages after each other, the opening one too.
    messages: usize,
    /// Openings.
    tries: usize,
}

/// Opens until both are equal.
fn mend(a: &Memory, b: &Memory) -> Cost {
    let mut cost = Cost::default();
    while all(a) != all(b) {
        cost.tries += 1;
        assert!(cost.tries <= 100, "never equal");
        let mut message = open(a, &scope()).unwrap();
        let (mut heard, mut spoken) = (b, a);
        for _ in 0..20 {
            cost.bytes += message.0.len();
            cost.messages += 1;
            let said = answer(heard, &scope(), &message).unwrap();
            take(spoken, heard, &said.give);
            (heard, spoken) = (spoken, heard);
            match said.message {
                Some(next) => message = next,
                None => break,
            }
        }
    }
    cost
}

#[test]
fn a_few_recent_differences_cost_one_message_and_its_answer() {
    let year = year(10_000);
    let newest = || year.iter().rev().take(15);
    for lost in 1..=5 {
        // What the center lost the station gives at once; what the station lost it asks for.
        let without: Vec<Key> = newest().step_by(3).take(lost).copied().collect();
        let less = || year.iter().filter(|key| !without.contains(key));
        let gives = mend(&set(less()), &set(&year));
        let asks = mend(&set(&year), &set(less()));
        assert_eq!((gives.messages, gives.tries), (1, 1));
        assert_eq!((asks.messages, asks.tries), (2, 1));
        assert!(gives.bytes <= 320 && asks.bytes <= 380, "{gives:?} {asks:?}");
    }
}

#[test]
fn scattered_differences_are_found_step_by_step() {
    let year = year(10_000);
    for start in [17, 900, 1_700] {
        let scattered: Vec<Key> = year.iter().skip(start).step_by(1_801).take(5).copied().collect();
        let (a, b) = (
            set(year.iter().filter(|key| !scattered[..3].contains(key))),
            set(year.iter().filter(|key| !scattered[3..].contains(key))),
        );
        let cost = mend(&a, &b);
        assert!(cost.bytes <= 4_000 && cost.messages <= 6 && cost.tries == 1, "{cost:?}");
    }
}

#[test]
fn a_large_difference_is_given_in_batches() {
    let year = year(10_000);
    for (a, b) in [(0, 10_000), (10_000, 0), (3, 9_000), (9_990, 100)] {
        let (a, b) = (set(&year[..a]), set(&year[year.len() - b..]));
        let cost = mend(&a, &b);
        assert!(cost.bytes <= 200_000 && cost.tries <= 12, "{cost:?}");
    }
}

#[test]
fn equal_sets_have_nothing_to_say() {
    for count in [0, 1, 20, 21, 400, 5_000] {
        let (a, b) = (set(&year(count)), set(&year(count)));
        let opening = open(&a, &scope()).unwrap();
        assert_eq!(answer(&b, &scope(), &opening).unwrap(), Answer::default(), "{count}");
    }
}

#[test]
fn items_of_one_instant_are_told_apart_by_their_ids() {
    let keys: Vec<Key> = (0..3_000).map(|n| key(1_767_000_000_000, n)).collect();
    let (a, b) = (set(&keys[5..]), set(&keys[..2_990]));
    mend(&a, &b);
    assert_eq!(all(&a).len(), 3_000);
}

#[test]
fn items_that_begin_alike_are_named_in_full() {
    let twins = |n: u8| {
        let mut id = [9; 32];
        id[31] = n;
        Key::of(1_767_000_000_000, ItemId(id))
    };
    let year = year(50);
    let with = |twin: &[u8]| {
        let memory = set(&year);
        twin.iter().for_each(|n| assert!(memory.insert(&scope(), twins(*n))));
        memory
    };
    for (one, other) in [
        (&[1][..], &[2][..]),
        (&[1, 2], &[2]),
        (&[], &[1, 2]),
        (&[1, 3], &[2, 4]),
    ] {
        for (a, b) in [(with(one), with(other)), (with(other), with(one))] {
            let cost = mend(&a, &b);
            assert!(cost.messages <= 6, "{cost:?}");
        }
    }
}

#[test]
fn a_store_that_forgets_meanwhile_says_nothing_wrong() {
    struct Shrinking(Memory, std::cell::Cell<u64>);
    impl Held for Shrinking {
        fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
            self.0.sum(scope, from, to)
        }
        fn keys(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError> {
            self.1.set(self.1.get() + 300);
            self.0.keys(scope, from, to, skip + self.1.get(), most)
        }
    }
    let shrinking = Shrinking(set(&year(2_000)), 0.into());
    let opening = open(&shrinking, &scope()).unwrap();
    answer(&set(&year(10)), &scope(), &opening).unwrap();
    answer(&shrinking, &scope(), &open(&set(&year(1_000)), &scope()).unwrap()).unwrap();
}

/// Bytes of a stranger cost no more than a page of reading each, and never panic.
#[test]
fn messages_of_strangers_are_bounded() {
    let held = set(&year(2_000));
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let opening = open(&held, &scope()).unwrap().0;
    for _ in 0..500 {
        let mut bent = opening.clone();
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(0..bent.len());
            bent[at] = random.random();
        }
        bent.truncate(random.random_range(0..=bent.len()));
        if let Ok(said) = answer(&held, &scope(), &Message(bent)) {
            assert!(said.give.len() <= MOST_GIVEN);
            assert!(said.message.is_none_or(|message| message.0.len() < 100_000));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_two_sets_become_their_union(
        both in proptest::collection::vec((0..40_u64, any::<u64>()), 0..300),
        one in proptest::collection::vec((0..40_u64, any::<u64>()), 0..60),
        other in proptest::collection::vec((0..40_u64, any::<u64>()), 0..60),
        same_day in any::<bool>(),
    ) {
        let keys = |of: &[(u64, u64)]| -> Vec<Key> {
            of.iter().map(|(day, n)| key(if same_day { 5 } else { day * DAY }, *n)).collect()
        };
        let (both, one, other) = (keys(&both), keys(&one), keys(&other));
        let (a, b) = (set(both.iter().chain(&one)), set(both.iter().chain(&other)));
        let mut union: Vec<Key> = [both, one, other].concat();
        union.sort();
        union.dedup();
        let cost = mend(&a, &b);
        prop_assert_eq!(all(&a), union);
        prop_assert_eq!(all(&a), all(&b));
        prop_assert!(cost.tries <= 1, "{:?}", cost);
    }
}
