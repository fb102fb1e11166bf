//! The line of the list, and how far an application has got.

use doorstep_matters::Language;
use doorstep_records::{Application, Case, Status, status};
use doorstep_sync::{DocumentId, FileHash};

use super::{Ledger, Opened};
use crate::contract::Chain;
use crate::store::rows::{self, Line};
use crate::store::search::{self, Findable};
use crate::store::{Stored, files, items};

impl Ledger {
    /// Writes the line of an application as its documents are now.
    pub(super) fn project(&mut self, id: DocumentId, opened: &Opened) -> Stored<()> {
        let (application, case) = (opened.record(), opened.authority());
        if application.matter.is_empty() {
            return rows::remove(&self.db, &id);
        }
        let line = self.line(id, &application, &case)?;
        rows::put(&self.db, &line)
    }

    /// Brings the search up to date. Not part of a save: a person waits for that.
    pub(crate) fn index(&mut self) -> Stored<()> {
        if !rows::is_unindexed(&self.db)? {
            return Ok(());
        }
        self.transact(|ledger| rows::index(&ledger.db))
    }

    fn line(&mut self, id: DocumentId, application: &Application, case: &Case) -> Stored<Line> {
        let names = self.matter(application.catalogue, &application.matter)?;
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
        Ok(Line {
            id,
            number: application.number.clone(),
            applicant: application.applicant_name().to_owned(),
            id_tail: tail(id_number, 4),
            status,
            changed: items::last_time(&self.db, &id)?,
            conflict: !application.conflicts().is_empty(),
            correction: status == Status::CorrectionAsked,
            chain: self.chain(id, application)?,
            words,
            matter,
            matter_en,
        })
    }

    /// saved here → reached the district → every scan verified there.
    pub(super) fn chain(&self, id: DocumentId, application: &Application) -> Stored<Chain> {
        let (saved, reached, reached_at) = items::chain(&self.db, &id)?;
        let mut chain = Chain {
            saved,
            reached,
            reached_at,
            files: 0,
            verified: 0,
            handed: self.handed(&id)?,
            handed_files: None,
        };
        let mut handed_files = 0;
        for (hash, _) in application.files() {
            chain.files += 1;
            if let Ok(hash) = hash.parse::<FileHash>() {
                let verified = files::is_verified(&self.db, &hash)?;
                chain.verified += u32::from(verified);
                handed_files += u32::from(verified || self.is_file_handed(&hash)?);
            }
        }
        chain.handed_files = Some(handed_files);
        Ok(chain)
    }
}

fn tail(text: &str, count: usize) -> String {
    let skipped = text.chars().count().saturating_sub(count);
    text.chars().skip(skipped).collect()
}
