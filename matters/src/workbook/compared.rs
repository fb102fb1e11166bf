//! What choices are compared with. An answer is the name of a choice, never its label: `${x} = '其他'` is true of nobody, and
//! no tool says so.

use super::cell;
use super::known::Known;
use super::problem::Problems;
use super::table::{Record, Table};
use crate::form::{Axis, Expression, Node, Operator, Path, Question, Start, Test};

/// As many names as a remedy lists.
const LISTED: usize = 8;

/// Warns of every comparison of a question with a text that none of its choices has for a name.
pub(super) fn check(table: &Table<'_>, known: &Known<'_>, problems: &mut Problems) {
    for record in table.records() {
        for (column, text) in record.cells() {
            // Labels mention questions too, but compare nothing.
            if !text.contains(['\'', '"', '‘', '“', '＇', '＂']) {
                continue;
            }
            let Some(expression) = cell::parsed(text) else {
                continue;
            };
            for (question, text) in comparisons(&expression, &record, known) {
                warn(&record, column, question, text, known, problems);
            }
        }
    }
}

/// Questions with choices and the texts they are compared with.
fn comparisons<'e>(expression: &'e Expression, record: &Record<'_>, known: &Known<'e>) -> Vec<(&'e Question, &'e str)> {
    let mut found = Vec::new();
    let mut pair = |one: &'e Node, other: &'e Node| {
        if let (Node::Path(path), Node::Text(text)) = (one, other)
            && let Some(question) = named(path, record, known)
            && !text.is_empty()
            && !known.offers(question, text)
        {
            found.push((question, text.as_str()));
        }
    };
    expression.visit(&mut |node| match node {
        Node::Chain(first, more) => {
            let mut before = first.as_ref();
            for (operator, node) in more {
                if matches!(operator, Operator::Equal | Operator::NotEqual) {
                    pair(before, node);
                    pair(node, before);
                }
                before = node;
            }
        }
        Node::Call(function, _, arguments) if function == "selected" => {
            if let [answer, choice, ..] = arguments.as_slice() {
                pair(answer, choice);
            }
        }
        _ => {}
    });
    found
}

/// The question that a path leads to, when it is one with choices of its own: `${name}`, or `.` on its own line.
fn named<'e>(path: &Path, record: &Record<'_>, known: &Known<'e>) -> Option<&'e Question> {
    let name = match (&path.start, path.steps.as_slice()) {
        (Start::Question(name), []) => name.as_str(),
        (Start::Here, [step]) if step.axis == Axis::Itself && step.test == Test::Any && record.sheet() == "survey" => {
            record.get("name")
        }
        _ => return None,
    };
    known
        .question(name)
        .filter(|question| question.list.is_some() && question.repeated().is_none())
}

fn warn(
    record: &Record<'_>,
    column: &str,
    question: &Question,
    text: &str,
    known: &Known<'_>,
    problems: &mut Problems,
) {
    let choices = known.choices(question);
    let name = &question.name;
    let labelled = choices
        .iter()
        .find(|choice| choice.label.zh == text || choice.label.en == text);
    let (code, problem, remedy) = match labelled {
        Some(choice) => (
            "choice_label",
            format!("{name} 的选项“{text}”在公式里要用它的 name，写成文字永远不相等"),
            format!("把 '{text}' 改成 '{}'", choice.name),
        ),
        None => {
            let names: Vec<&str> = choices.iter().take(LISTED).map(|choice| choice.name.as_str()).collect();
            let more = if choices.len() > LISTED { "…" } else { "" };
            (
                "choice_unknown",
                format!("{name} 没有 name 是“{text}”的选项，这样写永远不相等"),
                format!("可用的 name：{}{more}", names.join("、")),
            )
        }
    };
    problems.warn(record.sheet(), record.number(), column, code, problem, remedy);
}
