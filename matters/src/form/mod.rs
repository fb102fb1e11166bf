//! The form engine: pure, the same at both ends.
//!
//! A workbook is read once into [`Form`]; [`Form::evaluate`] turns answers into everything a screen or a reviewer
//! needs. Values follow XForms: every answer is text, an empty answer is the empty text, a day is `2026-02-14`.
//! An answer that is not relevant now counts as empty for the other questions, but is never deleted.

use std::collections::BTreeMap;

use crate::text::{Language, Text};

mod check;
pub mod date;
mod error;
mod evaluate;
mod function;
mod graph;
mod message;
mod normalize;
mod parse;
mod question;
mod tree;
mod value;
mod view;

pub use check::Place;
pub use error::ExpressionError;
pub use evaluate::Evaluation;
pub use function::FUNCTIONS;
pub use function::Function;
pub use normalize::normalize;
pub use question::{Choice, Question, Words};
pub use tree::{Expression, Node, Operator, Path, Start, Step};
pub use value::Value;

/// Answers by question name, in XForms text form (`2026-02-14`, `3.5`, `a b` for several choices). A name that is
/// there with an empty text was emptied by a person: its default does not come back.
pub type Answers = BTreeMap<String, String>;

/// What an evaluation needs from outside.
#[derive(Clone, Debug)]
pub struct Context {
    /// Today at the place of the form, `2026-02-14`.
    pub today: String,
    /// The station that takes it, as its 12-digit division; empty when there is none yet.
    pub station: String,
    /// Language of labels and messages.
    pub language: Language,
    /// Questions whose value a clerk keeps in spite of a failed check, because of a note (old papers are wrong
    /// sometimes).
    pub kept: Vec<String>,
}

/// A form, read once from a workbook.
#[derive(Clone, Debug, Default)]
pub struct Form {
    title: Text,
    questions: Vec<Question>,
    /// Places by name.
    places: BTreeMap<String, usize>,
    /// Places in the order of computation.
    order: Vec<usize>,
    lists: BTreeMap<String, Vec<Choice>>,
}

impl Form {
    /// Puts a form together; the circles when questions depend on each other, as names in order.
    pub fn new(
        title: Text,
        questions: Vec<Question>,
        lists: BTreeMap<String, Vec<Choice>>,
    ) -> Result<Form, Vec<Vec<String>>> {
        let named = |place: &usize| questions.get(*place).map(|question| question.name.clone());
        let order = graph::order(&questions).map_err(|circles| {
            circles
                .iter()
                .map(|circle| circle.iter().filter_map(named).collect())
                .collect::<Vec<_>>()
        })?;
        let places = questions
            .iter()
            .enumerate()
            .map(|(place, question)| (question.name.clone(), place))
            .collect();
        Ok(Form {
            title,
            questions,
            places,
            order,
            lists,
        })
    }

    /// Title.
    pub fn title(&self, language: Language) -> &str {
        self.title.get(language)
    }

    /// All questions in the order of the sheet, groups before their members.
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// The question of that name.
    pub fn question(&self, name: &str) -> Option<&Question> {
        self.questions.get(self.place(name)?)
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.questions.iter().map(|question| question.name.as_str())
    }

    /// The choices of a list.
    pub fn list(&self, name: &str) -> Option<&[Choice]> {
        self.lists.get(name).map(Vec::as_slice)
    }

    /// The choices a question has, before its filter.
    pub fn choices(&self, question: &Question) -> &[Choice] {
        question
            .list
            .as_deref()
            .and_then(|list| self.list(list))
            .unwrap_or_default()
    }

    /// What is stored when a person types `typed` into the question: see [`normalize`]. Questions that look like
    /// numbers (`id-number`, `numbers`) lose full-width digits and spaces as well.
    pub fn normalize(&self, name: &str, typed: &str) -> String {
        match self.question(name) {
            Some(question) if question.appears("id-number") || question.appears("numbers") => normalize::code(typed),
            Some(question) => normalize(question.kind, typed),
            None => typed.to_owned(),
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.places.get(name).copied()
    }
}
