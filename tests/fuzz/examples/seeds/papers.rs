//! Documents, custody files and the small files of a station's disk.

use std::collections::BTreeMap;

use doorstep_custody::file::{Custody, write};
use doorstep_custody::{Evidence, Kept};
use doorstep_fuzz::{NOW, author, base, center, device, document_id, envelope, grant};
use doorstep_records::application::{ApplicationStep, Edit, Signature};
use doorstep_records::case::{CorrectionPoint, CorrectionRequest};
use doorstep_records::{Author, CaseDocument, CaseEvent, CaseStep, Page};
use doorstep_sync::payload::{Change, FileName, Receipt, Succession};
use doorstep_sync::{FileHash, Item, Kind, SigningKey};

use crate::Seeds;

pub fn seeds() -> Vec<Seeds> {
    vec![("document", documents()), ("custody", custody()), ("keys", keys())]
}

fn edits() -> Vec<Vec<Edit>> {
    let answer = |name: &str, value: &str, note: &str| Edit::Answer {
        name: name.into(),
        value: value.into(),
        note: note.into(),
    };
    let page = Page {
        id: "p1".into(),
        file: FileHash::of(b"scan").to_string(),
        media_type: "image/jpeg".into(),
        len: 4,
        rotation: 0,
        position: 1.0,
        staff: "T0101".into(),
        time: NOW + 345,
    };
    let signature = Signature {
        file: FileHash::of(b"drawn").to_string(),
        len: 5,
        time: NOW,
    };
    let turned = Edit::PageRotated {
        page: "p1".into(),
        rotation: 90,
    };
    let moved = Edit::PageMoved {
        page: "p1".into(),
        position: 1.5,
    };
    let removed = Edit::PageRemoved {
        page: "p1".into(),
        removed: true,
    };
    let material = || "id_card".to_owned();
    vec![
        vec![
            answer("name", "柳青禾", ""),
            answer("id_number", "500199193001011232", "旧证"),
        ],
        vec![
            answer("member[k3]/name", "甲", ""),
            Edit::Row {
                row: "member[k3]".into(),
                removed: false,
            },
        ],
        vec![Edit::Row {
            row: "member[k3]".into(),
            removed: true,
        }],
        vec![Edit::Presence {
            name: "who".into(),
            value: "applicant".into(),
        }],
        vec![Edit::PageAdded {
            material: material(),
            page,
        }],
        vec![turned, moved, removed],
        vec![
            Edit::Evidence {
                material: material(),
                level: "B".into(),
            },
            Edit::DeferredUntil {
                material: material(),
                day: "2026-03-01".into(),
            },
            Edit::Declared {
                material: material(),
                declared: true,
            },
        ],
        vec![Edit::Signed { signature }, Edit::Edition { version: 2 }],
        vec![
            Edit::Numbered {
                number: "500199101201-20260305-A1-0001".into(),
            },
            Edit::Step {
                step: ApplicationStep::Received,
                note: "x".into(),
            },
        ],
        vec![answer("name", "", "")],
    ]
}

/// Each edit alone behind the beginning, all of them, and the whole document; the same of a case.
fn documents() -> Vec<Vec<u8>> {
    let (begun, first) = base();
    let mut seeds = vec![first.bytes.clone()];
    let mut whole = begun.clone();
    let mut all = Vec::new();
    for (place, edits) in edits().iter().enumerate() {
        let author = author(1_000 * (place as u64 + 1));
        seeds.extend(begun.clone().edit(&author, edits).ok().map(|save| save.bytes));
        all.extend(whole.edit(&author, edits).unwrap().bytes);
    }
    seeds.extend([whole.save(), [first.bytes.clone(), all.clone()].concat(), all]);
    // Two people write into one field.
    let mut apart = begun.clone();
    let other = Author {
        actor: [&author(0).actor[..19], &[2]].concat(),
        ..author(5_000)
    };
    seeds.push(apart.edit(&other, &edits()[0]).unwrap().bytes);
    let mut case = CaseDocument::empty();
    for step in steps() {
        let id = format!("e{}", case.view().events.len());
        let event = CaseEvent {
            id,
            step,
            staff: "秦明舟".into(),
            stands_for: None,
            time: NOW + 9_000,
        };
        seeds.push(case.append(&author(9_000), &[event]).unwrap().bytes);
    }
    seeds.push(case.save());
    seeds
}

fn steps() -> Vec<CaseStep> {
    let point = CorrectionPoint {
        name: "name".into(),
        words: "看不清".into(),
    };
    let request = CorrectionRequest {
        message: "请补正".into(),
        fields: vec![point.clone()],
        materials: vec![point],
        due: "2026-03-20".into(),
    };
    vec![
        CaseStep::Arrived,
        CaseStep::prechecked(vec!["x".into()]),
        CaseStep::CorrectionAsked { request },
        CaseStep::Arrived,
        CaseStep::accepted("2026-03-30"),
        CaseStep::NotAccepted {
            reason: "x".into(),
            remedies: "y".into(),
        },
        CaseStep::Decided {
            granted: true,
            number: "1".into(),
            reason: String::new(),
            remedies: String::new(),
            file: None,
            seal: None,
        },
    ]
}

fn custody() -> Vec<Vec<u8>> {
    let sign = |key: &SigningKey, kind, payload| Item::sign(&envelope(key, kind, payload), key);
    let change = |bytes: Vec<u8>| sign(device(), Kind::Change, Change::of(bytes).to_bytes());
    let (begun, first) = base();
    let edit = begun.clone().edit(&author(1_000), &edits()[0]).unwrap();
    let file = FileName {
        hash: FileHash::of(b"scan"),
        len: 4,
        media_type: "image/jpeg".into(),
    };
    let items = [
        change(first.bytes.clone()),
        change(edit.bytes),
        sign(device(), Kind::File, file.to_bytes()),
        case(),
    ];
    let receipt = Receipt {
        accepted: items.iter().map(Item::id).collect(),
        refused: Vec::new(),
        verified: vec![file.hash],
    };
    let former = SigningKey::from_seed(&[9; 32]);
    let succession = Succession::of(&former.verifying_key(), center(), NOW - 1_000);
    let succession = sign(&former, Kind::Succession, succession.to_bytes());
    let evidence = |items: &[Item], grants: Vec<Item>| Evidence {
        document: document_id(),
        items: items
            .iter()
            .map(|item| Kept {
                item: item.clone(),
                arrived: NOW,
            })
            .collect(),
        grants,
        receipts: vec![sign(center(), Kind::Receipt, receipt.to_bytes())],
        people: BTreeMap::from([("T0101".to_owned(), "陶春晓".to_owned())]),
    };
    let granted = sign(center(), Kind::Grant, grant().to_bytes());
    let all = [
        evidence(&items, vec![granted.clone(), succession]),
        evidence(&items[..2], vec![granted]),
        evidence(&[], Vec::new()),
    ];
    all.into_iter()
        .flat_map(|evidence| {
            let custody = Custody { made: NOW, evidence };
            [write(&custody, center()), minicbor::to_vec(custody).unwrap()]
        })
        .collect()
}

/// The center opens the case.
fn case() -> Item {
    let author = Author {
        actor: [&center().verifying_key().device().0[..], &[0, 0, 0, 1]].concat(),
        staff: String::new(),
        time: NOW,
    };
    let event = CaseEvent {
        id: "e1".into(),
        step: CaseStep::Arrived,
        staff: String::new(),
        stands_for: None,
        time: NOW,
    };
    let save = CaseDocument::empty().append(&author, &[event]).unwrap();
    let mut envelope = envelope(center(), Kind::Change, Change::of(save.bytes).to_bytes());
    envelope.staff = String::new();
    if let Some(document) = &mut envelope.document {
        document.kind = "case".into();
    }
    Item::sign(&envelope, center())
}

fn keys() -> Vec<Vec<u8>> {
    let station = r#""station":{"division":"500199101201","name":"桃花村便民服务站","town":"云溪镇","district":"云溪区","address":"1组1号","telephone":"023-00000201","device_code":"A1","device_label":"笔记本"}"#;
    let slot = |number: &str, second: &str| {
        let sealed = "5a".repeat(72);
        format!(
            r#"{{"number":"{number}","name":"陶春晓","role":"village_clerk","salt":"{}","sealed":"{sealed}"{second}}}"#,
            "03".repeat(16)
        )
    };
    let second = r#","second":{"salt":"07070707070707070707070707070707","memory":131072,"passes":16},"instead_of":"04040404","failures":11"#;
    let file = |version: u8, slots: &[String]| {
        format!(r#"{{"version":{version},{station},"slots":[{}]}}"#, slots.join(",")).into_bytes()
    };
    vec![
        file(1, &[slot("T0101", "")]),
        file(2, &[slot("T0101", second), slot("T0102", r#","failures":3"#)]),
        file(3, &[]),
        br#"{"size":"large","language":"zh-CN","idle_minutes":5}"#.to_vec(),
    ]
}
