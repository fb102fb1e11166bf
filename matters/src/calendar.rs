//! Working days: the State Council's holiday notices, and the days on which a district does otherwise.

use std::collections::BTreeMap;

use chinese_holiday::{DayKind, Ymd, chinese_holiday};
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use crate::form::date;

/// The last day whose rest days have been announced and are known here.
const ANNOUNCED_TO: (i16, i8, i8) = (2026, 12, 25);
/// The first such day.
const ANNOUNCED_FROM: (i16, i8, i8) = (2004, 1, 1);
/// No deadline is longer than this many working days; it bounds the search for a day.
const LONGEST: u32 = 20_000;

/// Working days of a district: the national calendar and its exceptions.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    exceptions: BTreeMap<Date, bool>,
}

impl Calendar {
    /// A calendar with exceptions: a day (`2026-02-14`) and whether it is worked. Days that are no dates are left out.
    pub fn with_exceptions<'a>(exceptions: impl IntoIterator<Item = (&'a str, bool)>) -> Self {
        Calendar {
            exceptions: exceptions
                .into_iter()
                .filter_map(|(day, worked)| Some((date::parse(day)?, worked)))
                .collect(),
        }
    }

    /// Whether `day` is worked; `None` when it is not a date.
    pub fn is_working_day(&self, day: &str) -> Option<bool> {
        date::parse(day).map(|day| self.is_worked(day))
    }

    /// The day `days` working days after `from`; `from` itself when `days` is 0. `None` when `from` is not a date or
    /// the answer lies out of reach.
    pub fn add_working_days(&self, from: &str, days: u32) -> Option<String> {
        let mut day = date::parse(from)?;
        if days > LONGEST {
            return None;
        }
        let mut left = days;
        while left > 0 {
            day = day.checked_add(1.day()).ok()?;
            if self.is_worked(day) {
                left -= 1;
            }
        }
        Some(day.to_string())
    }

    /// Working days from `from` (not counted) to `to` (counted); negative when `to` lies before. `None` when one of
    /// them is not a date or they lie more than a century apart.
    pub fn working_days_between(&self, from: &str, to: &str) -> Option<i64> {
        let (from, to) = (date::parse(from)?, date::parse(to)?);
        if (date::days(from) - date::days(to)).abs() > 36_600 {
            return None;
        }
        let (first, last, sign) = if from <= to { (from, to, 1) } else { (to, from, -1) };
        let mut count = 0;
        let mut day = first;
        while day < last {
            day = day.checked_add(1.day()).ok()?;
            // Backwards, the day that is reached is counted and the day that is left is not.
            let counted = if sign > 0 { day } else { day.checked_sub(1.day()).ok()? };
            if self.is_worked(counted) {
                count += 1;
            }
        }
        Some(sign * count)
    }

    fn is_worked(&self, day: Date) -> bool {
        self.exceptions
            .get(&day)
            .copied()
            .unwrap_or_else(|| is_worked_nationally(day))
    }
}

/// The day `days` working days after `from` (both `2026-02-14`) by the national calendar; `None` when `from` is not a
/// date.
pub fn add_working_days(from: &str, days: u32) -> Option<String> {
    Calendar::default().add_working_days(from, days)
}

/// Working days from `from` (not counted) to `to` (counted) by the national calendar; negative when `to` lies before.
pub fn working_days_between(from: &str, to: &str) -> Option<i64> {
    Calendar::default().working_days_between(from, to)
}

fn is_worked_nationally(day: Date) -> bool {
    let ymd = (day.year(), day.month(), day.day());
    if (ANNOUNCED_FROM..=ANNOUNCED_TO).contains(&ymd) {
        let ymd = Ymd::new(
            day.year().unsigned_abs(),
            day.month().unsigned_abs(),
            day.day().unsigned_abs(),
        );
        return matches!(
            chinese_holiday(ymd),
            DayKind::NormalWorkday
                | DayKind::NewYearsDayWorkday
                | DayKind::SpringFestivalWorkday
                | DayKind::ChingMingFestivalWorkday
                | DayKind::InternationalWorkersDayWorkday
                | DayKind::DragonBoatFestivalWorkday
                | DayKind::MidAutumnFestivalWorkday
                | DayKind::NationalDayWorkday
                | DayKind::OtherWorkday
        );
    }
    // Not announced yet: weekends, and the rest days that the law itself fixes by the solar calendar
    // (全国年节及纪念日放假办法). What is announced later arrives as exceptions, or with a newer library.
    let fixed = matches!((day.month(), day.day()), (1, 1) | (5, 1..=2) | (10, 1..=3));
    !fixed && !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}
