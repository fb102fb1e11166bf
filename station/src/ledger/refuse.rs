//! The center did not take an own item: it is set aside with what was typed in it, and the document is made again
//! without it. What was typed afterwards builds on it in Automerge's eyes, though not in a person's: it is written
//! anew, so that only what was refused is left out.

use std::collections::BTreeSet;

use doorstep_records::application::keys;
use doorstep_records::{Application, ApplicationDocument, Author, Edit, Page, RecordError};
use doorstep_sync::payload::{Change, Refusal};
use doorstep_sync::repair::Key;
use doorstep_sync::trust::Code;
use doorstep_sync::{DocumentId, Envelope, Item};
use items::State;

use super::open::{COUNTING, changes_of};
use super::{Ledger, documents};
use crate::store::items::Refused;
use crate::store::{StoreError, Stored, documents as snapshots, files, items, near, places, uploads};
use crate::world::bytes;
use crate::{Failure, FailureCode};

/// Refusals that speak of the device and not of what was typed: the same would be refused again. (`future` is among them
/// only where a clock known by now would not date it better.)
const OF_THE_DEVICE: [&str; 7] = [
    "unknown_device",
    "signature",
    "not_granted",
    "revoked",
    "center_only",
    "future",
    "version",
];

/// Refusals of what was carried here that its author may never hear of: who carried it shows what was typed in it.
const UNHEARD: [&str; 2] = ["not_granted", "revoked"];

impl Ledger {
    pub(super) fn refuse(&mut self, refusal: &Refusal, touched: &mut BTreeSet<DocumentId>) -> Stored<()> {
        if near::uncarry(&self.db, &refusal.item, None)? {
            return self.leave_out(refusal, true, touched);
        }
        let own = items::settle(
            &self.db,
            &refusal.item,
            &[State::Waiting, State::Accepted],
            State::Refused,
            None,
        )?;
        if !own {
            return self.leave_out(refusal, false, touched);
        }
        let Some(item) = items::get(&self.db, &refusal.item)? else {
            return Ok(());
        };
        let Ok(envelope) = item.open() else { return Ok(()) };
        let document = envelope.document.as_ref().map(|document| document.id);
        places::remove(&self.db, &envelope.scope, &Key::of(envelope.time, refusal.item))?;
        if refusal.code == Code::Future.as_str() && self.now() < envelope.time {
            touched.extend(document);
            return self.date_again(envelope);
        }
        let contents =
            Change::from_bytes(&envelope.payload).map(|change| ApplicationDocument::contents(&change.automerge));
        let refused = Refused {
            code: refusal.code.clone(),
            reason: refusal.reason.clone(),
            contents: contents.unwrap_or_default(),
        };
        items::refuse(&self.db, &refusal.item, document.as_ref(), true, &refused)?;
        match document {
            Some(id) if envelope.kind == doorstep_sync::Kind::Change => {
                touched.insert(id);
                self.make_again(id, &item, refusal)
            }
            _ => Ok(()),
        }
    }

    /// The clock was far ahead when this was written, and now the center's is known: the same is signed anew with the
    /// right time and goes up by itself. The documents do not change by it.
    fn date_again(&mut self, envelope: Envelope) -> Stored<()> {
        let envelope = Envelope {
            time: self.now(),
            ..envelope
        };
        let item = Item::sign(&envelope, &self.key);
        // The same said twice, within a millisecond now, is one item.
        if items::state(&self.db, &item.id())?.is_none() {
            items::insert(&self.db, &item, &envelope, State::Waiting, None)?;
        }
        Ok(())
    }

    /// The center did not take an item of another device that was brought from here. What was typed in it is its author's
    /// to show, unless it was `carried` and its author may never hear of it; here the document is only made again without it.
    fn leave_out(&mut self, refusal: &Refusal, carried: bool, touched: &mut BTreeSet<DocumentId>) -> Stored<()> {
        let Some(item) = items::get(&self.db, &refusal.item)? else {
            return Ok(());
        };
        let Ok(envelope) = item.open() else { return Ok(()) };
        let came = [State::Received, State::Early, State::Aside];
        if !items::settle(&self.db, &refusal.item, &came, State::Refused, None)? {
            return Ok(());
        }
        places::remove(&self.db, &envelope.scope, &Key::of(envelope.time, refusal.item))?;
        let document = envelope.document.as_ref().map(|document| document.id);
        match document.filter(|_| carried && UNHEARD.contains(&refusal.code.as_str())) {
            Some(id) => self.keep_as_refused(id, &item, refusal)?,
            None => {
                let refused = Refused {
                    code: refusal.code.clone(),
                    reason: refusal.reason.clone(),
                    contents: Vec::new(),
                };
                items::refuse(&self.db, &refusal.item, document.as_ref(), false, &refused)?;
            }
        }
        match document {
            Some(id) if envelope.kind == doorstep_sync::Kind::Change => {
                touched.insert(id);
                self.make_again(id, &item, refusal)
            }
            _ => Ok(()),
        }
    }

    /// The center gives what it once refused: it has heard since that it was taken, before a backup was restored there. It
    /// counts again.
    pub(super) fn count_again(&mut self, item: &Item, touched: &mut BTreeSet<DocumentId>) -> Stored<()> {
        let Ok(envelope) = item.open() else { return Ok(()) };
        items::forget_refused(&self.db, &item.id(), envelope.kind)?;
        places::put(&self.db, &envelope.scope, &Key::of(envelope.time, item.id()))?;
        if let Some(id) = envelope.document.map(|document| document.id) {
            touched.insert(id);
            self.take_early(id)?;
        }
        Ok(())
    }

    /// What another device wrote on top of something refused. Its author writes it anew; until then it waits, unless it
    /// was carried and goes the way of what it builds on: the center never hears of it, so what a third person typed in it is
    /// shown here. (What came with a clock too far ahead is only dated anew by its author, and what builds on it stands.)
    fn built_elsewhere(
        &self,
        document: DocumentId,
        item: &Item,
        envelope: &Envelope,
        refused: &Item,
        refusal: &Refusal,
    ) -> Stored<()> {
        let id = item.id();
        if refusal.code != Code::Future.as_str() && near::uncarry(&self.db, &id, None)? {
            items::settle(&self.db, &id, &[State::Received], State::Refused, None)?;
            let unheard = UNHEARD.contains(&refusal.code.as_str());
            if unheard || refused.open().is_ok_and(|refused| refused.device != envelope.device) {
                self.keep_as_refused(document, item, refusal)?;
            }
            return places::remove(&self.db, &envelope.scope, &Key::of(envelope.time, id));
        }
        items::settle(&self.db, &id, &[State::Received], State::Early, None)?;
        Ok(())
    }

    /// Rebuilds an application without a refused item and without what builds on it, and writes the latter anew.
    fn make_again(&mut self, id: DocumentId, refused: &Item, refusal: &Refusal) -> Stored<()> {
        let before = self.take(id)?.record();
        let of_this_device = OF_THE_DEVICE.contains(&refusal.code.as_str())
            && refused.open().is_ok_and(|envelope| envelope.device == self.device);
        snapshots::forget(&self.db, &id)?;
        let mut rebuilt = ApplicationDocument::empty();
        let built_on = self.without(id, &mut rebuilt)?;
        // Changes of this actor are numbered: what is written from here on must not repeat a number.
        self.actor = [&self.device.0[..], &bytes::<4>(&*self.world.random)].concat();
        let mut staff = String::new();
        let mut rewritten = Vec::new();
        let mut typed_after = BTreeSet::new();
        for item in &built_on {
            let Ok(envelope) = item.open() else { continue };
            if envelope.device != self.device {
                self.built_elsewhere(id, item, &envelope, refused, refusal)?;
                continue;
            }
            rewritten.push(item);
            let changes = changes_of(item).map(|(_, changes)| changes).unwrap_or_default();
            let contents = ApplicationDocument::contents(&changes);
            typed_after.extend(contents.iter().map(|(path, _)| path.clone()));
            staff.clone_from(&envelope.staff);
            items::settle(
                &self.db,
                &item.id(),
                &[State::Waiting, State::Accepted],
                State::Refused,
                None,
            )?;
            places::remove(&self.db, &envelope.scope, &Key::of(envelope.time, item.id()))?;
            if of_this_device {
                self.keep_as_refused(id, item, refusal)?;
            }
        }
        self.opened.forget(&id);
        let mut opened = self.load(id)?;
        if !rewritten.is_empty() && !of_this_device && !opened.aside {
            let with_refused = changes_of(refused).and_then(|(device, changes)| {
                let mut fork = opened.fork();
                fork.apply(&device, &changes).ok().map(|()| fork.view())
            });
            let edits = written_after(
                &before,
                &opened.record(),
                &with_refused.unwrap_or_default(),
                &typed_after,
            );
            let author = Author {
                actor: self.actor.clone(),
                staff: staff.clone(),
                time: self.now(),
            };
            let written = match opened.application().edit(&author, &edits) {
                Ok(save) if save.is_empty() => Ok(()),
                Ok(save) => self.store_change(id, &staff, &mut opened, save.bytes, &edits).map(drop),
                Err(error) => Err(error.into()),
            };
            match written {
                Ok(()) => {}
                Err(Failure {
                    code: FailureCode::BadRequest,
                    ..
                }) => {
                    // It does not fit into one save: it is shown with what was refused, and holds up nothing.
                    tracing::error!("what was typed after a refused item could not be written anew");
                    for item in rewritten {
                        self.keep_as_refused(id, item, refusal)?;
                    }
                    opened = self.load(id)?;
                }
                Err(Failure {
                    code: FailureCode::DiskFull,
                    ..
                }) => return Err(StoreError::Full),
                Err(_) => return Err(StoreError::Damaged("document")),
            }
        }
        self.give(id, opened);
        self.let_go(built_on.iter().chain([refused]))
    }

    /// Files that only these items named do not go to the district: it has been told of nothing that needs them. They stay
    /// here with what was refused.
    fn let_go<'a>(&mut self, items: impl Iterator<Item = &'a Item>) -> Stored<()> {
        let files = items.filter_map(|item| Some(item.open().ok()?.files())).flatten();
        for hash in files.map(|file| file.hash) {
            let mut needed = false;
            for id in files::named_by(&self.db, &hash)? {
                let opened = self.take(id)?;
                let mut files = opened.record().files().into_iter();
                needed |= !opened.aside && files.any(|(file, _)| file == hash.to_string());
                self.give(id, opened);
            }
            if !needed {
                uploads::forget(&self.db, &hash)?;
            }
        }
        Ok(())
    }

    /// Shows what was typed in `item` among what was refused.
    fn keep_as_refused(&self, id: DocumentId, item: &Item, refusal: &Refusal) -> Stored<()> {
        let changes = changes_of(item).map(|(_, changes)| changes).unwrap_or_default();
        let refused = Refused {
            code: refusal.code.clone(),
            reason: refusal.reason.clone(),
            contents: ApplicationDocument::contents(&changes),
        };
        items::refuse(&self.db, &item.id(), Some(&id), true, &refused)
    }

    /// Applies every item that still counts to `document`; gives those that no longer fit.
    fn without(&self, id: DocumentId, document: &mut ApplicationDocument) -> Stored<Vec<Item>> {
        let mut left: Vec<Item> = items::changes(&self.db, &documents(id).0, 0, &COUNTING)?
            .into_iter()
            .map(|held| held.item)
            .collect();
        loop {
            let before = left.len();
            left.retain(|item| {
                let applied = changes_of(item).map(|(device, changes)| document.apply(&device, &changes));
                applied == Some(Err(RecordError::MissingDependencies))
            });
            if left.len() == before || left.is_empty() {
                return Ok(left);
            }
        }
    }
}

/// What `before` holds and `now` lacks, but for what the refused item itself brought: as edits.
fn written_after(
    before: &Application,
    now: &Application,
    refused: &Application,
    typed_after: &BTreeSet<String>,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (name, field) in &before.answers {
        if typed_after.contains(&keys::answer(name)) {
            edits.push(Edit::Answer {
                name: name.clone(),
                value: field.value.clone(),
                note: field.note.clone(),
            });
        }
    }
    for (name, field) in &before.presence {
        if typed_after.contains(&keys::presence(name)) {
            edits.push(Edit::Presence {
                name: name.clone(),
                value: field.value.clone(),
            });
        }
    }
    for (code, record) in &before.materials {
        let after = |field| typed_after.contains(&keys::material(code, field));
        let material = || code.clone();
        if after(keys::EVIDENCE) {
            edits.push(Edit::Evidence {
                material: material(),
                level: record.evidence.value.clone(),
            });
        }
        if after(keys::DEFERRED_UNTIL) {
            edits.push(Edit::DeferredUntil {
                material: material(),
                day: record.deferred_until.value.clone(),
            });
        }
        if after(keys::DECLARED) {
            edits.push(Edit::Declared {
                material: material(),
                declared: record.declared.value == "true",
            });
        }
        for page in &record.pages {
            edits.extend(turned(page, false, now, refused));
        }
        for page in &record.removed {
            edits.extend(turned(page, true, now, refused));
        }
        let lacking = |page: &&doorstep_records::Page| now.page(&page.id).is_none() && refused.page(&page.id).is_none();
        for page in record.pages.iter().chain(&record.removed).filter(lacking) {
            edits.push(Edit::PageAdded {
                material: material(),
                page: page.clone(),
            });
            if record.removed.iter().any(|removed| removed.id == page.id) {
                edits.push(Edit::PageRemoved {
                    page: page.id.clone(),
                    removed: true,
                });
            }
        }
    }
    let signed = |signature: &&doorstep_records::application::Signature| {
        !now.signatures.contains(signature) && !refused.signatures.contains(signature)
    };
    edits.extend(before.signatures.iter().filter(signed).map(|signature| Edit::Signed {
        signature: signature.clone(),
    }));
    let numbered = before.number.iter().chain(&before.other_numbers);
    let known = |number: &&String| now.number.as_ref() != Some(*number) && refused.number.as_ref() != Some(*number);
    edits.extend(
        numbered
            .filter(known)
            .map(|number| Edit::Numbered { number: number.clone() }),
    );
    let stepped =
        |event: &&doorstep_records::ApplicationEvent| !now.events.contains(event) && !refused.events.contains(event);
    edits.extend(before.events.iter().filter(stepped).map(|event| Edit::Step {
        step: event.step,
        note: event.note.clone(),
    }));
    edits
}

/// How a page that is there `now`, too, was turned, moved, taken out or put back, but for what the refused item did.
fn turned(page: &Page, removed: bool, now: &Application, refused: &Application) -> Vec<Edit> {
    let state = |application: &Application| {
        let (material, held) = application.page(&page.id)?;
        let removed = application
            .materials
            .get(material)
            .is_some_and(|material| material.removed.contains(held));
        Some((held.rotation, held.position, removed))
    };
    let Some(is) = state(now) else { return Vec::new() };
    let refused = state(refused).unwrap_or(is);
    let mut edits = Vec::new();
    let id = || page.id.clone();
    if page.rotation != is.0 && page.rotation != refused.0 {
        edits.push(Edit::PageRotated {
            page: id(),
            rotation: page.rotation,
        });
    }
    if page.position != is.1 && page.position != refused.1 {
        edits.push(Edit::PageMoved {
            page: id(),
            position: page.position,
        });
    }
    if removed != is.2 && removed != refused.2 {
        edits.push(Edit::PageRemoved { page: id(), removed });
    }
    edits
}
