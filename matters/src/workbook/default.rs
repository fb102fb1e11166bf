//! Whether a default is an answer as it stands or an expression that gives one.

use std::sync::LazyLock;

use regex::Regex;

use crate::view::QuestionKind;

/// The words of an expression as other tools part them, from what binds first: days, times and numbers; signs; texts in
/// quotes; `${name}`; calls; names; and any other character.
static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let name = r"[\p{L}_][\p{L}\p{Mn}\p{N}_.\-]*";
    Regex::new(&format!(
        r#"(?s)-?\d{{4}}-\d{{2}}-\d{{2}}(?:T\d{{2}}:\d{{2}}:\d{{2}}(?:(?:[+-]\d{{2}}:\d{{2}})|Z)?)?|\d{{2}}:\d{{2}}:\d{{2}}(?:[+-]\d{{2}}:\d{{2}}|Z)?|-?\d+\.\d*|-?\.\d+|-?\d+|(?P<minus>-)|(?P<acts>[*+|]| mod | div |\$\{{(?:last-saved\#)?{name}\}}|{name}(?::{name})?\()|"[^"]*"|'[^']*'|{name}://|{name}(?::{name})?|."#
    ))
    .ok()
});

/// Whether the default of a question of this kind is computed: it calculates, calls a function or names a question.
pub(super) fn is_dynamic(text: &str, kind: QuestionKind) -> bool {
    use QuestionKind as Kind;
    // In these, a lone `-` is part of an answer.
    let dashed = matches!(
        kind,
        Kind::Date | Kind::DateTime | Kind::Geopoint | Kind::Geotrace | Kind::Geoshape
    );
    let words = WORDS.as_ref().into_iter().flat_map(|words| words.captures_iter(text));
    for word in words {
        if word.name("minus").is_some() {
            return !dashed;
        }
        if word.name("acts").is_some() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_dynamic;
    use crate::view::QuestionKind;

    #[test]
    fn what_calculates_is_told_from_what_stands() {
        for text in [
            "${a}",
            "1 + 2",
            "now()",
            "${last-saved#a}",
            "'a' | 'b'",
            "7 div 2",
            "a - b",
        ] {
            assert!(is_dynamic(text, QuestionKind::Text), "{text}");
        }
        for text in [
            "2026-02-14",
            "-5",
            "3-2",
            "foo-bar",
            "a b c",
            "'x + y'",
            "https://a/b",
            "桃花村 (东)",
            "",
        ] {
            assert!(!is_dynamic(text, QuestionKind::Text), "{text}");
        }
        assert!(!is_dynamic("30.1 - 20", QuestionKind::Geopoint));
    }
}
