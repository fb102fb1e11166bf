//! What changed between two versions of a workbook, in the words of its sheets: which lines came, went, or say
//! something else, and in which column.

use std::collections::BTreeMap;

use super::file;
use super::problem::Problems;
use super::table::{Record, Table};

/// The sheets that are compared, each with the columns that name a line. Sample answers and settings change nothing for
/// anybody.
const SHEETS: [(&str, &[&str]); 11] = [
    ("matter", &["key"]),
    ("bundle", &["key"]),
    ("block", &["key"]),
    ("matters", &["matter"]),
    ("survey", &["name"]),
    ("choices", &["list_name", "name"]),
    ("materials", &["code"]),
    ("guide", &["step", "answer"]),
    ("rules", &["name"]),
    ("steps", &["name"]),
    ("shared", &["question", "source", "matter"]),
];

/// What happened to a line, or to one of its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The line is new.
    Added,
    /// The line is gone.
    Removed,
    /// A cell says something else.
    Changed,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Difference {
    /// The sheet.
    pub sheet: String,
    /// What names the line: a question's name, a material's code.
    pub name: String,
    /// Its Chinese words, for people; empty when it has none.
    pub words: String,
    /// What happened.
    pub change: Change,
    /// The column of the cell; empty for a whole line.
    pub column: String,
    /// What the cell said before.
    pub before: String,
    /// What it says now.
    pub after: String,
}

/// What changed from one workbook to the other, in the order of the sheets and lines; what cannot be read counts as empty.
pub fn differences(before: &[u8], after: &[u8]) -> Vec<Difference> {
    let mut problems = Problems::default();
    let [before, after] = [before, after].map(|bytes| file::read(bytes, &mut problems).unwrap_or_default());
    let mut found = Vec::new();
    for (sheet, keys) in SHEETS {
        let [before, after] = [&before, &after].map(|sheets| {
            let rows = sheets.get(sheet).map(Vec::as_slice).unwrap_or_default();
            Table::new(sheet, rows, &mut Problems::default())
        });
        let [old, new] = [&before, &after].map(|table| lines(table.as_ref(), keys));
        compare(sheet, &old, &new, &mut found);
    }
    found
}

/// A line: what names it, and its cells by column.
struct Line<'a> {
    name: String,
    cells: BTreeMap<String, &'a str>,
}

impl Line<'_> {
    fn words(&self) -> String {
        let named = ["label", "question", "name", "message", "项目"];
        let words = named.iter().filter_map(|column| self.cells.get(*column));
        words.map(|words| (*words).to_owned()).next().unwrap_or_default()
    }

    fn tell(&self, sheet: &str, change: Change) -> Difference {
        Difference {
            sheet: sheet.to_owned(),
            name: self.name.clone(),
            words: self.words(),
            change,
            column: String::new(),
            before: String::new(),
            after: String::new(),
        }
    }
}

fn lines<'a>(table: Option<&'a Table<'a>>, keys: &[&str]) -> Vec<Line<'a>> {
    let records = table.into_iter().flat_map(Table::records);
    let lines = records.map(|record| Line {
        name: name(&record, keys),
        cells: table.map(|table| cells(table, &record, keys)).unwrap_or_default(),
    });
    // The end of a group has no name, and nothing to say.
    lines.filter(|line| !line.name.is_empty()).collect()
}

fn name(record: &Record<'_>, keys: &[&str]) -> String {
    let parts: Vec<&str> = keys
        .iter()
        .map(|key| record.get(key))
        .filter(|part| !part.is_empty())
        .collect();
    match parts.join(" ") {
        // A block may be included without a name of its own.
        none if none.is_empty() && record.get("type").starts_with("include") => record.get("type").to_owned(),
        name => name,
    }
}

/// The cells that say something, Chinese words under the plain name of their column.
fn cells<'a>(table: &'a Table<'a>, record: &Record<'a>, keys: &[&str]) -> BTreeMap<String, &'a str> {
    let mut cells = BTreeMap::new();
    for heading in table.headings().filter(|heading| !keys.contains(heading)) {
        let text = record.get(heading);
        if !text.is_empty() {
            cells.insert(super::table::plain_chinese(heading), text);
        }
    }
    cells
}

fn compare(sheet: &str, before: &[Line<'_>], after: &[Line<'_>], found: &mut Vec<Difference>) {
    let old: BTreeMap<&str, &Line<'_>> = before.iter().map(|line| (line.name.as_str(), line)).collect();
    let new: BTreeMap<&str, &Line<'_>> = after.iter().map(|line| (line.name.as_str(), line)).collect();
    for line in after {
        let Some(was) = old.get(line.name.as_str()) else {
            found.push(line.tell(sheet, Change::Added));
            continue;
        };
        let mut columns: Vec<&String> = was.cells.keys().chain(line.cells.keys()).collect();
        columns.sort_unstable();
        columns.dedup();
        for column in columns {
            let [before, after] = [was, &line].map(|line| line.cells.get(column).copied().unwrap_or_default());
            if before != after {
                found.push(Difference {
                    column: column.clone(),
                    before: before.to_owned(),
                    after: after.to_owned(),
                    ..line.tell(sheet, Change::Changed)
                });
            }
        }
    }
    let gone = before.iter().filter(|line| !new.contains_key(line.name.as_str()));
    found.extend(gone.map(|line| line.tell(sheet, Change::Removed)));
}
