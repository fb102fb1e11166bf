//! What the center says is kept no longer, as the real ledger does it.

use std::collections::BTreeSet;

use doorstep_sync::payload::Forget;
use doorstep_sync::{DocumentId, Envelope, FileHash, ItemId, Kind};

use super::disk::State;
use super::station::Station;

impl Station {
    /// The center says that items of a document are to be forgotten. It holds them, so this is a receipt as well.
    pub(super) fn take_forget(&mut self, envelope: &Envelope) {
        let (Some(document), Ok(said)) = (&envelope.document, Forget::from_bytes(&envelope.payload)) else {
            return;
        };
        for forgotten in &said.items {
            if self.disk.items.contains_key(&forgotten.item) {
                self.accepted(&forgotten.item);
                self.disk.forgetting.insert(forgotten.item, document.id);
            } else {
                let place = Envelope {
                    time: forgotten.time,
                    ..envelope.clone()
                };
                self.disk.bury(forgotten.item, place);
            }
        }
        for hash in &said.files {
            if let Some(upload) = self.disk.uploads.get_mut(hash) {
                upload.verified = true;
            }
        }
    }

    /// Whether a document was forgotten here.
    pub(super) fn is_forgotten(&self, id: DocumentId) -> bool {
        let of_it = |envelope: &Envelope| envelope.document.as_ref().is_some_and(|document| document.id == id);
        let mut items = self.disk.items.values();
        items.any(|held| held.state == State::Forgotten && of_it(&held.envelope))
    }

    /// Forgets what may be forgotten now.
    pub(super) fn forget_due(&mut self) {
        let asked: BTreeSet<DocumentId> = self.disk.forgetting.values().copied().collect();
        for id in asked {
            self.forget(id);
        }
    }

    fn forget(&mut self, id: DocumentId) {
        let of_it: Vec<(ItemId, State, Envelope)> = self
            .disk
            .items
            .iter()
            .filter(|(_, held)| {
                let written = matches!(held.envelope.kind, Kind::Change | Kind::File);
                written
                    && held
                        .envelope
                        .document
                        .as_ref()
                        .is_some_and(|document| document.id == id)
            })
            .map(|(item, held)| (*item, held.state, (*held.envelope).clone()))
            .collect();
        let files: BTreeSet<FileHash> = of_it
            .iter()
            .flat_map(|(.., envelope)| envelope.files())
            .map(|file| file.hash)
            .collect();
        let counts = |state: &State| matches!(state, State::Waiting | State::Accepted | State::Received | State::Early);
        let needed = of_it
            .iter()
            .any(|(item, state, _)| counts(state) && !self.disk.forgetting.contains_key(item))
            || of_it.iter().any(|(item, ..)| self.disk.carried.contains(item))
            || files
                .iter()
                .any(|hash| self.disk.uploads.get(hash).is_some_and(|upload| !upload.verified));
        if needed {
            return;
        }
        for (item, state, envelope) in of_it {
            if counts(&state) || self.disk.forgetting.contains_key(&item) {
                self.disk.bury(item, envelope);
            }
        }
        self.disk.forgetting.retain(|_, document| *document != id);
        let kept: BTreeSet<FileHash> = self
            .disk
            .items
            .values()
            .flat_map(|held| held.envelope.files())
            .map(|file| file.hash)
            .collect();
        for hash in files.difference(&kept) {
            self.disk.files.remove(hash);
            self.disk.uploads.remove(hash);
            self.disk.wanted.remove(hash);
            self.disk.incoming.remove(hash);
        }
        self.opened.remove(&id);
    }
}
