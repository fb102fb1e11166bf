//! What reviewers may do, when, and what each step must say.

use std::sync::Arc;

use axum::http::StatusCode;
use doorstep_matters::rule::Effect;
use doorstep_matters::{Language, Matter};
use doorstep_records::case::{CorrectionPoint, ResultFile};
use doorstep_records::deadline::day;
use doorstep_records::{CaseStep, CorrectionRequest, Status};
use doorstep_sync::{DocumentId, FileHash};

use crate::center::Center;
use crate::check::{self, Evaluated};
use crate::dossier::{Dossier, result_files};
use crate::error::ApiError;
use crate::flow;
use crate::rights::{Actor, Right};
use crate::routes::{
    AcceptRequest, AdvanceRequest, CaseAction, CorrectionBody, DecideRequest, NotAcceptRequest, VerifyRequest,
};
use crate::store::{self, Connection};

/// Longest text of a reviewer, characters.
const LONGEST: usize = 2_000;

impl CaseAction {
    /// The right it takes.
    pub fn right(self) -> Right {
        match self {
            Self::Accept | Self::NotAccept | Self::Correction | Self::Advance | Self::Verify => Right::Accept,
            Self::Decide => Right::Decide,
        }
    }
}

/// What can be done about a case now, by anyone.
pub fn possible(dossier: &Dossier) -> &'static [CaseAction] {
    use CaseAction::{Accept, Advance, Correction, Decide, NotAccept, Verify};
    let accepted = dossier
        .case
        .events
        .iter()
        .any(|event| matches!(event.step, CaseStep::Accepted { .. }));
    match dossier.status() {
        Status::Arrived => &[Accept, NotAccept, Correction, Verify],
        Status::Accepted if dossier.case.stage().is_some() => &[Advance, Correction, Decide, Verify],
        Status::Accepted => &[Correction, Decide, Verify],
        // A correction that nobody answers must not keep a case for ever.
        Status::CorrectionAsked if accepted => &[Decide],
        Status::CorrectionAsked => &[NotAccept],
        _ => &[],
    }
}

impl Center {
    /// 受理.
    pub fn accept(&self, account: &Actor, id: &DocumentId, request: &AcceptRequest) -> Result<(), ApiError> {
        self.act(account, id, CaseAction::Accept, request.expected, |sql, dossier| {
            let known = self.evaluated(sql, dossier)?;
            let rules = known.iter().flat_map(|(_, evaluated)| &evaluated.rules);
            let blocked = rules.into_iter().any(|rule| rule.effect == Effect::Blocks);
            let mut faults = Faults::default();
            faults.text("reason", &request.reason, blocked);
            faults.end()?;
            let reason = Some(trim(&request.reason)).filter(|reason| !reason.is_empty());
            Ok(match &known {
                Some((matter, evaluated)) => self.acceptance(matter, evaluated, None, reason),
                None => vec![CaseStep::Accepted {
                    due: self.today(),
                    rule: None,
                    reason,
                }],
            })
        })
    }

    /// 下一步: the stage ends with an opinion, and the next one begins.
    pub fn advance(&self, account: &Actor, id: &DocumentId, request: &AdvanceRequest) -> Result<(), ApiError> {
        self.act(account, id, CaseAction::Advance, request.expected, |sql, dossier| {
            let mut faults = Faults::default();
            faults.text("opinion", &request.opinion, true);
            faults.end()?;
            let Some((event, stage)) = dossier.case.stage() else {
                return Ok(Vec::new());
            };
            let ended = CaseStep::StageEnded {
                stage: stage.name.clone(),
                opinion: trim(&request.opinion),
                begun: event.time,
            };
            let known = self.evaluated(sql, dossier)?;
            let next =
                known.and_then(|(matter, evaluated)| flow::next(&matter, &evaluated, Some(&stage.name), &self.today()));
            let begun = next.map(|stage| CaseStep::StageBegun { stage });
            Ok([ended].into_iter().chain(begun).collect())
        })
    }

    /// 已核验: somebody looked up at its source what nobody needs to bring.
    pub fn verify(&self, account: &Actor, id: &DocumentId, request: &VerifyRequest) -> Result<(), ApiError> {
        self.act(account, id, CaseAction::Verify, request.expected, |sql, dossier| {
            let code = &request.material;
            let known = self.evaluated(sql, dossier)?;
            let materials = known.iter().flat_map(|(_, evaluated)| &evaluated.matter.materials);
            let exempt = materials
                .into_iter()
                .find(|asked| asked.code == *code && asked.relevant && !asked.exempt.is_empty())
                .filter(|_| !dossier.case.is_verified(code));
            let Some(asked) = exempt else {
                return Err(ApiError::fields([("material".to_owned(), "unknown")]));
            };
            Ok(vec![CaseStep::MaterialVerified {
                material: code.clone(),
                name: asked.name.clone(),
            }])
        })
    }

    /// The matter of an application, and the application evaluated under it; `None` when no catalogue here has it.
    fn evaluated(&self, sql: &Connection, dossier: &Dossier) -> Result<Option<(Arc<Matter>, Evaluated)>, ApiError> {
        let application = &dossier.application;
        let matter = self.matter(sql, application.edition, &application.matter)?;
        Ok(matter.map(|matter| {
            let now = self.clock.now();
            let evaluated = check::evaluate(&matter, application, &dossier.case, now, Language::Chinese);
            (matter, evaluated)
        }))
    }

    /// 不予受理.
    pub fn not_accept(&self, account: &Actor, id: &DocumentId, request: &NotAcceptRequest) -> Result<(), ApiError> {
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
            Ok(vec![CaseStep::NotAccepted {
                reason: trim(reason),
                remedies: trim(remedies),
            }])
        })
    }

    /// 补正.
    pub fn ask_correction(&self, account: &Actor, id: &DocumentId, body: &CorrectionBody) -> Result<(), ApiError> {
        self.act(account, id, CaseAction::Correction, body.expected, |sql, dossier| {
            let known = self.evaluated(sql, dossier)?;
            // An answer by its key, also in a row; or a whole row.
            let asked = |name: &str| {
                let mut questions = known.iter().flat_map(|(_, evaluated)| &evaluated.form.questions);
                questions.any(|question| question.name == name && (question.kind.is_asked() || name.ends_with(']')))
            };
            let wanted = |code: &str| {
                let mut materials = known.iter().flat_map(|(matter, _)| &matter.materials);
                materials.any(|material| material.code == code) || dossier.application.materials.contains_key(code)
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
            Ok(vec![CaseStep::CorrectionAsked { request }])
        })
    }

    /// 办结.
    pub fn decide(&self, account: &Actor, id: &DocumentId, request: &DecideRequest) -> Result<(), ApiError> {
        let DecideRequest {
            expected,
            granted,
            number,
            reason,
            remedies,
            file,
        } = request;
        self.act(account, id, CaseAction::Decide, *expected, |sql, dossier| {
            let mut faults = Faults::default();
            let stage = dossier.case.stage();
            if *granted
                && let (Some((_, stage)), Some((matter, evaluated))) = (stage, self.evaluated(sql, dossier)?)
                && flow::next(&matter, &evaluated, Some(&stage.name), &self.today()).is_some()
            {
                faults.add("granted", "stages_left");
            }
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
            // The decision is the end of the last stage.
            let ended = stage.map(|(event, stage)| CaseStep::StageEnded {
                stage: stage.name.clone(),
                opinion: trim(reason),
                begun: event.time,
            });
            let decided = CaseStep::Decided {
                granted: *granted,
                number: trim(number),
                reason: trim(reason),
                remedies: trim(remedies),
                file,
                seal: Some(seal(sql)?),
            };
            Ok(ended.into_iter().chain([decided]).collect())
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
        account: &Actor,
        id: &DocumentId,
        action: CaseAction,
        expected: u32,
        steps: impl FnOnce(&Connection, &Dossier) -> Result<Vec<CaseStep>, ApiError>,
    ) -> Result<(), ApiError> {
        if !account.may(action.right()) {
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
            let steps = steps(sql, &dossier)?;
            let whom = account.acts_for(action.right(), &dossier.case);
            let whom = whom.map(|whom| whom.name.clone());
            dossier.append(self, sql, steps, &account.name, whom.as_deref(), self.clock.now())?;
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

/// 审批专用章: the seal under which this district decides.
pub(crate) fn seal(sql: &Connection) -> store::Result<String> {
    let seal = store::meta::text(sql, "seal")?;
    if seal.is_empty() {
        return Ok(format!("{}行政审批专用章", store::meta::text(sql, "district_name")?));
    }
    Ok(seal)
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
