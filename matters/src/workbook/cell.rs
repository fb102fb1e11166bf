//! Cells that mean the same in every sheet: names, yes and no, `${…}`, expressions.

use super::problem::Problems;
use super::table::Record;
use crate::form::{Expression, ExpressionError, Ground};

/// Whether a name is one that expressions, databases and exports all take.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Whether a name is one that XML takes, a prefix before a colon included.
pub(super) fn is_tag(name: &str) -> bool {
    match name.split_once(':') {
        Some((prefix, name)) => is_plain_tag(prefix) && is_plain_tag(name),
        None => is_plain_tag(name),
    }
}

fn is_plain_tag(name: &str) -> bool {
    let start = |c: char| {
        matches!(c, 'A'..='Z' | 'a'..='z' | '_' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
            | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
            | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
    };
    let inside = |c: char| {
        start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
    };
    name.starts_with(start) && name.chars().all(inside)
}

/// The questions that a text names by `${name}` and `${last-saved#name}`, spaces around the name allowed when `loose` says
/// so; `None` when one of them is malformed.
pub(super) fn references(text: &str, loose: bool) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    // Nothing fits in two characters.
    let mut rest = if text.len() > 2 { text } else { "" };
    while let Some((_, after)) = rest.split_once("${") {
        let (inner, after) = after.split_once('}')?;
        if !inner.is_empty() {
            let inner = if loose { inner.trim() } else { inner };
            let name = inner.strip_prefix("last-saved#").unwrap_or(inner);
            names.push(Some(name).filter(|name| is_plain_tag(name))?);
        }
        rest = after;
    }
    Some(names)
}

/// Whether a text is `${name}` and nothing else.
pub(super) fn is_reference(text: &str) -> bool {
    let inner = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    inner.is_some_and(|inner| is_plain_tag(inner.strip_prefix("last-saved#").unwrap_or(inner)))
}

pub(super) fn yes(text: &str) -> bool {
    matches!(
        text.to_lowercase().as_str(),
        "yes" | "true" | "true()" | "是" | "必填" | "√" | "1"
    )
}

pub(super) fn no(text: &str) -> bool {
    matches!(text.to_lowercase().as_str(), "no" | "false" | "false()" | "否" | "0")
}

/// A cell that says yes or no; empty means no.
pub(super) fn truth(record: &Record<'_>, column: &str, problems: &mut Problems) -> bool {
    let text = record.get(column);
    if !(text.is_empty() || yes(text) || no(text)) {
        let problem = format!("{column} 只能填 yes 或 no");
        problems.add(
            record.sheet(),
            record.number(),
            column,
            "yes_or_no",
            problem,
            "填 yes 或 no，留空就是 no",
        );
    }
    yes(text)
}

/// An expression typed with a Chinese keyboard, in English punctuation; what stands in quotes stays as it is.
fn in_english(text: &str) -> String {
    let mut english = String::with_capacity(text.len());
    let mut open = None;
    for sign in text.chars() {
        let quote = match sign {
            '\'' | '‘' | '’' | '＇' => Some('\''),
            '"' | '“' | '”' | '＂' => Some('"'),
            _ => None,
        };
        match (open, quote, sign) {
            (None, Some(quote), _) => {
                open = Some(quote);
                english.push(quote);
            }
            (Some(begun), Some(quote), _) if begun == quote => {
                open = None;
                english.push(quote);
            }
            (Some(_), ..) => english.push(sign),
            (None, None, '≥') => english.push_str(">="),
            (None, None, '≤') => english.push_str("<="),
            (None, None, '≠') => english.push_str("!="),
            (None, None, '。') => english.push('.'),
            (None, None, '\u{3000}') => english.push(' '),
            (None, None, '！'..='～') => english.extend(char::from_u32(u32::from(sign) - 0xFEE0)),
            (None, None, _) => english.push(sign),
        }
    }
    english
}

/// What a cell says as an expression, however it was typed; `None` when it is none.
pub(super) fn parsed(text: &str) -> Option<Expression> {
    Expression::parse(text)
        .or_else(|_| Expression::parse(&in_english(text)))
        .ok()
}

/// The expression of a cell; `None` when the cell is empty or something is wrong with it, which is reported.
pub(super) fn expression(
    record: &Record<'_>,
    column: &str,
    ground: Ground<'_>,
    problems: &mut Problems,
) -> Option<Expression> {
    let text = record.get(column);
    if text.is_empty() {
        return None;
    }
    // Where people type, programs make quotes round: other tools straighten them.
    let straight;
    let text = if problems.is_plain() {
        straight = text.replace(['‘', '’'], "'").replace(['“', '”'], "\"");
        &straight
    } else {
        text
    };
    let mut read = Expression::parse(text);
    let english = in_english(text);
    if read.is_err()
        && !problems.is_plain()
        && let Ok(expression) = Expression::parse(&english)
    {
        let problem = format!("公式里有中文标点，读作 {english}");
        let (sheet, row) = (record.sheet(), record.number());
        problems.warn(sheet, row, column, "punctuation", problem, "改成英文标点");
        read = Ok(expression);
    }
    let (read, found) = match read {
        Ok(expression) => {
            let found = expression.problems(ground);
            if found.is_empty() {
                return Some(expression);
            }
            (Some(expression), found)
        }
        Err(error) => (None, vec![error]),
    };
    // To other tools a column that no list has is an empty one.
    let harmless = problems.is_plain() && found.iter().all(|error| matches!(error, ExpressionError::Column(_)));
    for error in found {
        problems.doubt(
            record.sheet(),
            record.number(),
            column,
            error.code(),
            error.to_string(),
            error.remedy(),
        );
    }
    read.filter(|_| harmless)
}
