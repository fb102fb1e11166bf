//! Workbooks: how long the catalogue takes to be read and checked, and an answer in large forms.

use std::fmt::Write as _;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use doorstep_center::demo::workbooks;
use doorstep_harness::chance::Chance;
use doorstep_matters::form::Question;
use doorstep_matters::view::QuestionKind;
use doorstep_matters::{Answers, Context, Form, catalogue, read_form};
use rust_xlsxwriter::Workbook;

use crate::figures::{Figures, percentile};

const ANSWERS: usize = 10_000;
const ROWS: u64 = 10_000;

/// Measures.
pub fn measure(figures: &mut Figures) -> Result<()> {
    let files = workbooks();
    let (mut read, mut checked) = (Vec::new(), Vec::new());
    let mut matters = Default::default();
    for _ in 0..10 {
        let begun = Instant::now();
        matters = catalogue::read(&files).map_err(|faults| anyhow!("{faults:?}"))?.matters;
        read.push(milliseconds(begun));
        let begun = Instant::now();
        catalogue::check(&files).map_err(|faults| anyhow!("{faults:?}"))?;
        checked.push(milliseconds(begun));
    }
    let many = matters.len();
    figures.note(
        format!("catalogue, {many} matters: read, p50"),
        percentile(&mut read, 50),
        "ms",
    );
    figures.note(
        format!("catalogue, {many} matters: checked, p50"),
        percentile(&mut checked, 50),
        "ms",
    );
    let sizes = matters.values().map(|matter| &matter.form);
    let largest = sizes.max_by_key(|form| form.questions().len()).context("no matter")?;
    let what = format!("the catalogue's largest form, {} lines", largest.questions().len());
    answers(figures, &what, largest, &Answers::new(), |_, name| name.to_owned());
    answers(
        figures,
        "a form of 1,000 questions",
        &thousand()?,
        &Answers::new(),
        |_, name| name.to_owned(),
    );
    let begun = Answers::from([("n".to_owned(), ROWS.to_string())]);
    answers(figures, "a form of 10,000 rows", &rows()?, &begun, |chance, name| {
        format!("r[{}]/{name}", chance.below(ROWS) + 1)
    });
    Ok(())
}

fn milliseconds(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}

/// Random answers to random questions; each takes what depends on it along, as a screen shows it.
fn answers(figures: &mut Figures, what: &str, form: &Form, begun: &Answers, key: impl Fn(&mut Chance, &str) -> String) {
    let context = Context {
        today: "2026-02-14".into(),
        ..Context::default()
    };
    let asked = |question: &&Question| question.is_asked() && !begun.contains_key(&question.name);
    let asked: Vec<&Question> = form.questions().iter().filter(asked).collect();
    let mut chance = Chance::new(7);
    let mut evaluation = form.values(begun, &context);
    let mut times = Vec::new();
    for _ in 0..ANSWERS {
        let Some(question) = chance.pick(&asked) else {
            return;
        };
        let (key, text) = (key(&mut chance, &question.name), answer(&mut chance, form, question));
        let begun = Instant::now();
        for changed in evaluation.answer(&key, &text) {
            std::hint::black_box(evaluation.question(&changed));
        }
        times.push(milliseconds(begun));
    }
    figures.under(format!("{what}: an answer, p99"), percentile(&mut times, 99), "ms", 1.0);
}

fn answer(chance: &mut Chance, form: &Form, question: &Question) -> String {
    let choices = form.choices(question);
    let lot = chance.below(choices.len().max(9) as u64) as usize;
    match question.kind {
        _ if lot == 0 => String::new(),
        QuestionKind::SelectOne | QuestionKind::SelectMultiple => choices
            .get(lot % choices.len().max(1))
            .map(|choice| choice.name.clone())
            .unwrap_or_default(),
        QuestionKind::Date => format!("19{lot}0-0{lot}-1{lot}"),
        _ => lot.to_string(),
    }
}

const HEAD: &str = "type|name|label|calculation|relevant|repeat_count";

/// A form of these lines, columns as in [`HEAD`].
fn form(lines: &str) -> Result<Form> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("survey")?;
    for (row, line) in (0..).zip(HEAD.lines().chain(lines.lines())) {
        for (column, cell) in (0..).zip(line.split('|')) {
            sheet.write_string(row, column, cell)?;
        }
    }
    read_form(&workbook.save_to_buffer()?).map_err(|faults| anyhow!("{faults:?}"))
}

/// Each question needs the one before it, or the first.
fn thousand() -> Result<Form> {
    let mut lines = "integer|q0|Q\n".to_owned();
    for n in 1..1_000 {
        let before = n - 1;
        match n % 4 {
            0 => writeln!(lines, "integer|q{n}|Q||${{q{before}}} != 3")?,
            1 => writeln!(lines, "calculate|q{n}||${{q{before}}} + 1")?,
            2 => writeln!(lines, "text|q{n}|Q||${{q{before}}} > 2 or ${{q0}} = ''")?,
            _ => writeln!(lines, "calculate|q{n}||if(${{q{before}}} = '', ${{q0}}, 1)")?,
        }
    }
    form(&lines)
}

/// Rows that are counted and summed.
fn rows() -> Result<Form> {
    form(
        "integer|n|N\n\
         begin_repeat|r|R|||${n}\n\
         integer|a|A\n\
         text|b|B||${a} > 3\n\
         calculate|c||concat(${a}, ${b}, position(..))\n\
         end_repeat\n\
         calculate|sum||sum(${a})\n\
         calculate|count||count(${r})",
    )
}
