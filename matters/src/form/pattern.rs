//! Patterns of `regex`, compiled once.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use regex::{Regex, RegexBuilder};

/// The memory that one compiled pattern may take, in bytes.
const LARGEST_PATTERN: usize = 1 << 20;
/// As many compiled patterns are kept.
const MOST_COMPILED: usize = 32;
/// What was compiled last. The same few patterns (an identity number, a telephone) stand in every workbook, and to compile
/// one takes as long as to read all else on its sheet.
static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);

/// A pattern as ODK means it: the whole text must match. `None` when it cannot be read or would grow too large.
pub(super) fn pattern_of(pattern: &str) -> Option<Regex> {
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = compiled.get(pattern) {
        return Some(known.clone());
    }
    let made = RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(LARGEST_PATTERN)
        .build()
        .ok()?;
    if compiled.len() >= MOST_COMPILED {
        compiled.clear();
    }
    compiled.insert(pattern.to_owned(), made.clone());
    Some(made)
}
