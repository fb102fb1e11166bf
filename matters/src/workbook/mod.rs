//! Reads a workbook (`.xlsx`): the sheets `survey`, `choices` and `settings` as XLSForm has them, and `matter` and
//! `materials`. Other sheets are left alone. Everything that is wrong is reported, all at once.

use std::collections::BTreeMap;

use crate::form::{Form, Question};
use crate::matter::Matter;
use crate::text::Text;
use crate::view::QuestionKind;

mod about;
mod cell;
mod choices;
mod file;
mod kind;
mod materials;
mod problem;
mod proofs;
mod settings;
mod survey;
mod table;

pub use problem::WorkbookError;

use choices::Lists;
use problem::Problems;
use table::Table;

/// Reads a matter, or everything that is wrong with it. Memory is bounded, whatever the bytes are.
pub fn read(bytes: &[u8]) -> Result<Matter, Vec<WorkbookError>> {
    let mut problems = Problems::default();
    let Some(sheets) = file::read(bytes, &mut problems) else {
        return Err(problems.into_list());
    };
    let survey = table(&sheets, "survey", true, &mut problems);
    let about = table(&sheets, "matter", true, &mut problems);
    let materials = table(&sheets, "materials", true, &mut problems);

    let questions = questions(&sheets, survey.as_ref(), &mut problems);
    let names = questions
        .rows
        .iter()
        .map(|(_, question)| question.name.clone())
        .collect();
    for (row, question) in &questions.rows {
        if question.kind == QuestionKind::Repeat {
            let problem = format!("事项的表单暂不支持类型 begin_repeat（{}）", question.name);
            let remedy = "改用固定几组题目";
            problems.add("survey", *row, "type", "type_unsupported", problem, remedy);
        }
    }
    let materials = materials
        .as_ref()
        .map(|table| materials::read(table, &names, &mut problems))
        .unwrap_or_default();
    let about = about.as_ref().and_then(|table| about::read(table, &mut problems));
    let title = about.as_ref().map(|about| about.name.clone()).unwrap_or_default();
    match (about, form(title, questions, &mut problems)) {
        (Some(about), Some(form)) if problems.is_empty() => Ok(Matter {
            materials,
            form,
            ..about
        }),
        _ => Err(problems.into_list()),
    }
}

/// Reads the form alone, as any XLSForm has it: `survey`, `choices` and `settings`; or everything that is wrong with it.
pub fn read_form(bytes: &[u8]) -> Result<Form, Vec<WorkbookError>> {
    let mut problems = Problems::default();
    let Some(sheets) = file::read(bytes, &mut problems) else {
        return Err(problems.into_list());
    };
    let survey = table(&sheets, "survey", true, &mut problems);
    let questions = questions(&sheets, survey.as_ref(), &mut problems);
    match form(Text::default(), questions, &mut problems) {
        Some(form) if problems.is_empty() => Ok(form),
        _ => Err(problems.into_list()),
    }
}

type Sheets = BTreeMap<&'static str, Vec<file::Row>>;

fn table<'s>(sheets: &'s Sheets, name: &'static str, needed: bool, problems: &mut Problems) -> Option<Table<'s>> {
    if let Some(rows) = sheets.get(name) {
        return Table::new(name, rows, problems);
    }
    if needed {
        problems.add(
            name,
            0,
            "",
            "sheet_missing",
            format!("没有名为 {name} 的工作表"),
            format!("加一张名为 {name} 的工作表，可从现有事项复制"),
        );
    }
    None
}

/// The questions of a workbook with their rows, and its lists.
struct Questions {
    rows: Vec<(u32, Question)>,
    lists: Lists,
}

fn questions(sheets: &Sheets, survey: Option<&Table<'_>>, problems: &mut Problems) -> Questions {
    if let Some(settings) = table(sheets, "settings", false, problems) {
        settings::check(&settings, problems);
    }
    let lists = table(sheets, "choices", false, problems)
        .map(|table| choices::read(&table, problems))
        .unwrap_or_default();
    let rows = survey
        .map(|table| survey::read(table, &lists, problems))
        .unwrap_or_default();
    Questions { rows, lists }
}

/// The form; circles of questions that depend on each other are reported where they begin.
fn form(title: Text, questions: Questions, problems: &mut Problems) -> Option<Form> {
    let (rows, questions_alone): (Vec<u32>, Vec<Question>) = questions.rows.into_iter().unzip();
    let order: Vec<String> = questions_alone.iter().map(|question| question.name.clone()).collect();
    let circles = match Form::new(title, questions_alone, questions.lists.choices) {
        Ok(form) => return Some(form),
        Err(circles) => circles,
    };
    for circle in circles {
        let first = circle
            .first()
            .and_then(|name| order.iter().position(|other| other == name));
        let row = first.and_then(|place| rows.get(place)).copied().unwrap_or(0);
        let path = circle
            .iter()
            .chain(circle.first())
            .cloned()
            .collect::<Vec<_>>()
            .join(" → ");
        problems.add(
            "survey",
            row,
            "",
            "cycle",
            format!("这些问题互相依赖，绕成了圈：{path}"),
            "去掉其中一处 relevant、calculation 或 default 对另一题的引用",
        );
    }
    None
}
