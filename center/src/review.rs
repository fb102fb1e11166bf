//! What reviewers may do, when, and what each step must say.

use axum::http::StatusCode;
use doorstep_matters::calendar::add_limit;
use doorstep_records::case::{CorrectionPoint, ResultFile};
use doorstep_records::deadline::day;
use doorstep_records::{CaseStep, CorrectionRequest, Status};
use doorstep_sync::{DocumentId, FileHash};

use crate::center::Center;
use crate::dossier::{Dossier, result_files};
use crate::error::ApiError;
use crate::rights::Right;
use crate::routes::{AcceptRequest, CaseAction, CorrectionBody, DecideRequest, NotAcceptRequest};
use crate::store::accounts::Account;
use crate::store::{self, Connection};

/// Longest text of a reviewer, characters.
const LONGEST: usize = 2_000;

impl CaseAction {
    /// The right it takes.
    pub fn right(self) -> Right {
        match self {
            Self::Accept | Self::NotAccept | Self::Correction => Right::Accept,
            Self::Decide => Right::Decide,
        }
    }
}

/// What can be done about a case now, by anyone.
pub fn possible(dossier: &Dossier) -> &'static [CaseAction] {
    use CaseAction::{Accept, Correction, Decide, NotAccept};
    let accepted = dossier
        .case
        .events
        .iter()
        .any(|event| matches!(event.step, CaseStep::Accepted { .. }));
    match dossier.status() {
        Status::Arrived => &[Accept, NotAccept, Correction],
        Status::Accepted => &[Correction, Decide],
        // A correction that nobody answers must not keep a case for ever.
        Status::CorrectionAsked if accepted => &[Decide],
        Status::CorrectionAsked => &[NotAccept],
        _ => &[],
    }
}

impl Center {
    /// 受理.
    pub fn accept(&self, account: &Account, id: &DocumentId, request: &AcceptRequest) -> Result<(), ApiError> {
        self.act(account, id, CaseAction::Accept, request.expected, |sql, dossier| {
            let matter = self.matter(sql, dossier.application.catalogue, &dossier.application.matter)?;
            let promised = matter.map_or_else(Default::default, |matter| matter.promised);
            let due = add_limit(&self.today(), promised).unwrap_or_default();
            Ok(CaseStep::Accepted { due })
        })
    }

    /// 不予受理.
    pub fn not_accept(&self, account: &Account, id: &DocumentId, request: &NotAcceptRequest) -> Result<(), ApiError> {
        let NotAcceptRequest {
            expected,
            reason,
            remedies,
        } = request;
        self.act(account, id, CaseAction::NotAccept, *expected, |_, _| {
            let mut faults = Faults::default();
            faults.text("reason", reason, true);
            faults.text("remedies", remedies, true);
            faults.end()?;
            Ok(CaseStep::NotAccepted {
                reason: trim(reason),
                remedies: trim(remedies),
            })
        })
    }

    /// 补正.
    pub fn ask_correction(&self, account: &Account, id: &DocumentId, body: &CorrectionBody) -> Result<(), ApiError> {
        self.act(account, id, CaseAction::Correction, body.expected, |sql, dossier| {
            let matter = self.matter(sql, dossier.application.catalogue, &dossier.application.matter)?;
            let asked = |name: &str| {
                let question = matter.as_ref().and_then(|matter| matter.form.question(name));
                question.is_some_and(|question| question.is_asked())
            };
            let wanted = |code: &str| {
                let known = matter
                    .as_ref()
                    .is_some_and(|matter| matter.materials.iter().any(|m| m.code == code));
                known || dossier.application.materials.contains_key(code)
            };
            let mut faults = Faults::default();
            faults.text("message", &body.message, false);
            if body.fields.is_empty() && body.materials.is_empty() {
                faults.add("fields", "required");
            }
            faults.points("fields", &body.fields, asked);
            faults.points("materials", &body.materials, wanted);
            faults.day("due", &body.due, &self.today());
            faults.end()?;
            let request = CorrectionRequest {
                message: trim(&body.message),
                fields: body.fields.iter().map(trimmed).collect(),
                materials: body.materials.iter().map(trimmed).collect(),
                due: body.due.clone(),
            };
            Ok(CaseStep::CorrectionAsked { request })
        })
    }

    /// 办结.
    pub fn decide(&self, account: &Account, id: &DocumentId, request: &DecideRequest) -> Result<(), ApiError> {
        let DecideRequest {
            expected,
            granted,
            number,
            reason,
            remedies,
            file,
        } = request;
        self.act(account, id, CaseAction::Decide, *expected, |sql, _| {
            let mut faults = Faults::default();
            faults.text("number", number, false);
            faults.text("reason", reason, !granted);
            faults.text("remedies", remedies, !granted);
            let file = match file {
                Some(file) => self.stored_result(sql, file)?.or_else(|| {
                    faults.add("file", "unknown");
                    None
                }),
                None => None,
            };
            faults.end()?;
            Ok(CaseStep::Decided {
                granted: *granted,
                number: trim(number),
                reason: trim(reason),
                remedies: trim(remedies),
                file,
            })
        })
    }

    /// A result file as it is stored: length and type are the center's own, only the name is the reviewer's.
    fn stored_result(&self, sql: &Connection, file: &ResultFile) -> Result<Option<ResultFile>, ApiError> {
        let Ok(hash) = file.hash.parse::<FileHash>() else {
            return Ok(None);
        };
        let stored = store::files::verified(sql, &hash)?;
        Ok(stored.map(|(len, media_type)| ResultFile {
            hash: hash.to_string(),
            name: file_name(&file.name),
            media_type,
            len,
        }))
    }

    /// One step of the authority: allowed for this account, possible now, and made by someone who has seen everything
    /// that happened before.
    fn act(
        &self,
        account: &Account,
        id: &DocumentId,
        action: CaseAction,
        expected: u32,
        step: impl FnOnce(&Connection, &Dossier) -> Result<CaseStep, ApiError>,
    ) -> Result<(), ApiError> {
        if !account.role.may(action.right()) {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "not_allowed",
                "this account may not do that",
            ));
        }
        self.store.write(|sql| {
            let visible = store::cases::get(sql, id)?.is_some();
            let mut dossier = Dossier::load(sql, id)?
                .filter(|_| visible)
                .ok_or_else(|| ApiError::not_found("case"))?;
            // What a station changed late counts, too: nobody decides about words that they were not shown.
            if expected != store::items::count(sql, id)? {
                return Err(ApiError::new(
                    StatusCode::CONFLICT,
                    "changed",
                    "something has happened to this case since",
                ));
            }
            if !possible(&dossier).contains(&action) {
                return Err(ApiError::new(StatusCode::CONFLICT, "status", "this cannot be done now"));
            }
            let step = step(sql, &dossier)?;
            dossier.append(self, sql, vec![step], &account.name, self.clock.now())?;
            let center = self.key.verifying_key().device();
            for file in result_files(&dossier.case) {
                store::files::name_in_scope(sql, &file, &dossier.scope, &center)?;
            }
            dossier.save(sql)?;
            self.project(sql, &dossier)
        })
    }

    /// The center's day, in China.
    pub fn today(&self) -> String {
        day(self.clock.now())
    }
}

/// A name without any path.
pub fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let plain: String = last.chars().filter(|c| !c.is_control()).take(120).collect();
    if plain.is_empty() { "result".to_owned() } else { plain }
}

fn trim(text: &str) -> String {
    text.trim().to_owned()
}

fn trimmed(point: &CorrectionPoint) -> CorrectionPoint {
    CorrectionPoint {
        name: point.name.clone(),
        words: trim(&point.words),
    }
}

/// What is wrong with a request, by field.
#[derive(Default)]
struct Faults(Vec<(String, &'static str)>);

impl Faults {
    fn add(&mut self, name: &str, code: &'static str) {
        self.0.push((name.to_owned(), code));
    }

    fn text(&mut self, name: &str, text: &str, required: bool) {
        if required && text.trim().is_empty() {
            self.add(name, "required");
        } else if text.chars().count() > LONGEST {
            self.add(name, "too_long");
        }
    }

    fn points(&mut self, list: &str, points: &[CorrectionPoint], known: impl Fn(&str) -> bool) {
        for (index, point) in points.iter().enumerate() {
            let name = format!("{list}.{}", point.name);
            let repeated = points.iter().take(index).any(|earlier| earlier.name == point.name);
            if repeated || !known(&point.name) {
                self.add(&name, "unknown");
            } else {
                self.text(&name, &point.words, true);
            }
        }
    }

    fn day(&mut self, name: &str, day: &str, today: &str) {
        match day.parse::<jiff::civil::Date>() {
            _ if day.is_empty() => self.add(name, "required"),
            Ok(date) if date.to_string() != day => self.add(name, "date"),
            Ok(_) if day < today => self.add(name, "past"),
            Ok(_) => {}
            Err(_) => self.add(name, "date"),
        }
    }

    fn end(self) -> Result<(), ApiError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ApiError::fields(self.0))
        }
    }
}
