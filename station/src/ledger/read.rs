//! What is read: for the screen, for the strip, for sync.

use std::collections::HashSet;
use std::sync::Arc;

use doorstep_matters::{Context, Language, Matter};
use doorstep_records::Application;
use doorstep_sync::DocumentId;

use super::{Catalogue, Cursor, FileName, Item, Ledger, Millis, Stored, is_divided};
use crate::contract::{ApplicationList, ApplicationSearch, ApplicationView, Chain, Handed, Receipt, SyncMode};
use crate::store::{facts, files, items, rows, uploads};
use crate::view::{self, Seen};
use crate::{Failure, FailureCode};

/// What waits and what wants attention.
pub(crate) struct Tally {
    pub waiting_items: u32,
    pub waiting_files: u32,
    pub handed: Option<Handed>,
    pub carried_items: u32,
    pub waiting_bytes: u64,
    pub failed_files: u32,
    pub mode: SyncMode,
    pub conflicts: u32,
    pub corrections: u32,
    pub refused: u32,
    pub last_contact: Option<Millis>,
    pub clock_offset: i64,
}

impl Ledger {
    /// Everything known about an application.
    pub(crate) fn seen(&mut self, id: DocumentId, language: Language) -> Result<Seen, Failure> {
        let opened = self.take_existing(id)?;
        self.looked_at = Some(id);
        let (application, case) = (opened.record(), opened.authority());
        let (heads, aside) = (opened.heads(), opened.aside);
        self.give(id, opened);
        let began = match application.edition == application.catalogue {
            true => None,
            false => self.matter(application.catalogue, &application.matter)?,
        };
        let (mut verified, mut handed) = (HashSet::new(), 0);
        for (file, _) in application.files() {
            let Ok(hash) = file.parse() else { continue };
            let reached = files::is_verified(&self.db, &hash)?;
            handed += u32::from(reached || self.is_file_handed(&hash)?);
            if reached {
                verified.insert(file);
            }
        }
        let mut seen = Seen {
            id,
            newer: self.newer(&application)?,
            began,
            offers: Vec::new(),
            parts: Vec::new(),
            late: Vec::new(),
            whole: None,
            matter: self.matter(application.edition, &application.matter)?,
            chain: Chain {
                handed: self.handed(&id)?,
                handed_files: Some(handed),
                ..rows::progress(&self.db, &id)?.chain
            },
            refused: items::refusals(&self.db, &id)?,
            verified,
            heads,
            aside,
            today: self.today(),
            language,
            application,
            case,
        };
        seen.offers = self.offers(&seen)?;
        seen.parts = self.parts(&seen)?;
        seen.late = self.late(&seen)?;
        seen.whole = self.whole(&seen)?;
        Ok(seen)
    }

    /// The newest version of the catalogue, when it says something else about the matter of a draft than the version that
    /// the draft goes by.
    fn newer(&mut self, application: &Application) -> Stored<Option<u64>> {
        if application.received().is_some() {
            return Ok(None);
        }
        let Some(newest) = self.catalogue()?.filter(|newest| newest.version > application.edition) else {
            return Ok(None);
        };
        let own = self.matter(application.edition, &application.matter)?;
        let new = newest.matters.get(&application.matter);
        let otherwise = match (&own, new) {
            (Some(own), Some(new)) => !Arc::ptr_eq(own, new),
            (_, new) => new.is_some(),
        };
        Ok(otherwise.then_some(newest.version))
    }

    /// In which a form is evaluated before an application is begun.
    pub(crate) fn context(&self, language: Language) -> Context {
        Context {
            today: self.today(),
            station: self.station.division.clone(),
            language,
            ..Context::default()
        }
    }

    /// What the station wrote of an application.
    pub(crate) fn record(&mut self, id: DocumentId) -> Result<Arc<Application>, Failure> {
        let opened = self.take_existing(id)?;
        let application = opened.record();
        self.give(id, opened);
        Ok(application)
    }

    /// The matter of an application, in the version it was begun under.
    pub(crate) fn matter_of(&mut self, id: DocumentId) -> Result<Arc<Matter>, Failure> {
        let application = self.record(id)?;
        let matter = self.matter(application.edition, &application.matter)?;
        matter.ok_or_else(|| Failure::not_found("catalogue this application was begun under"))
    }

    /// Whether the matter of an application asks for a material.
    pub(crate) fn material_of(&mut self, id: DocumentId, code: &str) -> Result<(), Failure> {
        let matter = self.matter_of(id)?;
        if is_divided(&matter, &*self.record(id)?) {
            return Err(Failure::new(FailureCode::Locked, "a bundle that was divided"));
        }
        let asked = matter.materials.iter().any(|material| material.code == code);
        if asked {
            Ok(())
        } else {
            Err(Failure::not_found("material"))
        }
    }

    /// One application, as the screen shows it.
    pub(crate) fn view(&mut self, id: DocumentId, language: Language) -> Result<ApplicationView, Failure> {
        let seen = self.seen(id, language)?;
        Ok(view::application(&seen, &self.people))
    }

    /// The receipt of an application.
    pub(crate) fn receipt(&mut self, id: DocumentId, language: Language) -> Result<Receipt, Failure> {
        let seen = self.seen(id, language)?;
        let opened = self.take_existing(id)?;
        let then = opened.as_received();
        self.give(id, opened);
        let then = then.ok_or_else(|| Failure::not_found("receipt before 收件"))?;
        view::receipt(&seen, then, &self.people, &self.station)
    }

    /// Lines of the list.
    pub(crate) fn list(&mut self, search: &ApplicationSearch, english: bool) -> Stored<ApplicationList> {
        if !search.query.trim().is_empty() {
            self.index()?;
        }
        let (rows, total) = rows::find(&self.db, search, english)?;
        Ok(ApplicationList {
            rows,
            total,
            counts: rows::counts(&self.db)?,
        })
    }

    /// Somebody has looked at what was refused.
    pub(crate) fn refusals_seen(&self, id: &DocumentId) -> Stored<()> {
        items::refusals_seen(&self.db, id)
    }

    /// For the strip.
    pub(crate) fn tally(&self) -> Stored<Tally> {
        let uploads::Total { files, bytes, failed } = uploads::total(&self.db)?;
        let (conflicts, corrections) = rows::wanting(&self.db)?;
        Ok(Tally {
            waiting_items: items::count_waiting(&self.db)?,
            waiting_files: files,
            handed: self.handed_all()?,
            carried_items: self.count_carried()?,
            waiting_bytes: bytes,
            failed_files: failed,
            mode: self.sync_mode()?,
            conflicts,
            corrections,
            refused: items::count_unseen(&self.db)?,
            last_contact: facts::number(&self.db, facts::name::LAST_CONTACT)?.map(i64::unsigned_abs),
            clock_offset: self.offset,
        })
    }

    /// The center answered; its clock minus this device's is `offset`.
    pub(crate) fn contacted(&mut self, offset: i64) -> Stored<()> {
        let now = self.world.clock.now();
        facts::set_number(&self.db, facts::name::LAST_CONTACT, items::integer(now))?;
        if (offset - self.offset).abs() > 1000 {
            facts::set_number(&self.db, facts::name::CLOCK_OFFSET, offset)?;
            self.offset = offset;
        }
        Ok(())
    }

    /// Received items that were not taken, by code.
    pub(crate) fn aside(&self) -> Stored<Vec<(String, u32)>> {
        items::count_aside(&self.db)
    }

    pub(crate) fn cursor(&self) -> Stored<Cursor> {
        facts::cursor(&self.db)
    }

    pub(crate) fn outgoing(&self, bytes: usize) -> Stored<Vec<Item>> {
        items::waiting(&self.db, bytes)
    }

    /// A workbook has come: lines that had only a matter's code get its name.
    pub(super) fn name_lines(&mut self, file: &FileName) -> Stored<()> {
        let workbooks = |catalogue: &Catalogue| catalogue.files.iter().any(|workbook| workbook.file.hash == file.hash);
        let versions: Vec<u64> = crate::store::catalogues::all(&self.db)?
            .into_iter()
            .filter(|(catalogue, _)| workbooks(catalogue))
            .map(|(catalogue, _)| catalogue.version)
            .collect();
        if versions.is_empty()
            || self
                .catalogue()?
                .is_none_or(|edition| !versions.contains(&edition.version))
        {
            return Ok(());
        }
        self.transact(|ledger| {
            for id in rows::nameless(&ledger.db)? {
                let opened = ledger.take(id)?;
                ledger.project(id, &opened)?;
                ledger.give(id, opened);
            }
            Ok(())
        })
    }
}
