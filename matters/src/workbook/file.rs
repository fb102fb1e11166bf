//! Bytes → cells. A workbook comes from outside: everything about it is bounded before it is held in memory.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, copy, sink};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, Xlsx};

use super::problem::Problems;
use crate::form::date;

/// Largest file, in bytes.
const LARGEST_FILE: usize = 8 << 20;
/// Largest total of everything in it, unpacked, in bytes.
const LARGEST_CONTENT: u64 = 32 << 20;
/// Most parts of the package.
const MOST_PARTS: usize = 500;
/// Most rows of a sheet.
const MOST_ROWS: u32 = 3_000;
/// Most columns of a sheet.
const MOST_COLUMNS: u32 = 100;
/// Longest text of a cell, in bytes (Excel's own limit is 32,767 characters).
const LONGEST_CELL: usize = 40_000;
/// Most text in all sheets that are read, in bytes.
const MOST_TEXT: usize = 4 << 20;

/// The sheets that mean something here.
const SHEETS: [&str; 5] = ["survey", "choices", "settings", "matter", "materials"];

/// A row of a sheet that has something in it: its number as Excel counts, and the cells that are not empty.
pub(super) struct Row {
    pub(super) number: u32,
    pub(super) cells: BTreeMap<u32, String>,
}

/// The cells of the sheets that mean something, by sheet name; `None` when the file cannot be read at all.
pub(super) fn read(bytes: &[u8], problems: &mut Problems) -> Option<BTreeMap<&'static str, Vec<Row>>> {
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
    match unpacked_size(bytes) {
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
        let mut problems = Problems::default();
        let sheets = sheets(bytes, &mut problems);
        (sheets, problems)
    }));
    let sheets = match read {
        Ok((sheets, found)) => {
            for error in found.into_list() {
                problems.add(
                    &error.sheet,
                    error.row,
                    &error.column,
                    &error.code,
                    error.problem,
                    error.remedy,
                );
            }
            sheets
        }
        Err(_) => None,
    };
    if sheets.is_none() {
        problems.add(
            "",
            0,
            "",
            "file_unreadable",
            "文件内容已损坏",
            "用 Excel 或 WPS 打开检查，另存一份再上传",
        );
    }
    sheets
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
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).ok()?;
    let mut sheets = BTreeMap::new();
    let mut budget = MOST_TEXT;
    for actual in workbook.sheet_names() {
        let plain = actual.trim().to_lowercase();
        let Some(name) = SHEETS.iter().find(|name| **name == plain) else {
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
        let rows = rows(&mut workbook, &actual, name, &mut budget, problems)?;
        sheets.insert(*name, rows);
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
    let mut rows: BTreeMap<u32, BTreeMap<u32, String>> = BTreeMap::new();
    while let Some(cell) = reader.next_cell().ok()? {
        let (row, column) = cell.get_position();
        let text = match cell.get_value() {
            DataRef::Error(error) => {
                problems.add(
                    name,
                    row.saturating_add(1),
                    "",
                    "cell_error",
                    format!("单元格里是 Excel 错误 {error}"),
                    "改正或清空这个单元格",
                );
                continue;
            }
            value => text(value),
        };
        if text.trim().is_empty() {
            continue;
        }
        let too_much = row >= MOST_ROWS || column >= MOST_COLUMNS || text.len() > LONGEST_CELL || text.len() > *budget;
        if too_much {
            let remedy = format!("一张表最多 {MOST_ROWS} 行、{MOST_COLUMNS} 列：删去多余的内容");
            problems.add(
                name,
                row.saturating_add(1),
                "",
                "sheet_too_large",
                "内容超出了范围",
                remedy,
            );
            break;
        }
        *budget -= text.len();
        rows.entry(row).or_default().insert(column, text);
    }
    Some(
        rows.into_iter()
            .map(|(row, cells)| Row { number: row + 1, cells })
            .collect(),
    )
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        // Whole numbers print without a point, so that a code typed as a number stays readable.
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => if *truth { "yes" } else { "no" }.to_owned(),
        // Excel counts days from 1899-12-30.
        DataRef::DateTime(moment) => date::from_days(moment.as_f64() - 25_569.0)
            .map(|day| day.to_string())
            .unwrap_or_default(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}
