//! Writes the forms of a catalogue as plain XLSForm sheets, blocks and parts in their places, for `tests/oracle`:
//! `cargo run -p doorstep-matters --example sheets -- CATALOGUE OUT`.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use doorstep_matters::Language;
use doorstep_matters::form::{Form, Question};
use doorstep_matters::view::QuestionKind;
use serde_json::json;

const HEAD: [&str; 13] = [
    "type",
    "name",
    "label",
    "relevant",
    "required",
    "constraint",
    "calculation",
    "trigger",
    "default",
    "choice_filter",
    "readonly",
    "appearance",
    "repeat_count",
];

fn kind(question: &Question) -> String {
    let list = question.list.as_deref().unwrap_or_default();
    match question.kind {
        QuestionKind::SelectOne => format!("select_one {list}"),
        QuestionKind::SelectMultiple => format!("select_multiple {list}"),
        QuestionKind::Rank => format!("rank {list}"),
        QuestionKind::Group => "begin_group".into(),
        QuestionKind::Repeat => "begin_repeat".into(),
        QuestionKind::Metadata => "hidden".into(),
        // `date_time` is one word in a sheet.
        other => json!(other).as_str().unwrap().replace("date_time", "datetime"),
    }
}

fn row(question: &Question) -> Vec<String> {
    let source = |column: &str| {
        let mut found = question.expressions().filter(|(other, _)| *other == column);
        found
            .next()
            .map(|(_, expression)| expression.source().to_owned())
            .unwrap_or_default()
    };
    let label = question.label.fill(Language::Chinese, |name| format!("${{{name}}}"));
    let trigger: Vec<String> = question.trigger.iter().map(|name| format!("${{{name}}}")).collect();
    HEAD.iter()
        .map(|column| match *column {
            "type" => kind(question),
            "name" => question.name.clone(),
            "label" if label.is_empty() && question.kind.is_asked() => question.name.clone(),
            "label" => label.clone(),
            "trigger" => trigger.join(","),
            "appearance" => question.appearance.join(" "),
            other => source(other),
        })
        .collect()
}

fn survey(form: &Form) -> Vec<Vec<String>> {
    let mut rows = vec![HEAD.map(String::from).to_vec()];
    let mut open: Vec<&Question> = Vec::new();
    let close = |question: &Question| {
        let mut end = vec![String::new(); HEAD.len()];
        end[0] = kind(question).replace("begin", "end");
        end
    };
    for question in form.questions() {
        while let Some(last) = open.pop_if(|last| Some(last.name.as_str()) != question.group.as_deref()) {
            rows.push(close(last));
        }
        rows.push(row(question));
        if matches!(question.kind, QuestionKind::Group | QuestionKind::Repeat) {
            open.push(question);
        }
    }
    rows.extend(open.into_iter().rev().map(close));
    // Columns that nobody wrote in are left out.
    let written: Vec<bool> = (0..HEAD.len())
        .map(|column| rows.iter().skip(1).any(|row| !row[column].is_empty()))
        .collect();
    for row in &mut rows {
        let mut written = written.iter();
        row.retain(|_| *written.next().unwrap());
    }
    rows
}

fn choices(form: &Form) -> Vec<Vec<String>> {
    let lists: BTreeSet<&str> = form
        .questions()
        .iter()
        .filter_map(|question| question.list.as_deref())
        .collect();
    let all = || {
        lists.iter().flat_map(|list| {
            form.list(list)
                .unwrap_or_default()
                .iter()
                .map(move |choice| (list, choice))
        })
    };
    let columns: BTreeSet<&String> = all().flat_map(|(_, choice)| choice.columns.keys()).collect();
    let columns: Vec<&String> = columns
        .into_iter()
        .filter(|column| !["name", "label"].contains(&column.as_str()))
        .collect();
    let mut rows = vec![["list_name", "name", "label"].map(String::from).to_vec()];
    rows[0].extend(columns.iter().map(|column| (*column).clone()));
    for (list, choice) in all() {
        let mut row = vec![(*list).to_owned(), choice.name.clone(), choice.label.zh.clone()];
        row.extend(
            columns
                .iter()
                .map(|column| choice.columns.get(*column).cloned().unwrap_or_default()),
        );
        rows.push(row);
    }
    rows
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let (catalogue, out) = (arguments.next().unwrap(), arguments.next().unwrap());
    let files: Vec<(String, Vec<u8>)> = std::fs::read_dir(catalogue)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                std::fs::read(entry.path()).unwrap(),
            )
        })
        .collect();
    let catalogue = doorstep_matters::catalogue::read(&files).unwrap();
    std::fs::create_dir_all(&out).unwrap();
    for (code, matter) in &catalogue.matters {
        let sheets = json!({ "survey": survey(&matter.form), "choices": choices(&matter.form) });
        std::fs::write(out.join(format!("{code}.json")), sheets.to_string()).unwrap();
        eprintln!("{code}: {} questions", matter.form.questions().len());
    }
}
