//! 智能审批: what the rules of a matter say of an application, and what the center accepts by itself because of them.

use doorstep_matters::rule::{Effect, Standing, Standings};
use doorstep_matters::{Language, Matter};
use doorstep_records::{Application, CaseStep, MaterialRecord, Status};
use doorstep_sync::{DocumentId, FileHash, Millis};

use crate::center::Center;
use crate::check;
use crate::dossier::Dossier;
use crate::error::ApiError;
use crate::siblings::bundle_of;
use crate::since;
use crate::store::{self, Connection};

/// Cases that one file may complete; a file that more of them name leaves the rest to people.
const MOST_CASES: u32 = 64;

/// How the materials of an application stand, as rules see them.
pub fn standings(application: &Application) -> Standings {
    let standing = |(code, record): (&String, &MaterialRecord)| {
        let standing = if !record.pages.is_empty() {
            Standing::Given
        } else if record.declared.value == "true" {
            Standing::Declared
        } else if !record.deferred_until.value.is_empty() {
            Standing::Deferred
        } else {
            Standing::Missing
        };
        (code.clone(), standing)
    };
    application.materials.iter().map(standing).collect()
}

impl Center {
    /// Accepts what has arrived where a rule of its matter says so and nothing at all is left for a person to judge; whether
    /// it did. What was accepted is not looked at again, so however often this is asked, it is done once. The caller saves.
    pub(crate) fn accept_by_rule(
        &self,
        sql: &Connection,
        dossier: &mut Dossier,
        now: Millis,
    ) -> Result<bool, ApiError> {
        let application = &dossier.application;
        if dossier.status() != Status::Arrived {
            return Ok(false);
        }
        let Some(matter) = self.matter(sql, application.edition, &application.matter)? else {
            return Ok(false);
        };
        if !accepts_any(&matter) || !is_clear(sql, dossier)? {
            return Ok(false);
        }
        let context = check::context(application, &dossier.case, now, Language::Chinese);
        let answers = application.plain_answers();
        let Some(rule) = matter.accepts(&answers, &standings(application), &context) else {
            return Ok(false);
        };
        let rule = rule.name.clone();
        let evaluated = check::evaluate(&matter, application, &dossier.case, now, context.language);
        let problems = check::problems(Some(&evaluated), application, context.language);
        // A paper that may come later is missing all the same.
        let owed = evaluated.matter.materials.iter().any(|asked| {
            let record = application.materials.get(&asked.code);
            asked.relevant
                && record.is_some_and(|record| record.pages.is_empty() && application.is_awaited(&asked.code))
        });
        if !problems.is_empty() || owed {
            return Ok(false);
        }
        let steps = self.acceptance(&matter, &evaluated, Some(rule), None);
        dossier.append(self, sql, steps, "", None, now)?;
        Ok(true)
    }

    /// A file is here, whole and verified: what lacked nothing but this may be accepted by a rule.
    pub(crate) fn accept_completed(&self, sql: &Connection, file: &FileHash) -> Result<(), ApiError> {
        for line in store::cases::completed(sql, file, MOST_CASES)? {
            let matter = self.matter(sql, line.catalogue, &line.matter)?;
            if !matter.is_some_and(|matter| accepts_any(&matter)) {
                continue;
            }
            if let Some(mut dossier) = Dossier::load(sql, &line.id)?
                && self.accept_by_rule(sql, &mut dossier, self.clock.now())?
            {
                dossier.save(sql)?;
                self.project(sql, &dossier)?;
            }
        }
        Ok(())
    }

    /// What accepting writes: the acceptance with the day that is promised, and the first stage of the flow.
    pub(crate) fn acceptance(
        &self,
        matter: &Matter,
        evaluated: &check::Evaluated,
        rule: Option<String>,
        reason: Option<String>,
    ) -> Vec<CaseStep> {
        let today = self.today();
        let due = doorstep_matters::calendar::add_limit(&today, matter.promised).unwrap_or_default();
        let mut steps = vec![CaseStep::Accepted { due, rule, reason }];
        let first = crate::flow::next(matter, evaluated, None, &today);
        steps.extend(first.map(|stage| CaseStep::StageBegun { stage }));
        steps
    }
}

fn accepts_any(matter: &Matter) -> bool {
    matter.rules.iter().any(|rule| rule.effect == Effect::AutoAccept)
}

/// Whether nobody at the authority has done anything yet, and nothing about an application, or about the bundle that it was
/// divided from, is on its way, was refused, kept against its check, or changed after the signature.
fn is_clear(sql: &Connection, dossier: &Dossier) -> Result<bool, ApiError> {
    let Dossier {
        id, application, case, ..
    } = dossier;
    let touched = case.events.iter().any(|event| !event.staff.is_empty());
    if touched || !application.kept().is_empty() || !is_settled(sql, id)? {
        return Ok(false);
    }
    if let Some(whole) = bundle_of(application) {
        let items = store::items::of_document(sql, &whole)?;
        if items.is_empty() || !is_settled(sql, &whole)? || !since::signature_of_whole(&items).is_empty() {
            return Ok(false);
        }
    }
    for (hash, _) in application.files() {
        let here = match hash.parse::<FileHash>() {
            Ok(hash) => store::files::verified(sql, &hash)?.is_some(),
            Err(_) => false,
        };
        if !here {
            return Ok(false);
        }
    }
    let items = store::items::of_document(sql, id)?;
    Ok(since::signature(&items, application).is_empty())
}

/// Whether nothing that was written for an application was refused or waits.
fn is_settled(sql: &Connection, id: &DocumentId) -> Result<bool, ApiError> {
    Ok(!store::cases::is_doubtful(sql, id)? && store::items::orphans(sql, id)?.is_empty())
}
