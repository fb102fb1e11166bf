//! Status is a fold over the events of the application and its case, never a stored field.

use serde::{Deserialize, Serialize};

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

/// Folds all events.
pub fn status(_application: &Application, _case: &Case) -> Status {
    todo!()
}
