//! The choices that a question offers: those of its list, or the rows of a repeat (`select_one ${name}`), as far as the
//! filter leaves them, and in a drawn order where the workbook asks for one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::evaluate::Scope;
use super::fill::Evaluation;
use super::function::shuffle;
use super::instance::{Cell, FORM};
use super::node::Ref;
use super::question::{Choice, Question};
use super::value::Value;
use crate::text::Text;
use crate::view::QuestionKind;

impl Evaluation<'_> {
    /// What is offered in a row.
    pub(super) fn choices_at<'a>(&'a self, question: &'a Question, cell: Cell) -> Vec<Cow<'a, Choice>> {
        let mut choices = match question.repeated() {
            Some(name) => self.rows_offered(question, name),
            None => self.lines_offered(question, cell),
        };
        if !self.instance.spend(choices.len()) {
            choices.clear();
        }
        if question.randomize {
            let drawn = self.context.seed as f64;
            let seed = question.seed.as_ref();
            let seed = seed.map_or(drawn, |seed| self.scope(Ref::Cell(cell)).evaluate(seed).number());
            shuffle(&mut choices, seed);
        }
        choices
    }

    fn lines_offered<'a>(&'a self, question: &'a Question, cell: Cell) -> Vec<Cow<'a, Choice>> {
        let choices = self.form.choices(question);
        let list = question.list.as_deref().and_then(|list| self.form.tables.find(list));
        let Some((filter, list)) = question.choice_filter.as_ref().zip(list) else {
            return choices.iter().map(Cow::Borrowed).collect();
        };
        let size = choices.len();
        let scope = self.scope(Ref::Cell(cell));
        let left = (0..).zip(choices).filter(|(line, _)| {
            let inside = Scope {
                here: Ref::Line(list, *line),
                position: *line as usize + 1,
                size,
                ..scope
            };
            inside.evaluate(filter).truth()
        });
        left.map(|(_, choice)| Cow::Borrowed(choice)).collect()
    }

    /// What was answered to the question `name` in each row; the filter is looked at from that row.
    fn rows_offered(&self, question: &Question, name: &str) -> Vec<Cow<'_, Choice>> {
        let layout = &self.form.layout;
        let places = layout.places(name).iter();
        let cells = places.flat_map(|place| self.instance.cells(layout, FORM, *place));
        let offered = cells.filter(|cell| {
            let state = self.state(*cell);
            let answered = state.is_some_and(|state| state.relevant && !state.text.is_empty());
            let left = || {
                let filter = question.choice_filter.as_ref();
                filter.is_none_or(|filter| self.holds_at(filter, *cell))
            };
            answered && left()
        });
        let choice = |cell: Cell| {
            let text = self.state(cell).map(|state| state.text.clone()).unwrap_or_default();
            Cow::Owned(Choice {
                label: Text {
                    zh: text.clone(),
                    en: String::new(),
                },
                name: text,
                media: BTreeMap::new(),
                columns: BTreeMap::new(),
            })
        };
        offered.map(choice).collect()
    }

    /// A default that the question can have; none when it names no choice, as the village of a station that lies
    /// elsewhere, or is no number where one is asked.
    pub(super) fn offered(&self, question: &Question, value: Value) -> Value {
        let fits = match question.kind {
            QuestionKind::SelectOne if question.repeated().is_none() => {
                let text = value.text();
                self.form.choices(question).iter().any(|choice| choice.name == text)
            }
            QuestionKind::Integer | QuestionKind::Decimal | QuestionKind::Range => !value.number().is_nan(),
            _ => true,
        };
        if fits { value } else { Value::empty() }
    }
}
