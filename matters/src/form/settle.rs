//! What the form itself makes an answer of: what waited for an answer (`trigger`), and what is computed once (`once()`).
//! From then on it stays as it is, as if someone had typed it, so whoever keeps the answers keeps it too.

use super::fill::{Evaluation, stored_text};
use super::instance::Cell;
use super::node::Ref;
use super::{Answers, Context, Form, Question};

impl Form {
    /// What becomes an answer by itself when `key` is answered with `text`: keys and answers, without that one. To be saved
    /// together with it.
    pub fn settled(&self, answers: &Answers, context: &Context, key: &str, text: &str) -> Vec<(String, String)> {
        // Most forms settle nothing; they are not computed for it.
        let settles =
            |question: &Question| !question.trigger.is_empty() || question.expressions().any(|(_, found)| found.once);
        if !self.questions.iter().any(settles) {
            return Vec::new();
        }
        let mut evaluation = self.values(answers, context);
        evaluation.answer(key, text);
        let fresh = |(other, text): &(&String, &String)| *other != key && answers.get(*other) != Some(*text);
        let settled = evaluation.answers().iter().filter(fresh);
        settled.map(|(key, text)| (key.clone(), text.clone())).collect()
    }
}

impl Evaluation<'_> {
    /// Computes what waited for this answer and makes an answer of each, in the order of the form.
    pub(super) fn triggered(&mut self, answered: Cell) -> Vec<Cell> {
        let form = self.form;
        let Some(name) = form.layout.name(answered.place) else {
            return Vec::new();
        };
        let mut written = Vec::new();
        for place in form.plan.waiting(name).iter().copied() {
            let Some(question) = form.question_at(place) else {
                continue;
            };
            for cell in self.scope(Ref::Cell(answered)).cells(place) {
                let value = question
                    .calculation
                    .as_ref()
                    .map(|expression| self.computed(question, cell, expression));
                let text = stored_text(question.kind, &value.unwrap_or_default());
                self.settle(cell, &text);
                written.push(cell);
            }
        }
        written
    }

    /// Makes an answer of what the form itself computed.
    pub(super) fn settle(&mut self, cell: Cell, text: &str) {
        let key = self.key(cell);
        self.answers.insert(key, text.to_owned());
    }
}
