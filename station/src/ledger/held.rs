//! The items held, as they are compared with a peer's and given to it.

use std::collections::BTreeSet;

use doorstep_sync::repair::{Held, Key, Sum, days};
use doorstep_sync::replica::ReplicaError;
use doorstep_sync::{FileHash, Fingerprint, Item, ItemId, Scope};

use super::Ledger;
use crate::store::items::State;
use crate::store::{StoreError, Stored, files, items, near, places, uploads};

impl Ledger {
    /// Scopes of which the center holds something and this device nothing are compared too.
    pub(crate) fn compare_too(&mut self, scopes: &[Scope]) -> Stored<()> {
        self.transact(|ledger| {
            let mut scopes = scopes.iter();
            scopes.try_for_each(|scope| places::compare_too(&ledger.db, scope))
        })
    }

    /// The fingerprint of every scope that is compared with the center. On a full disk they are as they were last: the
    /// sets then differ by what waits, and what waits goes all the same.
    pub(crate) fn fingerprints(&self) -> Stored<Vec<(Scope, Fingerprint)>> {
        match places::catch_up(&self.db) {
            Err(StoreError::Full) => tracing::warn!("no space left: newer items are not in the set that is compared"),
            placed => placed?,
        }
        places::placed(&self.db)
    }

    /// Those of `ids` that are held, up to `bytes` of envelopes (at least one).
    pub(crate) fn items(&self, ids: &[ItemId], bytes: usize) -> Stored<Vec<Item>> {
        let (mut found, mut size) = (Vec::new(), 0);
        for id in ids {
            let Some(item) = items::get(&self.db, id)? else {
                continue;
            };
            size += item.envelope.len();
            if size > bytes && !found.is_empty() {
                break;
            }
            found.push(item);
        }
        Ok(found)
    }

    /// The center has lost these: own ones wait for a receipt again.
    pub(crate) fn lacks(&mut self, ids: &[ItemId]) -> Stored<()> {
        if ids.is_empty() {
            return Ok(());
        }
        self.transact(|ledger| {
            let mut touched = BTreeSet::new();
            for id in ids {
                if items::wait_again(&ledger.db, id, State::Accepted)? {
                    touched.extend(ledger.document_of(id)?);
                }
            }
            ledger.project_all(touched)
        })
    }

    /// The center has lost these files: those held here wait to go up again, whoever photographed them.
    pub(crate) fn lost(&mut self, hashes: &[FileHash]) -> Stored<()> {
        if hashes.is_empty() {
            return Ok(());
        }
        self.transact(|ledger| {
            let mut touched = BTreeSet::new();
            for hash in hashes {
                let Some(held) = files::get(&ledger.db, hash)? else {
                    continue;
                };
                let scopes = near::scopes_of_file(&ledger.db, hash)?;
                if let Some(scope) = scopes.into_iter().next() {
                    files::unverify(&ledger.db, hash)?;
                    uploads::add(&ledger.db, &held.name, &scope)?;
                    touched.extend(files::named_by(&ledger.db, hash)?);
                }
            }
            ledger.project_all(touched)
        })
    }
}

impl Held for Ledger {
    fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
        days::sum(&places::Places::of(&self.db)?, scope, from, to)
    }

    fn keys(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError> {
        days::keys(&places::Places::of(&self.db)?, scope, from, to, skip, most)
    }
}
