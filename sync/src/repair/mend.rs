//! The half of whoever is asked: what an exchange says about sets that differ.

use std::collections::{HashMap, HashSet};

use super::{Held, Key, MOST_GIVEN, Message, RepairError, answer, open};
use crate::fingerprint::{Fingerprint, Print};
use crate::id::ItemId;
use crate::item::Item;
use crate::scope::Scope;
use crate::wire::{FIRST, SyncRequest};

/// Scopes spoken of in one request: a town's villages over many years have some hundred.
const MOST_SCOPES: usize = 4_096;

/// What an answer says about sets that differ.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Mending {
    /// The prints of scopes that are not as the request said.
    pub fingerprints: Vec<(Scope, Print)>,
    /// What is said to find out how they differ.
    pub repair: Vec<(Scope, Message)>,
    /// Items that the other side lacks: bring as many as fit.
    pub give: Vec<ItemId>,
}

/// Compares what `request` says with the set of `held`, after the request's items were taken. `brings` is what the
/// answer brings besides: it does not make a difference. `unnamed` are scopes that the request does not name and that the
/// other side should hold.
///
/// A scope that the other side may not read is empty for it. While `more` is to come, prints are told and nothing else.
/// [`RepairError::Malformed`] when a scope is spoken of twice, or more than [`MOST_SCOPES`] are: each costs work.
pub fn mend(
    held: &dyn Held,
    request: &SyncRequest,
    brings: &[Item],
    unnamed: &[Scope],
    more: bool,
    may_read: impl Fn(&Scope) -> bool,
) -> Result<Mending, RepairError> {
    let mut seen = HashSet::new();
    let prints = request.fingerprints.iter().map(|(scope, _)| (scope, false));
    let messages = request.repair.iter().map(|(scope, _)| (scope, true));
    if prints.chain(messages).any(|named| !seen.insert(named)) || seen.len() > MOST_SCOPES {
        return Err(RepairError::Malformed);
    }
    let mut mending = Mending::default();
    let opens = request.version > FIRST && !more;
    let mut on_the_way: HashMap<Scope, Vec<ItemId>> = HashMap::new();
    for item in brings {
        if let Ok(envelope) = item.open() {
            on_the_way.entry(envelope.scope).or_default().push(item.id());
        }
    }
    for (scope, said) in &request.fingerprints {
        if !may_read(scope) {
            if !said.is_of(&Fingerprint::default()) {
                mending
                    .fingerprints
                    .push((scope.clone(), Print::Whole(Fingerprint::default())));
            }
            continue;
        }
        let own = held.sum(scope, &Key::START, &Key::END)?.total;
        if said.is_of(&own) {
            continue;
        }
        mending.fingerprints.push((scope.clone(), Print::Whole(own)));
        let mut expected = own;
        on_the_way
            .get(scope)
            .into_iter()
            .flatten()
            .for_each(|id| expected.remove(id));
        let spoken_of = request.repair.iter().any(|(of, _)| of == scope);
        if opens && !spoken_of && !said.is_of(&expected) {
            mending.repair.push((scope.clone(), open(held, scope)?));
        }
    }
    if opens {
        for scope in unnamed.iter().filter(|scope| may_read(scope)) {
            let own = held.sum(scope, &Key::START, &Key::END)?.total;
            let mut rest = own;
            on_the_way
                .get(scope)
                .into_iter()
                .flatten()
                .for_each(|id| rest.remove(id));
            if rest == Fingerprint::default() {
                continue;
            }
            mending.fingerprints.push((scope.clone(), Print::Whole(own)));
            mending.repair.push((scope.clone(), open(held, scope)?));
        }
        for (scope, message) in request.repair.iter().filter(|(scope, _)| may_read(scope)) {
            // The other rounds bring the rest.
            if mending.give.len() >= MOST_GIVEN {
                break;
            }
            let said = answer(held, scope, message)?;
            mending.give.extend(said.give);
            mending
                .repair
                .extend(said.message.map(|message| (scope.clone(), message)));
        }
    }
    Ok(mending)
}
