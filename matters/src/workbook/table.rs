//! A sheet as a table: headings in the first row, one record a row.
//!
//! A heading is its first line; what follows in the cell explains it to people (`defer_days` ⏎ `容缺工作日`). Words in
//! two languages stand in columns `label::中文 (zh)` and `label::English (en)`, as XLSForm has it; `label` alone is
//! Chinese. Words in further languages are left.

use std::collections::BTreeMap;

use super::file::Row;
use super::heading;
use super::problem::Problems;
use crate::text::{Language, Text};

/// A sheet with headings.
pub(super) struct Table<'a> {
    /// Name of the sheet.
    pub(super) sheet: &'a str,
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
    pub(super) fn new(sheet: &'a str, rows: &'a [Row], problems: &mut Problems) -> Option<Self> {
        let Some((head, rows)) = rows.split_first() else {
            problems.doubt(
                sheet,
                0,
                "",
                "sheet_empty",
                "工作表是空的",
                "第一行写列名，下面逐行填写",
            );
            return None;
        };
        let mut columns: BTreeMap<String, u32> = BTreeMap::new();
        let double = heading::is_double(head.cells.values().map(String::as_str));
        for (column, text) in &head.cells {
            let heading = heading::read(sheet, text, double);
            if is_remark(&heading) {
                continue;
            }
            let Some(before) = columns.insert(heading.clone(), *column) else {
                continue;
            };
            let base = heading.split("::").next().unwrap_or_default();
            if heading::is_known(sheet, base) || head.cells.get(&before) == Some(text) {
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
                && (language(heading, base) == Some(Language::Chinese) || !places.contains_key(base))
            {
                places.insert(base.to_owned(), *column);
            }
        }
        problems.know_columns(sheet, places);
        Some(Table { sheet, columns, rows })
    }

    /// The heading over a column.
    pub(super) fn heading_at(&self, column: u32) -> Option<&str> {
        let found = self.columns.iter().find(|(_, place)| **place == column);
        found.map(|(heading, _)| heading.as_str())
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
            let base = worded
                .iter()
                .find(|base| heading.strip_prefix(**base).is_some_and(|rest| rest.starts_with("::")));
            if known.contains(&heading) || worded.contains(&heading) {
                continue;
            }
            match base {
                Some(base) if language(heading, base).is_none() => problems.warn(
                    self.sheet,
                    1,
                    heading,
                    "language_unknown",
                    format!("{heading} 的语言不会显示"),
                    "显示的语言写作“中文 (zh)”或“English (en)”",
                ),
                Some(_) => {}
                None => problems.doubt(
                    self.sheet,
                    1,
                    heading,
                    "column_unsupported",
                    format!("不支持名为 {heading} 的列"),
                    "改正列名，或删去这一列；给自己看的说明，列名以“备注”开头",
                ),
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
        let worded = self
            .columns
            .iter()
            .find(|(heading, _)| language(heading, base) == Some(wanted));
        worded.map(|(_, column)| *column)
    }
}

impl<'a> Record<'a> {
    /// Name of the sheet.
    pub(super) fn sheet(&self) -> &'a str {
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

    /// The words of a column in both languages, or in whatever other language there is.
    pub(super) fn any_words(&self, base: &str) -> Text {
        let words = self.words(base);
        if !words.zh.is_empty() {
            return words;
        }
        let zh = self.in_any_language(base).unwrap_or_default().to_owned();
        Text { zh, ..words }
    }

    /// What stands in a column in the first language that says something.
    pub(super) fn in_any_language(&self, base: &str) -> Option<&'a str> {
        self.cells()
            .find(|(heading, _)| {
                heading
                    .strip_prefix(base)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            })
            .map(|(_, text)| text)
    }

    /// Every cell that is not empty, with its heading.
    pub(super) fn cells(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let record = *self;
        let cells = self.table.columns.iter();
        cells
            .map(move |(heading, column)| (heading.as_str(), record.cell(*column)))
            .filter(|(_, text)| !text.is_empty())
    }

    fn cell(&self, column: u32) -> &'a str {
        self.row.cells.get(&column).map(|text| text.trim()).unwrap_or_default()
    }
}

fn is_remark(heading: &str) -> bool {
    heading.is_empty() || heading.starts_with('#') || heading.starts_with("备注")
}

/// A heading whose Chinese words stand under their plain name: `label` for `label::中文 (zh)`.
pub(super) fn plain_chinese(heading: &str) -> String {
    match heading.split_once("::") {
        Some((base, _)) if language(heading, base) == Some(Language::Chinese) => base.to_owned(),
        _ => heading.to_owned(),
    }
}

/// The language of a heading `label::中文 (zh)` of the words `label`.
fn language(heading: &str, base: &str) -> Option<Language> {
    let name = heading.strip_prefix(base)?.strip_prefix("::")?.to_lowercase();
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
