//! What comes from elsewhere: each item judged by itself, as the real ledger does.

use std::collections::BTreeSet;

use doorstep_records::{RecordError, kind};
use doorstep_sync::payload::{Catalogue, FileName, Receipt, Refusal};
use doorstep_sync::{Code, DocumentId, Envelope, FileHash, Item, ItemId, Kind, Millis};

use super::disk::State;
use super::documents::{COUNTING, Opened};
use super::station::Station;

impl Station {
    /// Takes one item.
    pub(super) fn take(&mut self, item: &Item) {
        let id = item.id();
        match self.disk.items.get(&id).map(|held| held.state) {
            // Who was strange may be known by now, and what was altered on its way has come once more.
            Some(State::Aside) if self.grants.verify(item).is_ok() => self.disk.forget(&id),
            // What the center once refused it has by now.
            Some(State::Refused) => self.disk.forget(&id),
            // It has it, by whatever way.
            Some(_) => {
                self.disk.carried.remove(&id);
                return;
            }
            None => {}
        }
        let envelope = match self.grants.take(item).and_then(|_| self.grants.verify(item)) {
            Ok(envelope) => envelope,
            Err(code) => return self.set_aside(item, code.as_str()),
        };
        match (envelope.kind, envelope.document.clone()) {
            (Kind::Change, Some(document)) => self.take_change(item, envelope, &document.kind, document.id),
            (kind, _) => {
                self.disk.insert(item.clone(), envelope.clone(), State::Received);
                match kind {
                    Kind::Grant | Kind::Revoke | Kind::Succession => self.granted_anew(),
                    Kind::Receipt => self.take_receipt(&envelope),
                    Kind::Catalogue => self.want_workbooks(&envelope),
                    _ => {}
                }
            }
        }
    }

    fn take_change(&mut self, item: &Item, envelope: Envelope, kind: &str, id: DocumentId) {
        match self.open_document(id).apply(kind, item) {
            Ok(()) => {
                self.disk.insert(item.clone(), envelope, State::Received);
                self.take_early(id);
            }
            Err(RecordError::MissingDependencies) => self.disk.insert(item.clone(), envelope, State::Early),
            Err(error) => self.set_aside(item, &error.to_string()),
        }
    }

    fn take_early(&mut self, id: DocumentId) {
        loop {
            let early = [kind::APPLICATION, kind::CASE].map(|kind| {
                let held = self.disk.changes(kind, id, &[State::Early]);
                held.into_iter()
                    .map(|held| (kind, held.item.clone()))
                    .collect::<Vec<_>>()
            });
            let fitted = early
                .into_iter()
                .flatten()
                .find(|(kind, item)| self.open_document(id).apply(kind, item).is_ok());
            match fitted {
                Some((_, item)) => {
                    let (id, own) = (item.id(), self.device());
                    self.disk.settle(&id, &[State::Early], State::Received);
                    let own = self.disk.items.get(&id).is_some_and(|held| held.envelope.device == own);
                    if own && self.disk.carried.remove(&id) {
                        self.disk.settle(&id, &[State::Received], State::Waiting);
                    }
                }
                None => return,
            }
        }
    }

    /// Who may write what has changed: what was set aside for want of a grant is judged again.
    fn granted_anew(&mut self) {
        self.read_grants();
        let waiting: Vec<Item> = self
            .disk
            .in_order(&[State::Aside])
            .into_iter()
            .map(|held| (*held.item).clone())
            .collect();
        for item in waiting {
            // Comes once more, as it were.
            self.take(&item);
        }
    }

    fn take_receipt(&mut self, envelope: &Envelope) {
        let Ok(receipt) = Receipt::from_bytes(&envelope.payload) else {
            return;
        };
        for id in &receipt.accepted {
            self.accepted(id);
        }
        for hash in &receipt.verified {
            if let Some(upload) = self.disk.uploads.get_mut(hash) {
                upload.verified = true;
            }
        }
        for refusal in &receipt.refused {
            self.refuse(refusal, envelope.time);
        }
    }

    /// The center has an item, own or carried.
    pub(super) fn accepted(&mut self, id: &ItemId) {
        let own = self.disk.settle(id, &[State::Waiting], State::Accepted);
        if !own && !self.disk.carried.remove(id) && !self.disk.items.contains_key(id) {
            self.disk.receipted.insert(*id);
        }
    }

    fn refuse(&mut self, refusal: &Refusal, said: Millis) {
        let Refusal { item: id, code, reason } = refusal;
        let why = format!("{code}: {reason}");
        let carried = self.disk.carried.remove(id);
        if carried || !self.disk.settle(id, &[State::Waiting, State::Accepted], State::Refused) {
            // Another device's, brought from here.
            let came = [State::Received, State::Early, State::Aside];
            if self.disk.settle(id, &came, State::Refused)
                && let Some(document) = self.disk.items.get(id).and_then(|held| held.envelope.document.clone())
            {
                self.disk.refusals.insert(*id, why);
                self.make_again(document.id, code, false);
            }
            return;
        }
        let Some(held) = self.disk.items.get(id).cloned() else {
            return;
        };
        let at = self.now().min(said);
        if code == Code::Future.as_str() && at < held.envelope.time {
            // The same is said again, at a time when the center had refused it already.
            let again = Envelope {
                time: at,
                ..(*held.envelope).clone()
            };
            let item = Item::sign(&again, &self.disk.key);
            if !self.disk.items.contains_key(&item.id()) {
                self.disk.insert(item, again, State::Waiting);
            }
            return;
        }
        self.disk.refusals.insert(*id, why);
        if let (Kind::Change, Some(document)) = (held.envelope.kind, &held.envelope.document) {
            self.make_again(document.id, code, true);
        }
    }

    /// Makes an application again without what was refused (an `own` item, or another's) and what builds on it.
    fn make_again(&mut self, id: DocumentId, code: &str, own: bool) {
        let device = self.device();
        let dated_anew = code == Code::Future.as_str();
        let mut left: Vec<ItemId> = Vec::new();
        let mut rebuilt = Opened::empty();
        let changes = self.disk.changes(kind::APPLICATION, id, &COUNTING);
        let mut waiting: Vec<_> = changes.into_iter().map(|held| held.item.clone()).collect();
        loop {
            let before = waiting.len();
            waiting.retain(|item| rebuilt.apply(kind::APPLICATION, item).is_err());
            if waiting.len() == before || waiting.is_empty() {
                left.extend(waiting.iter().map(|item| item.id()));
                break;
            }
        }
        for item in left {
            let by_us = self
                .disk
                .items
                .get(&item)
                .is_some_and(|held| held.envelope.device == device);
            if by_us && dated_anew && !own {
                // The same comes again from its author with another date, and what builds on it stands.
                if self
                    .disk
                    .settle(&item, &[State::Waiting, State::Accepted], State::Early)
                {
                    self.disk.carry(&item);
                }
            } else if self
                .disk
                .settle(&item, &[State::Waiting, State::Accepted], State::Refused)
            {
                self.disk.refusals.insert(item, format!("builds on {code}"));
            } else if !dated_anew && self.disk.carried.remove(&item) {
                self.disk.settle(&item, &[State::Received], State::Refused);
                self.disk.refusals.insert(item, format!("builds on {code}"));
            } else {
                // Its author writes it anew; until then it waits.
                self.disk.settle(&item, &[State::Received], State::Early);
            }
        }
        self.opened.remove(&id);
        // What only a refused save named, nobody needs.
        let needed = self
            .disk
            .in_order(&[State::Waiting, State::Accepted, State::Received, State::Early]);
        let needed: BTreeSet<FileHash> = needed
            .iter()
            .flat_map(|held| held.envelope.files())
            .map(|file| file.hash)
            .collect();
        self.disk.uploads.retain(|hash, _| needed.contains(hash));
        // Changes of this actor are numbered: what is written from here on must not repeat a number.
        self.renew_actor();
    }

    fn want_workbooks(&mut self, envelope: &Envelope) {
        let Ok(catalogue) = Catalogue::from_bytes(&envelope.payload) else {
            return;
        };
        for workbook in catalogue.files {
            self.want(workbook.file);
        }
    }

    /// Asks for a file.
    pub fn want(&mut self, file: FileName) {
        if !self.disk.files.contains_key(&file.hash) {
            self.disk.wanted.entry(file.hash).or_insert((file, Vec::new()));
        }
    }

    fn set_aside(&mut self, item: &Item, code: &str) {
        if let Ok(envelope) = item.open() {
            self.disk.refusals.insert(item.id(), code.to_owned());
            self.disk.insert(item.clone(), envelope, State::Aside);
        }
    }
}
