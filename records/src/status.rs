//! Status is a fold over the events of the application and its case, never a stored field.

use serde::{Deserialize, Serialize};

use crate::application::ApplicationStep;
use crate::case::{CaseStep, is_answered};
use crate::{Application, Case};

/// How far an application has got, as far as this peer knows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// 草稿: being filled in.
    Draft,
    /// 已收件: the station took the papers. Not acceptance.
    Received,
    /// 已到达: it reached the authority.
    Arrived,
    /// 已受理.
    Accepted,
    /// 不予受理.
    NotAccepted,
    /// 待补正: the authority wants something once more.
    CorrectionAsked,
    /// 已补正: answered at the station, not yet back at the authority.
    Resubmitted,
    /// 已办结 (准予).
    Granted,
    /// 已办结 (不予).
    Refused,
    /// 已撤回.
    Withdrawn,
}

/// Folds all events. The two clocks (station and center) are never compared: the case says how far the authority is, the
/// application only adds what the authority cannot know yet. A decision stands, even when a withdrawal crossed it on
/// the way.
pub fn status(application: &Application, case: &Case) -> Status {
    let did = |step| application.events.iter().any(|event| event.step == step);
    let mut reached = if did(ApplicationStep::Received) {
        Status::Received
    } else {
        Status::Draft
    };
    let mut asked = None;
    for event in &case.events {
        reached = match &event.step {
            CaseStep::CorrectionAsked { .. } => {
                asked = Some(event.id.as_str());
                continue;
            }
            // Back again after a correction: an acceptance is not undone by it.
            CaseStep::Arrived if reached == Status::Accepted => Status::Accepted,
            CaseStep::Arrived => Status::Arrived,
            CaseStep::Accepted { .. } => Status::Accepted,
            CaseStep::NotAccepted { .. } => return Status::NotAccepted,
            CaseStep::Decided { granted: true, .. } => return Status::Granted,
            CaseStep::Decided { granted: false, .. } => return Status::Refused,
            CaseStep::Prechecked { .. }
            | CaseStep::StageBegun { .. }
            | CaseStep::StageEnded { .. }
            | CaseStep::MaterialVerified { .. }
            | CaseStep::Unknown => continue,
        };
        asked = None;
    }
    match asked {
        _ if did(ApplicationStep::Withdrawn) => Status::Withdrawn,
        Some(id) if is_answered(application, id) => Status::Resubmitted,
        Some(_) => Status::CorrectionAsked,
        None => reached,
    }
}

impl Status {
    /// Whether nothing more happens.
    pub fn is_final(self) -> bool {
        matches!(
            self,
            Self::NotAccepted | Self::Granted | Self::Refused | Self::Withdrawn
        )
    }
}
