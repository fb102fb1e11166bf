//! A matter or a bundle, from the sheets of its workbook.

use std::sync::Arc;

use super::around::{Around, Kind, Opened};
use super::known::Known;
use super::problem::Problems;
use super::table::Table;
use super::{
    Sheets, about, block, bundle, compared, form, guide, materials, questions, rules, scenarios, shared, steps, table,
};
use crate::bundle::Part;
use crate::matter::Matter;

/// The sheets whose expressions may ask what was chosen.
const COMPARING: [&str; 6] = ["survey", "materials", "guide", "rules", "steps", "shared"];

/// Reads a matter or a bundle among the files of its catalogue; what is wrong goes to `problems`.
pub(super) fn read(opened: &Opened, around: &Around<'_>, problems: &mut Problems) -> Option<Matter> {
    let whole = block::expand(&opened.sheets, around, problems)?;
    let (about_sheet, bundled) = match opened.kind {
        Kind::Bundle(_) => ("bundle", true),
        _ => ("matter", false),
    };
    let about = table(&whole, about_sheet, true, problems);
    let about = about.as_ref().and_then(|table| about::read(table, problems));
    let (sheets, parts) = if bundled {
        let (sheets, parts) = bundle::merge(whole.into_owned(), around, problems);
        (std::borrow::Cow::Owned(sheets), parts)
    } else {
        (whole, Vec::new())
    };
    let matter = sheets_of(about, &sheets, parts, bundled, around, problems)?;
    unconfirmed(matter, opened, problems)
}

fn sheets_of(
    about: Option<Matter>,
    sheets: &Sheets,
    parts: Vec<Part>,
    bundled: bool,
    around: &Around<'_>,
    problems: &mut Problems,
) -> Option<Matter> {
    let survey = table(sheets, "survey", true, problems);
    let questions = questions(sheets, survey.as_ref(), Some(&|name: &str| around.file(name)), problems);
    let mut known = Known::new(&questions);
    let sheet = |name: &'static str, problems: &mut Problems| table(sheets, name, false, problems);

    for name in COMPARING {
        if let Some(table) = table(sheets, name, false, &mut problems.alike()) {
            compared::check(&table, &known, problems);
        }
    }
    let materials = table(sheets, "materials", !bundled, problems)
        .map(|table| materials::read(&table, &known, around, problems))
        .unwrap_or_default();
    known.materials = materials.iter().map(|material| material.code.clone()).collect();
    let guide = sheet("guide", problems).and_then(|table| guide::read(&table, &known, problems));
    let rules = sheet("rules", problems)
        .map(|table| rules::read(&table, &known, problems))
        .unwrap_or_default();
    let steps = sheet("steps", problems)
        .map(|table| steps::read(&table, &known, problems))
        .unwrap_or_default();
    let shared = sheet("shared", problems)
        .map(|table| shared::read(&table, &known, around.codes(), problems))
        .unwrap_or_default();
    let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    let scenarios = sheet("scenarios", problems)
        .map(|table| scenarios::read(&table, &known, &names, problems))
        .unwrap_or_default();

    let title = about.as_ref().map(|about| about.name.clone()).unwrap_or_default();
    let (Some(about), Some(form)) = (about, form(title, questions, problems)) else {
        return None;
    };
    let slowest = |parts: &[Part]| {
        let limits = parts.iter().map(|part| part.matter.promised);
        limits.reduce(|one, other| if other.is_longer_than(one) { other } else { one })
    };
    let promised = slowest(&parts)
        .filter(|_| about.promised.count == 0)
        .unwrap_or(about.promised);
    problems.is_empty().then_some(Matter {
        promised,
        materials,
        form,
        guide,
        rules,
        steps,
        shared,
        scenarios,
        parts,
        ..about
    })
}

/// Notes what the district has not confirmed, of the parts of a bundle as well.
fn unconfirmed(mut matter: Matter, opened: &Opened, problems: &mut Problems) -> Option<Matter> {
    for mark in &opened.unconfirmed {
        let problem = format!("{} 的 {} 标着 [?]，还没有确认", mark.name, mark.column);
        let remedy = "向主管部门核实后去掉 [?]";
        problems.warn(&mark.sheet, mark.row, &mark.column, "unconfirmed", problem, remedy);
    }
    let mut marks = opened.unconfirmed.clone();
    for part in matter.parts.iter().map(|part| Arc::clone(&part.matter)) {
        let materials = part.unconfirmed.iter().filter(|mark| mark.sheet == "materials");
        marks.extend(materials.cloned());
    }
    matter.unconfirmed = marks;
    Some(matter)
}

/// Reads a block by itself, for what is wrong with it.
pub(super) fn check_block(opened: &Opened, around: &Around<'_>, problems: &mut Problems) {
    let Some(whole) = block::expand(&opened.sheets, around, problems) else {
        return;
    };
    if let Some(table) = table(&whole, "block", true, problems) {
        about_block(&table, problems);
    }
    let survey = table(&whole, "survey", true, problems);
    let questions = questions(&whole, survey.as_ref(), Some(&|name: &str| around.file(name)), problems);
    let known = Known::new(&questions);
    if let Some(table) = &survey {
        compared::check(table, &known, problems);
    }
    if let Some(table) = table(&whole, "materials", false, problems) {
        compared::check(&table, &known, problems);
        materials::read(&table, &known, around, problems);
    }
    if let Some(table) = table(&whole, "shared", false, problems) {
        shared::read(&table, &known, around.codes(), problems);
    }
    form(Default::default(), questions, problems);
    // A block may mention questions of the forms that include it; where one has no such question, it is told there.
    problems.forget("question_unknown");
}

/// The sheet `block`: `name`, by which others include it, and `label`, for people.
fn about_block(table: &Table<'_>, problems: &mut Problems) {
    table.refuse_others(&["key", "项目", "说明"], &["value"], problems);
    if !table.require(&["key", "value"], problems) {
        return;
    }
    let mut named = false;
    for record in table.records() {
        let (key, name) = (record.get("key"), record.words("value").zh);
        match key {
            "name" if !name.is_empty() && !name.contains(char::is_whitespace) => named = true,
            "name" => {
                let problem = format!("块的名称“{name}”不能为空，也不能有空格");
                problems.add(
                    "block",
                    record.number(),
                    "value",
                    "name_shape",
                    problem,
                    "写一个简短的名称",
                );
                named = true;
            }
            "label" => {}
            other => {
                let problem = format!("不认识的项目 {other}");
                problems.add(
                    "block",
                    record.number(),
                    "key",
                    "key_unknown",
                    problem,
                    "可用的 key：name、label",
                );
            }
        }
    }
    if !named {
        problems.add(
            "block",
            0,
            "value",
            "value_missing",
            "没有填写 name",
            "加一行 name，写块的名称",
        );
    }
}
