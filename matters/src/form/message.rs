//! What is said when an answer does not stand, in both languages.

use crate::identity::IdentityError;
use crate::text::{Language, Text};
use crate::view::{FieldError, QuestionKind};

/// Why an answer does not stand.
pub(super) enum Fault<'a> {
    /// Nothing there; the workbook's own words.
    Missing(&'a Text),
    /// Not a number, not a day.
    Type(QuestionKind),
    /// Not among the choices at all.
    Choice,
    /// Not among the choices that are left.
    ChoiceGone,
    /// The constraint; the workbook's own words.
    Constraint(&'a Text, bool),
    /// An identity number that cannot be right.
    Identity(IdentityError),
    /// An identity number whose birth lies ahead.
    BornAhead,
}

impl Fault<'_> {
    pub(super) fn tell(self, language: Language) -> FieldError {
        let (code, words, may_keep) = match self {
            Fault::Missing(own) => ("missing", own_or(own, "这里必须填写", "This must be answered."), false),
            Fault::Type(QuestionKind::Integer) => (
                "type",
                text("请填整数，例如 12", "Enter a whole number, such as 12."),
                false,
            ),
            Fault::Type(QuestionKind::Date) => (
                "type",
                text(
                    "请填日期，例如 1941-02-14 或 1941年2月14日",
                    "Enter a date, such as 1941-02-14.",
                ),
                false,
            ),
            Fault::Type(QuestionKind::Time) => (
                "type",
                text("请填时间，例如 08:30", "Enter a time, such as 08:30."),
                false,
            ),
            Fault::Type(QuestionKind::DateTime) => (
                "type",
                text(
                    "请填日期和时间，例如 2026-02-14T08:30",
                    "Enter a day and a time, such as 2026-02-14T08:30.",
                ),
                false,
            ),
            Fault::Type(QuestionKind::Range) => (
                "type",
                text("请填范围以内的数字", "Enter a number within the range."),
                false,
            ),
            Fault::Type(QuestionKind::Geopoint | QuestionKind::Geotrace | QuestionKind::Geoshape) => (
                "type",
                text(
                    "请填纬度和经度，例如 30.1 106.2",
                    "Enter latitude and longitude, such as 30.1 106.2.",
                ),
                false,
            ),
            Fault::Type(QuestionKind::Acknowledge) => ("type", text("请勾选", "Tick this."), false),
            Fault::Type(_) => (
                "type",
                text("请填数字，例如 12.5", "Enter a number, such as 12.5."),
                false,
            ),
            Fault::Choice => (
                "choice",
                text(
                    "所填内容不在选项中，请重新选择",
                    "This is not one of the choices. Choose again.",
                ),
                false,
            ),
            Fault::ChoiceGone => (
                "choice",
                text(
                    "前面的内容改了，原来的选项已不适用，请重新选择",
                    "An earlier answer changed and this choice no longer applies. Choose again.",
                ),
                false,
            ),
            Fault::Constraint(own, keep) => (
                "constraint",
                own_or(
                    own,
                    "填写的内容不符合要求，请核对",
                    "This does not meet the rule. Check it.",
                ),
                keep,
            ),
            Fault::Identity(error) => (error.code(), error.words(), true),
            Fault::BornAhead => (
                IdentityError::Date.code(),
                text(
                    "证件号码中的出生日期晚于今天",
                    "The date of birth in the number lies in the future.",
                ),
                true,
            ),
        };
        FieldError {
            code: code.into(),
            message: words.get(language).into(),
            may_keep,
        }
    }
}

fn text(zh: &str, en: &str) -> Text {
    Text {
        zh: zh.into(),
        en: en.into(),
    }
}

fn own_or(own: &Text, zh: &str, en: &str) -> Text {
    if own.zh.is_empty() { text(zh, en) } else { own.clone() }
}
