//! A bundle (一件事): its own questions first, then of each matter, in order, what is not there yet by name. What several
//! matters ask is asked once, as soon as one of them needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::around::Around;
use super::block;
use super::cell::{no, yes};
use super::lines::{Line, Lines};
use super::merger::{Merger, all_of, any_of, depth, parse};
use super::problem::Problems;
use super::table::Table;
use super::{Sheets, table};
use crate::bundle::Part;
use crate::form::Ground;

/// Groups in groups of a matter, deeper than which nobody goes; every walk over its lines descends them.
const DEEPEST: usize = 64;
const COLUMNS: [&str; 3] = ["matter", "relevant", "note"];

/// A part while the bundle is put together.
pub(super) struct Piece {
    pub(super) part: Part,
    /// Its condition as written; empty for always.
    condition: String,
    pub(super) row: u32,
    pub(super) survey: Lines,
    pub(super) choices: Lines,
    materials: Lines,
    shared: Lines,
}

/// Puts what the matters of a bundle ask for into its sheets.
pub(super) fn merge(mut sheets: Sheets, around: &Around<'_>, problems: &mut Problems) -> (Sheets, Vec<Part>) {
    let mut pieces = Vec::new();
    if let Some(table) = table(&sheets, "matters", true, problems) {
        pieces = read(&table, around, problems);
        conditions(&table, &mut pieces, &sheets, problems);
    }
    let own = |sheet: &str| Lines::of(sheet, sheets.get(sheet).map(Vec::as_slice).unwrap_or_default(), None);
    let (mut survey, mut choices) = (own("survey"), own("choices"));
    let (mut materials, mut shared) = (own("materials"), own("shared"));
    let mut merger = Merger::new(&survey, &choices, problems);
    let mut trees = Vec::new();
    for (place, piece) in pieces.iter_mut().enumerate() {
        merger.lists(piece, place, &mut choices);
        let tree = parse(&mut std::mem::take(&mut piece.survey.lines).into_iter());
        let fresh = merger.fresh(tree, place, None, piece);
        trees.push((place, fresh));
    }
    let conditions: Vec<&str> = pieces.iter().map(|piece| piece.condition.as_str()).collect();
    survey.lines = merger.finish(std::mem::take(&mut survey.lines), trees, &pieces, &conditions);
    merge_materials(&mut materials, &mut pieces);
    for piece in &mut pieces {
        let known: BTreeSet<String> = shared
            .lines
            .iter()
            .map(|line| line.get("question").to_owned())
            .collect();
        let new = std::mem::take(&mut piece.shared.lines).into_iter();
        shared
            .lines
            .extend(new.filter(|line| !known.contains(line.get("question"))));
    }
    for (name, lines) in [
        ("survey", survey),
        ("choices", choices),
        ("materials", materials),
        ("shared", shared),
    ] {
        if !lines.lines.is_empty() || sheets.contains_key(name) {
            sheets.insert(name, lines.into_rows());
        }
    }
    (sheets, pieces.into_iter().map(|piece| piece.part).collect())
}

/// The sheet `matters`.
fn read(table: &Table<'_>, around: &Around<'_>, problems: &mut Problems) -> Vec<Piece> {
    table.refuse_others(&COLUMNS, &["label"], problems);
    if !table.require(&["matter"], problems) {
        return Vec::new();
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for record in table.records() {
        let code = record.get("matter");
        let mut report = |code: &str, problem: String, remedy: &str| {
            problems.add("matters", record.number(), "matter", code, problem, remedy);
        };
        if pieces.iter().any(|piece| piece.part.code == code) {
            report("name_twice", format!("事项 {code} 写了两次"), "只留一行");
            continue;
        }
        let Some((file, matter)) = around.matters.get(code) else {
            // A matter that is there and could not be read is told where it is wrong.
            if !around.codes.contains(code) {
                let problem = format!("目录中没有编码为“{code}”的事项");
                report(
                    "matter_unknown",
                    problem,
                    "改成目录中的事项编码；一件事不能包含另一件一件事",
                );
            }
            continue;
        };
        let Some(opened) = around.opened(*file) else { continue };
        let Some(whole) = block::expand(&opened.sheets, around, &mut Problems::default()) else {
            continue;
        };
        let lines = |sheet: &str| {
            let rows = whole.get(sheet).map(Vec::as_slice).unwrap_or_default();
            Lines::of(sheet, rows, Some(*file))
        };
        let survey = lines("survey");
        if depth(&survey) > DEEPEST {
            let problem = format!("事项 {code} 的分组套了 {DEEPEST} 层以上");
            report("groups_too_deep", problem, "把这个事项的分组并平一些");
            continue;
        }
        let label = record.words("label");
        pieces.push(Piece {
            part: Part {
                code: code.to_owned(),
                relevant: None,
                label: if label.zh.is_empty() {
                    matter.name.clone()
                } else {
                    label
                },
                matter: Arc::clone(matter),
            },
            condition: record.get("relevant").to_owned(),
            row: record.number(),
            survey,
            choices: lines("choices"),
            materials: lines("materials"),
            shared: lines("shared"),
        });
    }
    if pieces.is_empty() && problems.is_empty() && table.records().next().is_none() {
        problems.add(
            "matters",
            0,
            "",
            "sheet_empty",
            "没有写包含哪些事项",
            "每行写一个事项编码",
        );
    }
    pieces
}

/// The conditions of the parts, over all questions of the bundle.
fn conditions(table: &Table<'_>, pieces: &mut [Piece], sheets: &Sheets, problems: &mut Problems) {
    let own = Lines::of(
        "survey",
        sheets.get("survey").map(Vec::as_slice).unwrap_or_default(),
        None,
    );
    let lines = pieces.iter().map(|piece| &piece.survey).chain([&own]);
    let names: BTreeSet<String> = lines
        .flat_map(|lines| &lines.lines)
        .map(|line| line.get("name").to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let ground = Ground {
        questions: &names,
        columns: None,
        current: false,
        lists: None,
        materials: None,
    };
    for record in table.records() {
        let relevant = super::cell::expression(&record, "relevant", ground, problems);
        let Some(piece) = pieces.iter_mut().find(|piece| piece.row == record.number()) else {
            continue;
        };
        if relevant.is_none() {
            piece.condition.clear();
        }
        piece.part.relevant = relevant;
    }
}

/// Materials by code: what one matter asks for is asked for when that matter is applied for, once.
fn merge_materials(into: &mut Lines, pieces: &mut [Piece]) {
    let own: BTreeSet<String> = into.lines.iter().map(|line| line.get("code").to_owned()).collect();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for piece in pieces {
        for mut line in std::mem::take(&mut piece.materials.lines) {
            let code = line.get("code").to_owned();
            if own.contains(&code) {
                continue;
            }
            let relevant = all_of(line.get("relevant"), &piece.condition);
            let required = match line.get("required") {
                text if text.is_empty() || yes(text) => "true()".to_owned(),
                text if no(text) => "false()".to_owned(),
                text => text.to_owned(),
            };
            let required = all_of(&required, &relevant);
            let before = places.get(&code).and_then(|place| into.lines.get_mut(*place));
            if let Some(known) = before {
                let any = any_of([known.get("relevant"), relevant.as_str()]);
                known.set("relevant", any);
                let any = any_of([known.get("required"), required.as_str()]);
                known.set("required", any);
                let count = |line: &Line| line.get("copies").parse::<u32>().unwrap_or(1);
                if count(&line) > count(known) {
                    known.set("copies", line.get("copies").to_owned());
                }
                continue;
            }
            line.set("relevant", relevant);
            line.set("required", required);
            places.insert(code, into.lines.len());
            into.lines.push(line);
        }
    }
}
