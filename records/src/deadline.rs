//! Deadlines count working days on the center's clock and pause while a correction is open.

use doorstep_matters::calendar::{add_working_days, working_days_between};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

use crate::case::CaseStep;
use crate::{Application, Case, Status, status};

/// Working days within which the authority must accept, refuse or ask (GB/T 39046).
const ACCEPTANCE_DAYS: u32 = 5;

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
    /// Nothing is owed: not arrived yet, decided, not accepted, withdrawn.
    Done,
}

/// What the authority owes next.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Deadline {
    /// Last day, `2026-03-01`; empty when nothing is owed, and while the clock stands still.
    pub due: String,
    /// Working days left; negative when overdue. While the clock stands still: those left when it stopped.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub days_left: i64,
    /// The light.
    pub light: Light,
}

/// Within 5 working days of arrival the authority must accept, refuse or ask (GB/T 39046: an incomplete application not
/// answered within 5 working days counts as accepted); they begin anew when a corrected application comes back. After
/// acceptance: the last day that was promised with it (or the promised limit of the matter), and the working days during
/// which a correction was open on top. `today` is `2026-02-14`, by the center's clock.
pub fn deadline(application: &Application, case: &Case, promised_days: u32, today: &str) -> Deadline {
    let nothing = |days_left, light| Deadline {
        due: String::new(),
        days_left,
        light,
    };
    let status = status(application, case);
    if status.is_final() {
        return nothing(0, Light::Done);
    }
    let Some(due) = due(case, promised_days) else {
        return nothing(0, Light::Done);
    };
    if matches!(status, Status::CorrectionAsked | Status::Resubmitted) {
        let stopped = case
            .last_correction()
            .map(|(event, _)| day(event.time))
            .unwrap_or_default();
        return nothing(working_days_between(&stopped, &due).unwrap_or(0), Light::Paused);
    }
    Deadline::running(due, today)
}

impl Deadline {
    /// A clock that runs towards `due`, as it stands `today` (both `2026-03-01`).
    pub fn running(due: String, today: &str) -> Self {
        let days_left = working_days_between(today, &due).unwrap_or(0);
        let light = match days_left {
            // A promised last day may be a day off; after it is after it.
            _ if today > due.as_str() => Light::Red,
            ..0 => Light::Red,
            0 | 1 => Light::Yellow,
            _ => Light::Green,
        };
        Self { due, days_left, light }
    }
}

/// The last day, with the pauses that are over; `None` before arrival.
fn due(case: &Case, promised_days: u32) -> Option<String> {
    let mut due = None;
    let mut accepted = false;
    let mut stopped: Option<String> = None;
    for event in &case.events {
        let day = day(event.time);
        match &event.step {
            CaseStep::Arrived if accepted => {
                if let (Some(from), Some(last)) = (stopped.take(), due.as_deref()) {
                    let pause = working_days_between(&from, &day).unwrap_or(0);
                    due = add_working_days(last, u32::try_from(pause).unwrap_or(0)).or(Some(last.to_owned()));
                }
            }
            CaseStep::Arrived => {
                stopped = None;
                due = add_working_days(&day, ACCEPTANCE_DAYS);
            }
            CaseStep::Accepted { due: promised } => {
                accepted = true;
                stopped = None;
                let is_day = promised.parse::<jiff::civil::Date>().is_ok();
                due = if is_day {
                    Some(promised.clone())
                } else {
                    add_working_days(&day, promised_days)
                };
            }
            CaseStep::CorrectionAsked { .. } => stopped = Some(stopped.unwrap_or(day)),
            CaseStep::Prechecked { .. } | CaseStep::NotAccepted { .. } | CaseStep::Decided { .. } => {}
        }
    }
    due
}

/// The day of a moment in China (UTC+8 all year).
pub fn day(milliseconds: u64) -> String {
    let moment = i64::try_from(milliseconds)
        .ok()
        .and_then(|time| Timestamp::from_millisecond(time).ok());
    let moment = moment.unwrap_or(Timestamp::MAX);
    moment.to_zoned(TimeZone::fixed(Offset::constant(8))).date().to_string()
}
