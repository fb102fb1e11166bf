//! The access log of a device: a chain of entries, each hashed together with the one before it, so that none can be altered,
//! taken out or put elsewhere without the next one showing it.
//!
//! A device hands its log to the center in runs, each a signed item. A run that builds on an entry that never came leaves a
//! gap. Two entries that build on the same one are two branches: a copy of the disk was put back, or two copies go on. That
//! is told, and both branches count.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use crate::id::ItemId;
use crate::payload::{Look, Looks};
use crate::world::Millis;

/// The end of a log: the number of its last entry, and the hash that covers all of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Head {
    /// 0 when there is none.
    #[n(0)]
    pub number: u64,
    /// Zeros when there is none.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub hash: [u8; 32],
}

impl Head {
    /// The end of the log after one more entry.
    pub fn then(&self, look: &Look) -> Self {
        let number = self.number.saturating_add(1);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.hash);
        hasher.update(&number.to_be_bytes());
        hasher.update(&look.to_bytes());
        Self {
            number,
            hash: *hasher.finalize().as_bytes(),
        }
    }
}

/// Something that is missing before a run: entries, or what they said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gap {
    /// The number of the first entry behind it.
    pub before: u64,
    /// The item that brings that entry.
    pub item: ItemId,
}

/// Two entries or more that build on the same one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fork {
    /// The number of the entry they build on.
    pub after: u64,
    /// How many there are.
    pub branches: usize,
}

/// What the runs of one device come to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Log {
    /// Entries, each once.
    pub entries: u64,
    /// Where something is missing.
    pub gaps: Vec<Gap>,
    /// Where it parts.
    pub forks: Vec<Fork>,
    /// The time of the newest entry.
    pub last: Option<Millis>,
    /// The ends of all branches.
    pub ends: Vec<Head>,
}

/// Puts the runs of one device together, in whatever order they came.
pub fn follow(runs: impl IntoIterator<Item = (ItemId, Looks)>) -> Log {
    let mut runs: Vec<(ItemId, Looks)> = runs.into_iter().collect();
    // What a run builds on has lower numbers.
    runs.sort_by_key(|(item, looks)| (looks.first, *item));
    let mut log = Log::default();
    let mut after: HashMap<Head, BTreeSet<Head>> = HashMap::from([(Head::default(), BTreeSet::new())]);
    for (item, looks) in &runs {
        let mut at = Head {
            number: looks.first.saturating_sub(1),
            hash: looks.before,
        };
        if let Entry::Vacant(missing) = after.entry(at) {
            log.gaps.push(Gap {
                before: looks.first,
                item: *item,
            });
            // Named once: what else builds on the same missing entry has lost nothing more.
            missing.insert(BTreeSet::new());
        }
        for look in &looks.entries {
            let next = at.then(look);
            after.entry(at).or_default().insert(next);
            if let Entry::Vacant(new) = after.entry(next) {
                new.insert(BTreeSet::new());
                log.entries += 1;
            }
            log.last = log.last.max(Some(look.time));
            at = next;
        }
    }
    for (head, next) in &after {
        match next.len() {
            0 if head.number > 0 => log.ends.push(*head),
            0 | 1 => {}
            branches => log.forks.push(Fork {
                after: head.number,
                branches,
            }),
        }
    }
    log.ends.sort();
    log.forks.sort_by_key(|fork| fork.after);
    log
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::id::DocumentId;

    fn look(n: u64) -> Look {
        Look {
            time: n,
            staff: "T0101".into(),
            purpose: 1,
            documents: vec![DocumentId([1; 16])],
            count: 1,
        }
    }

    /// Runs of `lengths` entries, one behind the other, and where they end.
    fn runs(from: Head, lengths: &[u64]) -> (Vec<(ItemId, Looks)>, Head) {
        let mut at = from;
        let mut runs = Vec::new();
        for length in lengths {
            let looks = Looks {
                first: at.number + 1,
                before: at.hash,
                entries: (0..*length).map(|n| look(at.number + 1 + n)).collect(),
            };
            at = looks.entries.iter().fold(at, |at, look| at.then(look));
            runs.push((id(&looks), looks));
        }
        (runs, at)
    }

    fn id(looks: &Looks) -> ItemId {
        ItemId(*blake3::hash(&looks.to_bytes()).as_bytes())
    }

    #[test]
    fn a_whole_log_is_one_branch_in_whatever_order_it_came() {
        let (mut all, end) = runs(Head::default(), &[3, 1, 4]);
        let log = follow(all.clone());
        assert_eq!(
            (log.entries, log.gaps.len(), log.forks.len(), log.last),
            (8, 0, 0, Some(8))
        );
        assert_eq!(log.ends, [end]);
        all.reverse();
        all.push(all[0].clone());
        assert_eq!(follow(all), log);
    }

    #[test]
    fn what_was_taken_out_or_altered_leaves_a_gap_behind_it() {
        let (all, _) = runs(Head::default(), &[3, 2, 4]);
        for out in 0..2 {
            let mut rest = all.clone();
            let (_, gone) = rest.remove(out);
            let behind = gone.first + gone.entries.len() as u64;
            let log = follow(rest);
            assert_eq!(log.gaps.len(), 1, "run {out}");
            assert_eq!(log.gaps[0].before, behind);
        }
        let alterations: [&dyn Fn(&mut Looks); 4] = [
            &|looks| looks.entries[0].staff = "T0102".into(),
            &|looks| looks.entries[1].time += 1,
            &|looks| looks.entries.swap(0, 1),
            &|looks| drop(looks.entries.remove(1)),
        ];
        for (n, alter) in alterations.iter().enumerate() {
            let mut all = all.clone();
            alter(&mut all[1].1);
            let log = follow(all);
            assert_eq!(
                log.gaps.iter().map(|gap| gap.before).collect::<Vec<_>>(),
                [6],
                "alteration {n}"
            );
        }
        let mut more = all.clone();
        more[1].1.entries.push(look(9));
        assert_eq!(
            follow(more).forks,
            [Fork { after: 5, branches: 2 }],
            "one too many is a second branch"
        );
        let mut numbered = all;
        numbered[2].1.first += 1;
        assert_eq!(
            follow(numbered).gaps[0].before,
            7,
            "an entry was counted that is not there"
        );
    }

    #[test]
    fn a_copy_that_was_put_back_is_a_second_branch_and_no_gap() {
        let (all, _) = runs(Head::default(), &[3, 2]);
        let (_, third) = runs(Head::default(), &[3]);
        // The copy had three entries, and goes on otherwise; it gives the third once more.
        let looks = Looks {
            first: 4,
            before: third.hash,
            entries: vec![look(40), look(41), look(42)],
        };
        let log = follow([all, vec![(id(&looks), looks)]].concat());
        assert_eq!((log.entries, log.gaps.len(), log.ends.len()), (8, 0, 2));
        assert_eq!(log.forks, [Fork { after: 3, branches: 2 }]);
        // A copy that had not given away its last entries parts within a run.
        let (whole, _) = runs(Head::default(), &[5]);
        let mut other = whole[0].1.clone();
        other.entries.truncate(3);
        other.entries.push(look(40));
        let log = follow([whole, vec![(id(&other), other)]].concat());
        assert_eq!((log.entries, log.gaps.len()), (6, 0));
        assert_eq!(log.forks, [Fork { after: 3, branches: 2 }]);
    }
}
