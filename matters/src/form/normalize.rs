//! What people type, brought into the form that is stored. Nothing is lost: what cannot be read stays as typed,
//! without the spaces around it.

use jiff::civil::Date;

use crate::view::QuestionKind;

/// Brings `typed` into the form that is stored for a question of this kind: spaces around it go; numbers and days in
/// full-width digits become plain; `2026/2/4`, `2026.2.4`, `2026年2月4日` and `20260204` become `2026-02-04`; a text
/// that has the shape of an identity number loses full-width digits and ends in a capital X.
pub fn normalize(kind: QuestionKind, typed: &str) -> String {
    let typed = typed.trim();
    match kind {
        QuestionKind::Integer | QuestionKind::Decimal | QuestionKind::Range | QuestionKind::Time => code(typed),
        QuestionKind::Date => day(typed).map_or_else(|| typed.to_owned(), |day| day.to_string()),
        QuestionKind::SelectMultiple | QuestionKind::Rank | QuestionKind::Geopoint => {
            typed.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        QuestionKind::Text => {
            let plain = code(typed);
            if is_identity_shaped(&plain) {
                plain
            } else {
                typed.to_owned()
            }
        }
        _ => typed.to_owned(),
    }
}

/// A number or code: half-width, no spaces, the X at the end of an identity number in capitals.
pub(super) fn code(typed: &str) -> String {
    let mut plain: String = typed.chars().map(half_width).filter(|c| !c.is_whitespace()).collect();
    if plain.len() == 18 && plain.ends_with('x') {
        plain.make_ascii_uppercase();
    }
    plain
}

fn half_width(character: char) -> char {
    match character {
        '\u{3000}' => ' ',
        '×' | '✕' => 'X',
        '。' | '．' => '.',
        '－' | '—' | '–' | '−' => '-',
        '！'..='～' => char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character),
        other => other,
    }
}

fn is_identity_shaped(plain: &str) -> bool {
    let digits = plain.strip_suffix(['X', 'x']).unwrap_or(plain);
    plain.len() == 18 && digits.len() >= 17 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn day(typed: &str) -> Option<Date> {
    let plain: String = typed.chars().map(half_width).filter(|c| !c.is_whitespace()).collect();
    if plain.len() == 8 && plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return date(plain.get(..4)?, plain.get(4..6)?, plain.get(6..)?);
    }
    let chinese = plain.strip_suffix(['日', '号']).filter(|rest| rest.contains('年'));
    let (year, month, day) = match chinese {
        Some(rest) => {
            let (year, rest) = rest.split_once('年')?;
            let (month, day) = rest.split_once('月')?;
            (year, month, day)
        }
        None => {
            let separator = plain.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
            let mut parts = plain.split(separator);
            let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
            if parts.next().is_some() {
                return None;
            }
            (year, month, day)
        }
    };
    date(year, month, day)
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let number = |text: &str, most: usize| {
        let plain = !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| text.parse::<i16>().ok()).flatten()
    };
    // Two digits could be either century; a person decides.
    if year.len() != 4 {
        return None;
    }
    let (month, day) = (number(month, 2)?, number(day, 2)?);
    Date::new(number(year, 4)?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
