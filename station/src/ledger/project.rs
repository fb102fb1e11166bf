//! The line of the list, and how far an application has got.

use doorstep_matters::Language;
use doorstep_records::{Application, Case, Status, status};
use doorstep_sync::{DocumentId, Millis};

use super::{Ledger, Opened};
use crate::store::rows::{self, Line, Progress};
use crate::store::search::{self, Findable};
use crate::store::{Stored, files, items};

impl Ledger {
    /// Writes the line of an application as its documents are now.
    pub(super) fn project(&mut self, id: DocumentId, opened: &Opened) -> Stored<()> {
        let (application, case) = (opened.record(), opened.authority());
        if application.matter.is_empty() {
            return rows::remove(&self.db, &id);
        }
        let progress = items::progress(&self.db, &id)?;
        let line = self.line(id, &application, &case, progress)?;
        rows::put(&self.db, &line)
    }

    /// Writes the line of an application that was there before a save at `time`. The others are not counted again: a long
    /// application is saved as fast as a short one.
    pub(super) fn project_saved(&mut self, id: DocumentId, opened: &Opened, time: Millis) -> Stored<()> {
        let mut progress = rows::progress(&self.db, &id)?;
        progress.chain.saved += 1;
        progress.chain.reached_at = None;
        progress.changed = progress.changed.max(time);
        let line = self.line(id, &opened.record(), &opened.authority(), progress)?;
        rows::put(&self.db, &line)
    }

    /// Brings the search up to date. Not part of a save: a person waits for that.
    pub(crate) fn index(&mut self) -> Stored<()> {
        if !rows::is_unindexed(&self.db)? {
            return Ok(());
        }
        self.transact(|ledger| rows::index(&ledger.db))
    }

    fn line(&mut self, id: DocumentId, application: &Application, case: &Case, mut progress: Progress) -> Stored<Line> {
        let names = self.matter(application.edition, &application.matter)?;
        let name = |language| {
            names.as_ref().map_or_else(
                || application.matter.clone(),
                |matter| matter.name.get(language).to_owned(),
            )
        };
        let (matter, matter_en) = (name(Language::Chinese), name(Language::English));
        let status = status(application, case);
        let id_number = application.applicant_id_number();
        let numbers = application
            .number
            .iter()
            .chain(&application.other_numbers)
            .map(String::as_str)
            .collect();
        let words = search::words(&Findable {
            applicant: application.applicant_name(),
            id_number,
            matter: &matter,
            matter_en: &matter_en,
            numbers,
        });
        let chain = &mut progress.chain;
        (chain.files, chain.verified) = (0, 0);
        for (hash, _) in application.files() {
            chain.files += 1;
            if let Ok(hash) = hash.parse() {
                chain.verified += u32::from(files::is_verified(&self.db, &hash)?);
            }
        }
        Ok(Line {
            id,
            number: application.number.clone(),
            applicant: application.applicant_name().to_owned(),
            id_tail: tail(id_number, 4),
            status,
            progress,
            conflict: !application.conflicts().is_empty(),
            correction: status == Status::CorrectionAsked,
            words,
            matter,
            matter_en,
        })
    }
}

fn tail(text: &str, count: usize) -> String {
    let skipped = text.chars().count().saturating_sub(count);
    text.chars().skip(skipped).collect()
}
