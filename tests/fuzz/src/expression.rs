//! Expressions of forms.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use doorstep_matters::form::{Answers, Context, Expression, Form, Question, Words};
use doorstep_matters::workbook::read_form;

use crate::package;

/// A form with a question of each kind, two of them in rows.
const FORM: &[&[&str]] = &[
    &["type", "name", "label"],
    &["text", "name", "N"],
    &["integer", "age", "A"],
    &["decimal", "sum", "S"],
    &["date", "day", "D"],
    &["dateTime", "moment", "M"],
    &["select_one colour", "one", "O"],
    &["select_multiple colour", "many", "X"],
    &["geopoint", "place", "P"],
    &["begin_repeat", "member", "R"],
    &["text", "who", "W"],
    &["integer", "years", "Y"],
    &["end_repeat", "", ""],
];
const CHOICES: &[&[&str]] = &[
    &["list_name", "name", "label", "warm"],
    &["colour", "red", "Red", "yes"],
    &["colour", "blue", "Blue", "no"],
];

static ASKED: LazyLock<Form> = LazyLock::new(|| {
    let rows = |lines: &[&[&str]]| {
        lines
            .iter()
            .map(|line| line.iter().map(|cell| (*cell).to_owned()).collect())
            .collect()
    };
    let sheets = [("survey".to_owned(), rows(FORM)), ("choices".to_owned(), rows(CHOICES))];
    read_form(&package::workbook(&sheets)).unwrap_or_else(|faults| unreachable!("{faults:?}"))
});

static ANSWERS: LazyLock<Answers> = LazyLock::new(|| {
    let answers = [
        ("name", "柳青禾"),
        ("age", "81"),
        ("sum", "3.5"),
        ("day", "2026-02-14"),
        ("moment", "2026-02-14T08:30:00.000+08:00"),
        ("one", "red"),
        ("many", "red blue"),
        ("place", "29.5 106.5 0 0"),
        ("member[1]/who", "甲"),
        ("member[1]/years", "7"),
        ("member[k3]/who", "乙"),
        ("member[k3]/years", "x"),
    ];
    answers.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
});

/// The bytes are an expression. It is parsed and computed: beside the questions of a form, in a row of a repeat, and as a
/// filter of choices.
pub fn expression(data: &[u8]) {
    let Ok(parsed) = Expression::parse(&String::from_utf8_lossy(data)) else {
        return;
    };
    let mut questions = ASKED.questions().to_vec();
    let computed = |name: &str, group: Option<&str>| {
        let template = ASKED.question("name").cloned();
        template.map(|question: Question| Question {
            name: name.to_owned(),
            group: group.map(str::to_owned),
            label: Words::default(),
            relevant: Some(parsed.clone()),
            required: Some(parsed.clone()),
            constraint: Some(parsed.clone()),
            calculation: Some(parsed.clone()),
            ..question
        })
    };
    questions.extend(computed("here", None));
    questions.extend(computed("within", Some("member")));
    for question in &mut questions {
        if question.list.is_some() {
            question.choice_filter = Some(parsed.clone());
        }
    }
    let lists = ["colour"].map(|list| (list.to_owned(), ASKED.list(list).unwrap_or_default().to_vec()));
    let Ok(form) = Form::new(Default::default(), questions, BTreeMap::from(lists)) else {
        return;
    };
    let context = Context {
        today: "2026-03-05".into(),
        now: "2026-03-05T08:30:00.000+08:00".into(),
        seed: 7,
        ..Context::default()
    };
    let mut evaluation = form.values(&ANSWERS, &context);
    evaluation.view();
    evaluation.answer("age", "17");
    evaluation.answer("member[k3]/years", "3");
    let _ = (
        evaluation.holds(&parsed),
        evaluation.text("here").len(),
        evaluation.is_too_costly(),
    );
}
