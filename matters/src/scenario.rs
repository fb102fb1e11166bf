//! Sample answers and how the matter is to behave for them (the sheet `scenarios`). They run as tests and in the checker,
//! so that a change of a workbook that breaks what the district expects of it is seen before it is published.

use crate::form::{Answers, Context};
use crate::guide::GuideView;
use crate::matter::Matter;
use crate::rule::{Standing, Standings};
use crate::view::{FormView, MaterialView, QuestionView};

/// The day of a scenario that names none.
const TODAY: &str = "2026-02-14";

/// One scenario: its lines in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// Name.
    pub name: String,
    /// What is done and looked at, with the row of the sheet.
    pub lines: Vec<(u32, Line)>,
}

/// A line of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The day of the form, `2026-02-14`; that day when nothing is said.
    Today(String),
    /// The station that takes it, a 12-digit division; none when nothing is said.
    Station(String),
    /// An answer, by key.
    Answer(String, String),
    /// A row with this word in a repeat.
    Row(String, String),
    /// The question is asked.
    Visible(String),
    /// The question is not asked.
    Hidden(String),
    /// The question has this value.
    Value(String, String),
    /// The choices of the question, by name, in order.
    Choices(String, Vec<String>),
    /// The question has an error, of this code when there is one.
    Error(String, String),
    /// The question has no error.
    Valid(String),
    /// Nothing stands in the way of the form.
    Complete,
    /// Something does.
    Incomplete,
    /// A material is so.
    Material(String, MaterialState),
    /// What was done about a material; what is needed and not spoken of counts as given.
    Brought(String, Standing),
    /// A check does not hold.
    Broken(String),
    /// A check holds.
    Holds(String),
    /// The center accepts by itself, or does not.
    Accepts(bool),
    /// These answers of the guide end so.
    Guide(Vec<String>, bool),
}

impl Line {
    /// The column that says what should be.
    fn column(&self) -> &'static str {
        match self {
            Line::Value(..)
            | Line::Choices(..)
            | Line::Error(..)
            | Line::Material(..)
            | Line::Accepts(_)
            | Line::Guide(..) => "value",
            _ => "action",
        }
    }
}

/// How a material is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaterialState {
    /// It must be brought.
    Needed,
    /// It may be brought.
    Optional,
    /// Government holds it already.
    Exempt,
    /// It does not apply.
    Hidden,
}

impl MaterialState {
    fn of(material: &MaterialView) -> Self {
        match material {
            material if !material.relevant => MaterialState::Hidden,
            material if !material.exempt.is_empty() => MaterialState::Exempt,
            material if material.required => MaterialState::Needed,
            _ => MaterialState::Optional,
        }
    }

    fn word(self) -> &'static str {
        match self {
            MaterialState::Needed => "needed",
            MaterialState::Optional => "optional",
            MaterialState::Exempt => "exempt",
            MaterialState::Hidden => "hidden",
        }
    }
}

/// A line of a scenario that does not come out as it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioFault {
    /// Row of the sheet.
    pub row: u32,
    /// The column that says what should be.
    pub column: &'static str,
    /// The scenario.
    pub scenario: String,
    /// What should be.
    pub expected: String,
    /// What is.
    pub found: String,
}

/// Plays the scenarios of a matter; the lines that fail, in order.
pub fn run(matter: &Matter) -> Vec<ScenarioFault> {
    matter
        .scenarios
        .iter()
        .flat_map(|scenario| play(matter, scenario))
        .collect()
}

fn play(matter: &Matter, scenario: &Scenario) -> Vec<ScenarioFault> {
    let mut stage = Stage {
        matter,
        answers: Answers::new(),
        brought: Standings::new(),
        context: Context {
            today: TODAY.into(),
            ..Context::default()
        },
        seen: None,
    };
    let mut faults = Vec::new();
    for (row, line) in &scenario.lines {
        if let Some((expected, found)) = stage.line(line).filter(|(expected, found)| expected != found) {
            faults.push(ScenarioFault {
                row: *row,
                column: line.column(),
                scenario: scenario.name.clone(),
                expected,
                found,
            });
        }
    }
    faults
}

/// A matter in the middle of a scenario.
struct Stage<'m> {
    matter: &'m Matter,
    answers: Answers,
    brought: Standings,
    context: Context,
    /// The form and the materials as they stand; made up when somebody looks.
    seen: Option<(FormView, Vec<MaterialView>)>,
}

impl Stage<'_> {
    /// Does what a line says; what it expects and what is, when it looks at something.
    fn line(&mut self, line: &Line) -> Option<(String, String)> {
        let expected = |text: &str| text.to_owned();
        match line {
            Line::Today(day) => self.set(|stage| stage.context.today.clone_from(day)),
            Line::Station(division) => self.set(|stage| stage.context.station.clone_from(division)),
            Line::Answer(key, value) => {
                let value = self.matter.form.normalize(key, value);
                self.set(|stage| {
                    stage.answers.insert(key.clone(), value);
                })
            }
            Line::Row(repeat, word) => self.set(|stage| {
                stage.answers.insert(format!("{repeat}[{word}]"), String::new());
            }),
            Line::Brought(code, standing) => self.set(|stage| {
                stage.brought.insert(code.clone(), *standing);
            }),
            Line::Visible(key) => self.look(key, expected("asked"), |question| asked(question.relevant)),
            Line::Hidden(key) => self.look(key, expected("not asked"), |question| asked(question.relevant)),
            Line::Value(key, value) => self.look(key, value.clone(), |question| question.value.clone()),
            Line::Choices(key, choices) => self.look(key, choices.join(" "), |question| {
                let names: Vec<&str> = question.choices.iter().map(|choice| choice.name.as_str()).collect();
                names.join(" ")
            }),
            Line::Error(key, code) if code.is_empty() => self.look(key, expected("an error"), |question| {
                if question.error.is_some() { "an error" } else { "none" }.to_owned()
            }),
            Line::Error(key, code) => self.look(key, code.clone(), error),
            Line::Valid(key) => self.look(key, expected("no error"), error),
            Line::Complete => {
                let left = self.form().incomplete.join(" ");
                Some((String::new(), left))
            }
            Line::Incomplete => {
                let complete = self.form().incomplete.is_empty();
                Some((
                    expected("incomplete"),
                    if complete { "complete" } else { "incomplete" }.to_owned(),
                ))
            }
            Line::Material(code, state) => {
                let found = self.seen().1.iter().find(|material| material.code == *code);
                let found = found.map_or("none", |material| MaterialState::of(material).word());
                Some((state.word().to_owned(), found.to_owned()))
            }
            Line::Broken(rule) => Some((expected("broken"), self.rule(rule))),
            Line::Holds(rule) => Some((expected("holds"), self.rule(rule))),
            Line::Accepts(accepts) => {
                let standings = self.standings();
                let rule = self.matter.accepts(&self.answers, &standings, &self.context);
                let word = |accepts: bool| if accepts { "accepted" } else { "not accepted" }.to_owned();
                Some((word(*accepts), word(rule.is_some())))
            }
            Line::Guide(answers, eligible) => {
                let word = |eligible: bool| if eligible { "eligible" } else { "not_eligible" }.to_owned();
                let found = match self.matter.guided(answers, &self.context) {
                    Some(GuideView::End { eligible, .. }) => word(eligible),
                    Some(GuideView::Question { step, .. }) => step,
                    None => "no such way".to_owned(),
                };
                Some((word(*eligible), found))
            }
        }
    }

    fn set(&mut self, change: impl FnOnce(&mut Self)) -> Option<(String, String)> {
        change(self);
        self.seen = None;
        None
    }

    fn seen(&mut self) -> &(FormView, Vec<MaterialView>) {
        let (matter, answers, context) = (self.matter, &self.answers, &self.context);
        self.seen.get_or_insert_with(|| matter.evaluate(answers, context))
    }

    fn form(&mut self) -> &FormView {
        &self.seen().0
    }

    fn look(
        &mut self,
        key: &str,
        expected: String,
        found: impl FnOnce(&QuestionView) -> String,
    ) -> Option<(String, String)> {
        let question = self.form().questions.iter().find(|question| question.name == *key);
        // A row that is not there is not asked.
        let found = question.map_or_else(|| asked(false), found);
        Some((expected, found))
    }

    /// What is needed counts as given where nothing else is said.
    fn standings(&mut self) -> Standings {
        let mut standings = self.brought.clone();
        let needed = self.seen().1.iter().filter(|material| material.required);
        let needed: Vec<String> = needed.map(|material| material.code.clone()).collect();
        for code in needed {
            standings.entry(code).or_insert(Standing::Given);
        }
        standings
    }

    fn rule(&mut self, name: &str) -> String {
        let standings = self.standings();
        let broken = self.matter.broken(&self.answers, &standings, &self.context);
        let broken = broken.iter().any(|rule| rule.name == name);
        if broken { "broken" } else { "holds" }.to_owned()
    }
}

fn asked(relevant: bool) -> String {
    if relevant { "asked" } else { "not asked" }.to_owned()
}

fn error(question: &QuestionView) -> String {
    question
        .error
        .as_ref()
        .map_or_else(|| "no error".to_owned(), |error| error.code.clone())
}
