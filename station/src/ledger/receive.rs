//! What the center sends: taken in one transaction, each item judged by itself.

use std::collections::BTreeSet;

use doorstep_records::{RecordError, kind};
use doorstep_sync::payload::{Catalogue, FileName, Receipt};
use doorstep_sync::repair::Key;
use doorstep_sync::trust::Code;
use doorstep_sync::wire::Cursor;
use doorstep_sync::{DocumentId, Envelope, Item, ItemId, Kind, Millis};
use items::State;

use super::open::changes_of;
use super::{Ledger, documents};
use crate::store::items::Refused;
use crate::store::{Stored, catalogues, documents as snapshots, facts, files, forget, items, near, places, uploads};

impl Ledger {
    /// Takes items and the new cursor in one transaction; see [`doorstep_sync::replica::Replica::receive`].
    pub(crate) fn receive(&mut self, items: &[Item], cursor: Cursor, center_now: Millis) -> Stored<()> {
        self.transact(|ledger| {
            // What is written anew below is dated by the center's clock.
            let own_now = ledger.world.clock.now();
            ledger.contacted(center_now.cast_signed().saturating_sub(own_now.cast_signed()))?;
            // From here on both ends compare.
            if facts::number(&ledger.db, facts::name::BUNDLE_ALL)?.unwrap_or(0) != 0 {
                facts::set_number(&ledger.db, facts::name::BUNDLE_ALL, 0)?;
            }
            ledger.take_all(items, cursor, center_now)
        })
    }

    /// Takes items that the center gave at `now`, and where this device stands after them. Inside a transaction.
    pub(super) fn take_all(&mut self, items: &[Item], cursor: Cursor, now: Millis) -> Stored<()> {
        let before = facts::cursor(&self.db)?;
        let mut touched = BTreeSet::new();
        if before.epoch != 0 && before.epoch != cursor.epoch {
            files::unverify_all(&self.db)?;
            uploads::forget_previewed(&self.db)?;
            touched.extend(items::documents(&self.db)?);
        }
        for item in items {
            self.take_item(item, now, &mut touched)?;
        }
        facts::set_cursor(&self.db, &cursor)?;
        self.project_all(touched)
    }

    /// Makes the lines of these applications anew.
    pub(super) fn project_all(&mut self, touched: BTreeSet<DocumentId>) -> Stored<()> {
        for id in touched {
            let opened = self.take(id)?;
            self.project(id, &opened)?;
            self.give(id, opened);
        }
        Ok(())
    }

    pub(super) fn take_item(&mut self, item: &Item, now: Millis, touched: &mut BTreeSet<DocumentId>) -> Stored<()> {
        let state = items::state(&self.db, &item.id())?;
        if state == Some(State::Aside as i64) {
            // Who was strange may be known by now, and what was altered on its way has come once more.
            if self.grants.take(item).and_then(|_| self.grants.verify(item)).is_err() {
                return Ok(());
            }
            items::forget_aside(&self.db, &item.id())?;
        } else if state == Some(State::Refused as i64) {
            return match items::get(&self.db, &item.id())? {
                Some(_) => self.count_again(item, touched),
                // It was forgotten with its document.
                None => Ok(()),
            };
        } else if state.is_some() {
            // The center has it, by whatever way.
            if near::uncarry(&self.db, &item.id(), Some(now))? {
                touched.extend(self.document_of(&item.id())?);
            }
            return Ok(());
        }
        let envelope = match self.grants.take(item).and_then(|_| self.grants.verify(item)) {
            Ok(envelope) => envelope,
            Err(code) => return self.set_aside(item, code.as_str()),
        };
        match (envelope.kind, &envelope.document) {
            (Kind::Change, Some(document)) => {
                let id = document.id;
                self.take_change(item, &envelope, id, document.kind == kind::CASE, now, touched)
            }
            (kind, document) => {
                let document = document.as_ref().map(|document| document.id);
                items::insert(&self.db, item, &envelope, State::Received, Some(now))?;
                match kind {
                    Kind::Grant | Kind::Revoke | Kind::Succession => self.granted_anew(now, touched),
                    Kind::Receipt => self.take_receipt(&envelope, touched),
                    Kind::Catalogue => self.take_catalogue(&envelope),
                    Kind::Forget => self.take_forget(&envelope, touched),
                    Kind::File => {
                        touched.extend(document);
                        self.name_files(&envelope)
                    }
                    _ => Ok(()),
                }
            }
        }
    }

    /// Who may write what has changed: what was set aside for want of a grant is judged again.
    fn granted_anew(&mut self, now: Millis, touched: &mut BTreeSet<DocumentId>) -> Stored<()> {
        self.read_grants()?;
        for item in items::ungranted(&self.db)? {
            self.take_item(&item, now, touched)?;
        }
        Ok(())
    }

    fn take_change(
        &mut self,
        item: &Item,
        envelope: &Envelope,
        id: DocumentId,
        case: bool,
        now: Millis,
        touched: &mut BTreeSet<DocumentId>,
    ) -> Stored<()> {
        if !case
            && envelope
                .document
                .as_ref()
                .is_some_and(|document| document.kind != kind::APPLICATION)
        {
            return self.set_aside(item, "unknown_kind");
        }
        let Some((device, changes)) = changes_of(item) else {
            return self.set_aside(item, "malformed");
        };
        let mut opened = self.take(id)?;
        let applied = if case {
            opened.case().apply(&device, &changes)
        } else {
            opened.application().apply(&device, &changes)
        };
        // What did not fit may build on this: then the documents are read anew.
        if applied.is_err() || !opened.unfit {
            self.give(id, opened);
        }
        match applied {
            Ok(()) => {
                items::insert(&self.db, item, envelope, State::Received, Some(now))?;
                touched.insert(id);
                self.name_files(envelope)?;
                self.take_early(id)?;
                self.want_results(id)
            }
            Err(RecordError::MissingDependencies) => {
                // What it builds on will not come again: it is passed on, and forgotten in its turn.
                let state = match forget::is_forgotten(&self.db, &id)? {
                    true => State::Received,
                    false => State::Early,
                };
                items::insert(&self.db, item, envelope, state, Some(now))?;
                self.name_files(envelope)
            }
            Err(error) => self.set_aside(item, record_code(&error)),
        }
    }

    /// Items that came before what they build on, tried again until none fits.
    pub(super) fn take_early(&mut self, id: DocumentId) -> Stored<()> {
        let (application, case) = documents(id);
        let mut fitted = true;
        while fitted {
            fitted = false;
            for document in [&application, &case] {
                for held in items::changes(&self.db, document, 0, &[State::Early])? {
                    let Some((device, changes)) = changes_of(&held.item) else {
                        continue;
                    };
                    let mut opened = self.take(id)?;
                    let applied = match document.kind.as_str() {
                        kind::CASE => opened.case().apply(&device, &changes),
                        _ => opened.application().apply(&device, &changes),
                    };
                    self.give(id, opened);
                    if applied.is_ok() {
                        let item = held.item.id();
                        items::settle(&self.db, &item, &[State::Early], State::Received, None)?;
                        if let Ok(envelope) = held.item.open() {
                            places::put(&self.db, &envelope.scope, &Key::of(envelope.time, item))?;
                        }
                        if device == self.device.0 && near::uncarry(&self.db, &item, None)? {
                            items::wait_again(&self.db, &item, State::Received)?;
                        }
                        // It lies before items that a snapshot may hold already.
                        snapshots::forget(&self.db, &id)?;
                        fitted = true;
                    }
                }
            }
        }
        Ok(())
    }

    /// Files the authority issued.
    fn want_results(&mut self, id: DocumentId) -> Stored<()> {
        use doorstep_records::CaseStep;
        let opened = self.take(id)?;
        for event in &opened.authority().events {
            if let CaseStep::Decided { file: Some(file), .. } = &event.step
                && let Ok(hash) = file.hash.parse()
            {
                files::want(
                    &self.db,
                    &FileName {
                        hash,
                        len: file.len,
                        media_type: file.media_type.clone(),
                    },
                    false,
                )?;
            }
        }
        self.give(id, opened);
        Ok(())
    }

    fn take_receipt(&mut self, envelope: &Envelope, touched: &mut BTreeSet<DocumentId>) -> Stored<()> {
        let Ok(receipt) = Receipt::from_bytes(&envelope.payload) else {
            return Ok(());
        };
        for id in &receipt.accepted {
            self.accepted(id, envelope.time, touched)?;
        }
        for hash in &receipt.verified {
            files::verify(&self.db, hash)?;
            touched.extend(files::named_by(&self.db, hash)?);
        }
        for refusal in &receipt.refused {
            self.refuse(refusal, envelope.time, touched)?;
        }
        Ok(())
    }

    /// The center has an item, own or carried, since `at`.
    pub(super) fn accepted(&mut self, id: &ItemId, at: Millis, touched: &mut BTreeSet<DocumentId>) -> Stored<()> {
        let own = items::settle(&self.db, id, &[State::Waiting], State::Accepted, Some(at))?;
        if own || near::uncarry(&self.db, id, Some(at))? {
            touched.extend(self.document_of(id)?);
        } else if items::state(&self.db, id)?.is_none() {
            near::note_receipt(&self.db, id, at)?;
        }
        Ok(())
    }

    pub(super) fn document_of(&self, id: &doorstep_sync::ItemId) -> Stored<Option<DocumentId>> {
        let item = items::get(&self.db, id)?;
        Ok(item
            .and_then(|item| item.open().ok())
            .and_then(|envelope| envelope.document)
            .map(|document| document.id))
    }

    pub(super) fn take_catalogue(&mut self, envelope: &Envelope) -> Stored<()> {
        let Ok(catalogue) = Catalogue::from_bytes(&envelope.payload) else {
            return Ok(());
        };
        catalogues::insert(&self.db, &catalogue)?;
        for workbook in &catalogue.files {
            files::want(&self.db, &workbook.file, true)?;
        }
        self.shelf.changed();
        Ok(())
    }

    /// Notes which files an item names.
    fn name_files(&self, envelope: &Envelope) -> Stored<()> {
        for id in envelope.document.iter().map(|document| document.id) {
            for file in envelope.files() {
                files::name(&self.db, &file.hash, &id)?;
            }
        }
        Ok(())
    }

    /// Keeps an item that is not taken, and counts it by code.
    fn set_aside(&mut self, item: &Item, code: &str) -> Stored<()> {
        tracing::warn!(item = ?item.id(), code, "an item was not taken");
        let Ok(envelope) = item.open() else { return Ok(()) };
        let document = envelope.document.as_ref().map(|document| document.id);
        items::insert(&self.db, item, &envelope, State::Aside, None)?;
        if code == Code::Signature.as_str() {
            // It is not what its author wrote: that may still come from elsewhere.
            places::remove(&self.db, &envelope.scope, &Key::of(envelope.time, item.id()))?;
        }
        let refused = Refused {
            code: code.to_owned(),
            reason: String::new(),
            contents: Vec::new(),
        };
        items::refuse(&self.db, &item.id(), document.as_ref(), false, &refused)
    }
}

fn record_code(error: &RecordError) -> &'static str {
    match error {
        RecordError::Malformed => "malformed",
        RecordError::Schema(_) => "schema",
        RecordError::Actor => "actor",
        RecordError::MissingDependencies | RecordError::Locked | RecordError::NotFound | RecordError::Unseen => {
            "unfitting"
        }
    }
}
