//! The form engine: pure, the same at both ends.

use std::collections::BTreeMap;

use crate::text::Language;
use crate::view::FormView;

/// A parsed expression. (The helper that owns this crate defines it.)
#[derive(Clone, Debug)]
pub struct Expression;

/// Answers by question name, in XForms text form (`2026-02-14`, `3.5`, `a b` for several choices).
pub type Answers = BTreeMap<String, String>;

/// What an evaluation needs from outside.
#[derive(Clone, Debug)]
pub struct Context {
    /// Today at the place of the form, `2026-02-14`.
    pub today: String,
    /// Language of labels and messages.
    pub language: Language,
    /// Questions whose value a clerk keeps in spite of a failed check, because of a note (old papers are wrong
    /// sometimes).
    pub kept: Vec<String>,
}

/// A form, read once from a workbook.
#[derive(Clone, Debug)]
pub struct Form;

impl Form {
    /// Computes everything a screen or a reviewer needs: calculated values, what is relevant, choices, errors.
    pub fn evaluate(&self, _answers: &Answers, _context: &Context) -> FormView {
        todo!()
    }
}
