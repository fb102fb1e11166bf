//! Deadlines count working days on the center's clock and pause while a correction is open.

use serde::{Deserialize, Serialize};

/// Yellow and red light.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// In time.
    Green,
    /// One working day left, or less.
    Yellow,
    /// Overdue.
    Red,
    /// The clock stands still (correction open).
    Paused,
    /// Nothing is owed (decided, not accepted, withdrawn).
    Done,
}

/// What the authority owes next.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deadline {
    /// Last day, `2026-03-01`; empty when nothing is owed.
    pub due: String,
    /// Working days left; negative when overdue.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub days_left: i64,
    /// The light.
    pub light: Light,
}

/// Within 5 working days of arrival the authority must accept, refuse or ask (GB/T 39046: an incomplete application not
/// answered within 5 working days counts as accepted); after acceptance, the promised limit of the matter, without
/// the working days during which a correction was open. `today` is `2026-02-14`.
pub fn deadline(_application: &crate::Application, _case: &crate::Case, _promised_days: u32, _today: &str) -> Deadline {
    todo!()
}
