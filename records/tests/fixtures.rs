//! Documents and changes written by this version load for ever; and the JSON that the interface gets keeps its form.
//! The files under `fixtures` are never written again. A new version adds its own beside them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::PathBuf;

use common::*;
use doorstep_records::application::ApplicationStep;
use doorstep_records::case::{CorrectionPoint, ResultFile};
use doorstep_records::{ApplicationDocument, Case, CaseDocument, CaseStep, CorrectionRequest, Edit};

fn fixture(name: &str, now: &[u8]) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    if !path.exists() {
        std::fs::write(&path, now).unwrap();
        panic!("{name} was missing and has been written: look at it, and commit it");
    }
    std::fs::read(path).unwrap()
}

/// One of everything, with rivals; and the items it came from, by device.
fn everything() -> (ApplicationDocument, Vec<(u8, Vec<u8>)>) {
    let (mut one, first) = begun();
    let mut two = ApplicationDocument::empty();
    two.apply(&device(1), &first.bytes).unwrap();
    let note = "旧户口簿上就是这样".to_owned();
    let edits = [
        answer("name", "柳青禾"),
        Edit::Answer {
            name: "id_number".into(),
            value: "500199194003010011".into(),
            note,
        },
        Edit::Presence {
            name: "who".into(),
            value: "agent".into(),
        },
        Edit::Evidence {
            material: "M1".into(),
            level: "A".into(),
        },
        Edit::DeferredUntil {
            material: "M2".into(),
            day: "2026-03-20".into(),
        },
        Edit::Declared {
            material: "M3".into(),
            declared: true,
        },
        Edit::PageAdded {
            material: "M1".into(),
            page: page("a1", 1.0),
        },
        Edit::PageAdded {
            material: "M1".into(),
            page: page("b2", 2.0),
        },
        Edit::PageRotated {
            page: "a1".into(),
            rotation: 90,
        },
        Edit::PageMoved {
            page: "a1".into(),
            position: 3.5,
        },
        Edit::PageRemoved {
            page: "b2".into(),
            removed: true,
        },
        Edit::Signed { signature: signature() },
        Edit::Numbered {
            number: "500199101201-20260302-A1-0001".into(),
        },
        step(ApplicationStep::Received, ""),
    ];
    let second = one.edit(&author(1, MONDAY + 60_000), &edits).unwrap();
    let rival = two
        .edit(&author(2, MONDAY + 30_000), &[answer("name", "柳青和")])
        .unwrap();
    one.apply(&device(2), &rival.bytes).unwrap();
    let last = one
        .edit(
            &author(1, MONDAY + 90_000),
            &[step(ApplicationStep::Withdrawn, "不办了")],
        )
        .unwrap();
    let items = vec![(1, first.bytes), (1, second.bytes), (2, rival.bytes), (1, last.bytes)];
    (one, items)
}

fn authority() -> (CaseDocument, Vec<u8>) {
    let mut case = CaseDocument::empty();
    let point = |name: &str| CorrectionPoint {
        name: name.into(),
        words: "看不清".into(),
    };
    let request = CorrectionRequest {
        message: "请补正".into(),
        fields: vec![point("phone")],
        materials: vec![point("M1")],
        due: "2026-03-20".into(),
    };
    let file = ResultFile {
        hash: "7".repeat(64),
        name: "证书.pdf".into(),
        media_type: "application/pdf".into(),
        len: 99,
    };
    let steps = [
        CaseStep::Arrived,
        CaseStep::prechecked(vec!["缺页".into()]),
        CaseStep::accepted("2026-03-17"),
        CaseStep::NotAccepted {
            reason: "不属于本机关".into(),
            remedies: "复议".into(),
        },
        CaseStep::CorrectionAsked { request },
        CaseStep::Decided {
            granted: true,
            number: "Z-1".into(),
            reason: String::new(),
            remedies: String::new(),
            file: Some(file),
            seal: None,
        },
    ];
    let events: Vec<_> = steps
        .into_iter()
        .enumerate()
        .map(|(at, step)| event(&format!("e{at}"), step, MONDAY + at as u64))
        .collect();
    let save = case.append(&author(9, MONDAY), &events).unwrap();
    (case, save.bytes)
}

#[test]
fn an_application_of_version_1_loads() {
    let (mut document, _) = everything();
    let loaded = ApplicationDocument::load(&fixture("application-1.automerge", &document.save())).unwrap();
    let expected = fixture(
        "application-1.json",
        serde_json::to_string_pretty(&document.view()).unwrap().as_bytes(),
    );
    let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
    assert_eq!(then(loaded.view(), &expected), expected);
    // What is written today is the same still.
    assert_eq!(then(document.view(), &expected), expected);
}

/// What a view says of what it said when `expected` was kept: more may be said today, nothing less and nothing else.
fn then(view: impl serde::Serialize, expected: &serde_json::Value) -> serde_json::Value {
    let mut view = serde_json::to_value(view).unwrap();
    let said = view.as_object_mut().unwrap();
    said.retain(|key, _| expected.get(key).is_some());
    view
}

#[test]
fn changes_of_version_1_are_taken() {
    let (document, items) = everything();
    let lines: Vec<_> = items
        .iter()
        .map(|(from, bytes)| format!("{from} {}\n", hex::encode(bytes)))
        .collect();
    let stored = String::from_utf8(fixture("application-1.changes", lines.concat().as_bytes())).unwrap();
    assert_eq!(
        stored,
        lines.concat(),
        "a save of today has other bytes than a save of then"
    );
    let mut rebuilt = ApplicationDocument::empty();
    for line in stored.lines() {
        let (from, bytes) = line.split_once(' ').unwrap();
        rebuilt
            .apply(&device(from.parse().unwrap()), &hex::decode(bytes).unwrap())
            .unwrap();
    }
    assert_eq!(rebuilt.view(), document.view());
}

#[test]
fn a_case_of_version_1_loads() {
    let (mut case, save) = authority();
    let loaded = CaseDocument::load(&fixture("case-1.automerge", &case.save())).unwrap();
    let expected = fixture(
        "case-1.json",
        serde_json::to_string_pretty(&case.view()).unwrap().as_bytes(),
    );
    let expected: Case = serde_json::from_slice(&expected).unwrap();
    assert_eq!(loaded.view(), expected);
    assert_eq!(case.view(), expected);
    let mut rebuilt = CaseDocument::empty();
    rebuilt.apply(&device(9), &fixture("case-1.change", &save)).unwrap();
    assert_eq!(rebuilt.view(), expected);
}
