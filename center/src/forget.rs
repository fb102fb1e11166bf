//! Retention: devices keep a finished application for the time that its matter's workbook says, and then are told to forget
//! it. The center alone decides, and only of what it holds itself, every file included, for so long that any backup of it
//! that may be restored has it too.

use std::collections::{BTreeMap, BTreeSet};

use doorstep_matters::KEEP_DAYS;
use doorstep_records::kind;
use doorstep_sync::payload::{Forget, Forgotten, MOST_FORGOTTEN};
use doorstep_sync::{DeviceId, Document, DocumentId, FileHash, Kind, Millis, Scope};

use crate::center::Center;
use crate::dossier::{Dossier, result_files};
use crate::error::ApiError;
use crate::store::forgotten::Kept;
use crate::store::{self, Connection};
use crate::upload::HORIZON;

const DAY: Millis = 24 * 3_600_000;
/// The fact when it was last looked for what is due.
const LOOKED: &str = "forgot";

impl Center {
    /// Once in a day, tells devices to forget what is due; how many documents.
    pub fn forget_daily(&self) -> Result<Option<u64>, ApiError> {
        let now = self.clock.now();
        let last = self.store.read(|sql| store::meta::number(sql, LOOKED))?;
        // A clock that was set back does not stop it for long.
        if last <= now && now - last < DAY {
            return Ok(None);
        }
        let count = self.forget_due()?;
        self.store
            .write(|sql| store::meta::set(sql, LOOKED, &now.to_le_bytes()))?;
        Ok(Some(count))
    }

    /// Tells devices to forget what is due now; how many documents.
    pub fn forget_due(&self) -> Result<u64, ApiError> {
        let mut count = 0;
        // The application for a bundle goes after its parts.
        for find in [store::forgotten::finished, store::forgotten::finished_wholes] {
            let now = self.clock.now();
            for kept in self.store.read(|sql| find(sql, now.saturating_sub(HORIZON)))? {
                count += u64::from(self.store.write(|sql| self.forget(sql, &kept, now))?);
            }
        }
        if count > 0 {
            tracing::info!(documents = count, "devices are told to forget");
        }
        Ok(count)
    }

    /// Tells devices to forget an application before its time, as when the person asks for it (Personal Information Protection
    /// Law, article 47); false while something of it is not here.
    pub fn forget_early(&self, id: &DocumentId) -> Result<bool, ApiError> {
        self.store.write(|sql| {
            let dossier = Dossier::load(sql, id)?.ok_or_else(|| ApiError::not_found("application"))?;
            match self.files_of(sql, &dossier)? {
                Some((files, _)) => self.write_forget(sql, dossier.id, &dossier.scope, files),
                None => Ok(false),
            }
        })
    }

    /// Tells devices to forget one document, when its time has passed and all of it is here.
    fn forget(&self, sql: &Connection, kept: &Kept, now: Millis) -> Result<bool, ApiError> {
        let (code, version) = &kept.matter;
        let days = self.matter(sql, *version, code)?.and_then(|matter| matter.keep_days);
        let keep = (Millis::from(days.unwrap_or(KEEP_DAYS)) * DAY).max(HORIZON);
        let Some(dossier) = Dossier::load(sql, &kept.id)? else {
            return Ok(false);
        };
        match self.files_of(sql, &dossier)? {
            Some((files, last)) if now >= kept.last.max(last).saturating_add(keep) => {
                self.write_forget(sql, dossier.id, &dossier.scope, files)
            }
            _ => Ok(false),
        }
    }

    /// Writes what devices are to forget of one document; false while something of it waits here.
    pub(crate) fn write_forget(
        &self,
        sql: &Connection,
        id: DocumentId,
        scope: &Scope,
        files: BTreeSet<FileHash>,
    ) -> Result<bool, ApiError> {
        if store::forgotten::waits(sql, &id)? {
            return Ok(false);
        }
        let mut alone = Vec::new();
        for hash in files {
            if !store::forgotten::is_needed(sql, &hash, &id)? {
                alone.push(hash);
            }
        }
        loop {
            let items: Vec<Forgotten> = store::forgotten::unforgotten(sql, &id, MOST_FORGOTTEN)?;
            if items.is_empty() {
                return Ok(true);
            }
            let forget = Forget {
                items,
                files: std::mem::take(&mut alone),
            };
            let kind = kind::APPLICATION.to_owned();
            let (document, payload) = (Document { kind, id }, forget.to_bytes());
            let now = self.clock.now();
            self.write_item(sql, Kind::Forget, scope.clone(), Some(document), "", payload, now, &[])?;
            store::forgotten::note(sql, scope, &forget)?;
        }
    }

    /// The files of an application and its case, and when the last of them came; `None` while one is not here and may still
    /// come. What devices alone had that are lost, and nobody has brought for [`HORIZON`], comes no more.
    pub(crate) fn files_of(
        &self,
        sql: &Connection,
        dossier: &Dossier,
    ) -> Result<Option<(BTreeSet<FileHash>, Millis)>, ApiError> {
        let mut files: BTreeSet<FileHash> = result_files(&dossier.case).iter().map(|file| file.hash).collect();
        let shown = dossier.application.files();
        files.extend(shown.iter().filter_map(|(hash, _)| hash.parse::<FileHash>().ok()));
        let (grants, long_ago) = (self.grants(), self.clock.now().saturating_sub(HORIZON));
        let mut named_by: BTreeMap<FileHash, BTreeSet<DeviceId>> = BTreeMap::new();
        let mut authors = BTreeSet::new();
        for logged in store::items::of_document(sql, &dossier.id)? {
            let Ok(envelope) = logged.item.open() else { continue };
            for file in envelope.files() {
                named_by.entry(file.hash).or_default().insert(envelope.device);
            }
            if !grants.is_center(&envelope.device) {
                authors.insert(envelope.device);
            }
        }
        files.extend(named_by.keys());
        let is_lost = |device: &DeviceId| grants.revoked_at(device).is_some_and(|at| at <= long_ago);
        let mut last = 0;
        for hash in &files {
            match store::files::verified_at(sql, hash)? {
                Some(at) => last = last.max(at),
                None if named_by.get(hash).unwrap_or(&authors).iter().all(is_lost) => {}
                None => return Ok(None),
            }
        }
        Ok(Some((files, last)))
    }
}
