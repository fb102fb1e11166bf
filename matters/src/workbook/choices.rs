//! The sheets `choices` and `external_choices`.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::Problems;
use super::table::{Record, Table};
use crate::form::Choice;
use crate::text::Text;

/// The lists of a workbook and the columns that choice filters may name.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) choices: BTreeMap<String, Vec<Choice>>,
    pub(super) columns: BTreeSet<String>,
    /// The lists that stand in `external_choices`, and only there.
    pub(super) external: BTreeMap<String, Vec<Choice>>,
}

/// Reads the lists of a sheet; names may stand in a list twice when `duplicates` says so.
pub(super) fn read(table: &Table<'_>, duplicates: bool, problems: &mut Problems) -> Lists {
    let mut lists = Lists {
        columns: columns(table, problems),
        ..Lists::default()
    };
    let empty = table.records().next().is_none();
    let bare = empty && problems.is_plain();
    if !bare && !table.require(&needed(problems), problems) {
        return Lists::default();
    }
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for record in table.records() {
        let (row, list, name) = (record.number(), record.get("list_name"), record.get("name"));
        let mut add = |column: &str, code: &str, problem: String, remedy: &str| {
            problems.add(table.sheet, row, column, code, problem, remedy);
        };
        if list.is_empty() {
            let (problem, remedy) = ("没有写属于哪个选项表", "填写 list_name；合并的单元格请拆开，每行都填");
            problems.doubt(table.sheet, row, "list_name", "list_missing", problem, remedy);
            continue;
        }
        if name.is_empty() {
            add(
                "name",
                "choice_name",
                "选项没有 name".to_owned(),
                "填写由字母、数字、下划线组成的 name",
            );
            continue;
        }
        if !duplicates && !seen.insert((list.to_owned(), name.to_owned())) {
            let problem = format!("选项表 {list} 中 {name} 重复");
            add("name", "choice_twice", problem, "改名或删去一行");
            continue;
        }
        if name.contains(char::is_whitespace) {
            let (problem, remedy) = (format!("选项的 name“{name}”中有空格"), "改用下划线");
            problems.doubt(table.sheet, row, "name", "choice_name", problem, remedy);
        }
        let choice = choice(&record, &lists.columns, name, problems.is_plain());
        if choice.label.zh.is_empty() {
            let (problem, remedy) = ("选项没有中文文字", "填写 label::中文 (zh)");
            problems.doubt(table.sheet, row, "label", "label_missing", problem, remedy);
        }
        lists.choices.entry(list.to_owned()).or_default().push(choice);
    }
    lists
}

fn needed(problems: &Problems) -> Vec<&'static str> {
    let mut needed = vec!["name"];
    if !problems.is_plain() {
        needed.extend(["list_name", "label"]);
    }
    needed
}

/// The columns that a filter may name.
fn columns(table: &Table<'_>, problems: &mut Problems) -> BTreeSet<String> {
    let mut columns = BTreeSet::from(["name".to_owned(), "label".to_owned()]);
    for heading in table.headings() {
        if heading.starts_with("media::") {
            let (problem, remedy) = ("选项旁的图片和声音还不会显示", "把要看的内容写进 label");
            if !problems.is_plain() {
                problems.warn(table.sheet, 1, heading, "media_not_shown", problem, remedy);
            }
        } else if heading.contains(' ') && !heading.contains("::") {
            let problem = format!("列名“{heading}”中有空格，这一列用不上");
            problems.warn(table.sheet, 1, heading, "column_unsupported", problem, "改用下划线");
        } else if heading != "list_name" && !heading.contains("::") {
            columns.insert(heading.to_owned());
        }
    }
    columns
}

/// A choice of a line.
pub(super) fn choice(record: &Record<'_>, columns: &BTreeSet<String>, name: &str, plain: bool) -> Choice {
    let further = columns.iter().filter(|column| column.as_str() != "label");
    Choice {
        name: name.to_owned(),
        label: if plain {
            record.any_words("label")
        } else {
            record.words("label")
        },
        media: media(record),
        columns: further
            .map(|column| (column.clone(), record.get(column).to_owned()))
            .collect(),
    }
}

/// Pictures, recordings and films of a line, by kind.
pub(super) fn media(record: &Record<'_>) -> BTreeMap<String, Text> {
    let kinds = ["image", "big-image", "audio", "video"];
    let named = kinds.map(|kind| (kind.to_owned(), record.any_words(&format!("media::{kind}"))));
    named.into_iter().filter(|(_, name)| !name.zh.is_empty()).collect()
}
