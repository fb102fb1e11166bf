//! The access log: who saw which record here, when and why. Entries are hashed into a chain and lie in the encrypted store
//! at once; from time to time, and at locking, they become one signed item, which goes to the district as any other.

use std::collections::HashMap;

use doorstep_records::Purpose;
use doorstep_sync::payload::{Look, Looks};
use doorstep_sync::{DocumentId, Item, Kind, Millis, Scope};

use super::{Ledger, StoreError, Stored, items};
use crate::store::looks;

/// Who sees the same record for the same reason once more within this time is not written down again.
const SAME: Millis = 10 * 60_000;
/// How long entries may wait for others before they become an item.
const GATHER: Millis = 10 * 60_000;
/// Entries of one item.
const RUN: usize = 200;
/// Records that one entry names: of a search that found more, only how many is written down.
const NAMED: usize = 20;

/// Who saw what for which reason, and when that was written down last.
pub(super) type Seen = HashMap<(String, Purpose, Option<DocumentId>), Millis>;

impl Ledger {
    /// Somebody saw these records, `count` in all. When it returns it is on the disk.
    pub(crate) fn look(&mut self, staff: &str, purpose: Purpose, documents: &[DocumentId], count: usize) -> Stored<()> {
        let now = self.now();
        // A clock that was put back must not keep the log silent.
        self.seen.retain(|_, at| *at <= now && now - *at < SAME);
        let named = if documents.len() <= NAMED { documents } else { &[] };
        let key = |document| (staff.to_owned(), purpose, document);
        let new: Vec<DocumentId> = named
            .iter()
            .filter(|id| !self.seen.contains_key(&key(Some(**id))))
            .copied()
            .collect();
        if new.is_empty() && (!named.is_empty() || self.seen.contains_key(&key(None))) {
            return Ok(());
        }
        let look = Look {
            time: now,
            staff: staff.to_owned(),
            purpose: purpose.number(),
            count: u32::try_from(if named.is_empty() { count } else { new.len() }).unwrap_or(u32::MAX),
            documents: new.clone(),
        };
        self.transact(|ledger| looks::add(&ledger.db, &look))?;
        let seen: Vec<Option<DocumentId>> = match new.is_empty() {
            true => vec![None],
            false => new.into_iter().map(Some).collect(),
        };
        self.seen.extend(seen.into_iter().map(|document| (key(document), now)));
        Ok(())
    }

    /// Puts the entries that have waited long enough, or all that wait, into items.
    pub(crate) fn gather_looks(&mut self, all: bool) -> Stored<()> {
        let Some(oldest) = looks::oldest(&self.db)? else {
            return Ok(());
        };
        let now = self.now();
        // In the future only after a clock was put back: then it is not known how long it has waited.
        if !all && oldest <= now && now - oldest < GATHER {
            return Ok(());
        }
        self.transact(|ledger| {
            let scope = Scope::new(&ledger.station.division, "0").map_err(|_| StoreError::Damaged("scope"))?;
            loop {
                let entries = looks::some(&ledger.db, RUN)?;
                if entries.is_empty() {
                    break;
                }
                let before = looks::gathered(&ledger.db)?;
                let mut after = entries.iter().fold(before, |head, look| head.then(look));
                let last = looks::end(&ledger.db)?;
                if entries.len() < RUN && after != last {
                    // They are not what was written: the log goes on from what was, so that the district sees the gap.
                    tracing::error!("the access log was altered");
                    after = last;
                }
                let run = Looks {
                    first: before.number + 1,
                    before: before.hash,
                    entries,
                };
                let envelope = ledger.envelope(Kind::Look, scope.clone(), None, "", run.to_bytes());
                let item = Item::sign(&envelope, &ledger.key);
                items::insert(&ledger.db, &item, &envelope, items::State::Waiting, None)?;
                looks::gather(&ledger.db, &after)?;
            }
            Ok(())
        })
    }
}
