//! Values and relevance of all questions for some answers.

use super::function::{self, Arguments};
use super::question::{Choice, Question};
use super::tree::{Expression, Node, Operator, Path, Start};
use super::value::Value;
use super::{Answers, Context, Form, date};
use crate::view::QuestionKind;

/// A form with answers: every value and what is relevant.
pub struct Evaluation<'a> {
    pub(super) form: &'a Form,
    pub(super) context: &'a Context,
    pub(super) answers: &'a Answers,
    /// As other expressions see them: empty when not relevant.
    values: Vec<Value>,
    /// As they are shown and stored, relevant or not.
    texts: Vec<String>,
    relevant: Vec<bool>,
}

/// What an expression can see.
pub(super) struct Scope<'a> {
    pub(super) form: &'a Form,
    pub(super) context: &'a Context,
    pub(super) values: &'a [Value],
    /// The answer itself, `.`.
    pub(super) current: Value,
    /// What was answered before, for `once`.
    pub(super) stored: &'a str,
    /// The choice that a filter looks at.
    pub(super) choice: Option<&'a Choice>,
}

impl Form {
    /// Computes values and relevance.
    pub fn values<'a>(&'a self, answers: &'a Answers, context: &'a Context) -> Evaluation<'a> {
        let count = self.questions.len();
        let mut evaluation = Evaluation {
            form: self,
            context,
            answers,
            values: vec![Value::empty(); count],
            texts: vec![String::new(); count],
            relevant: vec![false; count],
        };
        for place in &self.order {
            if let Some(question) = self.questions.get(*place) {
                evaluation.compute(*place, question);
            }
        }
        evaluation
    }
}

impl<'a> Evaluation<'a> {
    fn compute(&mut self, place: usize, question: &Question) {
        let group = question.group.as_deref().is_none_or(|group| self.is_relevant(group));
        let relevant = group
            && question
                .relevant
                .as_ref()
                .is_none_or(|expression| self.holds(expression));
        let text = self.text_of(question, relevant);
        if let Some(slot) = self.values.get_mut(place).filter(|_| relevant) {
            *slot = typed(question.kind, &text);
        }
        if let Some(slot) = self.texts.get_mut(place) {
            *slot = text;
        }
        if let Some(slot) = self.relevant.get_mut(place) {
            *slot = relevant;
        }
    }

    /// The answer, the computed value, or the default. A computed value never hides what a person typed, unless the
    /// question cannot be typed.
    fn text_of(&self, question: &Question, relevant: bool) -> String {
        if matches!(question.kind, QuestionKind::Note | QuestionKind::Group) {
            return String::new();
        }
        let answer = self.answers.get(&question.name);
        if let Some(calculation) = &question.calculation {
            let fixed =
                question.kind == QuestionKind::Calculate || question.readonly.as_ref().is_some_and(|r| self.holds(r));
            return match answer.filter(|answer| !fixed && !answer.is_empty()) {
                Some(answer) => answer.clone(),
                None if relevant => stored(question.kind, &self.value_for(question, calculation)),
                None => String::new(),
            };
        }
        match (answer, &question.default) {
            (Some(answer), _) => answer.clone(),
            (None, Some(default)) => self.offered(question, stored(question.kind, &self.value_for(question, default))),
            (None, None) => String::new(),
        }
    }

    /// A default among the choices; none when it names no choice, as the village of a station that lies elsewhere.
    fn offered(&self, question: &Question, value: String) -> String {
        let chosen = question.kind == QuestionKind::SelectOne;
        let known = || self.form.choices(question).iter().any(|choice| choice.name == value);
        if chosen && !known() { String::new() } else { value }
    }

    fn value_for(&self, question: &Question, expression: &Expression) -> Value {
        let stored = self.answers.get(&question.name).map(String::as_str).unwrap_or_default();
        expression.root.value(&Scope { stored, ..self.scope() })
    }

    pub(super) fn scope(&self) -> Scope<'_> {
        let empty = Value::empty();
        Scope {
            form: self.form,
            context: self.context,
            values: &self.values,
            current: empty,
            stored: "",
            choice: None,
        }
    }

    /// Whether an expression holds for these answers.
    pub fn holds(&self, expression: &Expression) -> bool {
        expression.root.value(&self.scope()).truth()
    }

    /// Whether the constraint of a question holds for its value.
    pub(super) fn holds_for(&self, expression: &Expression, place: usize) -> bool {
        let current = self.values.get(place).cloned().unwrap_or_else(Value::empty);
        expression
            .root
            .value(&Scope {
                current,
                ..self.scope()
            })
            .truth()
    }

    /// The choices that the filter leaves.
    pub fn choices(&self, question: &Question) -> Vec<&'a Choice> {
        let all = self.form.choices(question).iter();
        match &question.choice_filter {
            None => all.collect(),
            Some(filter) => all
                .filter(|choice| {
                    filter
                        .root
                        .value(&Scope {
                            choice: Some(choice),
                            ..self.scope()
                        })
                        .truth()
                })
                .collect(),
        }
    }

    /// The value of a question, whether it is relevant or not: what was answered, is computed, or stands by default.
    pub fn text(&self, name: &str) -> &str {
        self.form
            .place(name)
            .and_then(|place| self.texts.get(place))
            .map(String::as_str)
            .unwrap_or_default()
    }

    /// Whether a question is asked now.
    pub fn is_relevant(&self, name: &str) -> bool {
        self.form
            .place(name)
            .and_then(|place| self.relevant.get(place))
            .copied()
            .unwrap_or(false)
    }
}

impl Scope<'_> {
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
    pub(super) fn value(&self, scope: &Scope<'_>) -> Value {
        match self {
            Node::Number(number) => Value::Number(*number),
            Node::Text(text) => Value::Text(text.clone()),
            Node::Path(path) => path.value(scope),
            Node::Negate(node) => Value::Number(-node.value(scope).number()),
            Node::Binary(operator, left, right) => operator.apply(left, right, scope),
            Node::Call(name, arguments) => match function::find(name) {
                Some(function) => {
                    let values = arguments.iter().map(|node| node.value(scope)).collect();
                    (function.apply)(&Arguments { values, scope })
                }
                // Refused when the workbook was read.
                None => Value::empty(),
            },
            Node::Regex(subject, pattern) => pattern.is_match(&subject.value(scope).text()).into(),
        }
    }
}

impl Path {
    fn value(&self, scope: &Scope<'_>) -> Value {
        match (&self.start, self.steps.as_slice()) {
            (Start::Question(name), []) => scope
                .form
                .place(name)
                .and_then(|place| scope.values.get(place))
                .cloned()
                .unwrap_or_else(Value::empty),
            (Start::Current, []) => scope.current.clone(),
            (Start::Here, [column]) => scope
                .choice
                .and_then(|choice| {
                    if column.name == "name" {
                        Some(&choice.name)
                    } else {
                        choice.columns.get(&column.name)
                    }
                })
                .map_or_else(Value::empty, |text| Value::Text(text.clone())),
            // Refused when the workbook was read.
            _ => Value::empty(),
        }
    }
}

impl Operator {
    fn apply(self, left: &Node, right: &Node, scope: &Scope<'_>) -> Value {
        let left = left.value(scope);
        // `or` and `and` do not look at what cannot matter.
        match self {
            Operator::Or => return (left.truth() || right.value(scope).truth()).into(),
            Operator::And => return (left.truth() && right.value(scope).truth()).into(),
            _ => {}
        }
        let right = right.value(scope);
        let (a, b) = (left.number(), right.number());
        match self {
            Operator::Equal => left.equals(&right).into(),
            // For text and numbers alike the opposite; NaN differs from everything, itself included.
            Operator::NotEqual => (!left.equals(&right)).into(),
            Operator::Less => (a < b).into(),
            Operator::LessOrEqual => (a <= b).into(),
            Operator::Greater => (a > b).into(),
            Operator::GreaterOrEqual => (a >= b).into(),
            Operator::Add => (a + b).into(),
            Operator::Subtract => (a - b).into(),
            Operator::Multiply => (a * b).into(),
            Operator::Divide => (a / b).into(),
            // The sign of the dividend, as XPath has it.
            Operator::Remainder => (a % b).into(),
            // `Or` and `And` returned above; a union is refused when the workbook is read.
            Operator::Or | Operator::And | Operator::Union => Value::empty(),
        }
    }
}

/// An answer as expressions see it.
fn typed(kind: QuestionKind, text: &str) -> Value {
    let value = Value::Text(text.to_owned());
    match kind {
        QuestionKind::Integer | QuestionKind::Decimal if !value.number().is_nan() => Value::Number(value.number()),
        QuestionKind::Date => Value::date_or_text(text),
        _ => value,
    }
}

/// A computed value as it is shown and stored: nothing for NaN, a day for a number in a date question.
fn stored(kind: QuestionKind, value: &Value) -> String {
    match value {
        Value::Number(number) if kind == QuestionKind::Date => {
            date::from_days(*number).map(|day| day.to_string()).unwrap_or_default()
        }
        Value::Number(number) if !number.is_finite() => String::new(),
        other => other.text(),
    }
}
