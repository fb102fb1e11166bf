//! What the document of an application and that of a case share: one save is one change, and foreign changes are
//! judged before they are taken.

mod bound;
mod foreign;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::transaction::{CommitOptions, Transaction};
use automerge::{ActorId, Automerge, ChangeHash, ObjId, PatchLog, ROOT, ReadDoc, ScalarValue, Value};

use crate::changes::{Author, RecordError, Save};
pub(crate) use foreign::{contents, people};

/// Most keys in one document.
const KEYS_LIMIT: usize = 2_000;
/// Longest text, bytes.
pub(crate) const TEXT_LIMIT: usize = 64 * 1024;
/// Longest staff number, bytes.
const STAFF_LIMIT: usize = 64;
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
        Self {
            staff,
            device: device_of(&author.actor),
            time: author.time / 1000 * 1000,
        }
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
    /// Whether its change begins a document that is begun already.
    pub second: bool,
    /// Whether the key is there already.
    pub exists: bool,
    /// Whether it is there already with this very value.
    pub same: bool,
    /// The document before the change.
    pub document: &'a Automerge,
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
        Self {
            automerge: Automerge::new(),
            rule,
        }
    }

    pub(crate) fn load(bytes: &[u8], rule: Rule) -> Result<Self, RecordError> {
        let automerge = contained(|| Automerge::load(bytes).map_err(|_| RecordError::Malformed))?;
        Ok(Self { automerge, rule })
    }

    pub(crate) fn save(&self) -> Vec<u8> {
        self.automerge.save()
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        words_of(&self.automerge.get_heads())
    }

    /// One save: all that `write` puts becomes one change by `author`, or nothing when it fails. With `seen`, the change
    /// stands beside whatever the document holds that those heads do not: so a value that arrived behind the writer's
    /// back becomes a rival instead of being overwritten unseen.
    pub(crate) fn commit(
        &mut self,
        author: &Author,
        seen: Option<&[String]>,
        write: impl FnOnce(&mut Transaction<'_>) -> Result<(), RecordError>,
    ) -> Result<Save, RecordError> {
        if author.staff.len() > STAFF_LIMIT {
            return Err(RecordError::Schema("staff number is too long".into()));
        }
        let heads = self.automerge.get_heads();
        let known = seen
            .map(|seen| known_heads(&self.automerge, &heads, seen))
            .transpose()?;
        let behind = known.filter(|known| !heads.iter().all(|head| known.contains(head)));
        // Only what lies behind something unseen is written apart: until the commit it cannot tell how large the whole is.
        let mut fork = behind.as_ref().map(|_| self.automerge.clone());
        let document = fork.as_mut().unwrap_or(&mut self.automerge);
        let mut tx = match &behind {
            None => {
                document.set_actor(ActorId::from(author.actor.as_slice()));
                document.transaction()
            }
            Some(known) => {
                set_actor_behind(document, author, known)?;
                document
                    .transaction_at(PatchLog::inactive(), known)
                    .map_err(|_| RecordError::Malformed)?
            }
        };
        // A transaction that is dropped is undone.
        write(&mut tx)?;
        check_size(&tx)?;
        let mut options = CommitOptions::default().with_time(i64::try_from(author.time / 1000).unwrap_or(i64::MAX));
        if !author.staff.is_empty() {
            options = options.with_message(author.staff.clone());
        }
        let (hash, _) = tx.commit_with(options);
        let Some(change) = hash.and_then(|hash| document.get_change_by_hash(&hash)) else {
            return Ok(Save {
                bytes: Vec::new(),
                heads: words_of(&behind.unwrap_or(heads)),
            });
        };
        if let Some(fork) = fork {
            check_size(&fork)?;
            self.automerge = fork;
        }
        Ok(Save {
            bytes: change.raw_bytes().to_vec(),
            heads: words_of(&[change.hash()]),
        })
    }

    /// Every key with all its rivals, the one that every device shows last.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (String, Vec<Entry<'_>>)> {
        self.automerge.map_range(ROOT, ..).filter_map(|item| {
            let (key, id) = (item.key.to_string(), item.id());
            // One pass over all keys: what has no rival is not looked for once more.
            let rivals = match item.conflict {
                true => self.automerge.get_all(ROOT, key.as_str()).ok()?,
                false => vec![(item.value.into_value(), id)],
            };
            let entries = rivals.into_iter().filter_map(|(value, id)| match value {
                Value::Scalar(value) => Some(Entry {
                    document: &self.automerge,
                    value,
                    id,
                }),
                Value::Object(_) => None,
            });
            Some((key, entries.collect()))
        })
    }

    /// The document as the change that wrote `entry` left it: what its author knew then, and nothing of what came since.
    pub(crate) fn as_left_by(&self, entry: &Entry<'_>) -> Option<Self> {
        let change = self.automerge.hash_for_opid(&entry.id)?;
        let automerge = contained(|| self.automerge.fork_at(&[change]).map_err(|_| RecordError::Malformed)).ok()?;
        Some(Self {
            automerge,
            rule: self.rule,
        })
    }

    /// The changes that those who wrote `entries` had not seen.
    pub(crate) fn unseen_by(&self, entries: &[Entry<'_>]) -> HashSet<ChangeHash> {
        let known: Vec<ChangeHash> = entries.iter().filter_map(Entry::change).collect();
        let unseen = self.automerge.get_changes_meta(&known);
        unseen.into_iter().map(|change| change.hash).collect()
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
    /// The change that wrote it.
    pub(crate) fn change(&self) -> Option<ChangeHash> {
        self.document.hash_for_opid(&self.id)
    }

    /// Who wrote it.
    pub(crate) fn written(&self) -> Written {
        match self
            .change()
            .and_then(|hash| self.document.get_change_meta_by_hash(&hash))
        {
            Some(meta) => written_in(&meta.actor, meta.message.as_deref(), meta.timestamp),
            None => Written::default(),
        }
    }
}

fn contained<T>(work: impl FnOnce() -> Result<T, RecordError>) -> Result<T, RecordError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(RecordError::Malformed))
}

fn has(document: &Automerge, hash: &ChangeHash) -> bool {
    document.get_change_meta_by_hash(hash).is_some()
}

/// Bytes of a text.
pub(crate) fn length(value: &ScalarValue) -> usize {
    match value {
        ScalarValue::Str(text) => text.len(),
        ScalarValue::Bytes(bytes) => bytes.len(),
        _ => 0,
    }
}

/// Hex, sorted.
fn words_of(heads: &[ChangeHash]) -> Vec<String> {
    let mut words: Vec<_> = heads.iter().map(|head| hex::encode(head.0)).collect();
    words.sort();
    words
}

/// Heads that a writer saw. None at all are none: a change on top of nothing would begin the document a second time.
fn known_heads(document: &Automerge, heads: &[ChangeHash], seen: &[String]) -> Result<Vec<ChangeHash>, RecordError> {
    let mut known = BTreeSet::new();
    for head in seen {
        let bytes = hex::decode(head).ok();
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let hash = ChangeHash(bytes.ok_or(RecordError::Unseen)?);
        if !heads.contains(&hash) && !has(document, &hash) {
            return Err(RecordError::Unseen);
        }
        known.insert(hash);
    }
    match known.is_empty() {
        true => Err(RecordError::Unseen),
        false => Ok(known.into_iter().collect()),
    }
}

/// Gives `document` an actor of the author's for a change on top of `known`. The changes of one actor follow one another:
/// who has not seen the last one of this device, at a second window of it, writes under an actor beside it. Automerge
/// would make one up that does not begin with the device.
fn set_actor_behind(document: &mut Automerge, author: &Author, known: &[ChangeHash]) -> Result<(), RecordError> {
    let unseen: HashSet<ChangeHash> = document
        .get_changes_meta(known)
        .into_iter()
        .map(|change| change.hash)
        .collect();
    let beside = (1..=u8::MAX).map(|window| [author.actor.as_slice(), &[window]].concat());
    for actor in std::iter::once(author.actor.clone()).chain(beside) {
        document.set_actor(ActorId::from(actor));
        let last = document.get_last_local_change();
        if last.is_none_or(|change| !unseen.contains(&change.hash())) {
            return Ok(());
        }
    }
    Err(RecordError::Unseen)
}

fn written_in(actor: &ActorId, staff: Option<&str>, seconds: i64) -> Written {
    let time = u64::try_from(seconds).unwrap_or(0).saturating_mul(1000);
    Written {
        staff: staff.unwrap_or_default().to_owned(),
        device: device_of(actor.to_bytes()),
        time,
    }
}

fn device_of(actor: &[u8]) -> String {
    hex::encode(actor.get(..16).unwrap_or(actor))
}

fn check_size(document: &impl ReadDoc) -> Result<(), RecordError> {
    if document.length(ROOT) > KEYS_LIMIT {
        Err(RecordError::Schema("too many entries".into()))
    } else {
        Ok(())
    }
}
