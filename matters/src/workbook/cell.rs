//! Cells that mean the same in every sheet: names, yes and no, expressions.

use super::problem::Problems;
use super::table::Record;
use crate::form::{Expression, Ground};

/// Whether a name is one that expressions, databases and exports all take.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

pub(super) fn yes(text: &str) -> bool {
    matches!(text.to_lowercase().as_str(), "yes" | "true" | "true()" | "是" | "1")
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
    let found = match Expression::parse(text) {
        Ok(expression) => {
            let found = expression.problems(ground);
            if found.is_empty() {
                return Some(expression);
            }
            found
        }
        Err(error) => vec![error],
    };
    for error in found {
        problems.add(
            record.sheet(),
            record.number(),
            column,
            error.code(),
            error.to_string(),
            error.remedy(),
        );
    }
    None
}
