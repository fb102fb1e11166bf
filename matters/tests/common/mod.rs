//! Workbooks written as text, for scenarios.
#![allow(dead_code, reason = "every test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use doorstep_matters::view::FieldError;
use doorstep_matters::{Answers, Context, FormView, Language, Matter, QuestionView, WorkbookError, read};
use rust_xlsxwriter::Workbook;

/// The sheet `matter` of every scenario.
pub const MATTER: &str = "
    key | value
    code | T-1
    name | 测试事项
    kind | 05
    handling | 2
    level | 4
    department | 云溪区民政局
    promised_days | 5
";

/// The sheet `materials` of most scenarios.
pub const MATERIALS: &str = "
    code | name
    id_card | 身份证
";

/// A workbook of these sheets. A sheet is lines, a line is cells between ` | `; a cell that needs that sign itself writes ∪.
pub fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, text) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, line) in text.trim().lines().enumerate() {
            for (column, cell) in line.split('|').map(str::trim).enumerate() {
                if !cell.is_empty() {
                    sheet
                        .write_string(
                            u32::try_from(row).unwrap(),
                            u16::try_from(column).unwrap(),
                            cell.replace('∪', "|"),
                        )
                        .unwrap();
                }
            }
        }
    }
    workbook.save_to_buffer().unwrap()
}

/// A matter with this survey and these choices.
pub fn matter(survey: &str, choices: &str) -> Matter {
    read(&workbook(&[
        ("survey", survey),
        ("choices", choices),
        ("matter", MATTER),
        ("materials", MATERIALS),
    ]))
    .unwrap()
}

/// What is wrong with this survey and these choices.
pub fn errors(survey: &str, choices: &str) -> Vec<WorkbookError> {
    let bytes = workbook(&[
        ("survey", survey),
        ("choices", choices),
        ("matter", MATTER),
        ("materials", MATERIALS),
    ]);
    read(&bytes)
        .map(|matter| matter.code)
        .expect_err("the workbook has errors")
}

/// No choices.
pub const NONE: &str = "list_name | name | label";

pub fn answers(pairs: &[(&str, &str)]) -> Answers {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// 14 February 2026, at a village station, in Chinese.
pub fn context() -> Context {
    Context {
        today: "2026-02-14".into(),
        station: "500199101201".into(),
        language: Language::Chinese,
        ..Context::default()
    }
}

pub fn evaluate(matter: &Matter, pairs: &[(&str, &str)]) -> FormView {
    matter.form.evaluate(&answers(pairs), &context())
}

pub fn question<'v>(view: &'v FormView, name: &str) -> &'v QuestionView {
    view.questions
        .iter()
        .find(|question| question.name == name)
        .unwrap_or_else(|| panic!("no question {name}"))
}

pub fn value<'v>(view: &'v FormView, name: &str) -> &'v str {
    &question(view, name).value
}

pub fn error<'v>(view: &'v FormView, name: &str) -> Option<&'v FieldError> {
    question(view, name).error.as_ref()
}

pub fn code<'v>(view: &'v FormView, name: &str) -> Option<&'v str> {
    error(view, name).map(|error| error.code.as_str())
}

/// The value of an expression over questions `a`, `b` (text), `n` (integer), `d` (date), `m` (several choices).
pub fn compute(expression: &str, pairs: &[(&str, &str)]) -> String {
    let mut workbook = Workbook::new();
    let sheets = [
        (
            "choices",
            "list_name | name | label\n l | x | 甲\n l | y | 乙\n l | z | 丙",
        ),
        ("matter", MATTER),
        ("materials", MATERIALS),
    ];
    let survey = workbook.add_worksheet();
    survey.set_name("survey").unwrap();
    let rows = [
        ["type", "name", "label", "calculation"],
        ["text", "a", "A", ""],
        ["text", "b", "B", ""],
        ["integer", "n", "N", ""],
        ["date", "d", "D", ""],
        ["select_multiple l", "m", "M", ""],
        // Written cell by cell: an expression may hold any character.
        ["calculate", "result", "", expression],
    ];
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            survey
                .write_string(u32::try_from(row).unwrap(), u16::try_from(column).unwrap(), *cell)
                .unwrap();
        }
    }
    for (name, text) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name).unwrap();
        for (row, line) in text.trim().lines().enumerate() {
            for (column, cell) in line.split('|').map(str::trim).enumerate() {
                sheet
                    .write_string(
                        u32::try_from(row).unwrap(),
                        u16::try_from(column).unwrap(),
                        cell.replace('∪', "|"),
                    )
                    .unwrap();
            }
        }
    }
    let matter = read(&workbook.save_to_buffer().unwrap()).unwrap_or_else(|errors| panic!("{expression}: {errors:?}"));
    value(&evaluate(&matter, pairs), "result").to_owned()
}
