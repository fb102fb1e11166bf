//! The tree of an expression: the whole of XPath 1.0 as XLSForm writes it.

use std::collections::BTreeSet;

use regex::Regex;

use super::function::{self, Function};

/// An expression, parsed once.
#[derive(Clone, Debug)]
pub struct Expression {
    pub(super) source: String,
    pub(super) root: Node,
    /// Whether it calls `once()`, so that what it says is kept.
    pub(super) once: bool,
}

/// Two expressions are the same when they are written alike.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
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
    /// Operands of operators that bind alike, from left to right: `a + b - c`. One list and not a tree of pairs, so that
    /// a sum of a thousand terms is no deeper than one of two.
    Chain(Box<Node>, Vec<(Operator, Node)>),
    /// A function, if there is one of that name.
    Call(String, Option<&'static Function>, Vec<Node>),
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
    /// `${last-saved#name}`: the answer in the form that was saved before this one.
    LastSaved(String),
    /// `/`.
    Root,
    /// Where the expression stands: a name, `.`, `..`. In a choice filter that is the choice, and a name is a column.
    Here,
    /// What a call or an expression in parentheses gives: `current()/../x`.
    Value(Box<Node>),
}

/// One step of a path.
#[derive(Clone, Debug)]
pub struct Step {
    /// In which direction.
    pub axis: Axis,
    /// What is taken there.
    pub test: Test,
    /// Conditions in brackets.
    pub predicates: Vec<Node>,
}

/// The directions of XPath 1.0. Forms have no attributes and no namespaces to walk to, so those two find nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of XPath")]
pub enum Axis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Namespace,
    Parent,
    Preceding,
    PrecedingSibling,
    Itself,
}

/// What a step takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// What has this name.
    Name(String),
    /// `*` and `node()`.
    Any,
    /// `text()`, `comment()`, `processing-instruction()`: answers are not nodes of their own here, so nothing.
    Nothing,
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

impl Operator {
    /// How tightly it binds; operators with the same power are taken from left to right.
    pub fn power(self) -> i64 {
        match self {
            Operator::Or => 1,
            Operator::And => 2,
            Operator::Equal | Operator::NotEqual => 3,
            Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => 4,
            Operator::Add | Operator::Subtract => 5,
            Operator::Multiply | Operator::Divide | Operator::Remainder => 6,
            Operator::Union => 8,
        }
    }
}

impl Axis {
    /// The axis that a path names before `::`.
    pub fn named(name: &str) -> Option<Axis> {
        Some(match name {
            "ancestor" => Axis::Ancestor,
            "ancestor-or-self" => Axis::AncestorOrSelf,
            "attribute" => Axis::Attribute,
            "child" => Axis::Child,
            "descendant" => Axis::Descendant,
            "descendant-or-self" => Axis::DescendantOrSelf,
            "following" => Axis::Following,
            "following-sibling" => Axis::FollowingSibling,
            "namespace" => Axis::Namespace,
            "parent" => Axis::Parent,
            "preceding" => Axis::Preceding,
            "preceding-sibling" => Axis::PrecedingSibling,
            "self" => Axis::Itself,
            _ => return None,
        })
    }

    /// Whether positions on it count backwards from where it begins.
    pub fn is_reverse(self) -> bool {
        matches!(
            self,
            Axis::Ancestor | Axis::AncestorOrSelf | Axis::Preceding | Axis::PrecedingSibling
        )
    }
}

impl Step {
    /// `name`.
    pub fn child(name: &str) -> Step {
        Step {
            axis: Axis::Child,
            test: Test::Name(name.to_owned()),
            predicates: Vec::new(),
        }
    }
}

impl Expression {
    /// The expression that always holds.
    pub fn always() -> Self {
        Expression {
            source: "true()".into(),
            root: Node::Call("true".into(), function::find("true"), Vec::new()),
            once: false,
        }
    }

    /// The expression whose value is this text, whatever stands in it.
    pub fn fixed(text: &str) -> Self {
        Expression {
            source: text.into(),
            root: Node::Text(text.into()),
            once: false,
        }
    }

    /// Calls `see` for every node of it.
    pub fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Node)) {
        self.root.visit(see);
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
            Node::Call(function, _, arguments) if function == "jr:choice-name" => {
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
            Node::Chain(first, more) => {
                first.visit(see);
                more.iter().for_each(|(_, node)| node.visit(see));
            }
            Node::Call(_, _, arguments) => arguments.iter().for_each(|node| node.visit(see)),
        }
    }
}

/// The name in the text `${name}`, as `jr:choice-name` takes it.
pub fn quoted_question(text: &str) -> Option<&str> {
    text.trim().strip_prefix("${")?.strip_suffix('}').map(str::trim)
}
