//! The question tree (智能引导) that leads a person, before anything is filled in, to whether a matter can be done for
//! them, what it takes, and a form with what they have said already. It stores nothing: a way through it is the answers
//! given, and is walked anew each time.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::form::{Answers, Context};
use crate::matter::Matter;
use crate::text::Text;
use crate::view::{ChoiceView, MaterialView};

/// The tree, as the sheet `guide` draws it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guide {
    /// Its steps; the first one is where it begins. Every way through them ends, which the reader sees to.
    pub steps: Vec<GuideStep>,
}

/// A question of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct GuideStep {
    /// Name within the sheet.
    pub name: String,
    /// What is asked.
    pub question: Text,
    /// What may be answered.
    pub answers: Vec<GuideAnswer>,
}

/// An answer and where it leads.
#[derive(Clone, Debug, PartialEq)]
pub struct GuideAnswer {
    /// Name within the step.
    pub name: String,
    /// Its words.
    pub label: Text,
    /// Where it leads.
    pub go: Way,
    /// What it answers in the form already, by question.
    pub fill: Answers,
    /// Codes of materials that are needed on this way, besides those the answers make needed.
    pub materials: Vec<String>,
    /// Why not and what to do instead, or anything worth saying at the end.
    pub message: Text,
}

/// Where an answer leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Way {
    /// To another step, by name.
    Step(String),
    /// It can be done.
    Eligible,
    /// It cannot be done for this person, or not here.
    NotEligible,
}

/// Where a way through the guide has come to.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum GuideView {
    /// Another question.
    Question {
        /// Name of the step.
        step: String,
        /// What is asked.
        question: String,
        /// What may be answered.
        answers: Vec<ChoiceView>,
    },
    /// The end.
    End {
        /// Whether it can be done.
        eligible: bool,
        /// Why not and what to do instead; may be empty when it can be done.
        message: String,
        /// Answers for the form, by question.
        fill: BTreeMap<String, String>,
        /// The personal list of what to bring: what these answers ask for, and what this way needs besides.
        materials: Vec<MaterialView>,
    },
}

impl Guide {
    /// The step of that name.
    pub fn step(&self, name: &str) -> Option<&GuideStep> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// The answers that `names` are, in order, and the step they lead to, when they do not lead to an end. `None` for
    /// answers that the tree does not have, or that go on after an end.
    fn walk<'g>(&'g self, names: &[impl AsRef<str>]) -> Option<(Vec<&'g GuideAnswer>, Option<&'g GuideStep>)> {
        let mut at = self.steps.first();
        let mut given = Vec::new();
        for name in names {
            let answer = at?.answers.iter().find(|answer| answer.name == name.as_ref())?;
            at = match &answer.go {
                Way::Step(step) => Some(self.step(step)?),
                Way::Eligible | Way::NotEligible => None,
            };
            given.push(answer);
        }
        Some((given, at))
    }
}

impl Matter {
    /// Where these answers (names, in order) lead in the guide: the next question, or the end. `None` when the matter
    /// has no guide, or the guide no such answers.
    pub fn guided(&self, names: &[impl AsRef<str>], context: &Context) -> Option<GuideView> {
        let (given, step) = self.guide.as_ref()?.walk(names)?;
        let language = context.language;
        if let Some(step) = step {
            let choice = |answer: &GuideAnswer| ChoiceView {
                initials: String::new(),
                name: answer.name.clone(),
                label: answer.label.get(language).to_owned(),
            };
            return Some(GuideView::Question {
                step: step.name.clone(),
                question: step.question.get(language).to_owned(),
                answers: step.answers.iter().map(choice).collect(),
            });
        }
        let last = given.last()?;
        let fill: Answers = given.iter().flat_map(|answer| answer.fill.clone()).collect();
        let needed: BTreeSet<&str> = given.iter().flat_map(|a| &a.materials).map(String::as_str).collect();
        let mut materials = self.evaluate(&fill, context).1;
        for material in materials.iter_mut().filter(|m| needed.contains(m.code.as_str())) {
            material.relevant = true;
            material.required = material.exempt.is_empty();
        }
        Some(GuideView::End {
            eligible: last.go == Way::Eligible,
            message: last.message.get(language).to_owned(),
            fill,
            materials,
        })
    }
}
