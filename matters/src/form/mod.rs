//! The form engine: pure, the same at both ends.
//!
//! A workbook is read once into [`Form`]; [`Form::evaluate`] turns answers into everything a screen or a reviewer
//! needs. Values follow XForms: every answer is text, an empty answer is the empty text, a day is `2026-02-14`.
//! An answer that is not relevant now counts as empty for the other questions, but is never deleted.

use std::collections::BTreeMap;

use crate::text::{Language, Text};

use layout::{Layout, Place};
use list::Lists;
use plan::Plan;

mod check;
pub mod date;
mod error;
mod evaluate;
mod fill;
mod function;
mod instance;
mod key;
mod layout;
mod list;
mod message;
mod node;
mod normalize;
mod offer;
mod parse;
mod pattern;
mod plan;
mod question;
mod rows;
mod settle;
mod shape;
mod tree;
mod value;
mod view;

pub use check::Ground;
pub use error::ExpressionError;
pub use fill::Evaluation;
pub use function::{Function, all as functions};
pub use normalize::normalize;
pub use question::{Choice, Metadata, Question, Words};
pub use tree::{Axis, Expression, Node, Operator, Path, Start, Step, Test};

/// Answers by key (see [`key`]), in XForms text form (`2026-02-14`, `3.5`, `a b` for several choices). A key that is
/// there with an empty text was emptied by a person: its default does not come back.
pub type Answers = BTreeMap<String, String>;

/// What an evaluation needs from outside.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Today at the place of the form, `2026-02-14`.
    pub today: String,
    /// The moment, `2026-02-14T08:30:00.000+08:00`; when it is empty, `now()` is today.
    pub now: String,
    /// What `random()`, `uuid()` and `randomize()` draw from: the moment at which the application was begun, which both
    /// ends know, so that both draw alike, and two applications
    /// begun at different moments do not.
    pub seed: u64,
    /// The answers of the form of this matter that was saved before on this device, for `${last-saved#name}`; empty when
    /// there is none.
    pub last_saved: Answers,
    /// The station that takes it, as its 12-digit division; empty when there is none yet.
    pub station: String,
    /// What the device fills in by itself (`start`, `end`, `deviceid`, `username`).
    pub filled: Filled,
    /// Language of labels and messages.
    pub language: Language,
    /// Questions whose value a clerk keeps in spite of a failed check, because of a note (old papers are wrong
    /// sometimes).
    pub kept: Vec<String>,
    /// How the materials stand, by code, for `material()` in the rules of a matter: see [`crate::rule::Standing`].
    pub materials: BTreeMap<String, String>,
}

/// What is known of how a form is filled in. Both ends take it from the application, never from the device they run on.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    /// The moment at which it was begun, `2026-02-14T08:30:00.000+08:00`.
    pub begun: String,
    /// The moment at which it was handed in; empty before.
    pub ended: String,
    /// The device on which it was begun, hex.
    pub device: String,
    /// Staff number of who began it.
    pub user: String,
}

impl Filled {
    fn value(&self, metadata: Metadata) -> &str {
        match metadata {
            Metadata::Start => &self.begun,
            Metadata::End => &self.ended,
            Metadata::Today => self.begun.split('T').next().unwrap_or_default(),
            Metadata::Device => &self.device,
            Metadata::User => &self.user,
            Metadata::Phone | Metadata::Email | Metadata::Other => "",
        }
    }
}

/// A form, read once from a workbook.
#[derive(Clone, Debug, Default)]
pub struct Form {
    title: Text,
    questions: Vec<Question>,
    layout: Layout,
    plan: Plan,
    lists: BTreeMap<String, Vec<Choice>>,
    /// The lists as expressions walk through them.
    tables: Lists,
}

/// Two forms are the same when they ask the same in the same words: all else is made of that.
impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        (&self.title, &self.questions, &self.lists) == (&other.title, &other.questions, &other.lists)
    }
}

impl Form {
    /// Puts a form together; the circles when questions depend on each other, as names in order.
    pub fn new(
        title: Text,
        questions: Vec<Question>,
        lists: BTreeMap<String, Vec<Choice>>,
    ) -> Result<Form, Vec<Vec<String>>> {
        let layout = Layout::new(&questions);
        let named = |place: &u32| layout.name(*place).map(str::to_owned);
        let plan = Plan::new(&layout, &questions).map_err(|circles| {
            let names = circles.iter().map(|circle| circle.iter().filter_map(named).collect());
            names.collect::<Vec<_>>()
        })?;
        Ok(Form {
            title,
            questions,
            layout,
            plan,
            tables: Lists::new(&lists),
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

    /// The question of that name; the first one when groups share a name between their members.
    pub fn question(&self, name: &str) -> Option<&Question> {
        self.question_at(*self.layout.places(name).first()?)
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
        match self.question(last_name(name)) {
            Some(question) if question.appears("id-number") || question.appears("numbers") => normalize::code(typed),
            Some(question) => normalize(question.kind, typed),
            None => typed.to_owned(),
        }
    }

    fn question_at(&self, place: Place) -> Option<&Question> {
        self.questions.get(place as usize)
    }
}

/// The name in a key: what stands behind rows and groups.
fn last_name(key: &str) -> &str {
    key.rsplit(['/', ':']).next().unwrap_or(key)
}
