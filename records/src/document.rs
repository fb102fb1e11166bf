//! What the document of an application and that of a case share: one save is one change, and foreign changes are
//! judged before they are taken.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::legacy::{Key as OpKey, ObjectId, OpType};
use automerge::transaction::{CommitOptions, Transaction};
use automerge::{
    ActorId, Automerge, Change, ChangeHash, ExpandedChange, ObjId, PatchLog, ROOT, ReadDoc, ScalarValue, Value,
    ValueRef,
};

use crate::changes::{Author, RecordError, Save};

/// Most keys in one document.
const KEYS_LIMIT: usize = 2_000;
/// Longest text, bytes.
pub(crate) const TEXT_LIMIT: usize = 64 * 1024;
/// Highest operation counter taken. Automerge counts in 32 bits: a device that jumped to the end of them would leave
/// no room for anyone else's change.
const COUNTER_LIMIT: u64 = 1 << 24;
/// Longest staff number, bytes.
const STAFF_LIMIT: usize = 64;
/// A change chunk begins so; its type byte is 1. A compressed chunk (2) is not taken: it could swell without limit.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// Who wrote a value, on which device, when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    /// Staff number.
    pub staff: String,
    /// Device id, hex.
    pub device: String,
    /// Milliseconds, to the second.
    pub time: u64,
}

impl Written {
    pub(crate) fn by(author: &Author) -> Self {
        let staff = author.staff.clone();
        Self { staff, device: device_of(&author.actor), time: author.time / 1000 * 1000 }
    }
}

/// One operation of a foreign change, as a rule judges it.
pub(crate) struct Operation<'a> {
    /// Key of the root map.
    pub key: &'a str,
    /// The value put there; `None` takes the key out.
    pub value: Option<&'a ScalarValue>,
    /// Whether it stands over an earlier value.
    pub replaces: bool,
    /// Whether its change is the first of a document.
    pub founding: bool,
    /// Whether the key is there already.
    pub exists: bool,
    /// Who wrote the change.
    pub written: &'a Written,
}

/// Says what is wrong with an operation, for documents of one kind.
pub(crate) type Rule = fn(&Operation<'_>) -> Result<(), String>;

/// A flat Automerge document.
#[derive(Clone)]
pub(crate) struct Document {
    automerge: Automerge,
    rule: Rule,
}

impl Document {
    pub(crate) fn empty(rule: Rule) -> Self {
        Self { automerge: Automerge::new(), rule }
    }

    pub(crate) fn load(bytes: &[u8], rule: Rule) -> Result<Self, RecordError> {
        let automerge = contained(|| Automerge::load(bytes).map_err(|_| RecordError::Malformed))?;
        Ok(Self { automerge, rule })
    }

    pub(crate) fn save(&self) -> Vec<u8> {
        self.automerge.save()
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        let mut heads: Vec<_> = self.automerge.get_heads().iter().map(|hash| hex::encode(hash.0)).collect();
        heads.sort();
        heads
    }

    /// One save: all that `write` puts becomes one change by `author`, or nothing when it fails. With `seen`, the change
    /// stands beside whatever the document holds that those heads (and the author's own changes) do not: so a value that
    /// arrived behind the writer's back becomes a rival instead of being overwritten unseen.
    pub(crate) fn commit(
        &mut self,
        author: &Author,
        seen: Option<&[String]>,
        write: impl FnOnce(&mut Transaction<'_>) -> Result<(), RecordError>,
    ) -> Result<Save, RecordError> {
        if author.staff.len() > STAFF_LIMIT {
            return Err(RecordError::Schema("staff number is too long".into()));
        }
        let mut fork = self.automerge.clone();
        fork.set_actor(ActorId::from(author.actor.as_slice()));
        let seen = seen.map(|heads| known_heads(&fork, heads)).transpose()?;
        let mut tx = match seen {
            None => fork.transaction(),
            Some(heads) => {
                fork.transaction_at(PatchLog::inactive(), &heads).map_err(|_| RecordError::Malformed)?
            }
        };
        write(&mut tx)?;
        let mut options = CommitOptions::default().with_time(i64::try_from(author.time / 1000).unwrap_or(i64::MAX));
        if !author.staff.is_empty() {
            options = options.with_message(author.staff.clone());
        }
        let (hash, _) = tx.commit_with(options);
        let Some(change) = hash.and_then(|hash| fork.get_change_by_hash(&hash)) else {
            return Ok(Save::default());
        };
        check_size(&fork)?;
        self.automerge = fork;
        Ok(Save { bytes: change.raw_bytes().to_vec() })
    }

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
            if !fork.get_change_by_hash(&hash).is_some_and(|again| again.raw_bytes() == bytes) {
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
        if founding && !fork.is_empty() {
            return Err(RecordError::Schema("a second beginning".into()));
        }
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
            let exists = touched.contains(key.as_str()) || !matches!(fork.get(ROOT, key.as_str()), Ok(None));
            let replaces = op.pred.len() > 0;
            (self.rule)(&Operation { key, value, replaces, founding, exists, written: &written })
                .map_err(|why| RecordError::Schema(format!("{key}: {why}")))?;
            touched.insert(key.to_string());
            match value {
                Some(_) => taken_out.remove(key.as_str()),
                None => taken_out.insert(key.to_string()),
            };
        }
        // A key is emptied only to be written anew in the same change, by a choice among rivals.
        if taken_out.is_empty() { Ok(touched) } else { Err(RecordError::Schema("a deletion".into())) }
    }

    /// Every key with all its rivals, the one that every device shows last.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (String, Vec<Entry<'_>>)> {
        self.automerge.keys(ROOT).filter_map(|key| {
            let rivals = self.automerge.get_all(ROOT, key.as_str()).ok()?;
            let entries = rivals.into_iter().filter_map(|(value, id)| match value {
                Value::Scalar(value) => Some(Entry { document: &self.automerge, value, id }),
                Value::Object(_) => None,
            });
            Some((key, entries.collect()))
        })
    }

    /// How many keys begin with `prefix`.
    pub(crate) fn count(&self, prefix: &str) -> usize {
        self.automerge.keys(ROOT).filter(|key| key.starts_with(prefix)).count()
    }
}

/// One of the values of a key.
pub(crate) struct Entry<'a> {
    document: &'a Automerge,
    /// The value.
    pub value: Cow<'a, ScalarValue>,
    id: ObjId,
}

impl Entry<'_> {
    /// Who wrote it.
    pub(crate) fn written(&self) -> Written {
        let change = self.document.hash_for_opid(&self.id);
        match change.and_then(|hash| self.document.get_change_meta_by_hash(&hash)) {
            Some(meta) => written_in(&meta.actor, meta.message.as_deref(), meta.timestamp),
            None => Written::default(),
        }
    }
}

/// What is put into keys by the changes of an item, without a document.
pub(crate) fn contents(bytes: &[u8]) -> Vec<(String, ScalarValue)> {
    let puts = |change: &Change| {
        ExpandedChange::from(change).operations.into_iter().filter_map(|op| match (op.key, op.action) {
            (OpKey::Map(key), OpType::Put(value)) => Some((key.to_string(), value)),
            _ => None,
        })
    };
    contained(|| Ok(parse(bytes)?.iter().flat_map(puts).collect())).unwrap_or_default()
}

fn parse(bytes: &[u8]) -> Result<Vec<Change>, RecordError> {
    let mut rest = bytes;
    let mut changes = Vec::new();
    while !rest.is_empty() {
        let (chunk, after) = split_chunk(rest).ok_or(RecordError::Malformed)?;
        let change = contained(|| Change::try_from(chunk).map_err(|_| RecordError::Malformed))?;
        // Automerge does not look at the checksum here.
        if chunk.get(4..8) != change.hash().0.get(..4) {
            return Err(RecordError::Malformed);
        }
        changes.push(change);
        rest = after;
    }
    if changes.is_empty() { Err(RecordError::Malformed) } else { Ok(changes) }
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

fn contained<T>(work: impl FnOnce() -> Result<T, RecordError>) -> Result<T, RecordError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(RecordError::Malformed))
}

fn has(document: &Automerge, hash: &ChangeHash) -> bool {
    document.get_change_meta_by_hash(hash).is_some()
}

/// Whether a change fits behind what the document holds, whatever it writes.
fn check_frame(document: &mut Automerge, change: &Change) -> Result<(), RecordError> {
    let mut reached = 0;
    for dep in change.deps() {
        let meta = document.get_change_meta_by_hash(dep).ok_or(RecordError::MissingDependencies)?;
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

/// Bytes of a text.
pub(crate) fn length(value: &ScalarValue) -> usize {
    match value {
        ScalarValue::Str(text) => text.len(),
        ScalarValue::Bytes(bytes) => bytes.len(),
        _ => 0,
    }
}

fn last_sequence(document: &mut Automerge, actor: &ActorId) -> u64 {
    document.set_actor(actor.clone());
    document.get_last_local_change().map_or(0, |change| change.seq())
}

/// Heads that a writer saw, with the writer's own last change: nobody is a rival of himself.
fn known_heads(document: &Automerge, heads: &[String]) -> Result<Vec<ChangeHash>, RecordError> {
    let mut known = Vec::with_capacity(heads.len() + 1);
    for head in heads {
        let bytes = hex::decode(head).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let hash = ChangeHash(bytes.ok_or(RecordError::NotFound)?);
        if !has(document, &hash) {
            return Err(RecordError::NotFound);
        }
        known.push(hash);
    }
    let own = document.get_last_local_change().map(|change| change.hash());
    known.extend(own.filter(|own| !known.contains(own)));
    Ok(known)
}

fn written_in(actor: &ActorId, staff: Option<&str>, seconds: i64) -> Written {
    let time = u64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
    Written { staff: staff.unwrap_or_default().to_owned(), device: device_of(actor.to_bytes()), time }
}

fn device_of(actor: &[u8]) -> String {
    hex::encode(actor.get(..16).unwrap_or(actor))
}

fn check_size(document: &Automerge) -> Result<(), RecordError> {
    if document.length(ROOT) > KEYS_LIMIT { Err(RecordError::Schema("too many entries".into())) } else { Ok(()) }
}

/// An operation made by hand can name a foreign key's value as the one it stands over. Whatever the changes did not
/// name must be exactly as before.
fn check_untouched(before: &Automerge, after: &Automerge, touched: &BTreeSet<String>) -> Result<(), RecordError> {
    let same = shown(before, touched).eq(shown(after, touched));
    if same { Ok(()) } else { Err(RecordError::Schema("a change reaches beyond its keys".into())) }
}

/// Every key that is not `touched`: how many rivals it has, and the value shown.
fn shown<'a>(
    document: &'a Automerge,
    touched: &'a BTreeSet<String>,
) -> impl Iterator<Item = (usize, Cow<'a, str>, ValueRef<'a>)> {
    let untouched = document.map_range(ROOT, ..).filter(|item| !touched.contains(item.key.as_ref()));
    untouched.map(|item| {
        let rivals = if item.conflict { document.get_all(ROOT, item.key.as_ref()).map_or(0, |all| all.len()) } else { 1 };
        (rivals, item.key, item.value)
    })
}
