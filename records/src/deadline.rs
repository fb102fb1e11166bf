//! Deadlines count on the center's clock and pause while a correction is open, or a stage stops them.

use doorstep_matters::calendar::{Limit, LimitUnit, add_limit, add_working_days, working_days_between};
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::case::CaseStep;
use crate::{Application, Case, status};

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
/// acceptance: the last day that was promised with it (or the promised limit of the matter), and the time during which a
/// correction was open or a stage stopped the clock on top. `today` is `2026-02-14`, by the center's clock.
pub fn deadline(application: &Application, case: &Case, promised: Limit, today: &str) -> Deadline {
    Clock::read(case, promised, true).deadline(application, case, today)
}

/// The same for the limit that the law sets (法定办结时限), counted from acceptance.
pub fn statutory(application: &Application, case: &Case, limit: Limit, today: &str) -> Deadline {
    Clock::read(case, limit, false).deadline(application, case, today)
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

/// What is owed, as far as the events say, and whether the clock stands still.
#[derive(Default)]
struct Clock {
    unit: LimitUnit,
    /// The last day, with the pauses that are over; `None` before arrival.
    due: Option<String>,
    /// A correction is open.
    asked: bool,
    /// A stage is under way that stops the clock.
    paused: bool,
    /// Since when it stands still.
    stopped: Option<String>,
}

impl Clock {
    /// `promise`: the day that was promised with the acceptance holds, not the limit.
    fn read(case: &Case, limit: Limit, promise: bool) -> Self {
        let mut clock = Self::default();
        let mut accepted = false;
        for event in &case.events {
            let day = day(event.time);
            match &event.step {
                CaseStep::Arrived if accepted => {
                    clock.asked = false;
                    clock.go_on(&day);
                }
                CaseStep::Arrived => clock = Self::new(LimitUnit::WorkingDays, add_working_days(&day, ACCEPTANCE_DAYS)),
                CaseStep::Accepted { due, .. } => {
                    accepted = true;
                    let promised = due.parse::<Date>().is_ok() && promise;
                    let due = if promised {
                        Some(due.clone())
                    } else {
                        add_limit(&day, limit)
                    };
                    clock = Self::new(limit.unit, due);
                }
                CaseStep::CorrectionAsked { .. } => {
                    clock.asked = true;
                    clock.stop(day);
                }
                CaseStep::StageBegun { stage } => {
                    clock.paused = stage.pauses;
                    if stage.pauses {
                        clock.stop(day);
                    }
                }
                CaseStep::StageEnded { .. } => {
                    clock.paused = false;
                    clock.go_on(&day);
                }
                CaseStep::Prechecked { .. }
                | CaseStep::MaterialVerified { .. }
                | CaseStep::NotAccepted { .. }
                | CaseStep::Decided { .. }
                | CaseStep::Unknown => {}
            }
        }
        clock
    }

    fn new(unit: LimitUnit, due: Option<String>) -> Self {
        Self {
            unit,
            due,
            ..Self::default()
        }
    }

    fn stop(&mut self, day: String) {
        self.stopped.get_or_insert(day);
    }

    /// Nothing stops it any more: it stood still from then to now.
    fn go_on(&mut self, day: &str) {
        if self.asked || self.paused {
            return;
        }
        if let (Some(from), Some(last)) = (self.stopped.take(), &self.due)
            && let Some(later) = later(last, self.unit, &from, day)
        {
            self.due = Some(later);
        }
    }

    fn deadline(self, application: &Application, case: &Case, today: &str) -> Deadline {
        let nothing = |days_left, light| Deadline {
            due: String::new(),
            days_left,
            light,
        };
        match (self.due, self.stopped) {
            _ if status(application, case).is_final() => nothing(0, Light::Done),
            (None, _) => nothing(0, Light::Done),
            (Some(due), Some(stopped)) => nothing(working_days_between(&stopped, &due).unwrap_or(0), Light::Paused),
            (Some(due), None) => Deadline::running(due, today),
        }
    }
}

/// The last day, after the clock stood still between two days: by as many working days later, or days where the limit
/// counts days or months.
fn later(last: &str, unit: LimitUnit, from: &str, to: &str) -> Option<String> {
    let (unit, pause) = match unit {
        LimitUnit::WorkingDays => (unit, working_days_between(from, to)?),
        LimitUnit::Days | LimitUnit::Months => {
            let (from, to): (Date, Date) = (from.parse().ok()?, to.parse().ok()?);
            (LimitUnit::Days, i64::from((to - from).get_days()))
        }
    };
    let count = u32::try_from(pause).ok()?;
    add_limit(last, Limit { count, unit })
}

/// The day of a moment in China (UTC+8 all year).
pub fn day(milliseconds: u64) -> String {
    in_china(milliseconds).date().to_string()
}

/// The same with the time of the day, as forms keep moments: `2026-02-14T08:30:00.000+08:00`.
pub fn moment(milliseconds: u64) -> String {
    in_china(milliseconds).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

fn in_china(milliseconds: u64) -> Zoned {
    let moment = i64::try_from(milliseconds)
        .ok()
        .and_then(|time| Timestamp::from_millisecond(time).ok());
    let moment = moment.unwrap_or(Timestamp::MAX);
    moment.to_zoned(TimeZone::fixed(Offset::constant(8)))
}
