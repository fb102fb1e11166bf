//! Days, moments, and the parts of a day.

use super::super::date;
use super::super::value::Value;
use super::{Arguments, functions};

functions! {
    "today" 0..=0 => Values |a| Value::date_or_text(&a.scope.context.today);
    "now" 0..=0 => Values |a| date::parse_moment(&a.scope.context.now)
        .map_or_else(|| Value::date_or_text(&a.scope.context.today), Value::Moment);
    "date" 1..=1 => Values |a| a.value(0).date().map_or_else(Value::empty, Value::Date);
    "date-time" 1..=1 => Values |a| a.value(0).moment().map_or_else(Value::empty, Value::Moment);
    "decimal-date-time" 1..=1 => Values |a| a.value(0).moment().map_or(f64::NAN, date::moment_days).into();
    "decimal-time" 1..=1 => Values |a| date::part_of_day(&a.text(0)).unwrap_or(f64::NAN).into();
    "format-date" 2..=2 => Values format;
    "format-date-time" 2..=2 => Values format;
}

fn format(a: &Arguments<'_>) -> Value {
    let moment = a.value(0).moment();
    moment
        .map_or_else(String::new, |moment| date::format(moment, &a.text(1)))
        .into()
}
