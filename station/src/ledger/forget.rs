//! Documents that are kept no longer. The center says which, when the time of the catalogue has passed; this device forgets
//! them when nothing of theirs waits here any more. What stays is the names of their items, as if they were held: so sets
//! compare equal, and nothing comes back from wherever it may still be.

use std::collections::BTreeSet;

use doorstep_sync::payload::Forget;
use doorstep_sync::{DocumentId, Envelope, FileHash, Kind};

use super::Ledger;
use crate::store::{Stored, catalogues, documents as snapshots, facts, files, forget, items, rows};

impl Ledger {
    /// The center says that items of a document are to be forgotten. It holds them, so this is a receipt as well.
    pub(super) fn take_forget(&mut self, envelope: &Envelope, touched: &mut BTreeSet<DocumentId>) -> Stored<()> {
        let (Some(document), Ok(said)) = (&envelope.document, Forget::from_bytes(&envelope.payload)) else {
            return Ok(());
        };
        for forgotten in &said.items {
            let id = &forgotten.item;
            match items::state(&self.db, id)? {
                Some(_) => {
                    self.accepted(id, envelope.time, touched)?;
                    forget::ask(&self.db, id, &document.id)?;
                }
                None => forget::bury(&self.db, &envelope.scope, &document.id, forgotten)?,
            }
        }
        for hash in &said.files {
            files::verify(&self.db, hash)?;
        }
        Ok(())
    }

    /// Forgets what may be forgotten now, and scrubs the database after it.
    pub(crate) fn forget_due(&mut self) -> Stored<()> {
        let asked = forget::asked(&self.db)?;
        if !asked.is_empty() {
            let gone = self.transact(|ledger| {
                let mut gone = Vec::new();
                for id in asked {
                    if !forget::is_needed(&ledger.db, &id)? {
                        gone.extend(ledger.forget(id)?);
                    }
                }
                Ok::<_, crate::store::StoreError>(gone)
            })?;
            gone.iter().for_each(|hash| self.files.remove(hash));
        }
        if facts::number(&self.db, facts::name::UNSCRUBBED)? == Some(1) && forget::scrub(&self.db)? {
            facts::set_number(&self.db, facts::name::UNSCRUBBED, 0)?;
        }
        Ok(())
    }

    /// Forgets one document; gives its files, whose keys are gone with it.
    fn forget(&mut self, id: DocumentId) -> Stored<Vec<FileHash>> {
        let mut gone: BTreeSet<FileHash> = forget::files_of(&self.db, &id)?.into_iter().collect();
        let mut said = Vec::new();
        items::each(&self.db, Kind::Forget, |item, _| {
            if let Ok(envelope) = item.open()
                && envelope.document.is_some_and(|document| document.id == id)
                && let Ok(forget) = Forget::from_bytes(&envelope.payload)
            {
                said.extend(forget.files);
            }
            Ok(())
        })?;
        for hash in said {
            if !forget::is_named_by_other(&self.db, &hash, &id)? {
                gone.insert(hash);
            }
        }
        let mut files = Vec::new();
        for hash in gone {
            if !catalogues::names_file(&self.db, &hash)? {
                forget::drop_file(&self.db, &hash)?;
                files.push(hash);
            }
        }
        forget::empty(&self.db, &id)?;
        snapshots::forget(&self.db, &id)?;
        rows::remove(&self.db, &id)?;
        facts::set_number(&self.db, facts::name::UNSCRUBBED, 1)?;
        self.opened.forget(&id);
        self.given.retain(|(given, _)| *given != id);
        self.looked_at = self.looked_at.filter(|looked_at| *looked_at != id);
        tracing::info!(files = files.len(), "an application is kept no longer");
        Ok(files)
    }
}
