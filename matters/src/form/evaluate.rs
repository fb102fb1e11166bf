//! What an expression says where it stands.

use std::borrow::Cow;

use super::function::{Apply, Arguments};
use super::instance::{BlockId, Cell, FORM};
use super::layout::Place;
use super::node::{Ref, World};
use super::tree::{Node, Operator, Path, Start, Step};
use super::value::{Nodes, Value};
use super::{Context, Form};

/// What an expression can see.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) form: &'a Form,
    pub(super) context: &'a Context,
    pub(super) world: World<'a>,
    /// Where paths begin: in brackets the node that is looked at.
    pub(super) here: Ref,
    /// What the expression belongs to, `current()`.
    pub(super) current: Ref,
    /// The value of `.` when it is that of an answer: it is looked at before it counts.
    pub(super) answer: Option<&'a Value>,
    /// The place of `here` among what is looked at, from 1, and how many are.
    pub(super) position: usize,
    pub(super) size: usize,
    /// What was answered before, for `once`.
    pub(super) stored: &'a str,
}

impl<'a> Scope<'a> {
    /// The scope of an expression of `node`.
    pub(super) fn new(form: &'a Form, context: &'a Context, world: World<'a>, node: Ref) -> Self {
        Scope {
            form,
            context,
            world,
            here: node,
            current: node,
            answer: None,
            position: 1,
            size: 1,
            stored: "",
        }
    }

    /// Nodes as a value.
    pub(super) fn nodes(&self, refs: Vec<Ref>) -> Value {
        let first = match refs.first() {
            Some(first) => self.value(*first),
            None => Value::empty(),
        };
        Value::Nodes(Nodes {
            refs,
            first: Box::new(first),
        })
    }

    /// What a node says.
    pub(super) fn value(&self, node: Ref) -> Value {
        match self.answer {
            Some(answer) if node == self.current => answer.clone(),
            _ => self.world.value(node),
        }
    }

    /// Each single value in a value.
    pub(super) fn each(&self, value: &Value) -> Vec<Value> {
        match value {
            Value::Nodes(nodes) => nodes.refs.iter().map(|node| self.value(*node)).collect(),
            other => vec![other.clone()],
        }
    }

    /// The row around what the expression belongs to.
    fn block(&self) -> BlockId {
        match self.current {
            Ref::Cell(cell) => cell.block,
            _ => FORM,
        }
    }

    /// The question `name` as it is seen from what the expression belongs to, in brackets as well: the one in the same
    /// row, or that of all rows.
    pub(super) fn question(&self, name: &str) -> Vec<Ref> {
        let mut found = Vec::new();
        for place in self.world.layout.places(name).iter().copied() {
            found.extend(self.cells(place).into_iter().map(Ref::Cell));
        }
        found.retain(|node| self.world.counts(*node) || *node == self.current);
        found
    }

    /// The answer to the question `name` in the form that was saved before this one.
    fn last_saved(&self, name: &str) -> Value {
        let text = self
            .context
            .last_saved
            .get(name)
            .map(String::as_str)
            .unwrap_or_default();
        let kind = self.form.question(name).map(|question| question.kind);
        kind.map_or_else(Value::empty, |kind| super::fill::typed(kind, text))
    }

    /// The cells of the question at `place` that the expression means by its name.
    pub(super) fn cells(&self, place: Place) -> Vec<Cell> {
        let layout = self.world.layout;
        let seen_from = match self.current {
            Ref::Cell(cell) => Some(cell.place),
            _ => None,
        };
        // A repeat named from within its own rows means all of them.
        let outside = if layout.repeats(place) {
            layout.parent(place)
        } else {
            Some(place)
        };
        let shared = seen_from
            .zip(outside)
            .and_then(|(from, place)| layout.shared_row(from, place));
        let block = self.world.instance.around(self.block(), shared);
        let cells = block.map(|block| self.world.instance.cells(layout, block, place));
        cells
            .filter(|cells| self.world.instance.spend(cells.len()))
            .unwrap_or_default()
    }

    /// The words of the choice `value` in the list of question `name`; several choices joined.
    pub(super) fn choice_label(&self, name: &str, value: &str) -> String {
        let choices = self
            .form
            .question(name)
            .map(|question| self.form.choices(question))
            .unwrap_or_default();
        super::view::choice_words(choices, value, self.context.language)
    }
}

impl Node {
    /// What it says; nothing once the form has cost more than it may.
    pub(super) fn value(&self, scope: &Scope<'_>) -> Value {
        let value = match scope.world.instance.spend(1) {
            true => self.evaluated(scope),
            false => Value::empty(),
        };
        let made = match value.single() {
            Value::Text(text) => text.len(),
            _ => 0,
        };
        match scope.world.instance.spend(made) {
            true => value,
            false => Value::empty(),
        }
    }

    fn evaluated(&self, scope: &Scope<'_>) -> Value {
        match self {
            Node::Number(number) => Value::Number(*number),
            Node::Text(text) => Value::Text(text.clone()),
            Node::Path(Path {
                start: Start::LastSaved(name),
                ..
            }) => scope.last_saved(name),
            Node::Path(path) => scope.nodes(path.nodes(scope)),
            Node::Negate(node) => Value::Number(-node.value(scope).number()),
            Node::Chain(first, more) => chain(first, more, scope),
            Node::Call(_, Some(function), arguments) => match function.apply {
                Apply::Values(apply) => {
                    let values = arguments.iter().map(|node| node.value(scope)).collect();
                    apply(&Arguments { values, scope })
                }
                Apply::Nodes(apply) => apply(arguments, scope),
            },
            // Refused when the workbook was read.
            Node::Call(_, None, _) => Value::empty(),
            Node::Regex(subject, pattern) => pattern.is_match(&subject.value(scope).text()).into(),
        }
    }
}

fn chain(first: &Node, more: &[(Operator, Node)], scope: &Scope<'_>) -> Value {
    // `or` and `and` do not look at what cannot matter.
    match more.first() {
        Some((Operator::Or, _)) => {
            let mut all = std::iter::once(first).chain(more.iter().map(|(_, node)| node));
            return all.any(|node| node.value(scope).truth()).into();
        }
        Some((Operator::And, _)) => {
            let mut all = std::iter::once(first).chain(more.iter().map(|(_, node)| node));
            return all.all(|node| node.value(scope).truth()).into();
        }
        _ => {}
    }
    more.iter().fold(first.value(scope), |left, (operator, right)| {
        operator.apply(&left, &right.value(scope), scope)
    })
}

impl Operator {
    fn apply(self, left: &Value, right: &Value, scope: &Scope<'_>) -> Value {
        let number = |number: f64| Value::Number(number);
        match self {
            Operator::Equal => compare(left, right, scope, Value::equals).into(),
            // For text and numbers alike the opposite; NaN differs from everything, itself included.
            Operator::NotEqual => compare(left, right, scope, |a, b| !a.equals(b)).into(),
            Operator::Less => compare(left, right, scope, |a, b| {
                let (a, b) = a.pair(b);
                a < b
            })
            .into(),
            Operator::LessOrEqual => compare(left, right, scope, |a, b| {
                let (a, b) = a.pair(b);
                a <= b
            })
            .into(),
            Operator::Greater => compare(left, right, scope, |a, b| {
                let (a, b) = a.pair(b);
                a > b
            })
            .into(),
            Operator::GreaterOrEqual => compare(left, right, scope, |a, b| {
                let (a, b) = a.pair(b);
                a >= b
            })
            .into(),
            Operator::Add => number(left.number() + right.number()),
            Operator::Subtract => number(left.number() - right.number()),
            Operator::Multiply => number(left.number() * right.number()),
            Operator::Divide => number(left.number() / right.number()),
            // The sign of the dividend, as XPath has it.
            Operator::Remainder => number(left.number() % right.number()),
            Operator::Union => match (left, right) {
                (Value::Nodes(left), Value::Nodes(right)) => {
                    let mut refs = [left.refs.as_slice(), right.refs.as_slice()].concat();
                    scope.world.sort(&mut refs);
                    scope.nodes(refs)
                }
                // Refused when the workbook was read.
                _ => Value::empty(),
            },
            Operator::Or => (left.truth() || right.truth()).into(),
            Operator::And => (left.truth() && right.truth()).into(),
        }
    }
}

/// Between sets of nodes something holds when it does for one pair. No node at all counts as an empty answer: ODK asks
/// `${x} = ''` of questions that are not there.
fn compare(left: &Value, right: &Value, scope: &Scope<'_>, holds: impl Fn(&Value, &Value) -> bool) -> bool {
    let many = |value: &Value| matches!(value, Value::Nodes(nodes) if nodes.refs.len() > 1);
    if !many(left) && !many(right) {
        return holds(&beside(left, right), &beside(right, left));
    }
    if matches!(left, Value::Boolean(_)) || matches!(right, Value::Boolean(_)) {
        return holds(&left.truth().into(), &right.truth().into());
    }
    let (left, right) = (scope.each(left), scope.each(right));
    if !scope.world.instance.spend(left.len() * right.len()) {
        return false;
    }
    left.iter().any(|one| right.iter().any(|other| holds(one, other)))
}

/// A value as it is compared with another: a truth that a question holds is the text it is stored as beside a text.
fn beside<'v>(value: &'v Value, other: &Value) -> Cow<'v, Value> {
    match (value, value.single(), other.single()) {
        (Value::Nodes(_), Value::Boolean(truth), Value::Text(_)) => Cow::Owned(Value::Text(truth.to_string())),
        (_, single, _) => Cow::Borrowed(single),
    }
}

impl Path {
    /// The nodes it leads to that count.
    pub(super) fn nodes(&self, scope: &Scope<'_>) -> Vec<Ref> {
        let mut nodes = match &self.start {
            Start::Question(name) => scope.question(name),
            // A value and no node: see `Node::value`.
            Start::LastSaved(_) => return Vec::new(),
            Start::Root => vec![Ref::Document],
            Start::Here => vec![scope.here],
            Start::Value(node) => match node.value(scope) {
                Value::Nodes(nodes) => nodes.refs,
                _ => return Vec::new(),
            },
        };
        let absolute = matches!(self.start, Start::Root);
        for (place, step) in self.steps.iter().enumerate() {
            // A path from the root that runs into a row around the expression stays in that row, but for its last step:
            // `/data/person/name` is that of this person, `count(/data/person)` counts all.
            let own = absolute && step.predicates.is_empty() && place + 1 < self.steps.len();
            nodes = step.nodes(&nodes, scope, own);
            if nodes.is_empty() {
                return nodes;
            }
        }
        let own = |node: &Ref| *node == scope.current;
        nodes.retain(|node| own(node) || scope.world.counts(*node));
        nodes
    }
}

impl Step {
    fn nodes(&self, from: &[Ref], scope: &Scope<'_>, own_row: bool) -> Vec<Ref> {
        let mut all = Vec::new();
        for node in from {
            let mut found = scope.world.step(*node, self.axis, &self.test);
            if own_row && found.len() > 1 {
                keep_own_row(&mut found, scope);
            }
            for predicate in &self.predicates {
                found = filter(found, predicate, scope);
            }
            if self.axis.is_reverse() {
                found.reverse();
            }
            all.append(&mut found);
        }
        if from.len() > 1 {
            scope.world.sort(&mut all);
        }
        all
    }
}

fn filter(nodes: Vec<Ref>, predicate: &Node, scope: &Scope<'_>) -> Vec<Ref> {
    let size = nodes.len();
    if let Node::Number(number) = predicate {
        return nodes
            .into_iter()
            .skip((*number - 1.0).max(0.0) as usize)
            .take(usize::from(*number >= 1.0))
            .collect();
    }
    let mut kept = Vec::new();
    for (place, node) in nodes.into_iter().enumerate() {
        let inside = Scope {
            here: node,
            position: place + 1,
            size,
            ..*scope
        };
        let holds = match predicate.value(&inside) {
            Value::Number(number) => number == (place + 1) as f64,
            other => other.truth(),
        };
        if holds {
            kept.push(node);
        }
    }
    kept
}

/// Of rows of one repeat, that around the expression, when it is among them.
fn keep_own_row(rows: &mut Vec<Ref>, scope: &Scope<'_>) {
    let Some(Ref::Cell(first)) = rows.first().copied() else {
        return;
    };
    if let Some(own) = scope.world.instance.around(scope.block(), Some(first.place))
        && scope.world.layout.repeats(first.place)
    {
        let own = Ref::Cell(Cell {
            block: own,
            place: first.place,
        });
        if rows.contains(&own) {
            *rows = vec![own];
        }
    }
}
