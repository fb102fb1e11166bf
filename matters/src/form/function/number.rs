//! Numbers and truths.

use super::super::evaluate::Scope;
use super::super::tree::Node;
use super::super::value::Value;
use super::{Arguments, MANY, functions};

functions! {
    "true" 0..=0 => Values |_| true.into();
    "false" 0..=0 => Values |_| false.into();
    "not" 1..=1 => Values |a| (!a.truth(0)).into();
    "boolean" 1..=1 => Values |a| a.truth(0).into();
    "boolean-from-string" 1..=1 => Values |a| matches!(a.text(0).as_str(), "true" | "1").into();
    // Only what is chosen is computed.
    "if" 3..=3 => Nodes |nodes, scope| at(nodes, if at(nodes, 0, scope).truth() { 1 } else { 2 }, scope);
    "coalesce" 2..=2 => Nodes |nodes, scope| {
        let first = at(nodes, 0, scope);
        if first.text().is_empty() { at(nodes, 1, scope) } else { first }
    };
    "once" 1..=1 => Nodes |nodes, scope| match scope.stored {
        "" => at(nodes, 0, scope),
        stored => Value::Text(stored.to_owned()),
    };
    "checklist" 2..=MANY => Values |a| {
        let held = a.each_from(2).filter(Value::truth).count() as f64;
        within(held, a).into()
    };
    "weighted-checklist" 2..=MANY => Values |a| {
        let pairs: Vec<Value> = a.each_from(2).collect();
        let held = pairs.chunks_exact(2).filter(|pair| pair.first().is_some_and(Value::truth));
        within(held.filter_map(|pair| pair.get(1)).map(Value::number).sum(), a).into()
    };

    "number" 0..=1 => Values |a| a.or_here(0).number().into();
    "int" 1..=1 => Values |a| a.number(0).trunc().into();
    "round" 1..=2 => Values round;
    "floor" 1..=1 => Values |a| a.number(0).floor().into();
    "ceiling" 1..=1 => Values |a| a.number(0).ceil().into();
    "abs" 1..=1 => Values |a| a.number(0).abs().into();
    "min" 1..=MANY => Values |a| fold(a, f64::INFINITY, f64::min);
    "max" 1..=MANY => Values |a| fold(a, f64::NEG_INFINITY, f64::max);
    "sum" 1..=MANY => Values |a| fold(a, 0.0, |sum, number| sum + number);
    "pow" 2..=2 => Values |a| a.number(0).powf(a.number(1)).into();
    "sqrt" 1..=1 => Values |a| a.number(0).sqrt().into();
    "exp" 1..=1 => Values |a| a.number(0).exp().into();
    "exp10" 1..=1 => Values |a| 10f64.powf(a.number(0)).into();
    "log" 1..=1 => Values |a| a.number(0).ln().into();
    "log10" 1..=1 => Values |a| a.number(0).log10().into();
    "sin" 1..=1 => Values |a| a.number(0).sin().into();
    "cos" 1..=1 => Values |a| a.number(0).cos().into();
    "tan" 1..=1 => Values |a| a.number(0).tan().into();
    "asin" 1..=1 => Values |a| a.number(0).asin().into();
    "acos" 1..=1 => Values |a| a.number(0).acos().into();
    "atan" 1..=1 => Values |a| a.number(0).atan().into();
    "atan2" 2..=2 => Values |a| a.number(0).atan2(a.number(1)).into();
    "pi" 0..=0 => Values |_| std::f64::consts::PI.into();
}

pub(super) fn at(nodes: &[Node], place: usize, scope: &Scope<'_>) -> Value {
    nodes.get(place).map(|node| node.value(scope)).unwrap_or_default()
}

/// Whether a sum lies between the first two arguments; -1 stands for no bound.
fn within(sum: f64, a: &Arguments<'_>) -> bool {
    let (least, most) = (a.number(0), a.number(1));
    (least == -1.0 || sum >= least) && (most == -1.0 || sum <= most)
}

/// The smallest, the largest, a sum. NaN when one is not a number, as XPath has it, and when there is none at all but
/// for a sum.
fn fold(a: &Arguments<'_>, start: f64, step: fn(f64, f64) -> f64) -> Value {
    let mut result = start;
    for number in a.each_from(0).map(|value| value.number()) {
        if number.is_nan() {
            return f64::NAN.into();
        }
        result = step(result, number);
    }
    if result.is_infinite() {
        f64::NAN.into()
    } else {
        result.into()
    }
}

/// Halves go up, towards positive infinity, as in XPath; with a second argument to that many decimal places.
fn round(a: &Arguments<'_>) -> Value {
    let places = if a.count() > 1 { a.number(1).trunc() } else { 0.0 };
    let number = a.number(0);
    if number.is_nan() || places.is_nan() || places.abs() > 15.0 {
        return f64::NAN.into();
    }
    let scale = 10f64.powi(places as i32);
    ((number * scale + 0.5).floor() / scale).into()
}
