//! Working days: the State Council's holiday notices, and the days on which a district does otherwise.

use std::collections::BTreeMap;

use chinese_holiday::{DayKind, Ymd, chinese_holiday};
use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use serde::{Deserialize, Serialize};

use crate::form::date;

/// The last day whose rest days have been announced and are known here.
const ANNOUNCED_TO: (i16, i8, i8) = (2026, 12, 25);
/// The first such day.
const ANNOUNCED_FROM: (i16, i8, i8) = (2004, 1, 1);
/// No deadline is longer than this many working days; it bounds the search for a day.
const LONGEST: u32 = 20_000;

/// A time limit (办结时限) as a workbook gives it: a number with its unit (GB/T 39554: 办结时限单位).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Limit {
    /// How many; 0 means at once (即办).
    pub count: u32,
    /// Of what.
    pub unit: LimitUnit,
}

/// What a limit counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LimitUnit {
    /// 工作日.
    #[default]
    WorkingDays,
    /// 自然日.
    Days,
    /// 月.
    Months,
}

impl Limit {
    /// Most days of a limit, and a tenth of it the most months.
    pub const MOST: u32 = 1_000;

    /// So many working days.
    pub fn working_days(count: u32) -> Self {
        Limit {
            count,
            unit: LimitUnit::WorkingDays,
        }
    }

    /// Reads what people write: `20`, `20 工作日`, `30 日`, `30 天`, `30 自然日`, `2 个月`, `即办`. A number alone counts
    /// working days. `None` when it is none of these or out of reach.
    pub fn parse(text: &str) -> Option<Self> {
        let text: String = text.split_whitespace().collect::<String>().to_lowercase();
        if matches!(
            text.as_str(),
            "即办" | "即时" | "马上办" | "当场办结" | "当场" | "atonce"
        ) {
            return Some(Limit::default());
        }
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (count, unit) = text.split_at(digits);
        let unit = match unit.strip_prefix('个').unwrap_or(unit) {
            "" | "工作日" | "workingday" | "workingdays" => LimitUnit::WorkingDays,
            "日" | "天" | "自然日" | "day" | "days" => LimitUnit::Days,
            "月" | "month" | "months" => LimitUnit::Months,
            _ => return None,
        };
        let most = if unit == LimitUnit::Months {
            Self::MOST / 10
        } else {
            Self::MOST
        };
        let count = count.parse().ok().filter(|count| *count <= most)?;
        Some(Limit { count, unit })
    }

    /// Whether this limit is longer than the other wherever in a year both begin: units that say much the same are not
    /// held against each other.
    pub fn is_longer_than(self, other: Limit) -> bool {
        if self.unit == other.unit {
            return self.count > other.count;
        }
        self.days().0 > other.days().1
    }

    /// The fewest and the most days it comes to. The longest holiday takes eight days, and two lie within a quarter.
    fn days(self) -> (u32, u32) {
        match self.unit {
            LimitUnit::WorkingDays => (self.count * 7 / 5, self.count * 7 / 5 + 2 + self.count / 4 + 8),
            LimitUnit::Days => (self.count, self.count),
            LimitUnit::Months => (self.count * 28, self.count * 31),
        }
    }
}

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

    /// The last day of a limit that began on `from` (not counted). Days and months end on a working day: when the last one
    /// is a rest day, on the first working day after it (民法典 第二百〇三条); a month ends on the same day of a later
    /// month, or on its last. `None` when `from` is not a date or the answer lies out of reach.
    pub fn add_limit(&self, from: &str, limit: Limit) -> Option<String> {
        let span = match limit.unit {
            _ if limit.count > LONGEST => return None,
            LimitUnit::WorkingDays => return self.add_working_days(from, limit.count),
            LimitUnit::Days => i64::from(limit.count).days(),
            LimitUnit::Months => i64::from(limit.count).months(),
        };
        let from = date::parse(from)?;
        let mut day = from.checked_add(span).ok()?;
        while limit.count > 0 && !self.is_worked(day) {
            day = day.checked_add(1.day()).ok()?;
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

/// The last day of a limit that began on `from`, by the national calendar: [`Calendar::add_limit`].
pub fn add_limit(from: &str, limit: Limit) -> Option<String> {
    Calendar::default().add_limit(from, limit)
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
