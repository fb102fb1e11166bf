//! A bundle (一件事) that is handed in is divided: each of its matters that these answers apply for becomes an application
//! of its own, with its answers, its pages and its number, and is decided on its own.

use std::collections::BTreeSet;

use doorstep_matters::bundle::Share;
use doorstep_matters::{Answers, Matter};
use doorstep_records::application::{ApplicationStep, Field, page_id};
use doorstep_records::permit::permit;
use doorstep_records::{Application, ApplicationDocument, CaseDocument, CaseStep, Edit, Page, status};
use doorstep_sync::{DocumentId, FileHash};

use super::{Ledger, Opened};
use crate::Failure;
use crate::contract::{PartState, Whole};
use crate::store::{Stored, files};
use crate::view::Seen;

/// The application of one matter of a bundle. It follows from both, so that two devices that divide a bundle while apart,
/// or one that does it again, make one application.
fn part_id(bundle: DocumentId, code: &str) -> DocumentId {
    let FileHash(hash) = FileHash::of(&[b"part of a bundle\0", &bundle.0[..], code.as_bytes()].concat());
    let mut id = [0; 16];
    id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    DocumentId(id)
}

impl Ledger {
    /// 收件 of a bundle: it and its parts are numbered and handed in by one transaction, all of them or none.
    pub(crate) fn divide(
        &mut self,
        id: DocumentId,
        seen: &[String],
        staff: &str,
        matter: &Matter,
        shares: &[Share],
    ) -> Result<Vec<String>, Failure> {
        let mut opened = self.take_existing(id)?;
        let author = self.author(staff);
        let written = self.transact(|ledger| -> Result<Vec<String>, Failure> {
            let (application, case) = (opened.record(), opened.authority());
            let edits = handed_in(ledger.next_number()?);
            for edit in &edits {
                permit(&application, &case, edit)?;
            }
            let saved = opened.application().edit_seen(&author, seen, &edits)?;
            let time = ledger.store_change(id, staff, &mut opened, saved.bytes, &edits)?;
            ledger.project_saved(id, &opened, time)?;
            for share in shares.iter().filter(|share| share.relevant) {
                let Some(part) = matter.parts.iter().find(|part| part.code == share.code) else {
                    continue;
                };
                ledger.begin_part(id, staff, &application, &part.matter, &share.answers)?;
            }
            Ok(saved.heads)
        })?;
        self.give(id, opened);
        Ok(written)
    }

    fn begin_part(
        &mut self,
        bundle: DocumentId,
        staff: &str,
        whole: &Application,
        matter: &Matter,
        answers: &Answers,
    ) -> Result<(), Failure> {
        let id = part_id(bundle, &matter.code);
        let there = self.take(id)?;
        if !there.record().matter.is_empty() {
            // Another device divided the bundle, and its parts came first.
            self.give(id, there);
            return Ok(());
        }
        let author = self.author(staff);
        let mut edits = contents(whole, matter, answers, &author.actor);
        edits.extend(handed_in(self.next_number()?));
        let (document, save) =
            ApplicationDocument::create_part(&author, &bundle.to_string(), whole, &matter.code, &edits)?;
        let mut opened = Opened::new(document, CaseDocument::empty(), 0, false);
        self.store_change(id, staff, &mut opened, save.bytes, &edits)?;
        for (hash, _) in opened.record().files() {
            if let Ok(hash) = hash.parse() {
                files::name(&self.db, &hash, &id)?;
            }
        }
        self.project(id, &opened)?;
        self.give(id, opened);
        Ok(())
    }

    /// How each matter of a bundle stands; empty for an application that is no bundle.
    pub(super) fn parts(&mut self, seen: &Seen) -> Stored<Vec<PartState>> {
        let Some(matter) = seen.matter.clone().filter(|matter| !matter.parts.is_empty()) else {
            return Ok(Vec::new());
        };
        let shares = matter.split(&seen.application.plain_answers(), &seen.context());
        let mut states = Vec::new();
        for (part, share) in matter.parts.iter().zip(shares) {
            let id = part_id(seen.id, &part.code);
            let opened = self.take(id)?;
            let (record, case) = (opened.record(), opened.authority());
            self.give(id, opened);
            let mut state = PartState {
                code: part.code.clone(),
                label: part.label.get(seen.language).to_owned(),
                relevant: share.relevant,
                id: None,
                number: record.number.clone(),
                status: None,
                due: String::new(),
                result: String::new(),
            };
            if !record.matter.is_empty() {
                state.id = Some(id.to_string());
                state.status = Some(status(&record, &case));
                for event in &case.events {
                    match &event.step {
                        CaseStep::Accepted { due, .. } => state.due.clone_from(due),
                        CaseStep::Decided { number, .. } => state.result.clone_from(number),
                        _ => {}
                    }
                }
            }
            states.push(state);
        }
        Ok(states)
    }

    /// What another device wrote into a bundle without having heard that it was divided: it is in none of the parts.
    pub(super) fn late(&mut self, seen: &Seen) -> Stored<Vec<(String, String)>> {
        if !seen
            .matter
            .as_ref()
            .is_some_and(|matter| is_divided(matter, &seen.application))
        {
            return Ok(Vec::new());
        }
        let opened = self.take(seen.id)?;
        let divided = opened.receptions();
        self.give(seen.id, opened);
        Ok(written_beside(&seen.application, &divided))
    }

    /// The bundle that an application is a part of, as far as it is here.
    pub(super) fn whole(&mut self, seen: &Seen) -> Stored<Option<Whole>> {
        let Ok(id) = seen.application.bundle.parse::<DocumentId>() else {
            return Ok(None);
        };
        let opened = self.take(id)?;
        let record = opened.record();
        self.give(id, opened);
        let matter = self.matter(record.edition, &record.matter)?;
        Ok(matter.map(|matter| Whole {
            id: id.to_string(),
            matter: matter.name.get(seen.language).to_owned(),
        }))
    }
}

/// Whether an application is a bundle that was divided: what happens from then on happens to its parts.
pub(crate) fn is_divided(matter: &Matter, application: &Application) -> bool {
    !matter.parts.is_empty() && application.received().is_some()
}

/// Answers and pages of `now` that none of those had who divided it, as path and value.
fn written_beside(now: &Application, divided: &[Application]) -> Vec<(String, String)> {
    let values = |field: &Field| match field.versions.as_slice() {
        [] => vec![field.value.clone()],
        rivals => rivals.iter().map(|rival| rival.value.clone()).collect(),
    };
    let mut known: BTreeSet<(String, String)> = BTreeSet::new();
    for (path, field) in divided.iter().flat_map(Application::fields) {
        known.extend(values(field).into_iter().map(|value| (path.clone(), value)));
    }
    let mut late = Vec::new();
    for (path, field) in now.fields() {
        let beside = values(field).into_iter().filter(|value| !value.is_empty());
        let beside = beside.map(|value| (path.clone(), value));
        late.extend(beside.filter(|one| !known.contains(one)));
    }
    for (code, material) in &now.materials {
        let new = |page: &&Page| divided.iter().all(|then| then.page(&page.id).is_none());
        let pages = material.pages.iter().filter(new).count();
        if pages > 0 {
            late.push((format!("materials.{code}.pages"), pages.to_string()));
        }
    }
    late
}

fn handed_in(number: String) -> [Edit; 2] {
    let step = Edit::Step {
        step: ApplicationStep::Received,
        note: String::new(),
    };
    [Edit::Numbered { number }, step]
}

/// What of a bundle goes into the part for `matter`.
fn contents(whole: &Application, matter: &Matter, answers: &Answers, actor: &[u8]) -> Vec<Edit> {
    let first = |key: &str| key.split(['[', '/', ':']).next().unwrap_or_default().to_owned();
    let known = |key: &String| matter.form.question(&first(key)).is_some();
    let rows = whole.rows.iter().filter(|(row, _)| known(row));
    let mut edits: Vec<Edit> = rows
        .map(|(row, removed)| Edit::Row {
            row: row.clone(),
            removed: *removed,
        })
        .collect();
    // A row is no answer, nor is a repeat that says that it has none. What a person emptied stays empty.
    let answered = answers
        .iter()
        .filter(|(key, value)| (!value.is_empty() || whole.answers.contains_key(*key)) && !key.ends_with(']'));
    edits.extend(answered.map(|(name, value)| {
        Edit::Answer {
            name: name.clone(),
            value: value.clone(),
            note: whole
                .answers
                .get(name)
                .map(|field| field.note.clone())
                .unwrap_or_default(),
        }
    }));
    let presence = whole.presence.iter().filter(|(_, field)| !field.value.is_empty());
    edits.extend(presence.map(|(name, field)| Edit::Presence {
        name: name.clone(),
        value: field.value.clone(),
    }));
    let mut pages = 0;
    for (code, record) in &whole.materials {
        if !matter.materials.iter().any(|asked| asked.code == *code) {
            continue;
        }
        let material = || code.clone();
        if !record.evidence.value.is_empty() {
            edits.push(Edit::Evidence {
                material: material(),
                level: record.evidence.value.clone(),
            });
        }
        if !record.deferred_until.value.is_empty() {
            edits.push(Edit::DeferredUntil {
                material: material(),
                day: record.deferred_until.value.clone(),
            });
        }
        if record.declared.value == "true" {
            edits.push(Edit::Declared {
                material: material(),
                declared: true,
            });
        }
        for page in &record.pages {
            let mut page = page.clone();
            page.id = page_id(pages, actor);
            pages += 1;
            edits.push(Edit::PageAdded {
                material: material(),
                page,
            });
        }
    }
    edits.extend(whole.signatures.last().map(|signature| Edit::Signed {
        signature: signature.clone(),
    }));
    edits
}
