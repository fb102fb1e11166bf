//! The row of the queue that follows from an application and its case.

use doorstep_matters::calendar::Limit;
use doorstep_matters::{Language, Matter, initials};
use doorstep_records::application::ApplicationStep;
use doorstep_records::deadline::{Deadline, Light, deadline};
use doorstep_records::{CaseStep, Status};
use doorstep_sync::FileHash;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::center::Center;
use crate::check;
use crate::dossier::{Dossier, result_files};
use crate::error::ApiError;
use crate::siblings::bundle_of;
use crate::store::cases::CaseLine;
use crate::store::{self, Connection};

/// The queue of a status; `None` for what was not handed in: a draft is nobody's business but the station's.
pub fn queue(status: Status) -> Option<&'static str> {
    match status {
        Status::Draft => None,
        Status::Received | Status::Arrived => Some("open"),
        Status::Accepted => Some("accepted"),
        Status::CorrectionAsked | Status::Resubmitted => Some("correction"),
        Status::NotAccepted | Status::Granted | Status::Refused | Status::Withdrawn => Some("done"),
    }
}

/// The JSON word of a value that is one.
pub fn word<T: Serialize>(value: T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}

/// Reads what [`word`] wrote.
pub fn read_word<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

impl Center {
    /// What is owed for this application today.
    pub fn deadline(&self, dossier: &Dossier, matter: Option<&Matter>) -> Deadline {
        let promised = matter.map_or_else(Limit::default, |matter| matter.promised);
        deadline(&dossier.application, &dossier.case, promised, &self.today())
    }

    /// Writes the row. Called after every change of an application or its case.
    pub fn project(&self, sql: &Connection, dossier: &Dossier) -> Result<(), ApiError> {
        let Dossier {
            id,
            scope,
            application,
            case,
            ..
        } = dossier;
        let handed_in =
            !case.events.is_empty() || application.events.iter().any(|e| e.step == ApplicationStep::Received);
        let matter = self.matter(sql, application.edition, &application.matter)?;
        if let Some(whole) = matter.as_ref().filter(|matter| !matter.parts.is_empty()) {
            return self.note_whole(sql, dossier, whole);
        }
        let Some(queue) = queue(dossier.status()).filter(|_| handed_in) else {
            return Ok(());
        };
        let time_of = |step| {
            application
                .events
                .iter()
                .find(|event| event.step == step)
                .map(|event| event.time)
        };
        let arrived = case
            .events
            .iter()
            .rfind(|event| matches!(event.step, CaseStep::Arrived))
            .map(|event| event.time);
        let deadline = self.deadline(dossier, matter.as_deref());
        let evaluated =
            matter.map(|matter| check::evaluate(&matter, application, case, arrived.unwrap_or(0), Language::Chinese));
        let problems = check::problems(evaluated.as_ref(), application, Language::Chinese).len();
        let unmet = evaluated.as_ref().map_or(0, |evaluated| evaluated.rules.len());
        let results = result_files(case).into_iter().map(|file| file.hash);
        let files = application
            .files()
            .into_iter()
            .filter_map(|(hash, _)| hash.parse().ok());
        let files: Vec<FileHash> = files.chain(results).collect();
        let line = CaseLine {
            id: *id,
            station: scope.division().to_owned(),
            matter: application.matter.clone(),
            catalogue: application.edition,
            number: application.number.clone().unwrap_or_default(),
            other_numbers: application.other_numbers.join(" "),
            applicant: application.applicant_name().to_owned(),
            initials: initials::name_initials(application.applicant_name()),
            id_number: application.applicant_id_number().to_owned(),
            status: word(dossier.status()),
            queue: queue.to_owned(),
            // Days left of a running clock, too, are counted when it is looked at.
            days_left: if deadline.due.is_empty() { deadline.days_left } else { 0 },
            due: deadline.due,
            // The light of a running clock depends on the day it is looked at.
            light: word(if deadline.light == Light::Paused || deadline.light == Light::Done {
                deadline.light
            } else {
                Light::Green
            }),
            received: time_of(ApplicationStep::Received),
            arrived,
            conflicts: count(application.conflicts().len()),
            problems: count(problems + unmet),
            actor: case.lies_with().unwrap_or_default().to_owned(),
            updated: case.events.last().map_or(0, |event| event.time),
            bundle: bundle_of(application).map(|id| id.to_string()).unwrap_or_default(),
        };
        for event in &case.events {
            if let CaseStep::Decided {
                seal: Some(seal),
                granted,
                ..
            } = &event.step
            {
                let used = store::seals::Line {
                    event: event.id.clone(),
                    case: *id,
                    number: line.number.clone(),
                    seal: seal.clone(),
                    granted: *granted,
                    by: event.staff.clone(),
                    stands_for: event.stands_for.clone().unwrap_or_default(),
                    at: event.time,
                };
                store::seals::put(sql, &used)?;
            }
        }
        Ok(store::cases::put(sql, &line, &files)?)
    }
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// A row's deadline as it looks today.
pub fn deadline_today(line: &CaseLine, today: &str) -> Deadline {
    let light = read_word(&line.light).unwrap_or(Light::Done);
    if line.due.is_empty() {
        return Deadline {
            due: String::new(),
            days_left: line.days_left,
            light,
        };
    }
    Deadline::running(line.due.clone(), today)
}
