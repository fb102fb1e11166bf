//! An evaluated form as the screens show it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::fill::Evaluation;
use super::instance::{Cell, FORM};
use super::key;
use super::layout::Place;
use super::message::Fault;
use super::node::Ref;
use super::question::{Choice, Question};
use super::shape;
use super::{Answers, Context, Form, date};
use crate::identity;
use crate::initials::initials;
use crate::text::{Language, Text};
use crate::view::{ChoiceView, FormView, QuestionKind, QuestionView};

/// Choices beyond this many are shown as a list, in which people search.
const SEARCHED: usize = 7;

impl Form {
    /// Computes everything a screen or a reviewer needs: calculated values, what is relevant, choices, errors.
    pub fn evaluate(&self, answers: &Answers, context: &Context) -> FormView {
        self.values(answers, context).view()
    }
}

impl Evaluation<'_> {
    /// The form with its answers.
    pub fn view(&self) -> FormView {
        let mut questions = Vec::new();
        self.views(FORM, self.form.layout.members(None), &mut questions);
        let incomplete = questions
            .iter()
            .filter(|view| view.error.is_some())
            .map(|view| view.name.clone())
            .collect();
        FormView {
            title: self.form.title(self.context.language).to_owned(),
            questions,
            incomplete,
        }
    }

    /// One question of it; `None` for a key that the form does not have.
    pub fn question(&self, key: &str) -> Option<QuestionView> {
        self.view_of(key::parse(key).and_then(|key| self.find(&key))?)
    }

    fn views(&self, block: u32, places: &[Place], views: &mut Vec<QuestionView>) {
        let layout = &self.form.layout;
        for place in places.iter().copied() {
            views.extend(self.view_of(Cell { block, place }));
            let members = layout.members(Some(place));
            if !layout.repeats(place) {
                self.views(block, members, views);
                continue;
            }
            for row in self.instance.rows(block, place) {
                views.extend(self.view_of(Cell { block: *row, place }));
                self.views(*row, members, views);
            }
        }
    }

    fn view_of(&self, cell: Cell) -> Option<QuestionView> {
        let question = self.form.question_at(cell.place)?;
        let state = self.state(cell)?;
        let language = self.context.language;
        let row = self.is_row(cell);
        let holds = |expression: &Option<super::Expression>| {
            expression
                .as_ref()
                .is_some_and(|expression| self.holds_at(expression, cell))
        };
        let required = state.relevant && holds(&question.required);
        let readonly = question.kind == QuestionKind::Calculate || question.count.is_some() || self.is_locked(cell);
        let choices = if question.list.is_some() {
            self.choices_at(question, cell)
        } else {
            Vec::new()
        };
        let error = self
            .fault(cell, question, required, &choices)
            .map(|fault| fault.tell(language));
        let words = |name: &str| self.words_of(cell, name);
        let key = self.key(cell);
        let typed = self.answers.get(&key).is_some_and(|answer| !answer.is_empty());
        Some(QuestionView {
            preset: state.relevant && !readonly && !typed && !state.text.is_empty(),
            kind: if row { QuestionKind::Group } else { question.kind },
            group: self.group_of(cell, row),
            label: question.label.fill(language, words),
            hint: question.hint.fill(language, words),
            guidance: question.guidance.fill(language, words),
            picture: picture(question, language),
            parameters: question.parameters.clone(),
            appearance: question.appearance.clone(),
            relevant: state.relevant,
            required,
            readonly,
            value: state.text.clone(),
            display: self.display(question, &state.text),
            choices: choices
                .iter()
                .map(|choice| ChoiceView {
                    name: choice.name.clone(),
                    label: choice.label.get(language).to_owned(),
                    initials: match choices.len() > SEARCHED {
                        true => initials(&choice.label.zh),
                        false => String::new(),
                    },
                })
                .collect(),
            error: error.filter(|error| !(error.may_keep && self.context.kept.contains(&key))),
            name: key,
        })
    }

    /// Whether it is shown but not typed, or something around it is.
    fn is_locked(&self, cell: Cell) -> bool {
        let world = self.world();
        let mut around = std::iter::successors(Some(Ref::Cell(cell)), |node| world.parent(*node));
        around.any(|node| match node {
            Ref::Cell(cell) => {
                let question = self.form.question_at(cell.place);
                let readonly = question.and_then(|question| question.readonly.as_ref());
                readonly.is_some_and(|readonly| self.holds_at(readonly, cell))
            }
            _ => false,
        })
    }

    /// What stands around a question on the screen: a row stands in its repeat, what is in the row stands in the row.
    fn group_of(&self, cell: Cell, row: bool) -> Option<String> {
        if row {
            let outer = self.instance.block(cell.block)?.outer;
            return Some(self.key(Cell {
                block: outer,
                place: cell.place,
            }));
        }
        match self.world().parent(Ref::Cell(cell))? {
            Ref::Cell(parent) => Some(self.key(parent)),
            _ => None,
        }
    }

    /// The answers of the question `name`, as it is seen from a cell, in words; empty when it is not relevant, as for
    /// every other expression.
    fn words_of(&self, cell: Cell, name: &str) -> String {
        let Some(question) = self.form.question(name) else {
            return String::new();
        };
        let seen = self.scope(Ref::Cell(cell)).question(name);
        let texts = seen.iter().filter_map(|node| match node {
            Ref::Cell(cell) => self.state(*cell).filter(|state| state.relevant),
            _ => None,
        });
        let words: Vec<String> = texts.map(|state| self.display(question, &state.text)).collect();
        let words = words.join(if self.context.language == Language::Chinese {
            "、"
        } else {
            ", "
        });
        match self.instance.spend(words.len()) {
            true => words,
            false => String::new(),
        }
    }

    fn display(&self, question: &Question, value: &str) -> String {
        let language = self.context.language;
        match question.kind {
            QuestionKind::SelectOne | QuestionKind::SelectMultiple | QuestionKind::Rank => {
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
        cell: Cell,
        question: &'q Question,
        required: bool,
        choices: &[Cow<'_, Choice>],
    ) -> Option<Fault<'q>> {
        let state = self.state(cell)?;
        if !state.relevant || !question.is_asked() {
            return None;
        }
        let value = state.text.as_str();
        if value.trim().is_empty() {
            return required.then_some(Fault::Missing(&question.required_message));
        }
        self.type_fault(question, value, choices)
            .or_else(|| self.identity_fault(question, value))
            .or_else(|| {
                let broken = question
                    .constraint
                    .as_ref()
                    .is_some_and(|constraint| !self.holds_at(constraint, cell));
                broken.then_some(Fault::Constraint(&question.constraint_message, question.keep))
            })
    }

    fn type_fault(&self, question: &Question, value: &str, choices: &[Cow<'_, Choice>]) -> Option<Fault<'static>> {
        let fits = match question.kind {
            // A list that is not at hand cannot say that an answer is wrong.
            QuestionKind::SelectOne if question.list.is_some() => {
                return choice_fault(std::iter::once(value), self.form.choices(question), choices);
            }
            QuestionKind::SelectMultiple | QuestionKind::Rank if question.list.is_some() => {
                return choice_fault(value.split_whitespace(), self.form.choices(question), choices);
            }
            kind => shape::fits(kind, value, &question.parameters),
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

/// The name of the picture beside a question; empty when there is none.
fn picture(question: &Question, language: Language) -> String {
    let named = question.media.get("image").or_else(|| question.media.get("big-image"));
    named.map(|name| name.get(language).to_owned()).unwrap_or_default()
}

/// The first answer that is not offered decides what is said.
fn choice_fault<'v>(
    values: impl Iterator<Item = &'v str>,
    all: &[Choice],
    left: &[Cow<'_, Choice>],
) -> Option<Fault<'static>> {
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
