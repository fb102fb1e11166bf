//! Everything that the fuzzer started from and everything that it found is read again: no input makes a decoder panic, take
//! its time, or take more memory than there is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Once;
use std::time::{Duration, Instant};

use doorstep_fuzz::TARGETS;

/// Address space of this process: decoders that claim more are stopped.
const MOST_MEMORY: u64 = 6 << 30;
/// The longest that one input may take, unoptimised and on a busy machine.
const MOST_TIME: Duration = Duration::from_secs(20);

static BOUNDED: Once = Once::new();

fn replay(name: &str) {
    BOUNDED.call_once(|| rlimit::setrlimit(rlimit::Resource::AS, MOST_MEMORY, rlimit::INFINITY).unwrap());
    let (_, decoder) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut inputs: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "nothing was kept for {name}");
    let mut bad = Vec::new();
    for input in inputs {
        let bytes = fs::read(&input).unwrap();
        let begun = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| decoder(&bytes))).is_err() {
            bad.push(format!("{} panics", input.display()));
        } else if begun.elapsed() > MOST_TIME {
            bad.push(format!("{} takes {:?}", input.display(), begun.elapsed()));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn every_target_is_replayed_and_every_folder_has_a_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut folders: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut targets = TARGETS.map(|(name, _)| name);
    folders.sort();
    targets.sort_unstable();
    assert_eq!(folders, targets);
    let tests = include_str!("replay.rs");
    for name in targets {
        assert!(tests.contains(&format!("replay(\"{name}\")")), "{name} is not replayed");
    }
}

#[test]
fn any_item_is_answered() {
    replay("item");
}

#[test]
fn any_exchange_is_answered() {
    replay("sync");
}

#[test]
fn any_repair_message_is_answered() {
    replay("repair");
}

#[test]
fn any_answer_of_a_center_is_taken_or_refused() {
    replay("answer");
}

#[test]
fn any_stick_is_read_or_refused() {
    replay("bundle");
}

#[test]
fn any_change_is_taken_or_refused() {
    replay("document");
}

#[test]
fn any_workbook_is_read_or_refused() {
    replay("workbook");
}

#[test]
fn any_cells_make_a_form_or_a_list_of_faults() {
    replay("cells");
}

#[test]
fn any_expression_comes_to_an_end() {
    replay("expression");
}

#[test]
fn any_answers_fill_a_form() {
    replay("answers");
}

#[test]
fn any_picture_is_drawn_or_refused() {
    replay("picture");
}

#[test]
fn any_request_is_answered() {
    replay("request");
}

#[test]
fn any_file_of_keys_is_read_or_refused() {
    replay("keys");
}

#[test]
fn any_custody_file_is_checked_or_refused() {
    replay("custody");
}

#[test]
fn any_text_is_read_or_refused() {
    replay("text");
}
