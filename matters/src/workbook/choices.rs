//! The sheet `choices`.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::Problems;
use super::table::Table;
use crate::form::Choice;

/// The lists of a workbook and the columns that choice filters may name.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) choices: BTreeMap<String, Vec<Choice>>,
    pub(super) columns: BTreeSet<String>,
}

pub(super) fn read(table: &Table<'_>, problems: &mut Problems) -> Lists {
    if !table.require(&["list_name", "name", "label"], problems) {
        return Lists::default();
    }
    let mut lists = Lists {
        columns: BTreeSet::from(["name".to_owned()]),
        ..Lists::default()
    };
    for heading in table.headings() {
        if heading.starts_with("media::") || heading.starts_with("image") || heading.starts_with("audio") {
            problems.add(
                table.sheet,
                1,
                heading,
                "column_unsupported",
                format!("暂不支持 {heading} 列"),
                "删去这一列",
            );
        } else if heading != "list_name" && heading != "label" && !heading.contains("::") {
            lists.columns.insert(heading.to_owned());
        }
    }
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    for record in table.records() {
        let (row, list, name) = (record.number(), record.get("list_name"), record.get("name"));
        if list.is_empty() {
            problems.add(
                table.sheet,
                row,
                "list_name",
                "list_missing",
                "没有写属于哪个选项表",
                "填写 list_name",
            );
            continue;
        }
        if name.is_empty() || name.contains(char::is_whitespace) {
            problems.add(
                table.sheet,
                row,
                "name",
                "choice_name",
                "选项的 name 不能为空，也不能有空格",
                "填写由字母、数字、下划线组成的 name",
            );
            continue;
        }
        if !seen.insert((list.to_owned(), name.to_owned())) {
            problems.add(
                table.sheet,
                row,
                "name",
                "choice_twice",
                format!("选项表 {list} 中 {name} 重复"),
                "改名或删去一行",
            );
            continue;
        }
        let label = record.words("label");
        if label.zh.is_empty() {
            problems.add(
                table.sheet,
                row,
                "label",
                "label_missing",
                "选项没有中文文字",
                "填写 label::中文 (zh)",
            );
        }
        let columns = lists
            .columns
            .iter()
            .map(|column| (column.clone(), record.get(column).to_owned()))
            .collect();
        lists.choices.entry(list.to_owned()).or_default().push(Choice {
            name: name.to_owned(),
            label,
            media: BTreeMap::new(),
            columns,
        });
    }
    lists
}
