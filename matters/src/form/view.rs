//! An evaluated form as the screens show it.

use std::collections::BTreeSet;

use super::evaluate::Evaluation;
use super::message::Fault;
use super::question::{Choice, Question};
use super::value::Value;
use super::{Answers, Context, Form, date};
use crate::identity;
use crate::text::{Language, Text};
use crate::view::{ChoiceView, FieldError, FormView, QuestionKind, QuestionView};

impl Form {
    /// Computes everything a screen or a reviewer needs: calculated values, what is relevant, choices, errors.
    pub fn evaluate(&self, answers: &Answers, context: &Context) -> FormView {
        self.view(&self.values(answers, context))
    }

    /// The form with its answers, of an evaluation of it.
    pub(crate) fn view(&self, evaluation: &Evaluation<'_>) -> FormView {
        let questions: Vec<QuestionView> = self
            .questions
            .iter()
            .enumerate()
            .map(|(place, question)| evaluation.view(place, question))
            .collect();
        let incomplete = questions
            .iter()
            .filter(|view| view.error.is_some())
            .map(|view| view.name.clone())
            .collect();
        FormView {
            title: self.title(evaluation.context.language).to_owned(),
            questions,
            incomplete,
        }
    }
}

impl Evaluation<'_> {
    fn view(&self, place: usize, question: &Question) -> QuestionView {
        let language = self.context.language;
        let relevant = self.is_relevant(&question.name);
        let required = relevant && question.is_asked() && question.required.as_ref().is_some_and(|r| self.holds(r));
        let readonly =
            question.kind == QuestionKind::Calculate || question.readonly.as_ref().is_some_and(|r| self.holds(r));
        let choices = self.choices(question);
        let error = self
            .fault(place, question, relevant, required, &choices)
            .map(|fault| fault.tell(language));
        let value = self.text(&question.name);
        let typed = self
            .answers
            .get(&question.name)
            .is_some_and(|answer| !answer.is_empty());
        QuestionView {
            preset: relevant && !readonly && !typed && !value.is_empty(),
            name: question.name.clone(),
            kind: question.kind,
            group: question.group.clone(),
            label: question.label.fill(language, |name| self.display_of(name)),
            hint: question.hint.fill(language, |name| self.display_of(name)),
            appearance: question.appearance.clone(),
            relevant,
            required,
            readonly,
            value: value.to_owned(),
            display: self.display(question),
            choices: choices
                .iter()
                .map(|choice| ChoiceView {
                    name: choice.name.clone(),
                    label: choice.label.get(language).to_owned(),
                })
                .collect(),
            error: error.filter(|error| !self.is_kept(question, error)),
        }
    }

    fn is_kept(&self, question: &Question, error: &FieldError) -> bool {
        error.may_keep && self.context.kept.contains(&question.name)
    }

    /// A value in words; empty when the question is not relevant, as for every other expression.
    fn display_of(&self, name: &str) -> String {
        match self.form.question(name) {
            Some(question) if self.is_relevant(name) => self.display(question),
            _ => String::new(),
        }
    }

    fn display(&self, question: &Question) -> String {
        let value = self.text(&question.name);
        let language = self.context.language;
        match question.kind {
            QuestionKind::SelectOne | QuestionKind::SelectMultiple => {
                choice_words(self.form.choices(question), value, language)
            }
            QuestionKind::Date | QuestionKind::Calculate => {
                date::parse(value).map_or_else(|| value.to_owned(), |day| date::in_words(day, language))
            }
            _ => value.to_owned(),
        }
    }

    fn fault<'q>(
        &self,
        place: usize,
        question: &'q Question,
        relevant: bool,
        required: bool,
        choices: &[&Choice],
    ) -> Option<Fault<'q>> {
        if !relevant || !question.is_asked() {
            return None;
        }
        let value = self.text(&question.name);
        if value.trim().is_empty() {
            return required.then_some(Fault::Missing(&question.required_message));
        }
        self.type_fault(question, value, choices)
            .or_else(|| self.identity_fault(question, value))
            .or_else(|| {
                let broken = question
                    .constraint
                    .as_ref()
                    .is_some_and(|constraint| !self.holds_for(constraint, place));
                broken.then_some(Fault::Constraint(&question.constraint_message, question.keep))
            })
    }

    fn type_fault(&self, question: &Question, value: &str, choices: &[&Choice]) -> Option<Fault<'static>> {
        let fits = match question.kind {
            QuestionKind::Integer => is_integer(value),
            QuestionKind::Decimal => date::parse(value).is_none() && Value::Text(value.to_owned()).number().is_finite(),
            QuestionKind::Date => date::parse(value).is_some(),
            QuestionKind::SelectOne => {
                return choice_fault(std::iter::once(value), self.form.choices(question), choices);
            }
            QuestionKind::SelectMultiple => {
                return choice_fault(value.split_whitespace(), self.form.choices(question), choices);
            }
            _ => true,
        };
        (!fits).then_some(Fault::Type(question.kind))
    }

    fn identity_fault(&self, question: &Question, value: &str) -> Option<Fault<'static>> {
        if !question.appears("id-number") {
            return None;
        }
        match identity::parse(value) {
            Err(error) => Some(Fault::Identity(error)),
            Ok(identity) => {
                let birth = identity.birth.as_deref().and_then(date::parse);
                let today = date::parse(&self.context.today);
                birth
                    .zip(today)
                    .is_some_and(|(birth, today)| birth > today)
                    .then_some(Fault::BornAhead)
            }
        }
    }
}

/// The first answer that is not offered decides what is said.
fn choice_fault<'v>(values: impl Iterator<Item = &'v str>, all: &[Choice], left: &[&Choice]) -> Option<Fault<'static>> {
    let left: BTreeSet<&str> = left.iter().map(|choice| choice.name.as_str()).collect();
    let wrong = values.into_iter().find(|value| !left.contains(value))?;
    let known = all.iter().any(|choice| choice.name == wrong);
    Some(if known { Fault::ChoiceGone } else { Fault::Choice })
}

/// The words of one choice or several; a value without words stands for itself, so that nothing is hidden.
pub(super) fn choice_words(choices: &[Choice], value: &str, language: Language) -> String {
    let words = value.split_whitespace().map(|one| {
        choices
            .iter()
            .find(|choice| choice.name == one)
            .map_or(one, |choice| Text::get(&choice.label, language))
    });
    words
        .collect::<Vec<_>>()
        .join(if language == Language::Chinese { "、" } else { ", " })
}

fn is_integer(value: &str) -> bool {
    let digits = value.strip_prefix('-').unwrap_or(value);
    (1..=18).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}
