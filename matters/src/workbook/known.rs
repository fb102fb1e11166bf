//! What the other sheets of a matter may name.

use std::collections::{BTreeMap, BTreeSet};

use super::Questions;
use super::choices::Lists;
use crate::form::{Choice, Ground, Question};

/// The questions, lists and materials of a matter.
pub(super) struct Known<'a> {
    /// Names in the survey; also of lines with something wrong, so that it is told there alone.
    pub(super) names: BTreeSet<String>,
    /// Codes of the materials.
    pub(super) materials: BTreeSet<String>,
    questions: BTreeMap<&'a str, &'a Question>,
    lists: &'a Lists,
}

impl<'a> Known<'a> {
    pub(super) fn new(questions: &'a Questions) -> Self {
        let named = questions
            .rows
            .iter()
            .map(|(_, question)| (question.name.as_str(), question));
        let named: BTreeMap<&str, &Question> = named.collect();
        let mut names = questions.names.clone();
        names.extend(named.keys().map(|name| (*name).to_owned()));
        Known {
            names,
            materials: BTreeSet::new(),
            questions: named,
            lists: &questions.lists,
        }
    }

    pub(super) fn question(&self, name: &str) -> Option<&'a Question> {
        self.questions.get(name).copied()
    }

    /// The choices of a question; none when it has no list, or one that is not here.
    pub(super) fn choices(&self, question: &Question) -> &'a [Choice] {
        let list = question.list.as_deref().and_then(|list| self.lists.choices.get(list));
        list.map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether an answer is among the choices of a question that has some.
    pub(super) fn offers(&self, question: &Question, answer: &str) -> bool {
        let choices = self.choices(question);
        let known = |one: &str| choices.iter().any(|choice| choice.name == one);
        choices.is_empty() || answer.split_whitespace().all(known)
    }

    /// What an expression over the answers may name.
    pub(super) fn ground(&self) -> Ground<'_> {
        Ground {
            questions: &self.names,
            columns: None,
            current: false,
            lists: Some(&self.lists.choices),
            materials: None,
        }
    }

    /// What a rule may name: the materials as well.
    pub(super) fn with_materials(&self) -> Ground<'_> {
        Ground {
            materials: Some(&self.materials),
            ..self.ground()
        }
    }
}
