//! The functions of expressions: those of XPath 1.0, those of ODK XForms, and five of our own for identity numbers,
//! ages and the station. Names and meanings: <https://getodk.github.io/xforms-spec/#xpath-functions>.

pub(super) use nodes::shuffle;

use super::evaluate::Scope;
use super::tree::Node;
use super::value::Value;

mod choice;
mod code;
mod nodes;
mod number;
mod person;
mod place;
mod text;
mod time;

/// A function: how it is called and what it does.
#[derive(Debug)]
pub struct Function {
    /// Name as it is written.
    pub name: &'static str,
    /// Fewest arguments.
    pub least: usize,
    /// Most arguments.
    pub most: usize,
    pub(super) apply: Apply,
}

/// How a function takes its arguments.
#[derive(Debug)]
pub(super) enum Apply {
    /// As values, computed before.
    Values(fn(&Arguments<'_>) -> Value),
    /// As they are written: it computes what it needs of them.
    Nodes(fn(&[Node], &Scope<'_>) -> Value),
}

/// The arguments of a call and what surrounds it.
pub(super) struct Arguments<'a> {
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

    fn value(&self, place: usize) -> Value {
        self.values.get(place).cloned().unwrap_or_default()
    }

    fn count(&self) -> usize {
        self.values.len()
    }

    /// The argument, or what the expression looks at when there is none, as XPath has it for `string()` and others.
    fn or_here(&self, place: usize) -> Value {
        match self.values.get(place) {
            Some(value) => value.clone(),
            None => self.scope.value(self.scope.here),
        }
    }

    /// The single values of all arguments from `place` on, nodes one by one.
    fn each_from(&self, place: usize) -> impl Iterator<Item = Value> {
        let rest = self.values.get(place..).unwrap_or_default();
        rest.iter().flat_map(|value| self.scope.each(value))
    }
}

const MANY: usize = usize::MAX;

/// A table of functions: `"name" least..=most => what it does`.
macro_rules! functions {
    ($($name:literal $least:literal..=$most:tt => $kind:ident $apply:expr;)*) => {
        pub(super) const FUNCTIONS: &[super::Function] = &[$(super::Function {
            name: $name,
            least: $least,
            most: $most,
            apply: super::Apply::$kind($apply),
        }),*];
    };
}
use functions;

const ALL: [&[Function]; 8] = [
    nodes::FUNCTIONS,
    text::FUNCTIONS,
    number::FUNCTIONS,
    time::FUNCTIONS,
    choice::FUNCTIONS,
    place::FUNCTIONS,
    code::FUNCTIONS,
    person::FUNCTIONS,
];

/// All functions.
pub fn all() -> impl Iterator<Item = &'static Function> {
    ALL.into_iter().flatten()
}

/// The function of that name.
pub fn find(name: &str) -> Option<&'static Function> {
    all().find(|function| function.name == name)
}

/// A known function whose name differs only in case, hyphens or underscores.
pub(super) fn alike(name: &str) -> Option<&'static str> {
    let plain = |name: &str| {
        name.chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
            .to_lowercase()
    };
    all()
        .map(|function| function.name)
        .find(|known| plain(known) == plain(name))
}
