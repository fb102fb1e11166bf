//! Reads a workbook (`.xlsx`): the sheets `survey`, `choices` and `settings` as XLSForm has them, and `matter` and
//! `materials`. Other sheets are left alone. Everything that is wrong is reported, all at once.

use crate::form::Form;
use crate::matter::Matter;

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

use problem::Problems;
use table::Table;

/// Reads a matter, or everything that is wrong with it. Memory is bounded, whatever the bytes are.
pub fn read(bytes: &[u8]) -> Result<Matter, Vec<WorkbookError>> {
    let mut problems = Problems::default();
    let Some(sheets) = file::read(bytes, &mut problems) else {
        return Err(problems.into_list());
    };
    let mut table = |name: &'static str, needed: bool| match sheets.get(name) {
        Some(rows) => Table::new(name, rows, &mut problems),
        None => {
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
    };
    let survey = table("survey", true);
    let choices = table("choices", false);
    let settings = table("settings", false);
    let about = table("matter", true);
    let materials = table("materials", true);

    if let Some(settings) = &settings {
        settings::check(settings, &mut problems);
    }
    let lists = choices
        .as_ref()
        .map(|table| choices::read(table, &mut problems))
        .unwrap_or_default();
    let questions = survey
        .as_ref()
        .map(|table| survey::read(table, &lists, &mut problems))
        .unwrap_or_default();
    let names = questions.iter().map(|(_, question)| question.name.clone()).collect();
    let materials = materials
        .as_ref()
        .map(|table| materials::read(table, &names, &mut problems))
        .unwrap_or_default();
    let about = about.as_ref().and_then(|table| about::read(table, &mut problems));

    let (rows, questions): (Vec<u32>, Vec<_>) = questions.into_iter().unzip();
    let title = about.as_ref().map(|about| about.name.clone()).unwrap_or_default();
    let order: Vec<String> = questions.iter().map(|question| question.name.clone()).collect();
    let form = match Form::new(title, questions, lists.choices) {
        Ok(form) => Some(form),
        Err(circles) => {
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
    };
    match (about, form) {
        (Some(about), Some(form)) if problems.is_empty() => Ok(Matter {
            materials,
            form,
            ..about
        }),
        _ => Err(problems.into_list()),
    }
}
