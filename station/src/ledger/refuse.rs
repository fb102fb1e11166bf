//! The center did not take an own item: it is set aside with what was typed in it, and the document is made again
//! without it. What was typed afterwards builds on it in Automerge's eyes, though not in a person's: it is written
//! anew, so that only what was refused is left out. Where two had typed into one field, neither is put over the other: both
//! are shown with what was refused, and typed again by a person.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_records::{ApplicationDocument, Author, Edit, RecordError};
use doorstep_sync::payload::{MOST_FILES, Refusal};
use doorstep_sync::repair::Key;
use doorstep_sync::trust::Code;
use doorstep_sync::{DocumentId, Envelope, Item, Kind, Millis};
use items::State;

use super::anew::written_after;
use super::open::{COUNTING, changes_of};
use super::{Ledger, Opened, documents};
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
    pub(super) fn refuse(&mut self, refusal: &Refusal, said: Millis, touched: &mut BTreeSet<DocumentId>) -> Stored<()> {
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
        let at = self.now().min(said);
        if refusal.code == Code::Future.as_str() && at < envelope.time {
            touched.extend(document);
            return self.date_again(envelope, at);
        }
        let refused = refused_as(refusal, contents_of(&item));
        // A center that does not know the access log yet: nobody typed anything, so nobody has to look at it.
        let typed = envelope.kind != Kind::Look;
        items::refuse(&self.db, &refusal.item, document.as_ref(), typed, &refused)?;
        match document {
            Some(id) if envelope.kind == Kind::Change => {
                touched.insert(id);
                self.make_again(id, &item, refusal)
            }
            _ => Ok(()),
        }
    }

    /// The clock was far ahead when this was written: the same is signed anew, `at` a time when the center had refused it
    /// already, and goes up by itself. The documents do not change by it.
    fn date_again(&mut self, envelope: Envelope, at: Millis) -> Stored<()> {
        let envelope = Envelope { time: at, ..envelope };
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
            Some(id) => self.keep_as_refused(id, &item, refusal, contents_of(&item))?,
            None => {
                let refused = refused_as(refusal, Vec::new());
                items::refuse(&self.db, &refusal.item, document.as_ref(), false, &refused)?;
            }
        }
        match document {
            Some(id) if envelope.kind == Kind::Change => {
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
        if envelope.kind != Kind::Change {
            places::put(&self.db, &envelope.scope, &Key::of(envelope.time, item.id()))?;
        }
        self.bring_files(&envelope)?;
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
        places::remove(&self.db, &envelope.scope, &Key::of(envelope.time, id))?;
        if refusal.code != Code::Future.as_str() && near::uncarry(&self.db, &id, None)? {
            items::settle(&self.db, &id, &[State::Received], State::Refused, None)?;
            let unheard = UNHEARD.contains(&refusal.code.as_str());
            if unheard || refused.open().is_ok_and(|refused| refused.device != envelope.device) {
                self.keep_as_refused(document, item, refusal, contents_of(item))?;
            }
            return Ok(());
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
        let mut rewritten = Vec::new();
        let (mut typed, mut last) = (BTreeMap::new(), String::new());
        for item in &built_on {
            let Ok(envelope) = item.open() else { continue };
            if envelope.device != self.device {
                self.built_elsewhere(id, item, &envelope, refused, refusal)?;
                continue;
            }
            let paths = contents_of(item).into_iter().map(|(path, _)| path);
            typed.extend(paths.map(|path| (path, envelope.staff.clone())));
            last.clone_from(&envelope.staff);
            items::settle(
                &self.db,
                &item.id(),
                &[State::Waiting, State::Accepted],
                State::Refused,
                None,
            )?;
            places::remove(&self.db, &envelope.scope, &Key::of(envelope.time, item.id()))?;
            rewritten.push(item);
        }
        self.opened.forget(&id);
        let mut opened = self.load(id)?;
        let mut shown_whole = of_this_device;
        let mut rivals = Vec::new();
        if !rewritten.is_empty() && !of_this_device && !opened.aside {
            // Written anew, one would be put over the other, which may even be a colleague's that stands.
            let fields = before.fields().filter(|(_, field)| !field.versions.is_empty());
            rivals = fields.map(|(path, _)| path).collect();
            typed.retain(|path, _| !rivals.contains(path));
            let with_refused = changes_of(refused).and_then(|(device, changes)| {
                let mut fork = opened.fork();
                fork.apply(&device, &changes).ok().map(|()| fork.view())
            });
            let now = opened.record();
            let written = written_after(&before, &now, &with_refused.unwrap_or_default(), &typed, &last);
            // No edit names more than one file, and no save more than so many.
            let saves = written.chunk_by(|one, next| one.0 == next.0);
            for save in saves.flat_map(|save| save.chunks(MOST_FILES)) {
                match self.write_anew(id, &mut opened, save) {
                    Ok(()) => {}
                    Err(Failure {
                        code: FailureCode::BadRequest,
                        ..
                    }) => {
                        // It does not fit into one save: it is shown with what was refused, and holds up nothing.
                        tracing::error!("what was typed after a refused item could not be written anew");
                        shown_whole = true;
                        opened = self.load(id)?;
                    }
                    Err(Failure {
                        code: FailureCode::DiskFull,
                        ..
                    }) => return Err(StoreError::Full),
                    Err(_) => return Err(StoreError::Damaged("document")),
                }
            }
        }
        for item in rewritten {
            let mut contents = contents_of(item);
            contents.retain(|(path, _)| shown_whole || rivals.contains(path));
            if shown_whole || !contents.is_empty() {
                self.keep_as_refused(id, item, refusal, contents)?;
            }
        }
        self.give(id, opened);
        // What a colleague's clock dated too far ahead, they send anew with its files.
        let is_dated_anew = refusal.code == Code::Future.as_str()
            && refused.open().is_ok_and(|envelope| envelope.device != self.device);
        match is_dated_anew {
            true => Ok(()),
            false => self.let_go(built_on.iter().chain([refused])),
        }
    }

    /// One save of what one person wrote after a refused item.
    fn write_anew(&mut self, id: DocumentId, opened: &mut Opened, save: &[(&str, Edit)]) -> Result<(), Failure> {
        let Some((staff, _)) = save.first() else { return Ok(()) };
        let author = Author {
            actor: self.actor.clone(),
            staff: (*staff).to_owned(),
            time: self.now(),
        };
        let edits: Vec<Edit> = save.iter().map(|(_, edit)| edit.clone()).collect();
        let saved = opened.application().edit(&author, &edits)?;
        if !saved.is_empty() {
            self.store_change(id, staff, opened, saved.bytes, &edits)?;
        }
        Ok(())
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
                // What came before what it builds on will count.
                let early = items::changes(&self.db, &documents(id).0, 0, &[State::Early])?;
                let mut early = early.iter().filter_map(|held| held.item.open().ok());
                needed |= early.any(|envelope| envelope.files().iter().any(|file| file.hash == hash));
            }
            if !needed {
                uploads::forget(&self.db, &hash)?;
            }
        }
        Ok(())
    }

    /// Files of an item that counts go to the district from here when they are held here: nobody else may have them.
    pub(super) fn bring_files(&self, envelope: &Envelope) -> Stored<()> {
        for file in envelope.files() {
            if files::holds(&self.db, &file.hash)? && !files::is_verified(&self.db, &file.hash)? {
                uploads::add(&self.db, &file, &envelope.scope)?;
            }
        }
        Ok(())
    }

    /// Shows `contents`, typed in `item`, among what was refused.
    fn keep_as_refused(
        &self,
        id: DocumentId,
        item: &Item,
        refusal: &Refusal,
        contents: Vec<(String, String)>,
    ) -> Stored<()> {
        items::refuse(&self.db, &item.id(), Some(&id), true, &refused_as(refusal, contents))
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

/// What was typed in an item, as (path, value).
fn contents_of(item: &Item) -> Vec<(String, String)> {
    changes_of(item)
        .map(|(_, changes)| ApplicationDocument::contents(&changes))
        .unwrap_or_default()
}

fn refused_as(refusal: &Refusal, contents: Vec<(String, String)>) -> Refused {
    Refused {
        code: refusal.code.clone(),
        reason: refusal.reason.clone(),
        contents,
    }
}
