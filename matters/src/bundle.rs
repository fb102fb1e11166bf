//! A bundle (一件事, 国办发〔2022〕32号): several matters applied for as one. It is a matter whose [`Matter::parts`] name the
//! matters in it; its form asks what they share once, and each of them is decided on its own.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::form::{Answers, Context, Expression};
use crate::matter::Matter;
use crate::text::{Language, Text};
use crate::view::QuestionKind;

/// A matter within a bundle.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Code of the matter.
    pub code: String,
    /// Part of the bundle when this holds for its form; always when there is none.
    pub relevant: Option<Expression>,
    /// What it is called within the bundle: the name of the matter when the sheet says nothing.
    pub label: Text,
    /// The matter, as it stands in the same version of the catalogue.
    pub matter: Arc<Matter>,
}

/// A part in a list.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartView {
    /// Code of the matter.
    pub code: String,
    /// What it is called within the bundle.
    pub label: String,
}

/// What of a bundle belongs to one of its matters.
#[derive(Clone, PartialEq, Debug)]
pub struct Share {
    /// Code of the matter.
    pub code: String,
    /// Whether it is applied for with these answers.
    pub relevant: bool,
    /// The answers to the questions that its form has.
    pub answers: Answers,
}

impl Part {
    /// The line in a list.
    pub fn view(&self, language: Language) -> PartView {
        PartView {
            code: self.code.clone(),
            label: self.label.get(language).to_owned(),
        }
    }
}

impl Matter {
    /// What of a bundle's answers belongs to each of its matters, in order: what was typed, and what the bundle preset
    /// where the matter by itself would stay empty. Empty for a matter that is no bundle.
    pub fn split(&self, answers: &Answers, context: &Context) -> Vec<Share> {
        let whole = self.form.values(answers, context);
        let share = |part: &Part| {
            let form = &part.matter.form;
            let known = |key: &str| {
                let first = key.split(['[', '/', ':']).next().unwrap_or(key);
                form.question(first).is_some()
            };
            let mut own: Answers = answers
                .iter()
                .filter(|(key, _)| known(key))
                .map(|(key, answer)| (key.clone(), answer.clone()))
                .collect();
            let mut alone = form.values(&own, context);
            let asked = form.questions().iter().filter(|question| {
                question.is_asked() && question.kind != QuestionKind::Repeat && !answers.contains_key(&question.name)
            });
            for question in asked {
                let shown = whole.text(&question.name);
                if whole.is_relevant(&question.name) && !shown.is_empty() && alone.text(&question.name) != shown {
                    alone.answer(&question.name, shown);
                    own.insert(question.name.clone(), shown.to_owned());
                }
            }
            Share {
                code: part.code.clone(),
                relevant: part.relevant.as_ref().is_none_or(|relevant| whole.holds(relevant)),
                answers: own,
            }
        };
        self.parts.iter().map(share).collect()
    }
}
