//! Whether an answer has the shape of its type.

use std::collections::BTreeMap;

use super::date;
use super::value::Value;
use crate::view::QuestionKind;

/// Whether an answer that is not empty can be one of a question of this kind; choices are looked at elsewhere.
pub fn fits(kind: QuestionKind, value: &str, parameters: &BTreeMap<String, String>) -> bool {
    match kind {
        QuestionKind::Integer => is_integer(value),
        QuestionKind::Decimal => number(value).is_some(),
        QuestionKind::Range => is_in_range(value, parameters),
        QuestionKind::Date => date::parse(value).is_some(),
        QuestionKind::Time => date::part_of_day(value).is_some(),
        QuestionKind::DateTime => value.contains('T') && date::parse_moment(value).is_some(),
        QuestionKind::Geopoint => is_point(value),
        QuestionKind::Geotrace => points(value).is_some_and(|points| points.len() >= 2),
        QuestionKind::Geoshape => {
            points(value).is_some_and(|points| points.len() >= 4 && points.first() == points.last())
        }
        QuestionKind::Acknowledge => value == "OK",
        _ => true,
    }
}

fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    (1..=18).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn number(value: &str) -> Option<f64> {
    let number = Value::Text(value.to_owned()).number();
    (date::parse(value).is_none() && number.is_finite()).then_some(number)
}

/// Between start and end, whichever is the greater, and on a step.
fn is_in_range(value: &str, parameters: &BTreeMap<String, String>) -> bool {
    let parameter = |name: &str| parameters.get(name).and_then(|text| number(text));
    let Some(value) = number(value) else { return false };
    let (Some(start), Some(end)) = (parameter("start"), parameter("end")) else {
        return true;
    };
    let steps = parameter("step").map_or(0.0, |step| (value - start) / step.abs());
    let on_step = !steps.is_finite() || (steps - steps.round()).abs() < 1e-6;
    value >= start.min(end) && value <= start.max(end) && on_step
}

/// `30.1 106.2 250 5`: latitude and longitude in degrees, then altitude and accuracy in metres, which may be lacking.
fn is_point(value: &str) -> bool {
    let Some(numbers) = value.split_whitespace().map(number).collect::<Option<Vec<f64>>>() else {
        return false;
    };
    match numbers.as_slice() {
        [latitude, longitude, rest @ ..] => {
            (-90.0..=90.0).contains(latitude) && (-180.0..=180.0).contains(longitude) && rest.len() <= 2
        }
        _ => false,
    }
}

fn points(value: &str) -> Option<Vec<&str>> {
    let points: Vec<&str> = value.trim().trim_end_matches(';').split(';').map(str::trim).collect();
    points.iter().all(|point| is_point(point)).then_some(points)
}
