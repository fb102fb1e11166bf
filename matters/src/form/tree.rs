//! The tree of an expression. It holds the whole of XPath 1.0 as XLSForm writes it; what cannot be evaluated yet
//! (steps of a path, predicates, unions) is refused by name when the workbook is read.

use std::collections::BTreeSet;

use regex::Regex;

/// An expression, parsed once.
#[derive(Clone, Debug)]
pub struct Expression {
    pub(super) source: String,
    pub(super) root: Node,
}

/// A node of the tree.
#[derive(Clone, Debug)]
pub enum Node {
    /// A number.
    Number(f64),
    /// A text in quotes.
    Text(String),
    /// `${name}`, `.`, a column of the choices, or a path.
    Path(Path),
    /// Unary minus.
    Negate(Box<Node>),
    /// Two operands.
    Binary(Operator, Box<Node>, Box<Node>),
    /// A function.
    Call(String, Vec<Node>),
    /// `regex(value, 'pattern')` with its pattern compiled.
    Regex(Box<Node>, Regex),
}

/// Where a path begins, and its steps.
#[derive(Clone, Debug)]
pub struct Path {
    /// Where it begins.
    pub start: Start,
    /// Its steps after the start.
    pub steps: Vec<Step>,
}

/// Where a path begins.
#[derive(Clone, Debug)]
pub enum Start {
    /// `${name}`.
    Question(String),
    /// `.`, the answer itself.
    Current,
    /// `..`.
    Parent,
    /// `/`.
    Root,
    /// A bare name: in a choice filter, a column of the sheet `choices`.
    Here,
    /// What a call or an expression in parentheses gives: `current()/../x`.
    Value(Box<Node>),
}

/// One step of a path.
#[derive(Clone, Debug)]
pub struct Step {
    /// Name, `*`, `.` or `..`.
    pub name: String,
    /// Conditions in brackets.
    pub predicates: Vec<Node>,
}

/// Operators, from the loosest to the tightest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Union,
}

impl Expression {
    /// The expression that always holds.
    pub fn always() -> Self {
        Expression {
            source: "true()".into(),
            root: Node::Call("true".into(), Vec::new()),
        }
    }

    /// The expression whose value is this text, whatever stands in it.
    pub fn fixed(text: &str) -> Self {
        Expression {
            source: text.into(),
            root: Node::Text(text.into()),
        }
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Names of the questions it mentions, in `${…}` also inside the second argument of `jr:choice-name`.
    pub fn questions(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.root.visit(&mut |node| match node {
            Node::Path(Path {
                start: Start::Question(name),
                ..
            }) => {
                names.insert(name.as_str());
            }
            Node::Call(function, arguments) if function == "jr:choice-name" => {
                if let Some(Node::Text(text)) = arguments.get(1) {
                    names.extend(quoted_question(text));
                }
            }
            _ => {}
        });
        names
    }
}

impl Node {
    /// Calls `see` for this node and all below it.
    pub fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Node)) {
        see(self);
        match self {
            Node::Number(_) | Node::Text(_) => {}
            Node::Path(path) => {
                if let Start::Value(node) = &path.start {
                    node.visit(see);
                }
                path.steps
                    .iter()
                    .flat_map(|step| &step.predicates)
                    .for_each(|node| node.visit(see));
            }
            Node::Negate(node) | Node::Regex(node, _) => node.visit(see),
            Node::Binary(_, left, right) => {
                left.visit(see);
                right.visit(see);
            }
            Node::Call(_, arguments) => arguments.iter().for_each(|node| node.visit(see)),
        }
    }
}

/// The name in the text `${name}`, as `jr:choice-name` takes it.
pub fn quoted_question(text: &str) -> Option<&str> {
    text.trim().strip_prefix("${")?.strip_suffix('}').map(str::trim)
}
