//! Bytes → cells. A workbook comes from outside: everything about it is bounded before it is held in memory.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, copy, sink};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Data, Reader, Xls, Xlsx};

use super::problem::Problems;
use crate::form::date;

/// Largest file, in bytes.
const LARGEST_FILE: usize = 8 << 20;
/// Largest total of everything in it, unpacked, in bytes.
const LARGEST_CONTENT: u64 = 48 << 20;
/// Most parts of the package.
const MOST_PARTS: usize = 500;
/// Most rows of a sheet.
const MOST_ROWS: u32 = 50_000;
/// Most columns of a sheet.
const MOST_COLUMNS: u32 = 500;
/// Longest text of a cell, in bytes (Excel's own limit is 32,767 characters).
const LONGEST_CELL: usize = 40_000;
/// Most text in all sheets that are read, in bytes.
const MOST_TEXT: usize = 16 << 20;

/// How files of the old format begin.
const OLD_FORMAT: [u8; 4] = [0xD0, 0xCF, 0x11, 0xE0];

/// The sheets that mean something here.
const SHEETS: [&str; 15] = [
    "survey",
    "choices",
    "settings",
    "external_choices",
    "entities",
    "matter",
    "materials",
    "guide",
    "rules",
    "steps",
    "shared",
    "scenarios",
    "block",
    "bundle",
    "matters",
];

/// A row of a sheet that has something in it: its number as Excel counts, and the cells that are not empty.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) number: u32,
    pub(super) cells: BTreeMap<u32, String>,
}

/// The cells of the sheets that mean something, by sheet name; `None` when the file cannot be read at all.
pub(super) fn read(bytes: &[u8], problems: &mut Problems) -> Option<BTreeMap<&'static str, Vec<Row>>> {
    guarded(bytes, problems, sheets)
}

/// The cells of the first sheet, whatever it is called; `None` when the file cannot be read.
pub(super) fn first_sheet(bytes: &[u8], problems: &mut Problems) -> Option<Vec<Row>> {
    guarded(bytes, problems, |bytes, problems| {
        let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).ok()?;
        let name = workbook.sheet_names().into_iter().next()?;
        rows(&mut workbook, &name, "", &mut MOST_TEXT.clone(), problems)
    })
}

fn guarded<T>(
    bytes: &[u8],
    problems: &mut Problems,
    inner: impl FnOnce(&[u8], &mut Problems) -> Option<T>,
) -> Option<T> {
    if bytes.len() > LARGEST_FILE {
        problems.add(
            "",
            0,
            "",
            "file_too_large",
            "文件太大",
            "工作簿应小于 8 MB：去掉图片和多余的工作表",
        );
        return None;
    }
    // A form by itself may come in the old binary format, which is what it is and does not unpack.
    let old = problems.is_plain() && bytes.starts_with(&OLD_FORMAT);
    match unpacked_size(bytes) {
        _ if old => {}
        None => {
            problems.add(
                "",
                0,
                "",
                "file_unreadable",
                "文件打不开，不是完整的 .xlsx 工作簿",
                "用 Excel 或 WPS 打开，另存为“Excel 工作簿 (.xlsx)”，不要设密码",
            );
            return None;
        }
        Some(size) if size > LARGEST_CONTENT => {
            problems.add(
                "",
                0,
                "",
                "file_too_large",
                "工作簿内容太多",
                "去掉图片和多余的工作表、空行",
            );
            return None;
        }
        Some(_) => {}
    }
    // The reader is someone else's and its input is hostile: should it panic, the workbook is refused like any other.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mut problems = problems.alike();
        (inner(bytes, &mut problems), problems)
    }));
    let read = match read {
        Ok((read, found)) => {
            problems.absorb(found);
            read
        }
        Err(_) => None,
    };
    if read.is_none() {
        problems.add(
            "",
            0,
            "",
            "file_unreadable",
            "文件内容已损坏",
            "用 Excel 或 WPS 打开检查，另存一份再上传",
        );
    }
    read
}

/// What the parts of the package really unpack to, counted without holding it; stops soon after the limit.
fn unpacked_size(bytes: &[u8]) -> Option<u64> {
    let mut package = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    if package.len() > MOST_PARTS {
        return Some(u64::MAX);
    }
    let mut total = 0u64;
    for place in 0..package.len() {
        let part = package.by_index(place).ok()?;
        total += copy(&mut part.take(LARGEST_CONTENT + 1), &mut sink()).ok()?;
        if total > LARGEST_CONTENT {
            break;
        }
    }
    Some(total)
}

fn sheets(bytes: &[u8], problems: &mut Problems) -> Option<BTreeMap<&'static str, Vec<Row>>> {
    if bytes.starts_with(&OLD_FORMAT) {
        let mut workbook: Xls<_> = Xls::new(Cursor::new(bytes)).ok()?;
        let names = workbook.sheet_names();
        return choose(names, problems, |actual, name, budget, problems| {
            let range = workbook.worksheet_range(actual).ok()?;
            let (top, left) = range.start().unwrap_or_default();
            let mut rows = Rows::new(name, budget, problems);
            for (row, column, value) in range.used_cells() {
                let (row, column) = (u32::try_from(row).ok()?, u32::try_from(column).ok()?);
                if !rows.add(top + row, left + column, value.clone()) {
                    break;
                }
            }
            Some(rows.end())
        });
    }
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).ok()?;
    let names = workbook.sheet_names();
    choose(names, problems, |actual, name, budget, problems| {
        rows(&mut workbook, actual, name, budget, problems)
    })
}

/// Reads the sheets that mean something. A form by itself that has a single sheet means that to be the survey.
fn choose(
    names: Vec<String>,
    problems: &mut Problems,
    mut read: impl FnMut(&str, &str, &mut usize, &mut Problems) -> Option<Vec<Row>>,
) -> Option<BTreeMap<&'static str, Vec<Row>>> {
    let mut sheets = BTreeMap::new();
    let mut budget = MOST_TEXT;
    let alone = problems.is_plain() && names.len() == 1;
    for actual in names {
        let plain = actual.trim().to_lowercase();
        let known = SHEETS.iter().find(|name| **name == plain);
        let Some(name) = known.or(alone.then_some(&"survey")) else {
            continue;
        };
        if sheets.contains_key(name) {
            problems.add(
                name,
                0,
                "",
                "sheet_twice",
                format!("有两张名为 {name} 的工作表"),
                "只留一张",
            );
            continue;
        }
        sheets.insert(*name, read(&actual, name, &mut budget, problems)?);
    }
    Some(sheets)
}

fn rows(
    workbook: &mut Xlsx<Cursor<&[u8]>>,
    actual: &str,
    name: &str,
    budget: &mut usize,
    problems: &mut Problems,
) -> Option<Vec<Row>> {
    let mut reader = workbook.worksheet_cells_reader(actual).ok()?;
    let mut rows = Rows::new(name, budget, problems);
    while let Some(cell) = reader.next_cell().ok()? {
        let (row, column) = cell.get_position();
        if !rows.add(row, column, cell.get_value().clone().into()) {
            break;
        }
    }
    Some(rows.end())
}

/// The rows of a sheet as they come.
struct Rows<'a> {
    sheet: &'a str,
    budget: &'a mut usize,
    problems: &'a mut Problems,
    rows: BTreeMap<u32, BTreeMap<u32, String>>,
}

impl<'a> Rows<'a> {
    fn new(sheet: &'a str, budget: &'a mut usize, problems: &'a mut Problems) -> Self {
        Rows {
            sheet,
            budget,
            problems,
            rows: BTreeMap::new(),
        }
    }

    /// Takes a cell, counted from 0; false when there is no room for more.
    fn add(&mut self, row: u32, column: u32, value: Data) -> bool {
        if let Data::Error(error) = &value {
            self.problems.doubt(
                self.sheet,
                row.saturating_add(1),
                "",
                "cell_error",
                format!("单元格里是 Excel 错误 {error}"),
                "改正或清空这个单元格",
            );
            return true;
        }
        let text = text(value);
        if text.trim().is_empty() {
            return true;
        }
        // Spaces in a row are one, as other tools have it: a type is known by its words.
        let text = if self.sheet == "survey" { one_space(text) } else { text };
        let length = text.len();
        if row >= MOST_ROWS || column >= MOST_COLUMNS || length > LONGEST_CELL || length > *self.budget {
            let remedy = format!("一张表最多 {MOST_ROWS} 行、{MOST_COLUMNS} 列：删去多余的内容");
            self.problems.add(
                self.sheet,
                row.saturating_add(1),
                "",
                "sheet_too_large",
                "内容超出了范围",
                remedy,
            );
            return false;
        }
        *self.budget -= length;
        self.rows.entry(row).or_default().insert(column, text);
        true
    }

    fn end(self) -> Vec<Row> {
        let rows = self.rows.into_iter();
        rows.map(|(row, cells)| Row { number: row + 1, cells }).collect()
    }
}

fn one_space(mut text: String) -> String {
    while text.contains("  ") {
        text = text.replace("  ", " ");
    }
    text
}

fn text(value: Data) -> String {
    match value {
        Data::Int(number) => number.to_string(),
        // Whole numbers print without a point, so that a code typed as a number stays readable.
        Data::Float(number) => number.to_string(),
        // A space that does not break is a space.
        Data::String(text) if text.contains('\u{a0}') => text.replace('\u{a0}', " "),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text,
        Data::Bool(truth) => if truth { "TRUE" } else { "FALSE" }.to_owned(),
        // Excel counts days from 1899-12-30; what is less than one is a time of the day.
        Data::DateTime(moment) if (0.0..1.0).contains(&moment.as_f64()) => {
            let seconds = (moment.as_f64() * 86_400.0).round() as u32;
            format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
        }
        // It has a 29th of February 1900, so the days before that are one more.
        Data::DateTime(moment) => {
            date::from_days(moment.as_f64() - if moment.as_f64() < 60.0 { 25_568.0 } else { 25_569.0 })
                .map(|day| day.to_string())
                .unwrap_or_default()
        }
        Data::Error(_) | Data::Empty => String::new(),
    }
}
