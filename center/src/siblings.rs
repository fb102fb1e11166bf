//! 一件事: applications that were made of one form. Each is decided on its own; a reviewer sees the others beside it.

use doorstep_matters::{Language, Matter};
use doorstep_records::{Application, Status};
use doorstep_sync::DocumentId;

use crate::center::Center;
use crate::check;
use crate::dossier::Dossier;
use crate::error::ApiError;
use crate::project::{deadline_today, read_word};
use crate::routes::{BundleMark, BundleView, SiblingView};
use crate::store::cases::{CaseLine, Whole};
use crate::store::{self, Connection};

/// The application of the bundle that this one is a part of; `None` when it is none.
pub fn bundle_of(application: &Application) -> Option<DocumentId> {
    application.bundle.parse().ok()
}

impl Center {
    /// Notes what an application for a bundle is made of. It is nobody's to decide: its parts are.
    pub(crate) fn note_whole(&self, sql: &Connection, dossier: &Dossier, matter: &Matter) -> Result<(), ApiError> {
        let application = &dossier.application;
        let context = check::context(application, &dossier.case, application.created, Language::Chinese);
        let parts = matter.split(&application.plain_answers(), &context);
        let whole = Whole {
            matter: application.matter.clone(),
            catalogue: application.edition,
            parts: parts
                .into_iter()
                .filter(|share| share.relevant)
                .map(|share| share.code)
                .collect(),
        };
        Ok(store::cases::put_whole(sql, &dossier.id, &whole)?)
    }

    /// What a line of the queue says of the bundle it belongs to.
    pub(crate) fn bundle_mark(
        &self,
        sql: &Connection,
        line: &CaseLine,
        language: Language,
    ) -> Result<Option<BundleMark>, ApiError> {
        let Ok(id) = line.bundle.parse() else { return Ok(None) };
        let (name, parts) = self.whole(sql, &id, language)?;
        Ok(Some(BundleMark {
            name,
            place: place(&parts, &line.matter),
            of: len(parts.len()),
        }))
    }

    /// A bundle with all its parts; `None` for an application that belongs to none.
    pub(crate) fn bundle_view(
        &self,
        sql: &Connection,
        dossier: &Dossier,
        language: Language,
    ) -> Result<Option<BundleView>, ApiError> {
        let Some(id) = bundle_of(&dossier.application) else {
            return Ok(None);
        };
        let (name, codes) = self.whole(sql, &id, language)?;
        let here = store::cases::of_bundle(sql, &id)?;
        let today = self.today();
        let mut parts = Vec::new();
        for code in &codes {
            let lines: Vec<&CaseLine> = here.iter().filter(|line| line.matter == *code).collect();
            let catalogue = lines.first().map_or(dossier.application.edition, |line| line.catalogue);
            let matter = self.matter(sql, catalogue, code)?;
            let name = matter.map_or_else(|| code.clone(), |matter| matter.name.get(language).to_owned());
            let part = |line: Option<&CaseLine>| SiblingView {
                id: line.map(|line| line.id.to_string()),
                matter: code.clone(),
                name: name.clone(),
                number: line.map(|line| line.number.clone()).unwrap_or_default(),
                status: line.map(|line| read_word(&line.status).unwrap_or(Status::Arrived)),
                deadline: line.map(|line| deadline_today(line, &today)),
            };
            match lines.as_slice() {
                [] => parts.push(part(None)),
                lines => parts.extend(lines.iter().map(|line| part(Some(line)))),
            }
        }
        Ok(Some(BundleView { name, parts }))
    }

    /// The name of a bundle and the codes of its parts in order: those its application names, and after them those that came
    /// without being named there.
    fn whole(&self, sql: &Connection, id: &DocumentId, language: Language) -> Result<(String, Vec<String>), ApiError> {
        let whole = store::cases::whole(sql, id)?.unwrap_or_default();
        let matter = self.matter(sql, whole.catalogue, &whole.matter)?;
        let mut codes = whole.parts;
        for line in store::cases::of_bundle(sql, id)? {
            if !codes.contains(&line.matter) {
                codes.push(line.matter);
            }
        }
        let name = matter.map(|matter| matter.name.get(language).to_owned());
        Ok((name.unwrap_or(whole.matter), codes))
    }
}

/// The place of a part, from 1.
fn place(codes: &[String], code: &str) -> u32 {
    codes.iter().position(|known| known == code).map_or(0, |at| len(at + 1))
}

fn len(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
