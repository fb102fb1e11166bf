//! Resident identity numbers (公民身份号码), GB 11643.
//!
//! Eighteen characters: area 6, birth 8, sequence 3, check character by ISO 7064 MOD 11-2. Residence permits for
//! residents of Hong Kong, Macao and Taiwan (810000, 820000, 830000) and foreigners' permanent residence cards since
//! 2023 (first digit 9) follow the same rule. Numbers of the first generation have 15 digits; foreigners' older cards
//! three letters and twelve digits. The area is never checked: older people carry prefixes that are no longer in use.

use jiff::civil::Date;
use thiserror::Error;

use crate::text::Text;

/// What a number says about its holder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The number as it is written today: 18 characters (a 15-digit number converted), or the older card's 15.
    pub number: String,
    /// Birth, `1941-02-14`; `None` on foreigners' older cards, whose year has two digits.
    pub birth: Option<String>,
    /// `1` male, `2` female (GB/T 2261.1); `None` when the number does not say.
    pub sex: Option<char>,
}

/// Why a number cannot be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IdentityError {
    /// Not 18 characters (or 15).
    #[error("an identity number has 18 characters")]
    Length,
    /// A character that cannot stand at its place.
    #[error("an identity number has digits, and perhaps X at the end")]
    Character,
    /// The digits for the birth are not a day.
    #[error("digits 7 to 14 are not a date of birth")]
    Date,
    /// The check character does not fit the rest.
    #[error("the last character does not fit the others")]
    Check,
}

impl IdentityError {
    /// Stable code for the screens.
    pub fn code(self) -> &'static str {
        match self {
            IdentityError::Length => "id_length",
            IdentityError::Character => "id_character",
            IdentityError::Date => "id_date",
            IdentityError::Check => "id_check",
        }
    }

    /// What to say to the person who typed it.
    pub fn words(self) -> Text {
        let (zh, en) = match self {
            IdentityError::Length => (
                "证件号码应有18位，请数一数有没有漏打或多打",
                "The number must have 18 characters. Was one left out or typed twice?",
            ),
            IdentityError::Character => (
                "证件号码只能是数字，最后一位可以是 X",
                "Only digits are allowed, and X as the last character.",
            ),
            IdentityError::Date => (
                "号码中间的出生年月日（第7至14位）不对，请对照证件再看一遍",
                "The date of birth in the middle (digits 7 to 14) is not a day. Look at the card again.",
            ),
            IdentityError::Check => (
                "号码里有一位不对，请对照证件从头再看一遍",
                "One character is wrong. Look at the card again, from the first to the last.",
            ),
        };
        Text {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

/// Reads a number that must be right to the last character; lower-case `x` is taken for `X`.
pub fn parse(number: &str) -> Result<Identity, IdentityError> {
    let identity = read(number)?;
    let check = identity.number.get(..17).and_then(check_character);
    if check.is_some_and(|check| !identity.number.ends_with(check)) {
        return Err(IdentityError::Check);
    }
    Ok(identity)
}

/// Reads a number whatever its last character: of a number that an old paper shows wrongly, birth and sex still follow.
pub fn read(number: &str) -> Result<Identity, IdentityError> {
    let number = number.trim().to_ascii_uppercase();
    match number.chars().count() {
        18 => modern(&number),
        15 if number.starts_with(|first: char| first.is_ascii_alphabetic()) => old_foreign(number),
        15 => first_generation(&number),
        _ => Err(IdentityError::Length),
    }
}

/// The check character for the first 17 digits; `None` when they are not 17 digits.
pub fn check_character(body: &str) -> Option<char> {
    if body.len() != 17 || !body.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Horner's form of the standard's weights 2^(18-i) mod 11.
    let sum = body
        .bytes()
        .fold(0u32, |sum, byte| (sum + u32::from(byte - b'0')) * 2 % 11);
    match (12 - sum) % 11 {
        10 => Some('X'),
        digit => char::from_digit(digit, 10),
    }
}

fn modern(number: &str) -> Result<Identity, IdentityError> {
    let (Some(body), Some(last)) = (number.get(..17), number.get(17..)) else {
        return Err(IdentityError::Character);
    };
    let digits = body.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || !(last == "X" || last.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(IdentityError::Character);
    }
    let birth = body.get(6..14).and_then(birth).ok_or(IdentityError::Date)?;
    Ok(Identity {
        number: number.into(),
        birth: Some(birth.to_string()),
        sex: sex(body.get(16..17)),
    })
}

fn first_generation(number: &str) -> Result<Identity, IdentityError> {
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(IdentityError::Character);
    }
    let (Some(area), Some(rest)) = (number.get(..6), number.get(6..)) else {
        return Err(IdentityError::Length);
    };
    let body = format!("{area}19{rest}");
    let birth = body.get(6..14).and_then(birth).ok_or(IdentityError::Date)?;
    let check = check_character(&body).ok_or(IdentityError::Character)?;
    Ok(Identity {
        sex: sex(body.get(16..17)),
        number: format!("{body}{check}"),
        birth: Some(birth.to_string()),
    })
}

fn old_foreign(number: String) -> Result<Identity, IdentityError> {
    let shaped = number.bytes().enumerate().all(|(place, byte)| match place {
        0..=2 => byte.is_ascii_uppercase(),
        _ => byte.is_ascii_digit(),
    });
    if shaped {
        Ok(Identity {
            number,
            birth: None,
            sex: None,
        })
    } else {
        Err(IdentityError::Character)
    }
}

fn birth(digits: &str) -> Option<Date> {
    let year: i16 = digits.get(..4)?.parse().ok()?;
    let month: i8 = digits.get(4..6)?.parse().ok()?;
    let day: i8 = digits.get(6..8)?.parse().ok()?;
    // Nobody alive, and nobody whose affairs are still settled, was born before.
    if year < 1850 {
        return None;
    }
    Date::new(year, month, day).ok()
}

fn sex(digit: Option<&str>) -> Option<char> {
    let digit: u8 = digit?.parse().ok()?;
    Some(if digit % 2 == 1 { '1' } else { '2' })
}
