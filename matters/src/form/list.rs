//! The lists of a form as expressions walk through them: from `instance('towns')` to its root, to the lines in it, which are
//! called `item`, and to the columns of a line.

use std::collections::BTreeMap;

use super::question::Choice;

/// All lists of a form: choices and tables that came with the workbook.
#[derive(Clone, Debug, Default)]
pub struct Lists {
    names: BTreeMap<String, u32>,
    lists: Vec<List>,
}

#[derive(Clone, Debug)]
struct List {
    columns: Vec<String>,
    lines: Vec<Vec<String>>,
}

impl Lists {
    /// The lists of choices: `name`, `label`, and the further columns of the sheet.
    pub fn new(choices: &BTreeMap<String, Vec<Choice>>) -> Self {
        let mut lists = Lists::default();
        for (name, choices) in choices {
            let mut columns = vec!["name".to_owned(), "label".to_owned()];
            if let Some(first) = choices.first() {
                columns.extend(
                    first
                        .columns
                        .keys()
                        .filter(|key| *key != "name" && *key != "label")
                        .cloned(),
                );
            }
            let line = |choice: &Choice| {
                let cell = |column: &String| match column.as_str() {
                    "name" => choice.name.clone(),
                    "label" => choice.label.zh.clone(),
                    other => choice.columns.get(other).cloned().unwrap_or_default(),
                };
                columns.iter().map(cell).collect()
            };
            let lines = choices.iter().map(line).collect();
            lists.names.insert(name.clone(), lists.lists.len() as u32);
            lists.lists.push(List { columns, lines });
        }
        lists
    }

    fn list(&self, list: u32) -> Option<&List> {
        self.lists.get(list as usize)
    }

    /// The number of the list of that name.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// How many lines it has.
    pub fn lines(&self, list: u32) -> u32 {
        self.list(list).map_or(0, |list| list.lines.len() as u32)
    }

    /// How many columns it has.
    pub fn columns(&self, list: u32) -> u32 {
        self.list(list).map_or(0, |list| list.columns.len() as u32)
    }

    /// The name of a column.
    pub fn column(&self, list: u32, column: u32) -> Option<&str> {
        self.list(list)?.columns.get(column as usize).map(String::as_str)
    }

    /// The column of that name.
    pub fn place(&self, list: u32, name: &str) -> Option<u32> {
        let place = self.list(list)?.columns.iter().position(|column| column == name)?;
        Some(place as u32)
    }

    /// What stands in a line and column.
    pub fn text(&self, list: u32, line: u32, column: u32) -> &str {
        self.list(list)
            .and_then(|list| list.lines.get(line as usize)?.get(column as usize))
            .map(String::as_str)
            .unwrap_or_default()
    }
}
