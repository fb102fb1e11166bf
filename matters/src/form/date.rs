//! Calendar days and moments in the text forms of XForms, `2026-02-14` and `2026-02-14T08:30:00.000+08:00`.
//!
//! Moments are kept by the clock on the wall in China (UTC+8), which has one time and no summer time. Their number counts
//! days in UTC, as both public engines do: midnight in China is two thirds of the day before.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, ToSpan};

use crate::text::Language;

/// The day that `text` names, in exactly the form `2026-02-14`.
pub fn parse(text: &str) -> Option<Date> {
    let shaped = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shaped {
        return None;
    }
    Date::new(
        text.get(..4)?.parse().ok()?,
        text.get(5..7)?.parse().ok()?,
        text.get(8..)?.parse().ok()?,
    )
    .ok()
}

/// Seconds by which the clock on the wall is ahead of UTC.
const AHEAD: i64 = 8 * 3_600;

/// The moment that `text` names: `2026-02-14T08:30:00.000+08:00`, seconds and offset as far as they are written; a day is
/// its midnight.
pub fn parse_moment(text: &str) -> Option<DateTime> {
    let Some((day, time)) = text.split_once('T') else {
        return parse(text).map(|day| day.to_datetime(Time::midnight()));
    };
    let (time, ahead) = clock(time)?;
    let moment = parse(day)?.to_datetime(time);
    match ahead {
        None => Some(moment),
        Some(ahead) => moment.checked_add(SignedDuration::from_secs(AHEAD - ahead)).ok(),
    }
}

/// A time of the day, `08:30`, `08:30:00.000`, with `Z` or an offset behind it, in seconds ahead of UTC.
fn clock(text: &str) -> Option<(Time, Option<i64>)> {
    let (time, ahead) = match text.find(['Z', '+', '-']) {
        None => (text, None),
        Some(at) => {
            let (time, zone) = text.split_at_checked(at)?;
            (time, Some(offset(zone)?))
        }
    };
    let mut parts = time.split(':');
    let hour = parts.next()?.parse().ok()?;
    let minute = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next().map_or(Ok(0.0), str::parse).ok()?;
    if parts.next().is_some() || !(0.0..60.0).contains(&seconds) {
        return None;
    }
    let time = Time::new(
        hour,
        minute,
        seconds as i8,
        (seconds.fract() * 1e3).round() as i32 * 1_000_000,
    )
    .ok()?;
    Some((time, ahead))
}

fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    let hours: i64 = digits.get(..2)?.parse().ok()?;
    let minutes: i64 = digits.get(2..4).map_or(Ok(0), str::parse).ok()?;
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

/// The moment as XForms writes it.
pub fn moment_text(moment: DateTime) -> String {
    let (day, time) = (moment.date(), moment.time());
    format!(
        "{day}T{:02}:{:02}:{:02}.{:03}+08:00",
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

/// Days since 1970-01-01 in UTC, with the part of the day that has gone by there.
pub fn moment_days(moment: DateTime) -> f64 {
    f64::from(days(moment.date())) + part(moment.time()) - AHEAD as f64 / 86_400.0
}

/// The moment that many days after 1970-01-01 in UTC.
pub fn moment_from_days(days: f64) -> Option<DateTime> {
    let days = days + AHEAD as f64 / 86_400.0;
    let milliseconds = ((days - days.floor()) * 86_400_000.0).round() as i64;
    from_days(days)?
        .to_datetime(Time::midnight())
        .checked_add(SignedDuration::from_millis(milliseconds))
        .ok()
}

/// The part of the day that has gone by at a time (`08:30`) or a moment.
pub fn part_of_day(text: &str) -> Option<f64> {
    let time = text.split_once('T').map_or(text, |(_, time)| time);
    clock(time).map(|(time, _)| part(time))
}

fn part(time: Time) -> f64 {
    let seconds = f64::from(time.hour()) * 3_600.0 + f64::from(time.minute()) * 60.0 + f64::from(time.second());
    (seconds + f64::from(time.millisecond()) / 1e3) / 86_400.0
}

/// Days since 1970-01-01, which is the number of a date in XForms.
pub fn days(date: Date) -> i32 {
    (date - Date::constant(1970, 1, 1)).get_days()
}

/// The day that many days after 1970-01-01; fractions of a day are dropped.
pub fn from_days(days: f64) -> Option<Date> {
    // Beyond this no calendar day exists, and the cast below is exact within it.
    if !days.is_finite() || days.abs() > 5_000_000.0 {
        return None;
    }
    Date::constant(1970, 1, 1)
        .checked_add((days.floor() as i32).days())
        .ok()
}

/// Whole years from `birth` to `on`; `None` when `on` lies before. Someone born on 29 February is a year older on
/// 1 March in other years.
pub fn years(birth: Date, on: Date) -> Option<i16> {
    if on < birth {
        return None;
    }
    let had_birthday = (on.month(), on.day()) >= (birth.month(), birth.day());
    Some(on.year() - birth.year() - i16::from(!had_birthday))
}

/// The day as people write it.
pub fn in_words(date: Date, language: Language) -> String {
    match language {
        Language::Chinese => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        Language::English => format!("{} {} {}", date.day(), MONTHS[month_index(date)], date.year()),
    }
}

/// `format-date` and `format-date-time` of ODK: `%Y %y %m %n %d %e %b %a %H %h %M %S %3`.
pub fn format(moment: DateTime, pattern: &str) -> String {
    let (date, time) = (moment.date(), moment.time());
    let mut text = String::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('Y') => text.push_str(&format!("{:04}", date.year())),
            Some('y') => text.push_str(&format!("{:02}", date.year().rem_euclid(100))),
            Some('m') => text.push_str(&format!("{:02}", date.month())),
            Some('n') => text.push_str(&date.month().to_string()),
            Some('d') => text.push_str(&format!("{:02}", date.day())),
            Some('e') => text.push_str(&date.day().to_string()),
            Some('b') => text.extend(MONTHS[month_index(date)].chars().take(3)),
            Some('a') => text.push_str(DAYS[date.weekday().to_monday_zero_offset().rem_euclid(7) as usize]),
            Some('H') => text.push_str(&format!("{:02}", time.hour())),
            Some('h') => text.push_str(&time.hour().to_string()),
            Some('M') => text.push_str(&format!("{:02}", time.minute())),
            Some('S') => text.push_str(&format!("{:02}", time.second())),
            Some('3') => text.push_str(&format!("{:03}", time.millisecond())),
            Some(other) => text.extend(['%', other]),
            None => text.push('%'),
        }
    }
    text
}

fn month_index(date: Date) -> usize {
    usize::from(date.month().unsigned_abs() - 1) % MONTHS.len()
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
