//! What two public engines agree on, JavaRosa and `@getodk/xforms-engine`, ours says too: of every node of every form in
//! `tests/oracle/fixtures`, after every answer of every script. How they were asked: `tests/oracle/README.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use doorstep_matters::form::{Evaluation, Form};
use doorstep_matters::view::{QuestionKind, QuestionView};
use doorstep_matters::{Answers, Context, read_form};
use flate2::read::GzDecoder;
use rust_xlsxwriter::Workbook;
use serde_json::{Map, Value};

use nodes::nodes;

#[path = "common/nodes.rs"]
mod nodes;

/// A form with its choices and settings, as the engines were given it.
fn form(sheets: &Map<String, Value>) -> Result<Form, String> {
    let mut workbook = Workbook::new();
    for (name, rows) in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(name).unwrap();
        for (row, cells) in (0..).zip(rows.as_array().unwrap()) {
            for (column, cell) in (0..).zip(cells.as_array().unwrap()) {
                match cell.as_str().unwrap() {
                    "" => {}
                    text => _ = sheet.write_string(row, column, text).unwrap(),
                }
            }
        }
    }
    read_form(&workbook.save_to_buffer().unwrap()).map_err(|problems| {
        problems
            .iter()
            .map(|problem| format!("{} {}; ", problem.cell, problem.problem))
            .collect()
    })
}

/// Numbers are compared as numbers, of places each by itself.
fn same(one: &str, other: &str) -> bool {
    let parts = |text: &str| {
        let parts = text.split([' ', ';']).filter(|part| !part.is_empty());
        parts
            .map(|part| part.parse::<f64>().ok().filter(|number| number.is_finite()))
            .collect::<Option<Vec<f64>>>()
    };
    let near = |(one, other): (&f64, &f64)| (one - other).abs() <= 1e-9 * one.abs().max(other.abs()).max(1.0);
    one == other
        || parts(one)
            .zip(parts(other))
            .is_some_and(|(one, other)| one.len() == other.len() && !one.is_empty() && one.iter().zip(&other).all(near))
}

/// Where ours says something else than both: what it is about, theirs, ours.
fn differences(expected: &Value, view: Option<&QuestionView>) -> Vec<(&'static str, String, String)> {
    let Some(expected) = expected.as_array() else {
        return match view {
            Some(view) if view.relevant => vec![("relevant", "no".into(), "yes".into())],
            _ => Vec::new(),
        };
    };
    let Some(view) = view.filter(|view| view.relevant) else {
        return vec![("relevant", "yes".into(), "no".into())];
    };
    let mut found = Vec::new();
    let mut flag = |what, expected: &Value, ours: bool| {
        if expected.as_u64().is_some_and(|theirs| (theirs == 1) != ours) {
            found.push((what, expected.to_string(), u8::from(ours).to_string()));
        }
    };
    flag("required", &expected[0], view.required);
    // What nobody can answer is locked here in any case.
    if view.kind.is_asked() {
        flag("readonly", &expected[1], view.readonly);
    }
    let code = view.error.as_ref().map(|error| error.code.as_str());
    if matches!(code, None | Some("constraint" | "missing")) {
        flag("valid", &expected[2], code != Some("constraint"));
    }
    if let Some(offered) = expected[3].as_str().filter(|offered| *offered != "-") {
        // A row without an answer makes a choice without a name there, and none here.
        let ours: Vec<&str> = view.choices.iter().flat_map(|choice| choice.name.split(' ')).collect();
        if offered.split_whitespace().collect::<Vec<_>>() != ours {
            found.push(("choices", offered.to_owned(), ours.join(" ")));
        }
    }
    // Both take away an answer that is offered no more; ours stays, and is said to be wrong, until someone chooses again.
    let gone = code == Some("choice");
    let whole = gone || matches!(view.kind, QuestionKind::Group | QuestionKind::Repeat);
    if let Some(value) = expected[4].as_str().filter(|value| !whole && !same(value, &view.value)) {
        found.push(("value", value.to_owned(), view.value.clone()));
    }
    found
}

/// Plays what was played to the engines; `None` when ours has nothing there.
fn act(
    evaluation: &mut Evaluation<'_>,
    action: &[&str],
    before: &BTreeMap<String, QuestionView>,
    rows: &mut usize,
) -> Option<()> {
    match *action {
        ["open"] => {}
        ["set", path, value] => _ = evaluation.answer(&before.get(path)?.name, value),
        ["row", path] => {
            let repeat = path.rsplit_once('[')?.0;
            *rows += 1;
            evaluation.add_row(&before.get(repeat)?.name, &format!("new{rows:04}"));
        }
        ["drop", path] => _ = evaluation.remove_row(&before.get(path)?.name),
        ref other => panic!("{other:?}"),
    }
    Some(())
}

/// What was found, by form, question and aspect: how often, and one story.
type Apart = BTreeMap<String, (usize, String)>;

fn replay(path: &Path) -> (usize, Apart) {
    let mut apart = Apart::new();
    let mut note = |place: String, story: String| apart.entry(place).or_insert((0, story)).0 += 1;
    let lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines();
    let mut lines = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let head = lines.next().unwrap();
    let text = |key: &str| head[key].as_str().unwrap().to_owned();
    let name = text("name");
    let form = match form(head["sheets"].as_object().unwrap()) {
        Ok(form) => form,
        Err(problems) => return (0, Apart::from([(name, (1, problems))])),
    };
    let context = Context {
        today: text("today"),
        station: text("station"),
        ..Context::default()
    };
    let mut compared = 0;
    for (number, script) in lines.enumerate() {
        let mut evaluation = form.values(&Answers::new(), &context);
        let mut expected: Map<String, Value> = Map::new();
        let mut before = BTreeMap::new();
        let (mut rows, mut played) = (0, Vec::new());
        for step in script.as_array().unwrap() {
            let action: Vec<&str> = step[0].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            if act(&mut evaluation, &action, &before, &mut rows).is_none() {
                note(
                    format!("{name} {action:?}"),
                    format!("script {number}: nothing there after {played:?}"),
                );
                break;
            }
            played.push(action.join(" "));
            expected.extend(step[1].as_object().unwrap().clone());
            let now = nodes(&evaluation);
            for (path, expected) in expected.iter().filter(|(_, expected)| !expected.is_null()) {
                compared += 1;
                for (what, theirs, ours) in differences(expected, now.get(path)) {
                    let parts = path.split('/').map(|part| part.split('[').next().unwrap());
                    let place = format!("{name} {} {what}", parts.collect::<Vec<_>>().join("/"));
                    note(
                        place,
                        format!("script {number} {path}: both {theirs:?}, ours {ours:?} after {played:?}"),
                    );
                }
            }
            before = now;
        }
    }
    (compared, apart)
}

#[test]
fn every_node_agrees_where_two_engines_agree() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/oracle/fixtures");
    let files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let taken = std::iter::from_fn(|| files.get(next.fetch_add(1, Ordering::Relaxed)));
        taken.map(|file| replay(file)).collect::<Vec<_>>()
    };
    let results: Vec<(usize, Apart)> = std::thread::scope(|scope| {
        let workers: Vec<_> = std::iter::repeat_with(|| scope.spawn(work)).take(4).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    let compared: usize = results.iter().map(|(compared, _)| compared).sum();
    let apart = results.iter().flat_map(|(_, apart)| apart);
    let told: Vec<String> = apart
        .map(|(place, (count, story))| format!("{place} ×{count}: {story}"))
        .collect();
    assert!(compared > 0);
    assert!(told.is_empty(), "of {compared} nodes:\n{}", told.join("\n"));
}
