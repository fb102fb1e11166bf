//! Calendar days in the text form of XForms, `2026-02-14`.

use jiff::{ToSpan, civil::Date};

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

/// `format-date` of ODK: `%Y %y %m %n %d %e %b %a`, and the parts of a time, which are all zero for a day.
pub fn format(date: Date, pattern: &str) -> String {
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
            Some('H' | 'M' | 'S') => text.push_str("00"),
            Some('h') => text.push('0'),
            Some('3') => text.push_str("000"),
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
