//! Throws at the catalogue what nobody would write, drawn from a seed, and says where it panics:
//! `cargo run --release -p doorstep-matters --example fuzz -- SECONDS [SEED] [WORKBOOK…]`.
//!
//! Four things in turn: expressions put together from their parts; workbooks with bytes changed; workbooks whose package is
//! sound and whose sheets are not; answers and rows that no screen would give.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::io::{Cursor, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use doorstep_matters::form::{Expression, Ground, functions};
use doorstep_matters::{Answers, Context, Form, catalogue, read, read_form};
use rust_xlsxwriter::Workbook;

/// SplitMix64.
struct Lot(u64);

impl Lot {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// A turn that takes longer is told of.
const SLOW: Duration = Duration::from_secs(2);
const NAMES: [&str; 8] = ["a", "b", "n", "d", "s", "m", "r", "x"];
const VALUES: [&str; 26] = [
    "",
    " ",
    "0",
    "-1",
    "1e308",
    "99999999999999999999",
    "0.1",
    "NaN",
    "Infinity",
    "-0",
    "2026-02-14",
    "2026-13-45",
    "9999-12-31",
    "-0001-01-01",
    "2026-02-14T08:30:00.000+08:00",
    "2026-02-14T99:99:99Z",
    "08:30",
    "25:61",
    "a",
    "a b c",
    "30 106 0 0",
    "30 106; 31 107; 30 106",
    "91 181",
    "李秀英",
    "\u{0}\u{ffff}",
    "(*[.",
];

fn expression(lot: &mut Lot, depth: usize) -> String {
    if depth == 0 {
        return match lot.below(8) {
            0 => format!("${{{}}}", lot.of(&NAMES)),
            1 => format!("'{}'", lot.of(&VALUES)),
            2 => lot
                .of(&["0", "-1", "1.5", "1e5", "99999999999", ".5", "4294967296"])
                .to_owned(),
            3 => ".".to_owned(),
            4 => format!("/data/{}", lot.of(&NAMES)),
            5 => lot
                .of(&["..", "../..", "//*", "/", "*", "@id", "text()", "current()/..", "name"])
                .to_owned(),
            6 => format!("${{last-saved#{}}}", lot.of(&NAMES)),
            _ => format!(
                concat!("instance('l')/", "root/item[{}]/name"),
                lot.of(&["1", "0", "-1", "name = 'a'", "last()", "position() = 1"])
            ),
        };
    }
    let all: Vec<_> = functions().collect();
    match lot.below(6) {
        0 => format!("({})", expression(lot, depth - 1)),
        1 => format!("-{}", expression(lot, depth - 1)),
        2 => format!("${{{}}}[{}]", lot.of(&NAMES), expression(lot, depth - 1)),
        3 => {
            let operator = lot.of(&[
                "+", "-", "*", " div ", " mod ", "=", "!=", "<", "<=", ">", ">=", " and ", " or ", "|",
            ]);
            format!("{}{operator}{}", expression(lot, depth - 1), expression(lot, depth - 1))
        }
        _ => {
            let function = all[lot.below(all.len())];
            let most = function.most.min(function.least + 3);
            let count = function.least + lot.below(most - function.least + 1);
            let arguments: Vec<String> = (0..count).map(|_| expression(lot, depth - 1)).collect();
            format!("{}({})", function.name, arguments.join(", "))
        }
    }
}

fn workbook(sheets: &[(&str, Vec<Vec<String>>)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (row, cells) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(cells) {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
    }
    workbook.save_to_buffer().unwrap()
}

/// A form around expressions; whether it can be read is not the point.
fn form(lot: &mut Lot) -> Vec<u8> {
    let head = [
        "type",
        "name",
        "label",
        "relevant",
        "calculation",
        "constraint",
        "required",
        "repeat_count",
        "default",
    ];
    let mut rows = vec![head.map(String::from).to_vec()];
    let kinds = [
        "text",
        "text",
        "integer",
        "date",
        "select_one l",
        "select_multiple l",
        "begin_repeat",
        "calculate",
    ];
    for (kind, name) in kinds.into_iter().zip(NAMES) {
        let mut row = vec![kind.to_owned(), name.to_owned(), name.to_owned()];
        row.resize(head.len(), String::new());
        if lot.below(2) == 0 {
            let column = if kind == "calculate" {
                4
            } else {
                3 + lot.below(head.len() - 3)
            };
            let depth = lot.below(3);
            row[column] = expression(lot, depth);
        }
        rows.push(row);
    }
    rows.push(vec!["end_repeat".to_owned()]);
    let list = ["l a A", "l b B", "l c C"].map(|line| line.split(' ').map(String::from).collect::<Vec<_>>());
    let mut choices = vec![["list_name", "name", "label"].map(String::from).to_vec()];
    choices.extend(list);
    workbook(&[("survey", rows), ("choices", choices)])
}

fn answer(lot: &mut Lot, form: &Form) {
    let context = Context {
        today: lot.of(&["2026-02-14", "", "9999-12-31", "x"]).to_owned(),
        now: lot.of(&["", "2026-02-14T08:30:00.000+08:00"]).to_owned(),
        seed: lot.next(),
        station: lot.of(&["", "500199101001"]).to_owned(),
        ..Context::default()
    };
    let mut evaluation = form.values(&Answers::new(), &context);
    let names: Vec<String> = form.names().map(str::to_owned).collect();
    for _ in 0..12 {
        let name = names[lot.below(names.len())].clone();
        let row = lot.of(&["1", "2", "k9", "", "]", "[x"]);
        match lot.below(6) {
            0 => _ = evaluation.add_row(&name, row),
            1 => _ = evaluation.remove_row(&format!("{name}[{row}]")),
            2 => _ = evaluation.answer(&format!("r[{row}]/{name}"), lot.of(&VALUES)),
            _ => _ = evaluation.answer(&name, lot.of(&VALUES)),
        }
    }
    std::hint::black_box(evaluation.view());
}

/// The package with one of its parts changed and all of it put together again.
fn torn(lot: &mut Lot, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut old = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut new = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let changed = lot.below(old.len());
    for index in 0..old.len() {
        let mut part = old.by_index(index).ok()?;
        let (name, mut content) = (part.name().ok()?.into_owned(), Vec::new());
        part.read_to_end(&mut content).ok()?;
        if index == changed && !content.is_empty() {
            let at = lot.below(content.len());
            match lot.below(4) {
                0 => content.truncate(at),
                1 => content[at] = lot.next() as u8,
                2 => _ = content.drain(at..(at + 1 + lot.below(40)).min(content.len())),
                _ => {
                    let copy: Vec<u8> = content[at..(at + 200).min(content.len())].to_vec();
                    content.splice(at..at, copy);
                }
            }
        }
        if index != changed || lot.below(10) > 0 {
            new.start_file(name, zip::write::SimpleFileOptions::default()).ok()?;
            new.write_all(&content).ok()?;
        }
    }
    Some(new.finish().ok()?.into_inner())
}

fn once(lot: &mut Lot, samples: &[Vec<u8>]) {
    let questions: BTreeSet<String> = NAMES.map(String::from).into();
    let depth = 1 + lot.below(4);
    let source = expression(lot, depth);
    if let Ok(expression) = Expression::parse(&source) {
        let ground = Ground {
            questions: &questions,
            columns: None,
            current: true,
            lists: None,
            materials: None,
        };
        std::hint::black_box(expression.problems(ground));
    }
    if let Ok(form) = read_form(&form(lot)) {
        answer(lot, &form);
    }
    if lot.below(20) > 0 {
        return;
    }
    let mut bytes = samples[lot.below(samples.len())].clone();
    if lot.below(2) == 0 {
        for _ in 0..1 + lot.below(20) {
            let at = lot.below(bytes.len());
            bytes[at] = lot.next() as u8;
        }
    } else if let Some(torn) = torn(lot, &bytes) {
        bytes = torn;
    }
    _ = std::hint::black_box(read(&bytes));
    _ = std::hint::black_box(catalogue::read(&[("a.xlsx".to_owned(), bytes.clone())]));
    if let Ok(form) = read_form(&bytes) {
        answer(lot, &form);
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(60);
    let first: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let mut samples: Vec<Vec<u8>> = arguments.map(|path| std::fs::read(path).unwrap()).collect();
    samples.push(form(&mut Lot(first)));
    let begun = Instant::now();
    let (mut turns, mut panics, mut longest) = (0u64, 0u64, Duration::ZERO);
    while begun.elapsed().as_secs() < seconds {
        let seed = first.wrapping_add(turns);
        let turn = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| once(&mut Lot(seed), &samples))).is_err() {
            panics += 1;
            println!("panicked at seed {seed}");
        }
        let took = turn.elapsed();
        if took > SLOW {
            println!("seed {seed} took {took:?}");
        }
        longest = longest.max(took);
        turns += 1;
    }
    println!("{turns} turns from seed {first}, {panics} panics, longest {longest:?}");
}
