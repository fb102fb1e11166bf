//! A sheet as a table: headings in the first row, one record a row.
//!
//! A heading is its first line; what follows in the cell explains it to people (`defer_days` ⏎ `容缺工作日`). Words in
//! two languages stand in columns `label::中文 (zh)` and `label::English (en)`, as XLSForm has it; `label` alone is
//! Chinese.

use std::collections::BTreeMap;

use super::file::Row;
use super::problem::Problems;
use crate::text::{Language, Text};

/// A sheet with headings.
pub(super) struct Table<'a> {
    /// Name of the sheet.
    pub(super) sheet: &'static str,
    /// Columns by heading.
    columns: BTreeMap<String, u32>,
    rows: &'a [Row],
}

/// One record.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    table: &'a Table<'a>,
    row: &'a Row,
}

impl<'a> Table<'a> {
    /// Takes the first row that has something in it for the headings.
    pub(super) fn new(sheet: &'static str, rows: &'a [Row], problems: &mut Problems) -> Option<Self> {
        let Some((head, rows)) = rows.split_first() else {
            problems.add(
                sheet,
                0,
                "",
                "sheet_empty",
                "工作表是空的",
                "第一行写列名，下面逐行填写",
            );
            return None;
        };
        let mut columns = BTreeMap::new();
        for (column, text) in &head.cells {
            let heading = heading(text);
            if is_remark(&heading) {
                continue;
            }
            if columns.insert(heading.clone(), *column).is_some() {
                problems.add(
                    sheet,
                    head.number,
                    &heading,
                    "column_twice",
                    format!("有两列都叫 {heading}"),
                    "只留一列",
                );
            }
        }
        // A fault in words that are there in several languages is told at the Chinese ones.
        let mut places = columns.clone();
        for (heading, column) in &columns {
            if let Some((base, _)) = heading.split_once("::")
                && (language(heading) == Some(Language::Chinese) || !places.contains_key(base))
            {
                places.insert(base.to_owned(), *column);
            }
        }
        problems.know_columns(sheet, places);
        Some(Table { sheet, columns, rows })
    }

    pub(super) fn headings(&self) -> impl Iterator<Item = &str> {
        self.columns.keys().map(String::as_str)
    }

    pub(super) fn records(&'a self) -> impl Iterator<Item = Record<'a>> {
        self.rows.iter().map(move |row| Record { table: self, row })
    }

    /// Reports headings that are neither in `known` nor words in a language in `worded`.
    pub(super) fn refuse_others(&self, known: &[&str], worded: &[&str], problems: &mut Problems) {
        for heading in self.headings() {
            let base = heading.split_once("::").map(|(base, _)| base);
            let understood = known.contains(&heading)
                || worded.contains(&heading)
                || base.is_some_and(|base| worded.contains(&base) && language(heading).is_some());
            if understood {
                continue;
            }
            if base.is_some_and(|base| worded.contains(&base)) {
                problems.add(
                    self.sheet,
                    1,
                    heading,
                    "language_unknown",
                    format!("不支持 {heading} 的语言"),
                    "语言写作“中文 (zh)”或“English (en)”",
                );
            } else {
                problems.add(
                    self.sheet,
                    1,
                    heading,
                    "column_unsupported",
                    format!("不支持名为 {heading} 的列"),
                    "改正列名，或删去这一列；给自己看的说明，列名以“备注”开头",
                );
            }
        }
    }

    /// Reports headings that must be there and are not; true when all are.
    pub(super) fn require(&self, needed: &[&str], problems: &mut Problems) -> bool {
        let missing: Vec<&&str> = needed
            .iter()
            .filter(|name| {
                !self
                    .columns
                    .keys()
                    .any(|heading| heading == *name || heading.starts_with(&format!("{name}::")))
            })
            .collect();
        for name in &missing {
            problems.add(
                self.sheet,
                1,
                name,
                "column_missing",
                format!("缺少 {name} 列"),
                format!("在第一行加上列名 {name}"),
            );
        }
        missing.is_empty()
    }

    fn worded_column(&self, base: &str, wanted: Language) -> Option<u32> {
        let worded = self.columns.iter().find(|(heading, _)| {
            heading.split_once("::").is_some_and(|(start, _)| start == base) && language(heading) == Some(wanted)
        });
        worded.map(|(_, column)| *column)
    }
}

impl<'a> Record<'a> {
    /// Name of the sheet.
    pub(super) fn sheet(&self) -> &'static str {
        self.table.sheet
    }

    /// Row as Excel counts.
    pub(super) fn number(&self) -> u32 {
        self.row.number
    }

    /// The cell, without the spaces around it; empty when there is none.
    pub(super) fn get(&self, heading: &str) -> &'a str {
        self.table
            .columns
            .get(heading)
            .map(|column| self.cell(*column))
            .unwrap_or_default()
    }

    /// The words of a column in both languages.
    pub(super) fn words(&self, base: &str) -> Text {
        let worded = |language| self.table.worded_column(base, language).map(|column| self.cell(column));
        let zh = worded(Language::Chinese)
            .filter(|zh| !zh.is_empty())
            .unwrap_or_else(|| self.get(base));
        Text {
            zh: zh.to_owned(),
            en: worded(Language::English).unwrap_or_default().to_owned(),
        }
    }

    fn cell(&self, column: u32) -> &'a str {
        self.row.cells.get(&column).map(|text| text.trim()).unwrap_or_default()
    }
}

/// A heading in the form it is looked up: first line, spaces as underscores, the part before `::` in lower case.
fn heading(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default().trim();
    match line.split_once("::") {
        Some((base, rest)) => format!("{}::{}", plain(base), rest.trim()),
        None => plain(line),
    }
}

fn plain(text: &str) -> String {
    text.trim().to_lowercase().replace(' ', "_")
}

fn is_remark(heading: &str) -> bool {
    heading.is_empty() || heading.starts_with('#') || heading.starts_with("备注")
}

/// The language of a heading `label::中文 (zh)`.
fn language(heading: &str) -> Option<Language> {
    let name = heading.split_once("::")?.1.to_lowercase();
    let code = name
        .rsplit_once('(')
        .map(|(_, code)| code.trim_end_matches(')').trim().to_owned());
    match (code.as_deref(), name.as_str()) {
        (Some("zh" | "zh-cn" | "zh-hans"), _) | (None, "中文" | "zh" | "zh-cn" | "chinese") => {
            Some(Language::Chinese)
        }
        (Some("en"), _) | (None, "en" | "english" | "英文") => Some(Language::English),
        _ => None,
    }
}
