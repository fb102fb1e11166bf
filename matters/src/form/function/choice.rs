//! Choices: several are one text, separated by spaces.

use super::super::tree::quoted_question;
use super::super::value::Value;
use super::{Arguments, functions};

functions! {
    "selected" 2..=2 => Values |a| { let one = a.text(1); a.text(0).split_whitespace().any(|choice| choice == one.trim()).into() };
    // Its older name.
    "is-selected" 2..=2 => Values |a| { let one = a.text(1); a.text(0).split_whitespace().any(|choice| choice == one.trim()).into() };
    "count-selected" 1..=1 => Values |a| (a.text(0).split_whitespace().count() as f64).into();
    "selected-at" 2..=2 => Values selected_at;
    "jr:choice-name" 2..=2 => Values |a| quoted_question(&a.text(1)).map_or_else(String::new, |name| a.scope.choice_label(name, &a.text(0))).into();
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
