//! The document: begun once, edited by anyone who is allowed, merged from everyone.

use std::collections::BTreeMap;

use automerge::ScalarValue;
use automerge::transaction::Transaction;

use super::edit::{self, Edit};
use super::keys::{self, Key};
use super::{Application, ApplicationStep, facts, schema, view};
use crate::changes::{Author, RecordError, Save};
use crate::document::{self, Document, Written};

/// The Automerge document of an application. How it lies there: [`keys`](super::keys).
#[derive(Clone)]
pub struct ApplicationDocument {
    document: Document,
}

/// What a new application starts with.
#[derive(Clone, PartialEq, Debug)]
pub struct Beginning {
    /// Matter code.
    pub matter: String,
    /// Catalogue version.
    pub catalogue: u64,
    /// 12-digit division of the station.
    pub station: String,
}

impl ApplicationDocument {
    /// A new document and its first save.
    pub fn create(author: &Author, beginning: &Beginning) -> (Self, Save) {
        let facts: [(&str, ScalarValue); 5] = [
            ("matter", beginning.matter.as_str().into()),
            ("catalogue", beginning.catalogue.into()),
            ("station", beginning.station.as_str().into()),
            ("first_responder", author.staff.as_str().into()),
            ("created", author.time.into()),
        ];
        let mut begun = Self::empty();
        // Writing into the root of an empty document fails only for texts over the limits: the document is then empty,
        // and so is the save.
        let save = begun.begin(author, &facts, &[]).unwrap_or_default();
        (begun, save)
    }

    /// A part of the bundle `id` (hex), for one of its matters, and its first save, with `edits`. Whichever device divides
    /// the bundle begins the part in the same words, so that two that did it while apart have begun one application.
    pub fn create_part(
        author: &Author,
        id: &str,
        bundle: &Application,
        matter: &str,
        edits: &[Edit],
    ) -> Result<(Self, Save), RecordError> {
        let facts: [(&str, ScalarValue); 6] = [
            ("matter", matter.into()),
            ("catalogue", bundle.catalogue.into()),
            ("station", bundle.station.as_str().into()),
            ("first_responder", bundle.first_responder.as_str().into()),
            ("created", bundle.created.into()),
            (keys::BUNDLE, id.into()),
        ];
        // A version that the bundle was moved to is no beginning: the other device may not have heard of it.
        let version = bundle.edition;
        let moved = (version != bundle.catalogue).then_some(Edit::Edition { version });
        let edits: Vec<Edit> = moved.into_iter().chain(edits.iter().cloned()).collect();
        let mut begun = Self::empty();
        let save = begun.begin(author, &facts, &edits)?;
        Ok((begun, save))
    }

    fn begin(&mut self, author: &Author, facts: &[(&str, ScalarValue)], edits: &[Edit]) -> Result<Save, RecordError> {
        let written = Written::by(author);
        self.document.commit(author, None, |tx| {
            for (key, value) in facts {
                edit::put(tx, key, value.clone())?;
            }
            apply_all(tx, edits, author, &written, 0)
        })
    }

    /// An empty document, to be filled by [`Self::apply`].
    pub fn empty() -> Self {
        Self {
            document: Document::empty(schema::rule),
        }
    }

    /// Loads what [`Self::save`] wrote. [`RecordError::Malformed`] when it is damaged.
    pub fn load(bytes: &[u8]) -> Result<Self, RecordError> {
        Ok(Self {
            document: Document::load(bytes, schema::rule)?,
        })
    }

    /// The whole document, compact.
    pub fn save(&mut self) -> Vec<u8> {
        self.document.save()
    }

    /// Applies edits as one save. Nothing is applied when one fails. An edit to the value that is shown makes no
    /// change, and settles no conflict: only the `Chosen` edits do.
    pub fn edit(&mut self, author: &Author, edits: &[Edit]) -> Result<Save, RecordError> {
        self.write(author, None, edits)
    }

    /// As [`Self::edit`], for a writer whose screen showed the document at the heads `seen` ([`Self::heads`]): what has
    /// arrived since becomes a rival of what is typed now, where [`Self::edit`] would overwrite it unseen.
    /// [`RecordError::Unseen`] when a head is unknown, or there is none.
    pub fn edit_seen(&mut self, author: &Author, seen: &[String], edits: &[Edit]) -> Result<Save, RecordError> {
        self.write(author, Some(seen), edits)
    }

    fn write(&mut self, author: &Author, seen: Option<&[String]>, edits: &[Edit]) -> Result<Save, RecordError> {
        let written = Written::by(author);
        let steps = edits.iter().any(|edit| matches!(edit, Edit::Step { .. }));
        let events = if steps { self.document.count("events.") } else { 0 };
        self.document
            .commit(author, seen, |tx| apply_all(tx, edits, author, &written, events))
    }

    /// Takes the changes of one item, on a fork: the document is unchanged when they are refused. `device` is the
    /// item's author: every change's actor must begin with it. Known changes are taken again without effect.
    pub fn apply(&mut self, device: &[u8; 16], changes: &[u8]) -> Result<(), RecordError> {
        self.document.apply(device, changes)
    }

    /// Reads everything.
    pub fn view(&self) -> Application {
        view::read(&self.document)
    }

    /// The application as it stood at the first 收件 ([`Application::received`]): what the receipt was given for. `None`
    /// before.
    pub fn as_received(&self) -> Option<Application> {
        self.receptions().into_iter().next()
    }

    /// The application as each 收件 left it, oldest first: two devices may have received it while apart.
    pub fn receptions(&self) -> Vec<Application> {
        let mut steps = Vec::new();
        for (key, rivals) in self.document.entries() {
            if !matches!(Key::parse(&key), Some(Key::Event(_))) {
                continue;
            }
            for rival in rivals {
                let event = rival
                    .value
                    .as_bytes()
                    .and_then(|bytes| facts::read_event(bytes, &rival.written()));
                if let Some(event) = event.filter(|event| event.step == ApplicationStep::Received) {
                    steps.push((event.time, key.clone(), rival));
                }
            }
        }
        steps.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        let left = steps.iter().filter_map(|(_, _, step)| self.document.as_left_by(step));
        left.map(|document| view::read(&document)).collect()
    }

    /// Hex of the current heads, sorted.
    pub fn heads(&self) -> Vec<String> {
        self.document.heads()
    }

    /// What an item's changes write into fields, as (path, value), without a document: so that what a person typed can
    /// be shown even when the item is refused. Paths as in [`Application::conflicts`]; pages follow as
    /// `materials.CODE.pages` with how many were added; `rows.KEY` with whether it was taken out. Empty for bytes that are no changes.
    pub fn contents(changes: &[u8]) -> Vec<(String, String)> {
        let (mut fields, mut pages) = (Vec::new(), BTreeMap::<String, usize>::new());
        for (path, value) in document::contents(changes) {
            match Key::parse(&path) {
                Some(Key::Row(_)) => {
                    if let ScalarValue::Boolean(removed) = value {
                        fields.push((path, removed.to_string()));
                    }
                }
                Some(Key::Answer(_) | Key::Presence(_) | Key::Material(..)) => {
                    let Some((value, note)) = facts::read_text(&value) else {
                        continue;
                    };
                    let text = if note.is_empty() {
                        value
                    } else {
                        format!("{value} ({note})")
                    };
                    fields.push((path, text));
                }
                Some(Key::Page(_)) => {
                    if let Some(material) = facts::read_page_material(&value) {
                        *pages.entry(material).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
        let pages = pages
            .into_iter()
            .map(|(code, count)| (keys::material(&code, keys::PAGES), count.to_string()));
        fields.into_iter().chain(pages).collect()
    }
}

/// Writes edits into a document that has so many `events`.
fn apply_all(
    tx: &mut Transaction<'_>,
    edits: &[Edit],
    author: &Author,
    written: &Written,
    mut events: usize,
) -> Result<(), RecordError> {
    for edit in edits {
        let event = format!("{events:03}-{}", edit::short(&author.actor));
        edit::apply(tx, edit, author, written, &event)?;
        events += usize::from(matches!(edit, Edit::Step { .. }));
    }
    Ok(())
}
