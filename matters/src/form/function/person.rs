//! Identity numbers (GB 11643), ages, and the station: functions of our own. Birth and sex do not hang on the last
//! character of a number: see [`identity::read`].

use super::super::date;
use super::super::value::Value;
use super::{Arguments, functions};
use crate::identity;

functions! {
    "id-valid" 1..=1 => Values |a| identity::parse(&a.text(0)).is_ok().into();
    "id-birth" 1..=1 => Values |a| identity::read(&a.text(0)).ok().and_then(|id| id.birth).map_or_else(Value::empty, |birth| Value::date_or_text(&birth));
    "id-sex" 1..=1 => Values |a| identity::read(&a.text(0)).ok().and_then(|id| id.sex).map(String::from).unwrap_or_default().into();
    // Where the application is taken: the 12-digit division.
    // How a material stands, in the rules of a matter: `given`, `deferred`, `declared`, `exempt`, or nothing.
    "material" 1..=1 => Values |a| a.scope.context.materials.get(&a.text(0)).cloned().unwrap_or_default().into();
    "station" 0..=0 => Values |a| a.scope.context.station.clone().into();
    "age" 1..=2 => Values age;
}

/// `age(birth)` today, `age(birth, on)`: whole years; empty when one is not a day or `on` lies before `birth`.
fn age(a: &Arguments<'_>) -> Value {
    let on = if a.count() > 1 {
        a.value(1).date()
    } else {
        date::parse(&a.scope.context.today)
    };
    let years = a.value(0).date().zip(on).and_then(|(birth, on)| date::years(birth, on));
    years.map_or_else(Value::empty, |years| f64::from(years).into())
}
