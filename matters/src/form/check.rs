//! Whether an expression can be evaluated: its functions, its questions, its columns.

use std::collections::{BTreeMap, BTreeSet};

use super::error::ExpressionError;
use super::question::Choice;
use super::tree::{Axis, Expression, Node, Operator, Path, Start, Test, quoted_question};

/// What an expression may mention where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// Names of the questions.
    pub questions: &'a BTreeSet<String>,
    /// Columns of the list, in a choice filter.
    pub columns: Option<&'a BTreeSet<String>>,
    /// Whether it belongs to a question, so that `.` and `..` mean something.
    pub current: bool,
    /// The lists, where every one that is read must be known by name.
    pub lists: Option<&'a BTreeMap<String, Vec<Choice>>>,
    /// Codes of the materials, in a rule; `material()` means nothing elsewhere.
    pub materials: Option<&'a BTreeSet<String>>,
}

impl Expression {
    /// Everything that keeps it from being evaluated on this ground.
    pub fn problems(&self, ground: Ground<'_>) -> Vec<ExpressionError> {
        let mut check = Check {
            ground,
            problems: Vec::new(),
        };
        check.node(&self.root, false);
        check.problems
    }
}

struct Check<'a> {
    ground: Ground<'a>,
    problems: Vec<ExpressionError>,
}

impl Check<'_> {
    /// `inside` brackets, names belong to what is looked at there, whatever that is.
    fn node(&mut self, node: &Node, inside: bool) {
        match node {
            Node::Number(_) | Node::Text(_) => {}
            Node::Path(path) => self.path(path, inside),
            Node::Negate(node) | Node::Regex(node, _) => self.node(node, inside),
            Node::Chain(first, more) => {
                let operands = || std::iter::once(first.as_ref()).chain(more.iter().map(|(_, node)| node));
                let joined = more.iter().any(|(operator, _)| *operator == Operator::Union);
                if joined && operands().any(|node| !matches!(node, Node::Path(_) | Node::Call(..))) {
                    self.problems
                        .push(ExpressionError::Unsupported("数值或文字之间的并集 “|”".into()));
                }
                operands().for_each(|node| self.node(node, inside));
            }
            Node::Call(name, function, arguments) => {
                match function {
                    None => self.problems.push(ExpressionError::Function(name.clone())),
                    Some(function) if !(function.least..=function.most).contains(&arguments.len()) => {
                        self.problems.push(ExpressionError::Arguments {
                            function: name.clone(),
                            least: function.least,
                            most: function.most,
                            given: arguments.len(),
                        });
                    }
                    Some(_) if name == "jr:choice-name" => self.choice_name(arguments),
                    Some(_) if name == "material" => self.material(arguments),
                    Some(_) if matches!(name.as_str(), "instance" | "pulldata") => self.list(arguments),
                    Some(_) => {}
                }
                arguments.iter().for_each(|node| self.node(node, inside));
            }
        }
    }

    /// The second argument is the question whose list holds the words, quoted: '${name}'.
    fn choice_name(&mut self, arguments: &[Node]) {
        match arguments.get(1) {
            Some(Node::Text(text)) if quoted_question(text).is_some() => {
                self.question(quoted_question(text).unwrap_or_default());
            }
            _ => self.problems.push(ExpressionError::Unsupported(
                "没有写成 '${name}' 的 jr:choice-name 第二个参数".into(),
            )),
        }
    }

    /// The argument is the code of a material, quoted.
    fn material(&mut self, arguments: &[Node]) {
        match (self.ground.materials, arguments.first()) {
            (None, _) => self
                .problems
                .push(ExpressionError::Unsupported("在 rules 表之外使用 material()".into())),
            (Some(known), Some(Node::Text(code))) if !known.contains(code) => {
                self.problems.push(ExpressionError::Material(code.clone()));
            }
            _ => {}
        }
    }

    /// The first argument is the name of a list, quoted.
    fn list(&mut self, arguments: &[Node]) {
        if let (Some(lists), Some(Node::Text(name))) = (self.ground.lists, arguments.first())
            && !lists.contains_key(name.trim())
        {
            self.problems.push(ExpressionError::List(name.clone()));
        }
    }

    fn question(&mut self, name: &str) {
        if !self.ground.questions.contains(name) {
            self.problems.push(ExpressionError::Question(name.to_owned()));
        }
    }

    fn path(&mut self, path: &Path, inside: bool) {
        let mut in_form = true;
        match &path.start {
            Start::Question(name) | Start::LastSaved(name) => self.question(name),
            Start::Root => {}
            Start::Here => in_form = self.here(path, inside),
            Start::Value(node) => {
                in_form = matches!(node.as_ref(), Node::Call(name, ..) if name == "current");
                self.node(node, inside);
            }
        }
        // The first name after the root is that of the form, which authors write as they like.
        let skip = usize::from(matches!(path.start, Start::Root));
        for step in path.steps.iter().skip(skip) {
            if let (Test::Name(name), true) = (&step.test, in_form && step.axis == Axis::Child) {
                self.question(name.rsplit(':').next().unwrap_or(name));
            }
        }
        for node in path.steps.iter().flat_map(|step| &step.predicates) {
            self.node(node, true);
        }
    }

    /// A path that begins where the expression stands; whether it walks through the form.
    fn here(&mut self, path: &Path, inside: bool) -> bool {
        let first = path.steps.first().map(|step| (step.axis, &step.test));
        match first {
            _ if inside => false,
            Some((Axis::Child, Test::Name(name))) => {
                let known = self.ground.columns.is_some_and(|columns| columns.contains(name));
                if !known {
                    self.problems.push(ExpressionError::Column(name.clone()));
                }
                false
            }
            _ if self.ground.columns.is_some() => false,
            _ => {
                if !self.ground.current {
                    self.problems.push(ExpressionError::Current);
                }
                true
            }
        }
    }
}
