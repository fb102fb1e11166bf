//! Nodes: how many, where, which.

use super::super::evaluate::Scope;
use super::super::instance::Cell;
use super::super::node::Ref;
use super::super::tree::{Node, Path, Start};
use super::super::value::Value;
use super::number::at;
use super::{Arguments, functions};

functions! {
    "count" 1..=1 => Values |a| match a.value(0) {
        Value::Nodes(nodes) => (nodes.refs.len() as f64).into(),
        _ => f64::NAN.into(),
    };
    "count-non-empty" 1..=1 => Values |a| (a.each_from(0).filter(|value| !value.text().is_empty()).count() as f64).into();
    "position" 0..=1 => Values |a| match a.values.first() {
        None => (a.scope.position as f64).into(),
        Some(Value::Nodes(nodes)) => nodes.refs.first().map_or(f64::NAN, |node| a.scope.world.position(*node) as f64).into(),
        Some(_) => f64::NAN.into(),
    };
    "last" 0..=0 => Values |a| (a.scope.size as f64).into();
    "current" 0..=0 => Values |a| a.scope.nodes(vec![a.scope.current]);
    "instance" 1..=1 => Values |a| a.scope.nodes(a.scope.world.lists.find(&a.text(0)).map(Ref::List).into_iter().collect());
    "name" 0..=1 => Values |a| name(a).into();
    "local-name" 0..=1 => Values |a| name(a).into();
    "namespace-uri" 0..=1 => Values |_| String::new().into();
    "indexed-repeat" 3..=7 => Nodes indexed_repeat;
    "pulldata" 4..=4 => Values pull_data;
    "randomize" 1..=2 => Values randomize;
}

fn name(a: &Arguments<'_>) -> String {
    let node = match a.values.first() {
        None => Some(a.scope.here),
        Some(Value::Nodes(nodes)) => nodes.refs.first().copied(),
        Some(_) => None,
    };
    node.map(|node| a.scope.world.name(node).to_owned()).unwrap_or_default()
}

/// The question that an argument names, as `${name}` or by the last step of a path.
fn question(node: &Node) -> Option<&str> {
    let Node::Path(Path { start, steps }) = node else {
        return None;
    };
    match (start, steps.last()) {
        (Start::Question(name), None) => Some(name),
        (_, Some(step)) => match &step.test {
            super::super::tree::Test::Name(name) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// `indexed-repeat(question, repeat, index, …)`: the answer in that row of the repeat, from 1; of repeats that are not
/// named, in the row that the expression stands in, else in the first.
fn indexed_repeat(nodes: &[Node], scope: &Scope<'_>) -> Value {
    let layout = scope.world.layout;
    let place = nodes
        .first()
        .and_then(question)
        .and_then(|name| layout.places(name).first());
    let Some(place) = place.copied() else {
        return Value::empty();
    };
    let given: Vec<(&str, f64)> = nodes
        .get(1..)
        .unwrap_or_default()
        .chunks_exact(2)
        .filter_map(|pair| Some((question(pair.first()?)?, at(pair, 1, scope).number())))
        .collect();
    let mut repeats: Vec<_> = layout.rows(place).collect();
    repeats.reverse();
    let mut block = super::super::instance::FORM;
    for repeat in repeats {
        let index = given
            .iter()
            .find(|(name, _)| layout.name(repeat) == Some(name))
            .map(|(_, index)| *index);
        let rows = scope.world.instance.rows(block, repeat);
        let own = match scope.current {
            Ref::Cell(cell) => scope.world.instance.around(cell.block, Some(repeat)),
            _ => None,
        };
        let row = match index {
            Some(index) if index >= 1.0 => rows.get(index as usize - 1).copied(),
            Some(_) => None,
            None => own.filter(|own| rows.contains(own)).or(rows.first().copied()),
        };
        match row {
            Some(row) => block = row,
            None => return Value::empty(),
        }
    }
    scope.nodes(vec![Ref::Cell(Cell { block, place })])
}

/// `pulldata('table', 'column', 'key column', key)`.
fn pull_data(a: &Arguments<'_>) -> Value {
    let lists = a.scope.world.lists;
    let found = || {
        let list = lists.find(&a.text(0))?;
        a.scope.world.instance.spend(lists.lines(list) as usize);
        let (wanted, by) = (lists.place(list, &a.text(1))?, lists.place(list, &a.text(2))?);
        let key = a.text(3);
        let line = (0..lists.lines(list)).find(|line| lists.text(list, *line, by) == key)?;
        Some(lists.text(list, line, wanted).to_owned())
    };
    found().unwrap_or_default().into()
}

/// The nodes in another order: that of the seed, when there is one.
fn randomize(a: &Arguments<'_>) -> Value {
    let Value::Nodes(nodes) = a.value(0) else {
        return Value::empty();
    };
    let seed = if a.count() > 1 {
        a.number(1)
    } else {
        a.scope.context.seed as f64
    };
    let mut refs = nodes.refs;
    shuffle(&mut refs, seed);
    a.scope.nodes(refs)
}

/// Fisher and Yates from the inside out, with the generator of Park and Miller (multiplier 16807, modulus 2³¹ - 1), as both
/// public engines have it, so that a seed gives one order everywhere.
pub(in crate::form) fn shuffle<T>(items: &mut [T], seed: f64) {
    const MODULUS: i64 = 2_147_483_647;
    let mut state = if seed.is_nan() { 0 } else { seed as i64 % MODULUS };
    if state <= 0 {
        state += MODULUS - 1;
    }
    for last in 0..items.len() {
        state = state * 16_807 % MODULUS;
        let fraction = (state - 1) as f64 / (MODULUS - 1) as f64;
        items.swap(last, (fraction * (last + 1) as f64) as usize);
    }
}
