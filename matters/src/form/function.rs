//! The functions of expressions: XPath 1.0, those of ODK XForms, and five of our own for identity numbers,
//! ages and the station.

use jiff::civil::Date;

use super::date;
use super::evaluate::Scope;
use super::tree::quoted_question;
use super::value::Value;
use crate::identity;

/// A function: how it is called and what it does.
pub struct Function {
    /// Name as it is written.
    pub name: &'static str,
    /// Fewest arguments.
    pub least: usize,
    /// Most arguments.
    pub most: usize,
    pub(super) apply: fn(&Arguments<'_>) -> Value,
}

/// The arguments of a call and what surrounds it.
pub struct Arguments<'a> {
    pub(super) values: Vec<Value>,
    pub(super) scope: &'a Scope<'a>,
}

impl Arguments<'_> {
    fn text(&self, place: usize) -> String {
        self.values.get(place).map(Value::text).unwrap_or_default()
    }

    fn number(&self, place: usize) -> f64 {
        self.values.get(place).map_or(f64::NAN, Value::number)
    }

    fn truth(&self, place: usize) -> bool {
        self.values.get(place).is_some_and(Value::truth)
    }

    fn date(&self, place: usize) -> Option<Date> {
        self.values.get(place).and_then(Value::date)
    }

    fn value(&self, place: usize) -> Value {
        self.values.get(place).cloned().unwrap_or_else(Value::empty)
    }

    /// The smallest, the largest, a sum: all arguments as numbers. NaN when one is not a number, as XPath has it.
    fn fold(&self, start: f64, step: fn(f64, f64) -> f64) -> Value {
        let numbers = self.values.iter().map(Value::number);
        numbers
            .fold(start, |sum, number| {
                if sum.is_nan() || number.is_nan() {
                    f64::NAN
                } else {
                    step(sum, number)
                }
            })
            .into()
    }
}

const MANY: usize = usize::MAX;

macro_rules! functions {
    ($($name:literal $least:literal..=$most:tt => $apply:expr;)*) => {
        /// All functions.
        pub const FUNCTIONS: &[Function] = &[$(Function { name: $name, least: $least, most: $most, apply: $apply }),*];
    };
}

functions! {
    // Truth.
    "true" 0..=0 => |_| true.into();
    "false" 0..=0 => |_| false.into();
    "not" 1..=1 => |a| (!a.truth(0)).into();
    "boolean" 1..=1 => |a| a.truth(0).into();
    "boolean-from-string" 1..=1 => |a| matches!(a.text(0).as_str(), "true" | "1").into();
    "if" 3..=3 => |a| a.value(if a.truth(0) { 1 } else { 2 });
    "coalesce" 2..=2 => |a| a.value(usize::from(a.text(0).is_empty()));
    "once" 1..=1 => |a| if a.scope.stored.is_empty() { a.value(0) } else { Value::Text(a.scope.stored.into()) };

    // Text. Positions count characters, as people do.
    "string" 1..=1 => |a| a.text(0).into();
    "concat" 1..=MANY => |a| a.values.iter().map(Value::text).collect::<String>().into();
    "string-length" 1..=1 => |a| (a.text(0).chars().count() as f64).into();
    "substr" 2..=3 => substr;
    "substring-before" 2..=2 => |a| a.text(0).split_once(&a.text(1)).map_or_else(String::new, |(before, _)| before.into()).into();
    "substring-after" 2..=2 => |a| a.text(0).split_once(&a.text(1)).map_or_else(String::new, |(_, after)| after.into()).into();
    "contains" 2..=2 => |a| a.text(0).contains(&a.text(1)).into();
    "starts-with" 2..=2 => |a| a.text(0).starts_with(&a.text(1)).into();
    "ends-with" 2..=2 => |a| a.text(0).ends_with(&a.text(1)).into();
    "normalize-space" 1..=1 => |a| a.text(0).split_whitespace().collect::<Vec<_>>().join(" ").into();
    "translate" 3..=3 => translate;
    // The pattern is fixed and compiled when the workbook is read; the parser turns the call into a node of its own.
    "regex" 2..=2 => |_| false.into();

    // Choices.
    "selected" 2..=2 => |a| { let one = a.text(1); a.text(0).split_whitespace().any(|choice| choice == one.trim()).into() };
    "count-selected" 1..=1 => |a| (a.text(0).split_whitespace().count() as f64).into();
    "selected-at" 2..=2 => selected_at;
    "jr:choice-name" 2..=2 => |a| quoted_question(&a.text(1)).map_or_else(String::new, |name| a.scope.choice_label(name, &a.text(0))).into();

    // Numbers.
    "number" 1..=1 => |a| a.number(0).into();
    "int" 1..=1 => |a| a.number(0).trunc().into();
    "round" 1..=2 => round;
    "floor" 1..=1 => |a| a.number(0).floor().into();
    "ceiling" 1..=1 => |a| a.number(0).ceil().into();
    "abs" 1..=1 => |a| a.number(0).abs().into();
    "min" 1..=MANY => |a| a.fold(f64::INFINITY, f64::min);
    "max" 1..=MANY => |a| a.fold(f64::NEG_INFINITY, f64::max);
    "sum" 1..=MANY => |a| a.fold(0.0, |sum, number| sum + number);

    // Days. The engine knows the day, not the hour: `now` is `today`.
    "today" 0..=0 => |a| Value::date_or_text(&a.scope.context.today);
    "now" 0..=0 => |a| Value::date_or_text(&a.scope.context.today);
    "date" 1..=1 => |a| a.date(0).map_or_else(Value::empty, Value::Date);
    "format-date" 2..=2 => |a| a.date(0).map_or_else(String::new, |day| date::format(day, &a.text(1))).into();
    "decimal-date-time" 1..=1 => |a| a.date(0).map_or(f64::NAN, |day| f64::from(date::days(day))).into();
    "age" 1..=2 => age;

    // Where the application is taken: the 12-digit division.
    "station" 0..=0 => |a| a.scope.context.station.clone().into();

    // Identity numbers (GB 11643). Birth and sex do not hang on the last character: see `identity::read`.
    "id-valid" 1..=1 => |a| identity::parse(&a.text(0)).is_ok().into();
    "id-birth" 1..=1 => |a| identity::read(&a.text(0)).ok().and_then(|id| id.birth).map_or_else(Value::empty, |birth| Value::date_or_text(&birth));
    "id-sex" 1..=1 => |a| identity::read(&a.text(0)).ok().and_then(|id| id.sex).map(String::from).unwrap_or_default().into();
}

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// A known function whose name differs only in case, hyphens or underscores.
pub(super) fn alike(name: &str) -> Option<&'static str> {
    let plain = |name: &str| {
        name.chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
            .to_lowercase()
    };
    FUNCTIONS
        .iter()
        .map(|function| function.name)
        .find(|known| plain(known) == plain(name))
}

/// `substr(text, start, end)`: from 0, `end` not included, negative counted from the end.
fn substr(a: &Arguments<'_>) -> Value {
    let characters: Vec<char> = a.text(0).chars().collect();
    let place = |number: f64| {
        let length = characters.len() as f64;
        let number = if number < 0.0 { number + length } else { number };
        if number.is_nan() {
            0
        } else {
            number.clamp(0.0, length) as usize
        }
    };
    let start = place(a.number(1));
    let end = if a.values.len() > 2 {
        place(a.number(2))
    } else {
        characters.len()
    };
    characters
        .get(start..end)
        .unwrap_or_default()
        .iter()
        .collect::<String>()
        .into()
}

fn translate(a: &Arguments<'_>) -> Value {
    let (from, to): (Vec<char>, Vec<char>) = (a.text(1).chars().collect(), a.text(2).chars().collect());
    let text = a.text(0);
    let replaced = text
        .chars()
        .filter_map(|character| match from.iter().position(|c| *c == character) {
            Some(place) => to.get(place).copied(),
            None => Some(character),
        });
    replaced.collect::<String>().into()
}

fn selected_at(a: &Arguments<'_>) -> Value {
    let place = a.number(1);
    if place.is_nan() || place < 0.0 {
        return Value::empty();
    }
    a.text(0)
        .split_whitespace()
        .nth(place as usize)
        .unwrap_or_default()
        .to_owned()
        .into()
}

/// Halves go up, towards positive infinity, as in XPath; with a second argument to that many decimal places.
fn round(a: &Arguments<'_>) -> Value {
    let places = if a.values.len() > 1 { a.number(1).trunc() } else { 0.0 };
    let number = a.number(0);
    if number.is_nan() || places.is_nan() || places.abs() > 15.0 {
        return f64::NAN.into();
    }
    let scale = 10f64.powi(places as i32);
    let scaled = (number * scale + 0.5).floor() / scale;
    scaled.into()
}

/// `age(birth)` today, `age(birth, on)`: whole years; empty when one is not a day or `on` lies before `birth`.
fn age(a: &Arguments<'_>) -> Value {
    let on = if a.values.len() > 1 {
        a.date(1)
    } else {
        date::parse(&a.scope.context.today)
    };
    let years = a.date(0).zip(on).and_then(|(birth, on)| date::years(birth, on));
    years.map_or_else(Value::empty, |years| f64::from(years).into())
}
