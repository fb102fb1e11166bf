//! What the other sheets of a matter may name.

use std::collections::{BTreeMap, BTreeSet};

use super::choices::Lists;
use crate::form::{Ground, Question};

/// The questions, lists and materials of a matter.
pub(super) struct Known<'a> {
    /// Names of the questions.
    pub(super) names: BTreeSet<String>,
    /// Codes of the materials.
    pub(super) materials: BTreeSet<String>,
    questions: BTreeMap<&'a str, &'a Question>,
    lists: &'a Lists,
}

impl<'a> Known<'a> {
    pub(super) fn new(questions: &'a [(u32, Question)], lists: &'a Lists) -> Self {
        let named = questions.iter().map(|(_, question)| (question.name.as_str(), question));
        let questions: BTreeMap<&str, &Question> = named.collect();
        Known {
            names: questions.keys().map(|name| (*name).to_owned()).collect(),
            materials: BTreeSet::new(),
            questions,
            lists,
        }
    }

    pub(super) fn question(&self, name: &str) -> Option<&'a Question> {
        self.questions.get(name).copied()
    }

    /// Whether an answer is among the choices of a question that has some.
    pub(super) fn offers(&self, question: &Question, answer: &str) -> bool {
        let list = question.list.as_deref().and_then(|list| self.lists.choices.get(list));
        list.is_none_or(|choices| {
            answer
                .split_whitespace()
                .all(|one| choices.iter().any(|choice| choice.name == one))
        })
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
