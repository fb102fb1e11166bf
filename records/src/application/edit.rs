//! Edits, and how each is written.

use automerge::transaction::{Transactable, Transaction};
use automerge::{ROOT, ReadDoc, ScalarValue, Value};

use super::keys::{self, Key};
use super::{ApplicationEvent, ApplicationStep, Page, Signature, facts};
use crate::changes::{Author, RecordError};
use crate::document::{TEXT_LIMIT, Written, length};

/// An edit. One save may hold several.
#[derive(Clone, PartialEq, Debug)]
pub enum Edit {
    /// An answer; `value` empty clears it. `note` says why a failing value is kept.
    Answer {
        /// Question.
        name: String,
        /// As normalised.
        value: String,
        /// Why a failing value is kept; empty otherwise.
        note: String,
    },
    /// A row of a repeat is there, or is taken out: what was typed in it stays, and it can be put back.
    Row {
        /// Its key, `member[k3]`.
        row: String,
        /// Out.
        removed: bool,
    },
    /// Who is here: see [`Application::presence`](super::Application::presence).
    Presence {
        /// Field.
        name: String,
        /// Value.
        value: String,
    },
    /// Evidence level of a material.
    Evidence {
        /// Code.
        material: String,
        /// `A` `B` `C` `D`, or empty.
        level: String,
    },
    /// 容缺 date, or empty.
    DeferredUntil {
        /// Code.
        material: String,
        /// `2026-03-01`.
        day: String,
    },
    /// 告知承诺.
    Declared {
        /// Code.
        material: String,
        /// Whether it stands in.
        declared: bool,
    },
    /// A new page (`id` made by the caller: letters, digits, `-`, `_`).
    PageAdded {
        /// Code.
        material: String,
        /// The page.
        page: Page,
    },
    /// Turn a page.
    PageRotated {
        /// Page id.
        page: String,
        /// 0, 90, 180, 270.
        rotation: u16,
    },
    /// Move a page.
    PageMoved {
        /// Page id.
        page: String,
        /// Any finite number.
        position: f64,
    },
    /// Take a page out, or put it back.
    PageRemoved {
        /// Page id.
        page: String,
        /// Out.
        removed: bool,
    },
    /// A signature.
    Signed {
        /// What was drawn.
        signature: Signature,
    },
    /// The number, with 收件.
    Numbered {
        /// 办件编号.
        number: String,
    },
    /// A draft goes on with another version of the catalogue, or back to the one before.
    Edition {
        /// Catalogue version.
        version: u64,
    },
    /// A step.
    Step {
        /// Which.
        step: ApplicationStep,
        /// See [`ApplicationEvent::note`].
        note: String,
    },
    /// A person chose among rival answers (writes the chosen value over all of them).
    AnswerChosen {
        /// Question.
        name: String,
        /// One of the rivals.
        value: String,
    },
    /// The same for a presence field.
    PresenceChosen {
        /// Field.
        name: String,
        /// One of the rivals.
        value: String,
    },
    /// The same for any field, by its path as in [`Application::conflicts`](super::Application::conflicts).
    Chosen {
        /// `answers.NAME`, `presence.NAME`, `materials.CODE.evidence` …, `rows.KEY`
        path: String,
        /// One of the rivals.
        value: String,
    },
}

/// Writes one edit. `event` is the id that a step takes.
pub(super) fn apply(
    tx: &mut Transaction<'_>,
    edit: &Edit,
    author: &Author,
    written: &Written,
    event: &str,
) -> Result<(), RecordError> {
    match edit {
        Edit::Answer { name, value, note } => put_text(tx, &keys::answer(name), value, note),
        Edit::Row { row, removed } => put_row(tx, &keys::row(row), *removed),
        Edit::Presence { name, value } => put_text(tx, &keys::presence(name), value, ""),
        Edit::Evidence { material, level } => put_text(tx, &keys::material(material, keys::EVIDENCE), level, ""),
        Edit::DeferredUntil { material, day } => put_text(tx, &keys::material(material, keys::DEFERRED_UNTIL), day, ""),
        Edit::Declared { material, declared } => {
            let value = if *declared { "true" } else { "" };
            put_text(tx, &keys::material(material, keys::DECLARED), value, "")
        }
        Edit::PageAdded { material, page } => add_page(tx, material, page, written),
        Edit::PageRotated { page, rotation } => {
            let known = known_page(tx, page)?;
            if !facts::is_turn(*rotation) {
                return Err(RecordError::Schema("rotation is a quarter turn".into()));
            }
            put_changed(
                tx,
                &keys::page_part(page, "rotation"),
                known.rotation,
                u64::from(*rotation),
            )
        }
        Edit::PageMoved { page, position } => {
            let known = known_page(tx, page)?;
            if !position.is_finite() {
                return Err(RecordError::Schema("position is not a number".into()));
            }
            put_changed(tx, &keys::page_part(page, "position"), known.position, *position)
        }
        Edit::PageRemoved { page, removed } => {
            known_page(tx, page)?;
            put_changed(tx, &keys::page_part(page, "removed"), false, *removed)
        }
        Edit::Signed { signature } => {
            let bytes = facts::signature(signature, written)?;
            let id = format!("{}-{}", signature.time, signature.file.get(..16).unwrap_or_default());
            add(tx, &keys::signature(&id), ScalarValue::Bytes(bytes))
        }
        Edit::Numbered { number } => add(tx, &keys::number(number), ScalarValue::Boolean(true)),
        Edit::Edition { version } => put(tx, keys::EDITION, (*version).into()),
        Edit::Step { step, note } => {
            let step = ApplicationEvent {
                step: *step,
                staff: author.staff.clone(),
                time: author.time,
                note: note.clone(),
            };
            put(
                tx,
                &keys::event(event),
                ScalarValue::Bytes(facts::event(&step, written)),
            )
        }
        Edit::AnswerChosen { name, value } => choose(tx, &keys::answer(name), value),
        Edit::PresenceChosen { name, value } => choose(tx, &keys::presence(name), value),
        Edit::Chosen { path, value } => choose(tx, path, value),
    }
}

/// The name of one more page, beside the `pages` that an application has, those taken out among them. Nobody else gives it:
/// it says who, in words that the messages of a device repeat and so cost little.
pub fn page_id(pages: usize, actor: &[u8]) -> String {
    format!("{pages:02x}{}", short(actor))
}

/// Enough of an actor id to tell writers apart within one application: if two should ever agree, their events are rivals
/// in one key, and all rivals are shown.
pub(super) fn short(actor: &[u8]) -> String {
    let end = actor.len().saturating_sub(4);
    format!(
        "{}{}",
        hex::encode(actor.get(..4).unwrap_or(actor)),
        hex::encode(actor.get(end..).unwrap_or_default())
    )
}

/// Writes a value, within the limits that others check.
pub(super) fn put(tx: &mut Transaction<'_>, key: &str, value: ScalarValue) -> Result<(), RecordError> {
    if Key::parse(key).is_none() {
        return Err(RecordError::Schema(format!("no such key: {key}")));
    }
    if length(&value) > TEXT_LIMIT {
        return Err(RecordError::Schema(format!("{key}: too long")));
    }
    tx.put(ROOT, key, value).map_err(unwritable)
}

fn put_text(tx: &mut Transaction<'_>, key: &str, value: &str, note: &str) -> Result<(), RecordError> {
    // Nothing over nothing is a change in an answer: it takes back what the form, or an earlier application, offered.
    let nothing = || (!key.starts_with("answers.")).then(Default::default);
    let shown = rivals(tx, key)?.pop().or_else(nothing);
    if shown.is_some_and(|(shown, noted)| (shown.as_str(), noted.as_str()) == (value, note)) {
        return Ok(());
    }
    put(tx, key, facts::text(value, note))
}

/// Rivals are written over even when one of them says the same: together they say that the row stays.
fn put_row(tx: &mut Transaction<'_>, key: &str, removed: bool) -> Result<(), RecordError> {
    let removed = ScalarValue::Boolean(removed);
    let said = tx.get_all(ROOT, key).map_err(unwritable)?;
    let settled = !said.is_empty() && said.iter().all(|(value, _)| value.as_scalar() == Some(&removed));
    if settled { Ok(()) } else { put(tx, key, removed) }
}

/// Writes the chosen value anew over all rivals. Taking the losers out would not do: if somebody chooses differently at
/// the same time, that choice would win without a word.
fn choose(tx: &mut Transaction<'_>, path: &str, value: &str) -> Result<(), RecordError> {
    if let Some(Key::Row(_)) = Key::parse(path) {
        return settle_row(tx, path, value);
    }
    if !matches!(
        Key::parse(path),
        Some(Key::Answer(_) | Key::Presence(_) | Key::Material(..))
    ) {
        return Err(RecordError::NotFound);
    }
    let rivals = rivals(tx, path)?;
    let mut notes: Vec<&str> = Vec::new();
    let mut found = false;
    for (_, note) in rivals.iter().filter(|(rival, _)| rival == value) {
        found = true;
        if !note.is_empty() && !notes.contains(&note.as_str()) {
            notes.push(note);
        }
    }
    match (found, rivals.len()) {
        (false, _) => Err(RecordError::NotFound),
        (true, 1) => Ok(()),
        (true, _) => {
            let chosen = facts::text(value, &notes.join("\n"));
            tx.delete(ROOT, path).map_err(unwritable)?;
            put(tx, path, chosen)
        }
    }
}

/// Takes a row out or keeps it, knowing what was typed in it. An equal value would be no change: its contrary comes first.
fn settle_row(tx: &mut Transaction<'_>, key: &str, value: &str) -> Result<(), RecordError> {
    let removed = match value {
        "true" => true,
        "false" => false,
        _ => return Err(RecordError::NotFound),
    };
    put(tx, key, ScalarValue::Boolean(!removed))?;
    put(tx, key, ScalarValue::Boolean(removed))
}

/// Values with notes, the one shown last.
fn rivals(tx: &Transaction<'_>, key: &str) -> Result<Vec<(String, String)>, RecordError> {
    let all = tx.get_all(ROOT, key).map_err(unwritable)?;
    Ok(all
        .iter()
        .filter_map(|(value, _)| facts::read_text(value.as_scalar()?))
        .collect())
}

/// Writes what must not be there yet. The same once more is no change; something else is refused.
fn add(tx: &mut Transaction<'_>, key: &str, value: ScalarValue) -> Result<(), RecordError> {
    match tx.get(ROOT, key).map_err(unwritable)? {
        None => put(tx, key, value),
        Some((Value::Scalar(there), _)) if *there == value => Ok(()),
        Some(_) => Err(RecordError::Schema(format!("{key}: is there already"))),
    }
}

fn add_page(tx: &mut Transaction<'_>, material: &str, page: &Page, written: &Written) -> Result<(), RecordError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if page.id.is_empty() || !page.id.chars().all(plain) {
        return Err(RecordError::Schema("page id".into()));
    }
    let bytes = facts::page(material, page, written)?;
    if facts::read_page(&page.id, &bytes, written).is_none() {
        return Err(RecordError::Schema("page".into()));
    }
    add(tx, &keys::page(&page.id), ScalarValue::Bytes(bytes))
}

fn known_page(tx: &Transaction<'_>, id: &str) -> Result<Page, RecordError> {
    let found = tx.get(ROOT, keys::page(id)).map_err(unwritable)?;
    let bytes = found
        .as_ref()
        .and_then(|(value, _)| value.as_bytes())
        .ok_or(RecordError::NotFound)?;
    facts::read_page(id, bytes, &Written::default())
        .map(|(_, page)| page)
        .ok_or(RecordError::NotFound)
}

/// Writes a value unless it is the one shown.
fn put_changed<T: Into<ScalarValue>>(
    tx: &mut Transaction<'_>,
    key: &str,
    first: impl Into<T>,
    value: T,
) -> Result<(), RecordError> {
    let value = value.into();
    let shown = match tx.get(ROOT, key).map_err(unwritable)? {
        Some((Value::Scalar(shown), _)) => shown.into_owned(),
        _ => first.into().into(),
    };
    if shown == value { Ok(()) } else { put(tx, key, value) }
}

fn unwritable(error: automerge::AutomergeError) -> RecordError {
    RecordError::Schema(error.to_string())
}
