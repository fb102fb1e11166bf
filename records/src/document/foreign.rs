//! Changes that others made: taken apart, judged, and merged on a fork.

use std::borrow::Cow;
use std::collections::BTreeSet;

use automerge::legacy::{Key as OpKey, ObjectId, OpType};
use automerge::{ActorId, Automerge, Change, ExpandedChange, ROOT, ReadDoc, ScalarValue, ValueRef};

use super::bound;
use super::{Document, KEYS_LIMIT, Operation, STAFF_LIMIT, TEXT_LIMIT, check_size, contained, has, length, written_in};
use crate::changes::RecordError;

/// Highest operation counter taken. Automerge counts in 32 bits: a device that jumped to the end of them would leave
/// no room for anyone else's change.
const COUNTER_LIMIT: u64 = 1 << 24;
/// Most operations in one change: every key taken out and written anew.
const OPERATIONS_LIMIT: usize = 2 * KEYS_LIMIT;
/// A change chunk begins so; its type byte is 1. A compressed chunk (2) is not taken: it could swell without limit.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

impl Document {
    /// Takes the changes of one item, all or none of them.
    pub(crate) fn apply(&mut self, device: &[u8; 16], bytes: &[u8]) -> Result<(), RecordError> {
        let changes = parse(bytes)?;
        // Automerge can panic on changes that were made by hand. All happens on a fork that is dropped then.
        self.automerge = contained(|| self.merged(device, changes))?;
        Ok(())
    }

    fn merged(&self, device: &[u8; 16], changes: Vec<Change>) -> Result<Automerge, RecordError> {
        let mut fork = self.automerge.clone();
        let mut touched = BTreeSet::new();
        for change in changes {
            if !change.actor_id().to_bytes().starts_with(device) {
                return Err(RecordError::Actor);
            }
            if has(&fork, &change.hash()) {
                continue;
            }
            check_frame(&mut fork, &change)?;
            touched.extend(self.judge(&fork, &change)?);
            let (hash, bytes) = (change.hash(), change.raw_bytes().to_vec());
            fork.apply_changes([change]).map_err(|_| RecordError::Malformed)?;
            // Automerge writes changes anew from their operations when it saves. One that comes out differently (its
            // encoding was not the usual one, or it stands over values that are not there) would make a document that
            // can be saved and never be loaded again.
            if fork
                .get_change_by_hash(&hash)
                .is_none_or(|again| again.raw_bytes() != bytes)
            {
                return Err(RecordError::Malformed);
            }
        }
        check_size(&fork)?;
        check_untouched(&self.automerge, &fork, &touched)?;
        Ok(fork)
    }

    /// Every operation must be one that this kind of document knows. Returns the keys.
    fn judge(&self, fork: &Automerge, change: &Change) -> Result<BTreeSet<String>, RecordError> {
        let founding = change.deps().is_empty();
        let second = founding && !fork.is_empty();
        let written = written_in(change.actor_id(), change.message(), change.timestamp());
        let mut touched = BTreeSet::new();
        let mut taken_out = BTreeSet::new();
        for op in ExpandedChange::from(change).operations {
            let (ObjectId::Root, OpKey::Map(key), false) = (&op.obj, &op.key, op.insert) else {
                return Err(RecordError::Schema("not a key of the root".into()));
            };
            let value = match &op.action {
                OpType::Put(value) => Some(value),
                OpType::Delete => None,
                _ => return Err(RecordError::Schema(format!("{key}: not a value"))),
            };
            if value.is_some_and(|value| length(value) > TEXT_LIMIT) {
                return Err(RecordError::Schema(format!("{key}: too long")));
            }
            let there = fork.get(ROOT, key.as_str());
            let exists = touched.contains(key.as_str()) || !matches!(there, Ok(None));
            let there = there.ok().flatten();
            let same = there.is_some_and(|(there, _)| there.as_scalar() == value);
            let replaces = !op.pred.is_empty();
            (self.rule)(&Operation {
                key,
                value,
                replaces,
                founding,
                second,
                exists,
                same,
                document: fork,
                written: &written,
            })
            .map_err(|why| RecordError::Schema(format!("{key}: {why}")))?;
            touched.insert(key.to_string());
            match value {
                Some(_) => taken_out.remove(key.as_str()),
                None => taken_out.insert(key.to_string()),
            };
        }
        // A key is emptied only to be written anew in the same change, by a choice among rivals.
        if taken_out.is_empty() {
            Ok(touched)
        } else {
            Err(RecordError::Schema("a deletion".into()))
        }
    }
}

/// What is put into keys by the changes of an item, without a document.
pub(crate) fn contents(bytes: &[u8]) -> Vec<(String, ScalarValue)> {
    let puts = |change: &Change| {
        ExpandedChange::from(change)
            .operations
            .into_iter()
            .filter_map(|op| match (op.key, op.action) {
                (OpKey::Map(key), OpType::Put(value)) => Some((key.to_string(), value)),
                _ => None,
            })
    };
    contained(|| Ok(parse(bytes)?.iter().flat_map(puts).collect())).unwrap_or_default()
}

/// The staff number that each change of an item names; `None` for bytes that are no changes.
pub(crate) fn people(bytes: &[u8]) -> Option<Vec<String>> {
    let name = |change: &Change| change.message().unwrap_or_default().to_owned();
    contained(|| Ok(parse(bytes)?.iter().map(name).collect())).ok()
}

fn parse(bytes: &[u8]) -> Result<Vec<Change>, RecordError> {
    let mut rest = bytes;
    let mut changes = Vec::new();
    while !rest.is_empty() {
        let (chunk, after) = split_chunk(rest).ok_or(RecordError::Malformed)?;
        if !bound::within(chunk, OPERATIONS_LIMIT) {
            return Err(RecordError::Malformed);
        }
        let change = contained(|| Change::try_from(chunk).map_err(|_| RecordError::Malformed))?;
        // Automerge does not look at the checksum here.
        if chunk.get(4..8) != change.hash().0.get(..4) || change.len() > OPERATIONS_LIMIT {
            return Err(RecordError::Malformed);
        }
        changes.push(change);
        rest = after;
    }
    if changes.is_empty() {
        Err(RecordError::Malformed)
    } else {
        Ok(changes)
    }
}

/// One change chunk: magic, checksum (4 bytes), type, length (LEB128), content.
fn split_chunk(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.get(..4)? != MAGIC || *bytes.get(8)? != 1 {
        return None;
    }
    let mut length = 0_usize;
    for (place, byte) in bytes.iter().enumerate().skip(9).take(5) {
        length |= usize::from(byte & 0x7f) << (7 * (place - 9));
        if byte & 0x80 == 0 {
            return bytes.split_at_checked((place + 1).checked_add(length)?);
        }
    }
    None
}

/// Whether a change fits behind what the document holds, whatever it writes.
fn check_frame(document: &mut Automerge, change: &Change) -> Result<(), RecordError> {
    let mut reached = 0;
    for dep in change.deps() {
        let meta = document
            .get_change_meta_by_hash(dep)
            .ok_or(RecordError::MissingDependencies)?;
        reached = reached.max(meta.max_op);
    }
    if change.is_empty()
        || !change.extra_bytes().is_empty()
        || change.start_op().get() <= reached
        || change.max_op() > COUNTER_LIMIT
        || change.message().is_some_and(|staff| staff.len() > STAFF_LIMIT)
    {
        return Err(RecordError::Malformed);
    }
    if change.seq() != last_sequence(document, change.actor_id()) + 1 {
        // A restored backup that wrote under its old actor once more, or a change made by hand.
        return Err(RecordError::Schema("actor sequence is not continuous".into()));
    }
    Ok(())
}

fn last_sequence(document: &mut Automerge, actor: &ActorId) -> u64 {
    document.set_actor(actor.clone());
    document.get_last_local_change().map_or(0, |change| change.seq())
}

/// An operation made by hand can name a foreign key's value as the one it stands over. Whatever the changes did not
/// name must be exactly as before.
fn check_untouched(before: &Automerge, after: &Automerge, touched: &BTreeSet<String>) -> Result<(), RecordError> {
    let same = shown(before, touched).eq(shown(after, touched));
    if same {
        Ok(())
    } else {
        Err(RecordError::Schema("a change reaches beyond its keys".into()))
    }
}

/// Every key that is not `touched`: how many rivals it has, and the value shown.
fn shown<'a>(
    document: &'a Automerge,
    touched: &'a BTreeSet<String>,
) -> impl Iterator<Item = (usize, Cow<'a, str>, ValueRef<'a>)> {
    let untouched = document
        .map_range(ROOT, ..)
        .filter(|item| !touched.contains(item.key.as_ref()));
    untouched.map(|item| {
        let rivals = if item.conflict {
            document.get_all(ROOT, item.key.as_ref()).map_or(0, |all| all.len())
        } else {
            1
        };
        (rivals, item.key, item.value)
    })
}
