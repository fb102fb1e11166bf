//! Whether an expression can be evaluated: its functions, its questions, its columns.

use std::collections::BTreeSet;

use super::error::ExpressionError;
use super::function;
use super::tree::{Expression, Node, Operator, Path, Start, quoted_question};

/// What an expression may mention where it stands.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Names of the questions.
    pub questions: &'a BTreeSet<String>,
    /// Columns of the list, in a choice filter.
    pub columns: Option<&'a BTreeSet<String>>,
    /// Whether `.` means something.
    pub current: bool,
}

impl Expression {
    /// Everything that keeps it from being evaluated in `place`.
    pub fn problems(&self, place: Place<'_>) -> Vec<ExpressionError> {
        let mut problems = Vec::new();
        self.root.visit(&mut |node| {
            let problem = match node {
                Node::Path(path) => path_problem(path, place),
                Node::Binary(Operator::Union, ..) => Some(ExpressionError::Unsupported("并集 “|”".into())),
                Node::Call(name, arguments) => call_problem(name, arguments, place),
                _ => None,
            };
            problems.extend(problem);
        });
        problems
    }
}

fn path_problem(path: &Path, place: Place<'_>) -> Option<ExpressionError> {
    match (&path.start, path.steps.as_slice()) {
        (Start::Question(name), []) => {
            (!place.questions.contains(name)).then(|| ExpressionError::Question(name.clone()))
        }
        (Start::Current, []) => (!place.current).then_some(ExpressionError::Current),
        (Start::Here, [step]) if step.predicates.is_empty() => match place.columns {
            Some(columns) if columns.contains(&step.name) => None,
            _ => Some(ExpressionError::Column(step.name.clone())),
        },
        (Start::Parent, _) => Some(ExpressionError::Unsupported("上级路径 “..”".into())),
        (_, steps) if steps.iter().any(|step| !step.predicates.is_empty()) => {
            Some(ExpressionError::Unsupported("方括号条件 “[…]”".into()))
        }
        (_, steps) => {
            let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
            Some(ExpressionError::Unsupported(format!("路径 “/{}”", names.join("/"))))
        }
    }
}

fn call_problem(name: &str, arguments: &[Node], place: Place<'_>) -> Option<ExpressionError> {
    let Some(function) = function::find(name) else {
        return Some(ExpressionError::Function(name.to_owned()));
    };
    let given = arguments.len();
    if !(function.least..=function.most).contains(&given) {
        return Some(ExpressionError::Arguments {
            function: name.to_owned(),
            least: function.least,
            most: function.most,
            given,
        });
    }
    if name == "jr:choice-name" {
        // The second argument is the question whose list holds the words, quoted: '${name}'.
        let question = match arguments.get(1) {
            Some(Node::Text(text)) => quoted_question(text),
            _ => None,
        };
        return match question {
            Some(question) if place.questions.contains(question) => None,
            Some(question) => Some(ExpressionError::Question(question.to_owned())),
            None => Some(ExpressionError::Unsupported(
                "没有写成 '${name}' 的 jr:choice-name 第二个参数".into(),
            )),
        };
    }
    None
}
