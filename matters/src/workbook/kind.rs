//! Types of questions, as XLSForm names them.

use crate::view::QuestionKind;

/// What can be written in the column `type`.
pub(super) const SUPPORTED: [&str; 10] = [
    "text",
    "integer",
    "decimal",
    "date",
    "select_one 选项表名",
    "select_multiple 选项表名",
    "note",
    "calculate",
    "begin_group",
    "end_group",
];

/// Types of XLSForm that are known and not supported yet.
const LATER: [&str; 34] = [
    "time",
    "datetime",
    "rank",
    "range",
    "geopoint",
    "geotrace",
    "geoshape",
    "image",
    "photo",
    "audio",
    "video",
    "file",
    "barcode",
    "acknowledge",
    "trigger",
    "hidden",
    "select_one_from_file",
    "select_multiple_from_file",
    "select_one_external",
    "xml-external",
    "csv-external",
    "start",
    "end",
    "today",
    "deviceid",
    "username",
    "phonenumber",
    "email",
    "audit",
    "start-geopoint",
    "background-audio",
    "entity",
    "odk:rank",
    "background-geopoint",
];

/// What is known of a word for a type.
pub(super) enum Known {
    /// It is supported.
    Kind(QuestionKind),
    /// XLSForm has it, and it is not supported yet.
    Later,
    /// No such type.
    Not,
}

/// The type that a word (lower case) names.
pub(super) fn of(word: &str) -> Known {
    Known::Kind(match word {
        "text" | "string" => QuestionKind::Text,
        "integer" | "int" => QuestionKind::Integer,
        "decimal" => QuestionKind::Decimal,
        "date" => QuestionKind::Date,
        "select_one" => QuestionKind::SelectOne,
        "select_multiple" => QuestionKind::SelectMultiple,
        "note" => QuestionKind::Note,
        "begin_group" => QuestionKind::Group,
        "begin_repeat" => QuestionKind::Repeat,
        "calculate" => QuestionKind::Calculate,
        later if LATER.contains(&later) => return Known::Later,
        _ => return Known::Not,
    })
}
