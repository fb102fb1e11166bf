//! What a reviewer reads: the queue, and one case on one page.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use doorstep_matters::{FormView, Language, MaterialView, Matter, MatterSummary, QuestionView};
use doorstep_records::{Application, Case, CaseStep, MaterialRecord, Status, deadline};
use doorstep_sync::{DocumentId, FileHash, Millis};

use crate::center::Center;
use crate::check::{self, Evaluated};
use crate::dossier::Dossier;
use crate::error::ApiError;
use crate::flow;
use crate::project::{deadline_today, read_word};
use crate::review::possible;
use crate::rights::Actor;
use crate::routes::{
    CaseAction, CaseList, CaseMaterial, CaseQuery, CaseRow, CaseView, Conflict, CustodyEntry, Queue, QueueCounts,
    StationName,
};
use crate::siblings::bundle_of;
use crate::since;
use crate::store::cases::{CaseLine, Filter};
use crate::store::items::Logged;
use crate::store::{self, Connection};
use crate::words;

/// Rows of a page when nothing else is asked.
const PAGE: u32 = 50;
/// Rows of a page at most.
const MOST: u32 = 200;

impl Center {
    /// A page of a queue.
    pub fn case_list(&self, query: &CaseQuery, account: &Actor, language: Language) -> Result<CaseList, ApiError> {
        let filter = Filter {
            q: query.q.clone(),
            matter: query.matter.clone(),
            station: query.station.clone(),
            queue: queue_name(query.queue).to_owned(),
            accounts: account.names(),
        };
        let limit = if query.limit == 0 { PAGE } else { query.limit.min(MOST) };
        self.store.read(|sql| {
            let lines = store::cases::list(sql, &filter, query.offset, limit)?;
            let mut counts = QueueCounts::default();
            for (queue, count) in store::cases::counts(sql, &filter)? {
                match queue.as_str() {
                    "open" => counts.open = count,
                    "accepted" => counts.accepted = count,
                    "correction" => counts.correction = count,
                    "done" => counts.done = count,
                    _ => counts.mine = count,
                }
            }
            counts.all = counts.open + counts.accepted + counts.correction + counts.done;
            let total = match query.queue {
                Queue::Open => counts.open,
                Queue::Accepted => counts.accepted,
                Queue::Correction => counts.correction,
                Queue::Done => counts.done,
                Queue::Mine => counts.mine,
                Queue::All => counts.all,
            };
            let today = self.today();
            let rows = lines
                .iter()
                .map(|line| self.row(sql, line, account, &today, language))
                .collect::<Result<_, ApiError>>()?;
            Ok(CaseList { rows, total, counts })
        })
    }

    fn row(
        &self,
        sql: &Connection,
        line: &CaseLine,
        account: &Actor,
        today: &str,
        language: Language,
    ) -> Result<CaseRow, ApiError> {
        let matter = self.matter(sql, line.catalogue, &line.matter)?;
        let (files, files_verified) = store::cases::file_counts(sql, &line.id)?;
        Ok(CaseRow {
            id: line.id.to_string(),
            number: line.number.clone(),
            matter: line.matter.clone(),
            matter_name: matter.map_or_else(|| line.matter.clone(), |matter| matter.name.get(language).to_owned()),
            applicant: line.applicant.clone(),
            station: station_name(sql, &line.station)?,
            status: read_word(&line.status).unwrap_or(Status::Arrived),
            deadline: deadline_today(line, today),
            received: line.received,
            arrived: line.arrived,
            conflicts: line.conflicts,
            problems: line.problems,
            files,
            files_verified,
            bundle: self.bundle_mark(sql, line, language)?,
            stands_for: account
                .stands_for
                .iter()
                .find(|whom| whom.name == line.actor)
                .map(|whom| whom.name.clone()),
        })
    }

    /// One case on one page. That `account` looked is recorded.
    pub fn case_view(&self, id: &DocumentId, account: &Actor, language: Language) -> Result<CaseView, ApiError> {
        let now = self.clock.now();
        let view = self.store.read(|sql| {
            let visible = store::cases::get(sql, id)?.is_some();
            let dossier = Dossier::load(sql, id)?
                .filter(|_| visible)
                .ok_or_else(|| ApiError::not_found("case"))?;
            self.page(sql, dossier, account, language)
        })?;
        self.store
            .write(|sql| store::cases::record_look(sql, &account.account, id, now).map_err(ApiError::from))?;
        Ok(view)
    }

    fn page(
        &self,
        sql: &Connection,
        dossier: Dossier,
        account: &Actor,
        language: Language,
    ) -> Result<CaseView, ApiError> {
        let Dossier { application, case, .. } = &dossier;
        let matter = self.matter(sql, application.edition, &application.matter)?;
        let evaluated = matter
            .as_ref()
            .map(|m| check::evaluate(m, application, case, self.clock.now(), language));
        let verified = verified(sql, application)?;
        let previews = previews(sql, application, &verified)?;
        let items = store::items::of_document(sql, &dossier.id)?;
        let custody = custody(sql, &items, evaluated.as_ref(), language)?;
        let since_correction = since::correction(&items, application);
        let mut since_signature = since::signature(&items, application);
        if let Some(whole) = bundle_of(application) {
            since_signature.extend(since::signature_of_whole(&store::items::of_document(sql, &whole)?));
        }
        let people = people(sql, application, &custody)?;
        let problems = check::problems(evaluated.as_ref(), application, language);
        let conflicts = conflicts(application, evaluated.as_ref(), language);
        let actions: Vec<CaseAction> = possible(&dossier)
            .iter()
            .copied()
            .filter(|action| account.may(action.right()))
            .collect();
        let stands_for = actions
            .iter()
            .find_map(|action| account.acts_for(action.right(), case))
            .map(|whom| whom.name.clone());
        let deadline = self.deadline(&dossier, matter.as_deref());
        let is_accepted = case
            .events
            .iter()
            .any(|event| matches!(event.step, CaseStep::Accepted { .. }));
        let statutory = matter
            .as_ref()
            .and_then(|matter| matter.statutory)
            .filter(|_| is_accepted);
        let statutory = statutory.map(|limit| deadline::statutory(application, case, limit, &self.today()));
        let flow = flow::view(matter.as_deref(), evaluated.as_ref(), case, language);
        let bundle = self.bundle_view(sql, &dossier, language)?;
        let taken_out = taken_out(matter.as_deref(), application, case, self.clock.now(), language);
        let status = dossier.status();
        let summary = matter.map_or_else(
            || unknown_matter(&application.matter),
            |matter| matter.summary(language),
        );
        let (form, matter, rules) = match evaluated {
            Some(Evaluated { form, matter, rules }) => (form, Some(matter), rules),
            None => (FormView::default(), None, Vec::new()),
        };
        let (asked, unconfirmed) = matter
            .map(|matter| (matter.materials, matter.unconfirmed))
            .unwrap_or_default();
        Ok(CaseView {
            id: dossier.id.to_string(),
            number: application.number.clone().unwrap_or_default(),
            matter: summary,
            station: station_name(sql, dossier.scope.division())?,
            status,
            deadline,
            statutory,
            flow,
            bundle,
            rules,
            unconfirmed,
            taken_out,
            materials: materials(asked, application, case, &verified),
            verified: verified.into_iter().collect(),
            previews,
            presence: application.presence.clone(),
            conflicts,
            since_correction,
            since_signature,
            events: case.events.clone(),
            problems,
            custody,
            people,
            actions,
            stands_for,
            seen: store::items::count(sql, &dossier.id)?,
            form,
            application: dossier.application,
        })
    }
}

fn custody(
    sql: &Connection,
    items: &[Logged],
    evaluated: Option<&Evaluated>,
    language: Language,
) -> Result<Vec<CustodyEntry>, ApiError> {
    let mut custody = Vec::new();
    let mut devices = BTreeMap::new();
    for logged in items {
        let Ok(envelope) = logged.item.open() else { continue };
        let device = match devices.entry(envelope.device) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(store::devices::get(sql, &envelope.device)?),
        };
        let device = device.as_ref();
        custody.push(CustodyEntry {
            item: logged.id.to_string(),
            kind: if envelope.kind == doorstep_sync::Kind::File {
                "file"
            } else {
                "change"
            }
            .to_owned(),
            document: envelope.document.map(|document| document.kind).unwrap_or_default(),
            device: device.map(|device| device.label.clone()).unwrap_or_default(),
            device_code: device.map(|device| device.code.clone()).unwrap_or_default(),
            staff_name: store::stations::staff_name(sql, &envelope.staff)?.unwrap_or_else(|| envelope.staff.clone()),
            staff: envelope.staff,
            time: envelope.time,
            arrived: logged.arrived,
            changed: logged
                .changed
                .iter()
                .map(|path| words::path(path, evaluated, language))
                .collect(),
        });
    }
    Ok(custody)
}

/// A queue as the store names it.
fn queue_name(queue: Queue) -> &'static str {
    match queue {
        Queue::Open => "open",
        Queue::Accepted => "accepted",
        Queue::Correction => "correction",
        Queue::Done => "done",
        Queue::Mine => "mine",
        Queue::All => "",
    }
}

/// A station by name; by its code when it is not known.
pub fn station_name(sql: &Connection, division: &str) -> Result<StationName, ApiError> {
    let station = store::stations::get(sql, division)?;
    let name = station.map_or_else(|| division.to_owned(), |station| station.name);
    Ok(StationName {
        division: division.to_owned(),
        name,
    })
}

/// What was answered in rows that were taken out.
fn taken_out(
    matter: Option<&Matter>,
    application: &Application,
    case: &Case,
    now: Millis,
    language: Language,
) -> Vec<QuestionView> {
    let Some(matter) = matter.filter(|_| application.rows.values().any(|out| *out)) else {
        return Vec::new();
    };
    let context = check::context(application, case, now, language);
    let mut form = matter.form.evaluate(&application.answers_with_rows_out(), &context);
    form.questions.retain(|question| {
        question.kind.is_asked() && !question.value.is_empty() && application.row_out(&question.name).is_some()
    });
    form.questions
}

/// A matter that no catalogue here has.
fn unknown_matter(code: &str) -> MatterSummary {
    MatterSummary {
        code: code.to_owned(),
        name: code.to_owned(),
        ..MatterSummary::default()
    }
}

/// What was asked for beside what was brought; what was brought without being asked for comes last.
fn materials(
    asked: Vec<MaterialView>,
    application: &Application,
    case: &Case,
    verified: &BTreeSet<String>,
) -> Vec<CaseMaterial> {
    let codes: BTreeSet<String> = asked.iter().map(|material| material.code.clone()).collect();
    let unasked = application
        .materials
        .keys()
        .filter(|code| !codes.contains(*code))
        .map(|code| MaterialView {
            code: code.clone(),
            name: code.clone(),
            sides: 1,
            ..MaterialView::default()
        });
    let state = |asked: MaterialView| {
        let record: MaterialRecord = application.materials.get(&asked.code).cloned().unwrap_or_default();
        let files = record.pages.iter().chain(&record.removed).map(|page| page.file.clone());
        CaseMaterial {
            verified: files.filter(|file| verified.contains(file)).collect(),
            looked_up: case.is_verified(&asked.code),
            record,
            asked,
        }
    };
    asked.into_iter().chain(unasked).map(state).collect()
}

fn verified(sql: &Connection, application: &Application) -> Result<BTreeSet<String>, ApiError> {
    let mut here = BTreeSet::new();
    for (hash, _) in application.files() {
        let known = hash.parse::<FileHash>().ok();
        if let Some(known) = known
            && store::files::verified(sql, &known)?.is_some()
        {
            here.insert(hash);
        }
    }
    Ok(here)
}

fn previews(sql: &Connection, application: &Application, verified: &BTreeSet<String>) -> Result<Vec<String>, ApiError> {
    let mut shown = Vec::new();
    for (hash, _) in application.files() {
        if let Ok(known) = hash.parse::<FileHash>()
            && !verified.contains(&hash)
            && store::files::preview(sql, &known)?.is_some()
        {
            shown.push(hash);
        }
    }
    Ok(shown)
}

fn conflicts(application: &Application, evaluated: Option<&Evaluated>, language: Language) -> Vec<Conflict> {
    let rivals = application.fields().filter(|(_, field)| !field.versions.is_empty());
    let conflict = |(path, field): (String, &doorstep_records::Field)| Conflict {
        label: words::path(&path, evaluated, language),
        versions: field.versions.clone(),
        path,
    };
    rivals.map(conflict).collect()
}

fn people(
    sql: &Connection,
    application: &Application,
    custody: &[CustodyEntry],
) -> Result<BTreeMap<String, String>, ApiError> {
    let mut numbers: BTreeSet<&str> = custody.iter().map(|entry| entry.staff.as_str()).collect();
    numbers.insert(&application.first_responder);
    numbers.extend(application.events.iter().map(|event| event.staff.as_str()));
    numbers.extend(
        application
            .fields()
            .flat_map(|(_, field)| &field.versions)
            .map(|version| version.staff.as_str()),
    );
    let pages = application
        .materials
        .values()
        .flat_map(|material| material.pages.iter().chain(&material.removed));
    numbers.extend(pages.map(|page| page.staff.as_str()));
    let mut people = BTreeMap::new();
    for number in numbers {
        if let Some(name) = store::stations::staff_name(sql, number)? {
            people.insert(number.to_owned(), name);
        }
    }
    Ok(people)
}
