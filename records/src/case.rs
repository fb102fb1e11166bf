//! A case: what the authority does about an application. Written by the center alone.

use automerge::transaction::Transactable;
use automerge::{ROOT, ScalarValue};
use doorstep_matters::Text;
use doorstep_matters::rule::BrokenRule;
use serde::{Deserialize, Serialize};

use crate::Application;
use crate::application::ApplicationStep;
use crate::changes::{Author, RecordError, Save};
use crate::document::{Document, Operation, TEXT_LIMIT};

/// A case read from its document.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Case {
    /// Everything that happened, oldest first.
    pub events: Vec<CaseEvent>,
}

/// One thing the authority did.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseEvent {
    /// Identifier within the case, hex.
    pub id: String,
    /// What.
    pub step: CaseStep,
    /// Name of the reviewer; empty for an automatic step.
    pub staff: String,
    /// Name of whom the reviewer stood in for (AB角) with this step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub stands_for: Option<String>,
    /// When, milliseconds, by the center's clock.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub time: u64,
}

/// Steps of the authority, with what each one says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CaseStep {
    /// It reached the authority (and, after a correction, reached it again).
    Arrived,
    /// The form engine checked it again.
    Prechecked {
        /// What does not hold, in words; empty when all is well.
        problems: Vec<String>,
        /// The matter's rules that do not hold.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<BrokenRule>>"))]
        rules: Vec<BrokenRule>,
    },
    /// 受理.
    Accepted {
        /// Last day for the decision, `2026-03-01`.
        due: String,
        /// The rule by which the center accepted by itself (智能审批); nothing when a person did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        rule: Option<String>,
        /// Why a person accepted although a rule blocks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        reason: Option<String>,
    },
    /// 环节: a stage of the flow at the authority begins, with acceptance or when the one before it ends.
    StageBegun {
        /// Which one; it says all that is shown, so that a later version of the catalogue changes no flow under way.
        stage: Stage,
    },
    /// A stage ended. GB/T 39046 wants of each step: what, who, opinion, begin and end; who and end are the event's own.
    StageEnded {
        /// [`Stage::name`].
        stage: String,
        /// 办理意见.
        opinion: String,
        /// When it had begun, milliseconds, by the center's clock.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        begun: u64,
    },
    /// 已核验: a material that nobody needs to bring (免于提交) was looked up at its source.
    MaterialVerified {
        /// Material code.
        material: String,
        /// Its name, for people.
        name: String,
    },
    /// 不予受理.
    NotAccepted {
        /// Why.
        reason: String,
        /// Where to turn (remedies).
        remedies: String,
    },
    /// 补正.
    CorrectionAsked {
        /// What is asked.
        request: CorrectionRequest,
    },
    /// 办结.
    Decided {
        /// Granted or refused.
        granted: bool,
        /// Result number (certificate number), may be empty.
        number: String,
        /// Reason; needed when refused.
        reason: String,
        /// Remedies; needed when refused.
        remedies: String,
        /// Result file as hash hex, when there is one.
        file: Option<ResultFile>,
        /// 审批专用章: the seal under which it was made; nothing in decisions of earlier programs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(feature = "ts", ts(optional))]
        seal: Option<String>,
    },
}

/// A stage of the flow at the authority (`steps` sheet).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stage {
    /// Its name in the workbook.
    pub name: String,
    /// What it is called.
    pub label: Text,
    /// Who has it: an office.
    pub office: Text,
    /// Its last day, `2026-03-01`; empty when it has no limit of its own.
    pub due: String,
    /// The clock of the decision stands still meanwhile (特别程序, such as 公示): its kind is the label, it begins and ends
    /// with the stage.
    pub pauses: bool,
}

/// A file the authority issued.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResultFile {
    /// Hash, hex.
    pub hash: String,
    /// Name for people.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Length in bytes.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub len: u64,
}

/// What the authority wants once more.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CorrectionRequest {
    /// Words for the whole.
    pub message: String,
    /// Questions, by name.
    pub fields: Vec<CorrectionPoint>,
    /// Materials, by code.
    pub materials: Vec<CorrectionPoint>,
    /// Last day, `2026-03-01`.
    pub due: String,
}

/// One thing wanted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CorrectionPoint {
    /// Question name or material code.
    pub name: String,
    /// What is wrong with it.
    pub words: String,
}

/// The Automerge document of a case: a flat root map with one key `events.SEQUENCE.ID` for each event, which holds the
/// event as JSON text (Str). SEQUENCE (six digits) counts the events that the writer knew, so that events of one
/// millisecond keep their order. Events are added only; no change can alter one or take it out.
#[derive(Clone)]
pub struct CaseDocument {
    document: Document,
}

impl CaseDocument {
    /// An empty case.
    pub fn empty() -> Self {
        Self {
            document: Document::empty(rule),
        }
    }

    /// Loads what [`Self::save`] wrote. [`RecordError::Malformed`] when it is damaged.
    pub fn load(bytes: &[u8]) -> Result<Self, RecordError> {
        Ok(Self {
            document: Document::load(bytes, rule)?,
        })
    }

    /// The whole document, compact.
    pub fn save(&mut self) -> Vec<u8> {
        self.document.save()
    }

    /// Appends events as one save. An event whose id is there already is not written twice.
    pub fn append(&mut self, author: &Author, events: &[CaseEvent]) -> Result<Save, RecordError> {
        let known = self.view();
        let mut fresh: Vec<(String, String)> = Vec::new();
        for event in events {
            let ends_with_id = |(key, _): &(String, String)| key.ends_with(&format!(".{}", event.id));
            if known.events.iter().any(|there| there.id == event.id) || fresh.iter().any(ends_with_id) {
                continue;
            }
            let key = format!("events.{:06}.{}", known.events.len() + fresh.len(), event.id);
            let json = serde_json::to_string(event).map_err(|error| RecordError::Schema(error.to_string()))?;
            if read(&key, &json).is_none() {
                return Err(RecordError::Schema("event id".into()));
            }
            if json.len() > TEXT_LIMIT {
                return Err(RecordError::Schema("event is too long".into()));
            }
            fresh.push((key, json));
        }
        self.document.commit(author, None, |tx| {
            for (key, json) in fresh {
                tx.put(ROOT, key, json)
                    .map_err(|error| RecordError::Schema(error.to_string()))?;
            }
            Ok(())
        })
    }

    /// Takes the changes of one item signed by the center, on a fork.
    pub fn apply(&mut self, center: &[u8; 16], changes: &[u8]) -> Result<(), RecordError> {
        self.document.apply(center, changes)
    }

    /// Reads everything.
    pub fn view(&self) -> Case {
        let mut events = Vec::new();
        for (key, rivals) in self.document.entries() {
            for rival in rivals {
                let event = rival.value.as_str().and_then(|json| read(&key, json));
                events.extend(event.map(|(sequence, event)| (sequence, event.time, event.id.clone(), event)));
            }
        }
        events.sort_by(|a, b| (a.0, a.1, &a.2).cmp(&(b.0, b.1, &b.2)));
        Case {
            events: events.into_iter().map(|(_, _, _, event)| event).collect(),
        }
    }

    /// Hex of the current heads, sorted.
    pub fn heads(&mut self) -> Vec<String> {
        self.document.heads()
    }
}

/// An event and its sequence number; `None` when key and content do not belong together.
fn read(key: &str, json: &str) -> Option<(u32, CaseEvent)> {
    let (sequence, id) = key.strip_prefix("events.")?.split_once('.')?;
    let event: CaseEvent = serde_json::from_str(json).ok()?;
    let plain = !id.is_empty() && id.len() <= 128 && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (plain && event.id == id).then_some((sequence.parse().ok()?, event))
}

fn rule(op: &Operation<'_>) -> Result<(), String> {
    let json = op.value.and_then(ScalarValue::as_str).ok_or("not an event")?;
    if op.exists || op.replaces {
        return Err("an event is never changed".into());
    }
    read(op.key, json).map(|_| ()).ok_or_else(|| "not an event".into())
}

impl Case {
    /// The correction that is open: the last one asked, unless the authority has gone on since, and not yet answered by
    /// a `Resubmitted` that names its event id.
    pub fn open_correction(&self, application: &Application) -> Option<(&CaseEvent, &CorrectionRequest)> {
        let (event, request) = self.last_correction()?;
        (!is_answered(application, &event.id)).then_some((event, request))
    }

    /// The last correction asked, answered or not, unless the authority has gone on since (it came back, was accepted,
    /// decided, …).
    fn last_correction(&self) -> Option<(&CaseEvent, &CorrectionRequest)> {
        let event = self.events.iter().rfind(|event| event.step.leads_on())?;
        match &event.step {
            CaseStep::CorrectionAsked { request } => Some((event, request)),
            _ => None,
        }
    }
}

impl Case {
    /// Who has it: the reviewer who took the last step, or whom they stood in for.
    pub fn lies_with(&self) -> Option<&str> {
        let last = self.events.iter().rfind(|event| !event.staff.is_empty())?;
        Some(last.stands_for.as_deref().unwrap_or(&last.staff))
    }

    /// The stage the authority is at, and the event with which it began; `None` when there is no flow, or none any more.
    pub fn stage(&self) -> Option<(&CaseEvent, &Stage)> {
        let mut current = None;
        for event in &self.events {
            match &event.step {
                CaseStep::StageBegun { stage } => current = Some((event, stage)),
                CaseStep::StageEnded { .. } | CaseStep::NotAccepted { .. } | CaseStep::Decided { .. } => current = None,
                _ => {}
            }
        }
        current
    }

    /// Whether a person said that this material, which nobody needs to bring, was looked up.
    pub fn is_verified(&self, code: &str) -> bool {
        self.events
            .iter()
            .any(|event| matches!(&event.step, CaseStep::MaterialVerified { material, .. } if material == code))
    }
}

impl CaseStep {
    /// A check that found `problems`, and no rule that does not hold.
    pub fn prechecked(problems: Vec<String>) -> Self {
        let rules = Vec::new();
        Self::Prechecked { problems, rules }
    }

    /// Accepted by a person, with nothing to explain; the decision is due on the day `due`.
    pub fn accepted(due: impl Into<String>) -> Self {
        Self::Accepted {
            due: due.into(),
            rule: None,
            reason: None,
        }
    }

    /// Whether an application is further, or back, by this step: checks and the stages of an accepted one say more about
    /// where it is already.
    pub(crate) fn leads_on(&self) -> bool {
        !matches!(
            self,
            Self::Prechecked { .. } | Self::StageBegun { .. } | Self::StageEnded { .. } | Self::MaterialVerified { .. }
        )
    }
}

/// Whether the station answered the correction with this event id.
pub(crate) fn is_answered(application: &Application, id: &str) -> bool {
    application
        .events
        .iter()
        .any(|event| event.step == ApplicationStep::Resubmitted && event.note == id)
}
