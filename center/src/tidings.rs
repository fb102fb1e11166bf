//! What a scope is told of items and files: each once, in receipts that every peer takes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use doorstep_sync::payload::{Receipt, Refusal};
use doorstep_sync::{FileHash, ItemId};

/// Names of items, or of files, in one receipt: 70 KB.
const NAMES: usize = 2_048;
/// Refusals in one receipt: 110 KB, with the longest reasons.
const REFUSALS: usize = 128;
/// Characters of a reason. It may repeat what the item holds.
const REASON: usize = 200;

/// What is known, and not yet told.
#[derive(Default)]
pub struct Tidings {
    /// In order of arrival: an answer whose names follow the request's is short.
    accepted: Vec<ItemId>,
    refused: BTreeMap<ItemId, Refusal>,
    verified: BTreeSet<FileHash>,
}

impl Tidings {
    /// An item is stored.
    pub fn accepted(&mut self, item: ItemId) {
        self.accepted.push(item);
    }

    /// An item was not taken; the first reason counts.
    pub fn refused(&mut self, mut refusal: Refusal) {
        if let Some((end, _)) = refusal.reason.char_indices().nth(REASON) {
            refusal.reason.truncate(end);
        }
        self.refused.entry(refusal.item).or_insert(refusal);
    }

    /// A file is here, whole.
    pub fn verified(&mut self, file: FileHash) {
        self.verified.insert(file);
    }

    /// As receipts, none of them above a quarter of a megabyte; what was `taken` after all is not refused.
    pub fn receipts(self, taken: &HashSet<ItemId>) -> Vec<Receipt> {
        let Self {
            mut accepted,
            mut refused,
            verified,
        } = self;
        let mut once = HashSet::new();
        accepted.retain(|item| once.insert(*item));
        refused.retain(|item, _| !taken.contains(item));
        let refused: Vec<Refusal> = refused.into_values().collect();
        let verified: Vec<FileHash> = verified.into_iter().collect();
        let names = accepted.len().max(verified.len()).div_ceil(NAMES);
        (0..names.max(refused.len().div_ceil(REFUSALS)))
            .map(|number| Receipt {
                accepted: part(&accepted, number, NAMES),
                refused: part(&refused, number, REFUSALS),
                verified: part(&verified, number, NAMES),
            })
            .collect()
    }
}

fn part<T: Clone>(all: &[T], number: usize, size: usize) -> Vec<T> {
    all.chunks(size).nth(number).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_told_once_in_receipts_that_every_peer_takes() {
        let name = |n: u32| blake3::hash(&n.to_le_bytes()).into();
        let mut told = Tidings::default();
        for n in 0..5_000 {
            for _ in 0..2 {
                told.accepted(ItemId(name(n)));
                told.verified(FileHash(name(n)));
                told.refused(Refusal {
                    item: ItemId(name(n + 4_999)),
                    code: "too_many_waiting".into(),
                    reason: "桃".repeat(300_000),
                });
            }
        }
        let receipts = told.receipts(&HashSet::from([ItemId(name(4_999))]));
        assert!(receipts.iter().all(|receipt| receipt.to_bytes().len() <= 256 << 10));
        let count = |of: fn(&Receipt) -> usize| receipts.iter().map(of).sum::<usize>();
        assert_eq!(count(|receipt| receipt.accepted.len()), 5_000);
        assert_eq!(count(|receipt| receipt.refused.len()), 4_999, "one was taken after all");
        assert_eq!(count(|receipt| receipt.verified.len()), 5_000);
        assert!(Tidings::default().receipts(&HashSet::new()).is_empty());
    }
}
