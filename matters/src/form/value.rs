//! Values of expressions and how XPath 1.0 and XForms turn one kind into another.

use jiff::civil::{Date, DateTime};

use super::date;
use super::node::Ref;

/// A value. An empty answer is the empty text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text; also choices, several separated by spaces.
    Text(String),
    /// A number, NaN included.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// A calendar day.
    Date(Date),
    /// A moment, by the clock on the wall.
    Moment(DateTime),
    /// Nodes of the form or of a list, in their order.
    Nodes(Nodes),
}

/// Nodes, with what the first of them says: a set counts as its first node wherever one value is meant.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Nodes {
    /// Which ones.
    pub refs: Vec<Ref>,
    /// The value of the first; empty when there is none.
    pub first: Box<Value>,
}

impl Default for Value {
    fn default() -> Self {
        Value::empty()
    }
}

impl Value {
    /// No answer.
    pub const fn empty() -> Self {
        Value::Text(String::new())
    }

    /// `text` as a day when it is one, as text otherwise.
    pub fn date_or_text(text: &str) -> Self {
        date::parse(text).map_or_else(|| Value::Text(text.into()), Value::Date)
    }

    /// The value itself; of nodes, that of the first.
    pub fn single(&self) -> &Value {
        match self {
            Value::Nodes(nodes) => &nodes.first,
            other => other,
        }
    }

    /// As text: whole numbers without a point, a day as `2026-02-14`.
    pub fn text(&self) -> String {
        match self {
            Value::Text(text) => text.clone(),
            Value::Number(number) => number_text(*number),
            Value::Boolean(truth) => truth.to_string(),
            Value::Date(date) => date.to_string(),
            Value::Moment(moment) => date::moment_text(*moment),
            Value::Nodes(nodes) => nodes.first.text(),
        }
    }

    /// As a number: a day or a moment (or the text of one) is the days since 1970-01-01, without the part of the day, which
    /// `decimal-date-time` gives; other text that is no number is NaN.
    pub fn number(&self) -> f64 {
        match self {
            Value::Text(text) => text_number(text),
            Value::Number(number) => *number,
            Value::Boolean(truth) => f64::from(u8::from(*truth)),
            Value::Date(date) => f64::from(date::days(*date)),
            Value::Moment(moment) => f64::from(date::days(moment.date())),
            Value::Nodes(nodes) => nodes.first.number(),
        }
    }

    /// The numbers that `<` compares: of two days or moments with the part of the day.
    pub fn pair(&self, other: &Value) -> (f64, f64) {
        match (self.instant(), other.instant()) {
            (Some(one), Some(two)) => (date::moment_days(one), date::moment_days(two)),
            _ => (self.number(), other.number()),
        }
    }

    /// As a moment, when it is a day or a moment, or the text of one.
    fn instant(&self) -> Option<DateTime> {
        match self.single() {
            Value::Text(text) if text.len() >= 10 => date::parse_moment(text),
            day @ (Value::Date(_) | Value::Moment(_)) => day.moment(),
            _ => None,
        }
    }

    /// As a truth: text when there is any, a number when it is neither 0 nor NaN, nodes when there are any.
    pub fn truth(&self) -> bool {
        match self {
            Value::Text(text) => !text.is_empty(),
            Value::Number(number) => *number != 0.0 && !number.is_nan(),
            Value::Boolean(truth) => *truth,
            Value::Date(_) | Value::Moment(_) => true,
            // XPath would take an empty answer for true, because its node is there; ODK does not.
            Value::Nodes(nodes) => nodes.refs.len() > 1 || (!nodes.refs.is_empty() && nodes.first.truth()),
        }
    }

    /// As a day: a number counts days since 1970-01-01.
    pub fn date(&self) -> Option<Date> {
        self.moment().map(DateTime::date)
    }

    /// As a moment: a day is its midnight, a number counts days since 1970-01-01.
    pub fn moment(&self) -> Option<DateTime> {
        match self {
            Value::Text(text) => date::parse_moment(text.trim()),
            Value::Number(number) => date::moment_from_days(*number),
            Value::Boolean(_) => None,
            Value::Date(date) => Some(date.to_datetime(jiff::civil::Time::midnight())),
            Value::Moment(moment) => Some(*moment),
            Value::Nodes(nodes) => nodes.first.moment(),
        }
    }

    /// Equality of XPath between single values: as truths when one is a truth, else as numbers when one is a number,
    /// else as text.
    pub fn equals(&self, other: &Value) -> bool {
        match (self.single(), other.single()) {
            (Value::Boolean(_), _) | (_, Value::Boolean(_)) => self.truth() == other.truth(),
            (Value::Number(_), _) | (_, Value::Number(_)) => self.number() == other.number(),
            (Value::Moment(_), _) | (_, Value::Moment(_)) => self.moment() == other.moment(),
            (Value::Text(one), Value::Text(two)) => one == two,
            _ => self.text() == other.text(),
        }
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Value::Boolean(truth)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Number(number)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

/// Text as a number of XPath; a day or a moment as its days.
pub(super) fn text_number(text: &str) -> f64 {
    let text = text.trim();
    // XPath knows neither exponents nor a leading plus nor `inf`, which Rust's parser would take.
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1;
    if plain {
        return text.parse().unwrap_or(f64::NAN);
    }
    if text.len() < 10 {
        return f64::NAN;
    }
    date::parse_moment(text).map_or(f64::NAN, |moment| f64::from(date::days(moment.date())))
}

fn number_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity".into()
        } else {
            "-Infinity".into()
        }
    } else if number == 0.0 {
        // Also for -0, which XPath writes without its sign.
        "0".into()
    } else {
        number.to_string()
    }
}
