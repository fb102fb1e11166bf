//! Sets that differ are made equal: see [`crate::repair`]. The center opens, in the answer to an exchange that showed a
//! difference; what follows goes with the next exchanges.

use std::collections::{HashMap, HashSet};

use super::{Run, Trouble};
use crate::fingerprint::{Fingerprint, Print};
use crate::id::{FileHash, ItemId};
use crate::item::Item;
use crate::repair::{Message, RepairError, answer};
use crate::replica::{Replica, ReplicaError};
use crate::scope::Scope;
use crate::wire::FIRST;

/// Exchanges in a row in which sets are compared and no item moves: more than it takes to find any difference.
const MOST_IDLE: u8 = 12;

/// What one run leaves for the next, as long as the program lives: so that what cannot be settled now is not tried in
/// every run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Known {
    /// Scopes that could not be made equal, and what was held of them. They are compared again when something else is
    /// held.
    pub(super) apart: HashMap<Scope, Fingerprint>,
    /// Own items that went up and have no receipt. When the center does not hold them, the comparison tells.
    pub(super) unanswered: HashSet<ItemId>,
    /// Wanted files that the center does not have. They are asked for again when it gives something new.
    pub(super) missing: HashSet<FileHash>,
}

#[derive(Debug, Default)]
pub(super) struct Repair {
    known: Known,
    /// What is to be said next.
    says: Vec<(Scope, Message)>,
    /// What the center lacks.
    gives: Vec<ItemId>,
    /// A comparison has ended and not everything is equal, though items have moved: it is begun again.
    again: bool,
    /// Scopes in which both ends hold the same, as this run has found.
    level: HashSet<Scope>,
    /// Exchanges since an item moved, while sets are compared.
    idle: u8,
    /// Items have moved since sets were last found different with nothing said about it.
    moved: bool,
}

impl Repair {
    /// Whether there is something to say or to bring.
    pub(super) fn goes_on(&self) -> bool {
        self.again || !self.says.is_empty() || !self.gives.is_empty()
    }

    /// Takes what is to be said next.
    pub(super) fn says(&mut self) -> Vec<(Scope, Message)> {
        self.again = false;
        std::mem::take(&mut self.says)
    }

    /// Whether an earlier run brought this item and its receipt may still come. Where both ends hold the same it is there,
    /// and what was said of it lies behind us: a center that was put back said it elsewhere in its log. Brought once more,
    /// it is told again.
    pub(super) fn knows_unanswered(&self, item: &Item, id: &ItemId) -> bool {
        self.known.unanswered.contains(id) && !item.open().is_ok_and(|envelope| self.level.contains(&envelope.scope))
    }

    /// Whether an earlier run asked for this file in vain.
    pub(super) fn knows_missing(&self, file: &FileHash) -> bool {
        self.known.missing.contains(file)
    }

    /// The center is another one now.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

/// What both ends said in an exchange.
pub(super) struct Said {
    /// This device, of the scopes it named.
    pub ours: HashMap<Scope, Fingerprint>,
    /// The center, of those where it holds something else.
    pub theirs: HashMap<Scope, Print>,
    /// What the center says about differences.
    pub messages: Vec<(Scope, Message)>,
    /// Items went up.
    pub brought: bool,
}

impl Run {
    /// A run that knows what the last one could not settle ([`super::Outcome::known`]).
    #[must_use]
    pub fn knowing(mut self, known: Known) -> Self {
        self.outcome.known = known.clone();
        self.repair.known = known;
        self
    }

    /// Fills a batch with what the center lacks.
    pub(super) fn bring_lacking(&mut self, replica: &dyn Replica, items: &mut Vec<Item>) -> Result<(), ReplicaError> {
        let gives = std::mem::take(&mut self.repair.gives);
        let used: usize = items.iter().map(|item| item.envelope.len()).sum();
        let fresh: HashSet<ItemId> = items.iter().map(Item::id).collect();
        let gives: Vec<ItemId> = gives.into_iter().filter(|id| !fresh.contains(id)).collect();
        let most = usize::try_from(self.batch.size()).unwrap_or(usize::MAX);
        if !gives.is_empty() && used < most {
            items.extend(replica.items(&gives, most - used)?);
        }
        Ok(())
    }

    /// Leaves out the scopes that an earlier run could not make equal, as long as the same is held of them.
    pub(super) fn worth_comparing(&self, own: Vec<(Scope, Fingerprint)>) -> Vec<(Scope, Fingerprint)> {
        let apart = &self.repair.known.apart;
        own.into_iter()
            .filter(|(scope, own)| apart.get(scope) != Some(own))
            .collect()
    }

    /// Compares both ends' sets, when nothing is on its way, and takes what the center says about a difference.
    pub(super) fn compare(&mut self, replica: &mut dyn Replica, said: &Said) -> Result<(), ReplicaError> {
        let level = !self.exchange.more && self.fresh(replica)?.is_empty();
        let own: HashMap<Scope, Fingerprint> = replica.fingerprints()?.into_iter().collect();
        let is_equal = |scope: &Scope| {
            let held = own.get(scope).copied().unwrap_or_default();
            match (said.theirs.get(scope), said.ours.get(scope)) {
                (Some(theirs), _) => Some(theirs.is_of(&held)),
                (None, Some(as_said)) => Some(*as_said == held),
                // It was left out of the comparison.
                (None, None) => (self.repair.known.apart.get(scope) == Some(&held)).then_some(false),
            }
        };
        let strange = said.theirs.keys().filter(|scope| !own.contains_key(scope));
        let mut equal: Vec<(Scope, Option<bool>)> = own
            .keys()
            .chain(strange)
            .map(|scope| (scope.clone(), is_equal(scope).filter(|_| level)))
            .collect();
        equal.sort();
        let level_now = equal.iter().filter(|(_, equal)| *equal == Some(true));
        self.repair.level = level_now.map(|(scope, _)| scope.clone()).collect();
        // What came counts when it was new and could be kept.
        let is_new = |(scope, held): (&Scope, &Fingerprint)| {
            said.ours.get(scope) != Some(held) && self.repair.known.apart.get(scope) != Some(held)
        };
        let moved = said.brought || own.iter().any(is_new);
        self.repair.moved |= moved;
        let compares = !said.messages.is_empty() && !moved;
        self.repair.idle = if compares {
            self.repair.idle.saturating_add(1)
        } else {
            0
        };
        if !self.exchange.more && self.version > FIRST && self.repair.idle < MOST_IDLE {
            let open = said.messages.iter().filter(|(scope, _)| is_equal(scope) != Some(true));
            let mut lacking = Vec::new();
            for (scope, message) in open {
                let follows = match answer(replica, scope, message) {
                    Ok(follows) => follows,
                    Err(RepairError::Store(error)) => return Err(error),
                    Err(RepairError::Malformed) => {
                        self.stop(Trouble::Protocol("malformed".to_owned()));
                        return Ok(());
                    }
                };
                self.repair
                    .says
                    .extend(follows.message.map(|next| (scope.clone(), next)));
                lacking.extend(follows.give);
            }
            replica.lacks(&lacking)?;
            // What went up in this run and is not held there was not taken: nothing would come of bringing it again.
            lacking.retain(|id| !self.exchange.sent.contains(id));
            self.repair.gives = lacking;
        }
        if level && !self.repair.goes_on() {
            self.end_comparison(&equal, &own);
        }
        self.outcome.fingerprints_equal = equal;
        Ok(())
    }

    /// Nothing is left to say. What is not equal now is compared once more when items have moved, and otherwise left.
    fn end_comparison(&mut self, equal: &[(Scope, Option<bool>)], own: &HashMap<Scope, Fingerprint>) {
        let different: Vec<&Scope> = equal
            .iter()
            .filter_map(|(scope, equal)| (*equal == Some(false)).then_some(scope))
            .collect();
        let worth = different
            .iter()
            .any(|scope| self.repair.known.apart.get(scope) != Some(&own.get(scope).copied().unwrap_or_default()));
        self.repair.again = worth && self.repair.moved && self.version > FIRST;
        self.repair.moved = false;
        if !self.repair.again {
            let held = |scope: &Scope| own.get(scope).copied().unwrap_or_default();
            self.outcome.known.apart = different
                .into_iter()
                .map(|scope| (scope.clone(), held(scope)))
                .collect();
        }
    }
}
