//! Texts. Positions count characters, as people do.

use super::super::pattern::pattern_of;
use super::super::value::Value;
use super::{Arguments, MANY, functions};

functions! {
    "string" 0..=1 => Values |a| a.or_here(0).text().into();
    "concat" 1..=MANY => Values |a| a.each_from(0).map(|value| value.text()).collect::<String>().into();
    "join" 1..=MANY => Values |a| a.each_from(1).map(|value| value.text()).collect::<Vec<_>>().join(&a.text(0)).into();
    "string-length" 0..=1 => Values |a| (a.or_here(0).text().chars().count() as f64).into();
    "substr" 2..=3 => Values substr;
    "substring" 2..=3 => Values substring;
    "substring-before" 2..=2 => Values |a| a.text(0).split_once(&a.text(1)).map_or_else(String::new, |(before, _)| before.into()).into();
    "substring-after" 2..=2 => Values |a| a.text(0).split_once(&a.text(1)).map_or_else(String::new, |(_, after)| after.into()).into();
    "contains" 2..=2 => Values |a| a.text(0).contains(&a.text(1)).into();
    "starts-with" 2..=2 => Values |a| a.text(0).starts_with(&a.text(1)).into();
    "ends-with" 2..=2 => Values |a| a.text(0).ends_with(&a.text(1)).into();
    "normalize-space" 0..=1 => Values |a| a.or_here(0).text().split_whitespace().collect::<Vec<_>>().join(" ").into();
    "translate" 3..=3 => Values translate;
    // With a fixed pattern the parser makes a node of its own of it, compiled once. This is for computed ones.
    "regex" 2..=2 => Values |a| (a.scope.world.instance.spend(PATTERN)
        && pattern_of(&a.text(1)).is_some_and(|pattern| pattern.is_match(&a.text(0)))).into();
}

/// What compiling a pattern counts as.
const PATTERN: usize = 10_000;

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
    let end = if a.count() > 2 {
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

/// `substring(text, start, length)` of XPath: from 1, both rounded; a character is in it when its place is at least the
/// start and less than start and length together.
fn substring(a: &Arguments<'_>) -> Value {
    let round = |number: f64| (number + 0.5).floor();
    let start = round(a.number(1));
    let end = if a.count() > 2 {
        start + round(a.number(2))
    } else {
        f64::INFINITY
    };
    let inside = |place: usize| {
        let place = (place + 1) as f64;
        place >= start && place < end
    };
    let text = a.text(0);
    let kept = text.chars().enumerate().filter(|(place, _)| inside(*place));
    kept.map(|(_, character)| character).collect::<String>().into()
}

fn translate(a: &Arguments<'_>) -> Value {
    let (from, to): (Vec<char>, Vec<char>) = (a.text(1).chars().collect(), a.text(2).chars().collect());
    let text = a.text(0);
    if !a.scope.world.instance.spend(text.len() * from.len()) {
        return Value::empty();
    }
    let replaced = text
        .chars()
        .filter_map(|character| match from.iter().position(|c| *c == character) {
            Some(place) => to.get(place).copied(),
            None => Some(character),
        });
    replaced.collect::<String>().into()
}
