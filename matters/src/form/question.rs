//! What a workbook says about a question.

use std::collections::BTreeMap;

use super::tree::Expression;
use crate::text::{Language, Text};
use crate::view::QuestionKind;

/// A question of a form.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Name, unique in the form.
    pub name: String,
    /// Type.
    pub kind: QuestionKind,
    /// The innermost group it stands in.
    pub group: Option<String>,
    /// The list of choices, when it has one.
    pub list: Option<String>,
    /// Label; empty on a `calculate` that is not shown.
    pub label: Words,
    /// Hint.
    pub hint: Words,
    /// Further help, shown when asked for.
    pub guidance: Words,
    /// Pictures, recordings and films beside the label, by kind (`image`, `big-image`, `audio`, `video`): names of files.
    pub media: BTreeMap<String, Text>,
    /// Appearance words.
    pub appearance: Vec<String>,
    /// Parameters of its type, as `start`, `end` and `step` of a range; what is usual when the workbook says nothing.
    pub parameters: BTreeMap<String, String>,
    /// What the device fills in, when it does.
    pub metadata: Option<Metadata>,
    /// Asked when this holds; always when there is none.
    pub relevant: Option<Expression>,
    /// Needed when this holds; never when there is none.
    pub required: Option<Expression>,
    /// What to say when it is missing; empty for the usual words.
    pub required_message: Text,
    /// Must hold for every answer that is not empty.
    pub constraint: Option<Expression>,
    /// What to say when it does not; empty for the usual words.
    pub constraint_message: Text,
    /// A clerk may keep an answer that breaks the constraint (column `doorstep::keep`).
    pub keep: bool,
    /// Its value, when it is computed.
    pub calculation: Option<Expression>,
    /// Computed again only when one of these questions changes.
    pub trigger: Vec<String>,
    /// Its value before anyone answered.
    pub default: Option<Expression>,
    /// How many rows a repeat has; as many as people add when there is none.
    pub count: Option<Expression>,
    /// Which choices are offered; all when there is none.
    pub choice_filter: Option<Expression>,
    /// The choices are offered in a random order.
    pub randomize: bool,
    /// What that order hangs on; another one for each application when there is none.
    pub seed: Option<Expression>,
    /// Shown but not typed when this holds.
    pub readonly: Option<Expression>,
}

impl Question {
    /// Whether a person can answer it at all.
    pub fn is_asked(&self) -> bool {
        self.kind.is_asked()
    }

    /// The question whose answers in the rows of a repeat are its choices (`select_one ${name}`), when it has such ones.
    pub fn repeated(&self) -> Option<&str> {
        super::tree::quoted_question(self.list.as_deref()?)
    }

    /// Whether it has this word in its appearance.
    pub fn appears(&self, word: &str) -> bool {
        self.appearance.iter().any(|appearance| appearance == word)
    }

    /// Every expression, with the column it stands in.
    pub fn expressions(&self) -> impl Iterator<Item = (&'static str, &Expression)> {
        [
            ("relevant", &self.relevant),
            ("required", &self.required),
            ("constraint", &self.constraint),
            ("calculation", &self.calculation),
            ("default", &self.default),
            ("repeat_count", &self.count),
            ("choice_filter", &self.choice_filter),
            ("parameters", &self.seed),
            ("readonly", &self.readonly),
        ]
        .into_iter()
        .filter_map(|(column, expression)| Some((column, expression.as_ref()?)))
    }
}

/// What a device fills in by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Metadata {
    /// The moment at which the form was begun.
    Start,
    /// The moment at which it was finished.
    End,
    /// The day on which it was begun.
    Today,
    /// The device.
    Device,
    /// Who is at the device.
    User,
    /// The telephone number of the device.
    Phone,
    /// The mail address of who is at the device.
    Email,
    /// Anything else, which our devices do not know and leave empty.
    Other,
}

/// A choice of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Value.
    pub name: String,
    /// Words.
    pub label: Text,
    /// Pictures, recordings and films beside the label, by kind: names of files.
    pub media: BTreeMap<String, Text>,
    /// Further columns, for choice filters.
    pub columns: BTreeMap<String, String>,
}

/// Words with `${name}` in them, taken apart once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    zh: Vec<Piece>,
    en: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Question(String),
}

impl Words {
    /// Takes a text apart.
    pub fn new(text: &Text) -> Self {
        Words {
            zh: pieces(&text.zh),
            en: pieces(&text.en),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.zh.is_empty()
    }

    /// Whether there are words of its own for `language`.
    pub fn has(&self, language: Language) -> bool {
        match language {
            Language::Chinese => !self.zh.is_empty(),
            Language::English => !self.en.is_empty(),
        }
    }

    /// The questions they mention.
    pub fn questions(&self) -> impl Iterator<Item = &str> {
        self.zh.iter().chain(&self.en).filter_map(|piece| match piece {
            Piece::Question(name) => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }

    /// The words in `language` (Chinese when there are none), with `answer` in place of each question.
    pub fn fill(&self, language: Language, mut answer: impl FnMut(&str) -> String) -> String {
        let pieces = if language == Language::English && !self.en.is_empty() {
            &self.en
        } else {
            &self.zh
        };
        pieces
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => text.clone(),
                Piece::Question(name) => answer(name),
            })
            .collect()
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else {
            break;
        };
        if !before.is_empty() {
            pieces.push(Piece::Literal(before.into()));
        }
        pieces.push(Piece::Question(name.trim().into()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.into()));
    }
    pieces
}
