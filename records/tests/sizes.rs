//! How many bytes a save costs on a weak link (`--nocapture` prints it). Measured, each save compressed by itself without a
//! dictionary in brackets: one field 143 B (145); a beginning 151 B (148); 40 fields 1,205 B (265); four pages 400 B (320,
//! of which 128 are hashes that nothing compresses); all of a new application of 40 fields and four pages 1,927 B (779).
//! Time, unoptimised build on two shared cores: edit 0.12 ms, load 0.65 ms, view 0.28 ms, apply 0.27 ms.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod common;

use std::time::{Duration, Instant};

use common::*;
use doorstep_records::application::ApplicationStep;
use doorstep_records::{ApplicationDocument, Edit};

fn fields(count: usize) -> Vec<Edit> {
    (0..count)
        .map(|at| answer(&format!("question_{at}"), &format!("回答{at}")))
        .collect()
}

/// Four pages with hashes that do not compress.
fn pages() -> Vec<Edit> {
    let add = |at: u64| {
        let mut page = page(&format!("{:08x}", at.wrapping_mul(2_654_435_761)), at as f64);
        let mut state = at + 1;
        page.file = (0..64)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                char::from_digit((state >> 60) as u32, 16).unwrap()
            })
            .collect();
        Edit::PageAdded {
            material: format!("M{}", at / 2),
            page,
        }
    };
    (0..4).map(add).collect()
}

fn packed(bytes: &[u8]) -> usize {
    zstd::bulk::compress(bytes, 19).unwrap().len()
}

#[test]
fn a_save_is_small() {
    let (mut document, first) = begun();
    let me = author(1, MONDAY);
    let forty = document.edit(&me, &fields(40)).unwrap().bytes;
    let four = document.edit(&me, &pages()).unwrap().bytes;
    let received = [
        Edit::Numbered {
            number: "500199101201-20260302-A1-0001".into(),
        },
        step(ApplicationStep::Received, ""),
    ];
    let received = document.edit(&me, &received).unwrap().bytes;
    let one = document.edit(&me, &[answer("question_7", "另一个回答")]).unwrap().bytes;
    let all = [&first.bytes[..], &forty, &four, &received].concat();
    let sizes = [
        ("beginning", &first.bytes, 260),
        ("40 fields", &forty, 1_500),
        ("four pages", &four, 600),
        ("received", &received, 330),
        ("one field", &one, 190),
        ("a new application of 40 fields and four pages", &all, 2_600),
    ];
    for (name, bytes, limit) in sizes {
        println!("{name}: {} B, zstd {} B", bytes.len(), packed(bytes));
        assert!(bytes.len() <= limit, "{name}: {} B", bytes.len());
    }
    println!("the whole document: {} B", document.save().len());
}

/// Prints; asserts only that nothing is slower by an order.
#[test]
fn a_save_is_quick() {
    let (mut document, first) = begun();
    document
        .edit(&author(1, MONDAY), &[fields(40), pages()].concat())
        .unwrap();
    let mut saves = Vec::new();
    let start = Instant::now();
    for at in 0..200 {
        let edit = answer("question_7", &format!("第{at}次"));
        saves.push(document.edit(&author(1, MONDAY), &[edit]).unwrap());
    }
    let edit = start.elapsed() / 200;
    let mut other = ApplicationDocument::empty();
    other.apply(&device(1), &first.bytes).unwrap();
    let bytes = document.save();
    let timed = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..100).for_each(|_| work());
        start.elapsed() / 100
    };
    let load = timed(&mut || drop(ApplicationDocument::load(&bytes).unwrap()));
    let view = timed(&mut || drop(document.view()));
    let base = ApplicationDocument::load(&bytes).unwrap();
    let mut far = base.clone();
    let save = far.edit(&author(2, MONDAY), &[answer("question_8", "x")]).unwrap();
    let apply = timed(&mut || base.clone().apply(&device(2), &save.bytes).unwrap());
    println!("240 keys' worth of history: edit {edit:?}, load {load:?}, view {view:?}, apply {apply:?}");
    for time in [edit, load, view, apply] {
        assert!(time < Duration::from_millis(30), "{time:?}");
    }
}
