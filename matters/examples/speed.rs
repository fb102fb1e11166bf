//! How long an answer takes in large forms: `cargo run --release -p doorstep-matters --example speed`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use doorstep_matters::{Answers, Context, Form, read_form};
use rust_xlsxwriter::Workbook;

fn form(rows: &[Vec<String>]) -> Form {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("survey").unwrap();
    let head = ["type", "name", "label", "calculation", "relevant", "repeat_count"]
        .map(String::from)
        .to_vec();
    for (row, cells) in std::iter::once(&head).chain(rows).enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            sheet.write_string(row as u32, column as u16, cell).unwrap();
        }
    }
    read_form(&workbook.save_to_buffer().unwrap()).unwrap()
}

fn line(cells: [&str; 6]) -> Vec<String> {
    cells.map(String::from).to_vec()
}

fn say(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |part: usize| times[(times.len() - 1) * part / 1_000];
    println!("{what}: p50 {:?}, p99 {:?}, most {:?}", at(500), at(990), at(1_000));
}

fn main() {
    let context = Context {
        today: "2026-02-14".into(),
        ..Context::default()
    };
    let mut large = Vec::new();
    for number in 0..1_000 {
        let (name, before) = (format!("q{number}"), format!("q{}", number.max(1) - 1));
        let row = match number % 4 {
            _ if number == 0 => line(["integer", &name, "Q", "", "", ""]),
            0 => line(["integer", &name, "Q", "", &format!("${{{before}}} != 3"), ""]),
            1 => line(["calculate", &name, "", &format!("${{{before}}} + 1"), "", ""]),
            2 => line([
                "text",
                &name,
                "Q",
                "",
                &format!("${{{before}}} > 2 or ${{q0}} = ''"),
                "",
            ]),
            _ => line([
                "calculate",
                &name,
                "",
                &format!("if(${{{before}}} = '', ${{q0}}, 1)"),
                "",
                "",
            ]),
        };
        large.push(row);
    }
    let large = form(&large);
    let begun = Instant::now();
    let mut evaluation = large.values(&Answers::new(), &context);
    println!("1,000 questions, all: {:?}", begun.elapsed());
    let mut times = Vec::new();
    for turn in 0..10_000u64 {
        let place = turn.wrapping_mul(2_654_435_761) % 250 * 4;
        let begun = Instant::now();
        let changed = evaluation.answer(&format!("q{place}"), &(turn % 5).to_string());
        for key in &changed {
            std::hint::black_box(evaluation.question(key));
        }
        times.push(begun.elapsed());
    }
    say("1,000 questions, an answer", times);

    let rows = form(&[
        line(["integer", "n", "N", "", "", ""]),
        line(["begin_repeat", "r", "R", "", "", "${n}"]),
        line(["integer", "a", "A", "", "", ""]),
        line(["text", "b", "B", "", "${a} > 3", ""]),
        line(["calculate", "c", "", "concat(${a}, ${b}, position(..))", "", ""]),
        line(["end_repeat", "", "", "", "", ""]),
        line(["calculate", "sum", "", "sum(${a})", "", ""]),
        line(["calculate", "count", "", "count(${r})", "", ""]),
    ]);
    let mut evaluation = rows.values(&Answers::new(), &context);
    let begun = Instant::now();
    evaluation.answer("n", "10000");
    println!(
        "10,000 rows, added: {:?}, {}",
        begun.elapsed(),
        evaluation.text("count")
    );
    let mut times = Vec::new();
    for turn in 0..10_000u64 {
        let row = turn.wrapping_mul(2_654_435_761) % 10_000 + 1;
        let begun = Instant::now();
        let changed = evaluation.answer(&format!("r[{row}]/a"), &(turn % 7).to_string());
        for key in &changed {
            std::hint::black_box(evaluation.question(key));
        }
        times.push(begun.elapsed());
    }
    say("10,000 rows, an answer", times);
}
