//! A chain that holds, and every way in which one does not, each by its name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use doorstep_custody::file::{self, Custody, FileError};
use doorstep_custody::{Chain, Evidence, Flaw, Kept, check, report};
use doorstep_records::application::{ApplicationStep, Beginning};
use doorstep_records::{ApplicationDocument, Author, CaseDocument, CaseEvent, CaseStep, Edit, kind};
use doorstep_sync::payload::{Change, FileName, Grant, Receipt, Revoke};
use doorstep_sync::{Code, Document, DocumentId, Envelope, FileHash, Item, Kind, ScopePattern, SigningKey, serve};

const NOW: u64 = 1_772_676_000_000;
const DAY: u64 = 86_400_000;
const ID: DocumentId = DocumentId([7; 16]);

fn center() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

fn device() -> SigningKey {
    SigningKey::from_seed(&[2; 32])
}

fn envelope(author: &SigningKey, document: &str, staff: &str, payload: Vec<u8>) -> Envelope {
    Envelope {
        version: 1,
        kind: Kind::Change,
        scope: "500199101201/2026".parse().unwrap(),
        document: Some(Document {
            kind: document.into(),
            id: ID,
        }),
        device: author.verifying_key().device(),
        staff: staff.into(),
        time: NOW,
        payload,
    }
}

fn author(key: &SigningKey, staff: &str) -> Author {
    Author {
        actor: [&key.verifying_key().device().0[..], &[0, 0, 0, 1]].concat(),
        staff: staff.into(),
        time: NOW,
    }
}

fn grant(key: &SigningKey, from: u64, until: u64) -> Item {
    let grant = Grant {
        public_key: key.verifying_key().to_bytes(),
        kinds: vec![kind::APPLICATION.into()],
        scopes: vec![ScopePattern {
            division: "500199101201".into(),
            period: None,
        }],
        from,
        until,
        code: "A1".into(),
        label: "桃花村 笔记本".into(),
        details: Vec::new(),
    };
    let mut envelope = envelope(&center(), "", "", grant.to_bytes());
    (envelope.kind, envelope.document) = (Kind::Grant, None);
    Item::sign(&envelope, &center())
}

fn scan() -> FileName {
    FileName {
        hash: FileHash::of(b"scan"),
        len: 4,
        media_type: "image/jpeg".into(),
    }
}

/// Begun, typed into, handed in with a file, arrived, accepted.
fn evidence() -> Evidence {
    let (device, center) = (device(), center());
    let by = author(&device, "T0101");
    let beginning = Beginning {
        matter: "YX-MZ-001".into(),
        catalogue: 1,
        station: "500199101201".into(),
    };
    let (mut application, begun) = ApplicationDocument::create(&by, &beginning);
    let typed = [Edit::Answer {
        name: "name".into(),
        value: "高山月".into(),
        note: String::new(),
    }];
    let typed = application.edit(&by, &typed).unwrap();
    let handed = [Edit::Step {
        step: ApplicationStep::Received,
        note: String::new(),
    }];
    let handed = application.edit(&by, &handed).unwrap();
    let mut with_file = Change::of(handed.bytes);
    with_file.files.push(scan());
    let mut case = CaseDocument::empty();
    let event = |id: &str, step| CaseEvent {
        id: id.into(),
        step,
        staff: String::new(),
        stands_for: None,
        time: NOW + 2_000,
    };
    let arrived = case
        .append(&author(&center, ""), &[event("a1", CaseStep::Arrived)])
        .unwrap();
    let accepted = event("a2", CaseStep::accepted("2026-04-01"));
    let accepted = case.append(&author(&center, "甲审核"), &[accepted]).unwrap();
    let own = |payload: Change| {
        Item::sign(
            &envelope(&device, kind::APPLICATION, "T0101", payload.to_bytes()),
            &device,
        )
    };
    let said = |staff: &str, bytes| {
        Item::sign(
            &envelope(&center, kind::CASE, staff, Change::of(bytes).to_bytes()),
            &center,
        )
    };
    let items = vec![
        own(Change::of(begun.bytes)),
        own(Change::of(typed.bytes)),
        own(with_file),
        said("", arrived.bytes),
        said("甲审核", accepted.bytes),
    ];
    let mut evidence = Evidence {
        document: ID,
        items: items
            .into_iter()
            .map(|item| Kept {
                item,
                arrived: NOW + 1_000,
            })
            .collect(),
        grants: vec![grant(&device, NOW - DAY, NOW + DAY)],
        receipts: Vec::new(),
        people: BTreeMap::from([("T0101".to_owned(), "陶春晓".to_owned())]),
    };
    receipt(&mut evidence, NOW + 1_000);
    evidence
}

/// The center's receipt for all that devices wrote.
fn receipt(evidence: &mut Evidence, at: u64) {
    let of_device = |kept: &&Kept| {
        kept.item
            .open()
            .is_ok_and(|e| e.device != center().verifying_key().device())
    };
    let receipt = Receipt {
        accepted: evidence
            .items
            .iter()
            .filter(of_device)
            .map(|kept| kept.item.id())
            .collect(),
        refused: Vec::new(),
        verified: vec![scan().hash],
    };
    let scope = "500199101201/2026".parse().unwrap();
    evidence.receipts = vec![serve::receipt_item(scope, &receipt, &center(), at)];
}

fn checked(evidence: &Evidence) -> Chain {
    check(&center().verifying_key(), evidence)
}

/// The first thing that does not hold, and which item it is about.
fn first(evidence: &Evidence) -> Option<(Flaw, String)> {
    let chain = checked(evidence);
    chain.faults.first().map(|fault| (fault.flaw, fault.about.clone()))
}

/// Item `at` says something else, and its author signs it.
fn written(evidence: &mut Evidence, at: usize, key: &SigningKey, edit: impl FnOnce(&mut Envelope)) -> String {
    let mut envelope = evidence.items[at].item.open().unwrap();
    edit(&mut envelope);
    let item = Item::sign(&envelope, key);
    let id = item.id().to_string();
    evidence.items[at].item = item;
    receipt(evidence, NOW + 1_000);
    id
}

#[test]
fn a_good_chain_says_who_wrote_what_when_on_which_device_under_which_grant() {
    let evidence = evidence();
    let chain = checked(&evidence);
    assert_eq!(chain.faults, []);
    let typed = &chain.links[1];
    assert_eq!(typed.wrote, [("answers.name".to_owned(), "高山月".to_owned())]);
    assert_eq!(
        (typed.staff.as_str(), typed.time, typed.receipt),
        ("T0101", NOW, Some(NOW + 1_000))
    );
    let grant = typed.granted.as_ref().unwrap();
    assert_eq!(
        (grant.code.as_str(), grant.label.as_str(), grant.from),
        ("A1", "桃花村 笔记本", NOW - DAY)
    );
    assert_eq!(chain.links[2].wrote[0].0, "step.received");
    assert_eq!(chain.links[4].wrote[0].0, "case.accepted");
    assert!(chain.links[4].by_center && chain.links[4].granted.is_none());
    assert_eq!(chain.verified[&scan().hash], NOW + 1_000);
    let words = report(&chain, &evidence.people);
    for expected in [
        "陶春晓 (T0101)",
        "answers.name = 高山月",
        "A1",
        "everything holds: 5 items",
        "case.accepted",
    ] {
        assert!(words.contains(expected), "{expected} is not in\n{words}");
    }
}

#[test]
fn a_signature_that_is_not_the_authors_is_named() {
    let mut evidence = evidence();
    evidence.items[1].item.signature[3] ^= 1;
    let id = evidence.items[1].item.id().to_string();
    assert_eq!(first(&evidence), Some((Flaw::Item(Code::Signature), id)));
}

#[test]
fn altered_words_are_named() {
    let mut evidence = evidence();
    let item = &mut evidence.items[1].item;
    let at = item
        .envelope
        .windows(3)
        .position(|part| part == "山".as_bytes())
        .unwrap();
    item.envelope[at..at + 3].copy_from_slice("水".as_bytes());
    let id = item.id().to_string();
    assert_eq!(first(&evidence), Some((Flaw::Item(Code::Signature), id)));
}

#[test]
fn a_device_that_nobody_granted_is_named() {
    let mut evidence = evidence();
    evidence.grants.clear();
    assert_eq!(first(&evidence).unwrap().0, Flaw::Item(Code::UnknownDevice));
}

#[test]
fn an_item_outside_its_grant_is_named() {
    let mut late = evidence();
    late.grants = vec![grant(&device(), NOW - DAY, NOW)];
    assert_eq!(first(&late).unwrap().0, Flaw::Item(Code::NotGranted));
    let mut elsewhere = evidence();
    let other = "500199101202/2026".parse().unwrap();
    let id = written(&mut elsewhere, 1, &device(), |envelope| envelope.scope = other);
    assert_eq!(first(&elsewhere), Some((Flaw::Item(Code::NotGranted), id)));
}

#[test]
fn what_a_revoked_device_wrote_is_named_unless_a_receipt_is_older() {
    let mut evidence = evidence();
    let revoke = Revoke {
        device: device().verifying_key().device(),
        at: NOW + 1_500,
        hand_over: false,
    };
    let mut envelope = envelope(&center(), "", "", revoke.to_bytes());
    (envelope.kind, envelope.document) = (Kind::Revoke, None);
    evidence.grants.push(Item::sign(&envelope, &center()));
    assert_eq!(first(&evidence), None, "it wrote before");
    for kept in &mut evidence.items {
        kept.arrived = NOW + 2_000;
    }
    // It came once more, after a backup was restored: a receipt from before says that it had been taken.
    let old = evidence.receipts.clone();
    receipt(&mut evidence, NOW + 2_000);
    assert_eq!(first(&evidence).unwrap().0, Flaw::Item(Code::Revoked));
    evidence.receipts.extend(old);
    assert_eq!(first(&evidence), None);
}

#[test]
fn a_case_that_is_not_the_centers_is_named() {
    let mut evidence = evidence();
    let wide = |at: usize, evidence: &mut Evidence| {
        let mut envelope = evidence.grants[at].open().unwrap();
        let mut grant = Grant::from_bytes(&envelope.payload).unwrap();
        grant.kinds.push(kind::CASE.into());
        envelope.payload = grant.to_bytes();
        Item::sign(&envelope, &center())
    };
    let id = written(&mut evidence, 4, &device(), |envelope| {
        envelope.device = device().verifying_key().device()
    });
    assert_eq!(first(&evidence), Some((Flaw::Item(Code::NotGranted), id.clone())));
    // Not even when somebody was granted it by mistake.
    evidence.grants[0] = wide(0, &mut evidence);
    assert_eq!(first(&evidence), Some((Flaw::Item(Code::CenterOnly), id)));
}

#[test]
fn a_missing_forerunner_is_named() {
    let mut evidence = evidence();
    let behind = evidence.items[2].item.id().to_string();
    evidence.items.remove(1);
    assert_eq!(first(&evidence), Some((Flaw::MissingForerunner, behind)));
}

#[test]
fn an_item_of_another_application_or_scope_is_named() {
    let mut other = evidence();
    let id = written(&mut other, 1, &device(), |envelope| {
        envelope.document.as_mut().unwrap().id = DocumentId([8; 16]);
    });
    assert_eq!(first(&other), Some((Flaw::OtherDocument, id)));
    let mut scope = evidence();
    let id = written(&mut scope, 1, &device(), |envelope| {
        envelope.scope = "500199101201/2027".parse().unwrap()
    });
    assert_eq!(first(&scope), Some((Flaw::Scope, id)));
}

#[test]
fn changes_under_another_name_are_named() {
    let mut person = evidence();
    let id = written(&mut person, 1, &device(), |envelope| envelope.staff = "T0102".into());
    assert_eq!(first(&person), Some((Flaw::OtherPerson, id)));
    let mut device = evidence();
    let other = SigningKey::from_seed(&[3; 32]);
    device.grants.push(grant(&other, NOW - DAY, NOW + DAY));
    let id = written(&mut device, 1, &other, |envelope| {
        envelope.device = other.verifying_key().device()
    });
    assert_eq!(first(&device), Some((Flaw::OtherDevice, id)));
}

#[test]
fn changes_that_fit_no_such_document_are_named() {
    let mut evidence = evidence();
    let again = Change::from_bytes(&evidence.items[3].item.open().unwrap().payload).unwrap();
    let id = written(&mut evidence, 1, &device(), |envelope| {
        (envelope.payload, envelope.staff) = (Change::of(vec![1, 2, 3]).to_bytes(), String::new());
    });
    assert_eq!(first(&evidence), Some((Flaw::Unfitting, id)));
    let id = written(&mut evidence, 1, &device(), |envelope| {
        envelope.payload = again.to_bytes()
    });
    assert_eq!(
        first(&evidence),
        Some((Flaw::OtherDevice, id)),
        "those of a case, by the center"
    );
}

#[test]
fn an_item_without_a_receipt_or_dated_behind_it_is_named() {
    let mut none = evidence();
    none.receipts.clear();
    assert_eq!(first(&none).unwrap().0, Flaw::NoReceipt);
    let mut late = evidence();
    late.items[1].arrived = NOW + 3_000;
    assert_eq!(first(&late), Some((Flaw::Arrival, late.items[1].item.id().to_string())));
}

#[test]
fn forged_grants_and_receipts_are_named_and_count_for_nothing() {
    let mut granted = evidence();
    let other = SigningKey::from_seed(&[3; 32]);
    let mut envelope = granted.grants[0].open().unwrap();
    envelope.device = other.verifying_key().device();
    granted.grants = vec![Item::sign(&envelope, &other)];
    assert_eq!(first(&granted).unwrap().0, Flaw::Item(Code::CenterOnly));
    let mut receipted = evidence();
    let mut envelope = receipted.receipts[0].open().unwrap();
    envelope.device = device().verifying_key().device();
    receipted.receipts = vec![Item::sign(&envelope, &device())];
    let chain = checked(&receipted);
    assert_eq!(chain.faults[0].flaw, Flaw::Item(Code::CenterOnly));
    assert_eq!(chain.faults[1].flaw, Flaw::NoReceipt);
}

#[test]
fn a_file_is_good_for_the_districts_key_alone() {
    let custody = Custody {
        made: NOW,
        evidence: evidence(),
    };
    let bytes = file::write(&custody, &center());
    let key = center().verifying_key();
    assert_eq!(file::read(&bytes, &key).unwrap(), custody);
    assert_eq!(bytes, file::write(&custody, &center()), "the same every time");
    assert_eq!(file::read(&bytes, &device().verifying_key()), Err(FileError::Signature));
    let by_device = file::write(&custody, &device());
    assert_eq!(file::read(&by_device, &key), Err(FileError::Signature));
    // A signature of the center over the same bytes, meant as something else.
    let body = minicbor::to_vec(&custody).unwrap();
    let at = bytes.len() - 64;
    let mut other = bytes.clone();
    other[at..].copy_from_slice(&center().sign(&body));
    assert_eq!(file::read(&other, &key), Err(FileError::Signature));
}

#[test]
fn a_file_that_is_bent_anywhere_never_passes() {
    let custody = Custody {
        made: NOW,
        evidence: evidence(),
    };
    let bytes = file::write(&custody, &center());
    let key = center().verifying_key();
    for at in 0..bytes.len() {
        // Every bit of the frame at both ends, one bit of every byte between.
        let frame = at < 32 || at + 70 > bytes.len();
        for bit in if frame { 0..8 } else { at % 8..at % 8 + 1 } {
            let mut bent = bytes.clone();
            bent[at] ^= 1 << bit;
            assert!(file::read(&bent, &key).is_err(), "bit {bit} of byte {at}");
        }
    }
    for len in (0..bytes.len()).step_by(7) {
        assert!(file::read(&bytes[..len], &key).is_err(), "cut at {len}");
    }
    assert!(
        file::read(&[&bytes[..], &[0]].concat(), &key).is_err(),
        "with something behind it"
    );
}

#[test]
fn a_third_party_checks_a_file_with_the_command_and_the_key() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("third-party");
    std::fs::create_dir_all(&folder).unwrap();
    let place = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let verify = |file: &std::path::Path, key: &SigningKey, scan: &std::path::Path| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_doorstep-verify"))
            .arg(file)
            .arg("--key")
            .arg(hex::encode(key.verifying_key().to_bytes()))
            .arg("--with")
            .arg(scan)
            .output()
            .unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let mut evidence = evidence();
    let custody = |evidence: &Evidence| Custody {
        made: NOW,
        evidence: evidence.clone(),
    };
    let good = place("good.custody", &file::write(&custody(&evidence), &center()));
    let (scan, other) = (place("scan.jpg", b"scan"), place("other.jpg", b"another"));
    let (holds, said) = verify(&good, &center(), &scan);
    assert!(
        holds && said.contains("T0101") && said.contains("is named by it"),
        "{said}"
    );
    let (holds, said) = verify(&good, &center(), &other);
    assert!(!holds && said.contains("IS NOT NAMED"), "{said}");
    assert!(!verify(&good, &device(), &scan).0, "another district's key");

    evidence.items[1].item.signature[0] ^= 1;
    let forged = place("forged.custody", &file::write(&custody(&evidence), &center()));
    assert!(!verify(&forged, &center(), &scan).0);
    let bytes = std::fs::read(&good).unwrap();
    let short = place("short.custody", &bytes[..bytes.len() - 1]);
    assert!(!verify(&short, &center(), &scan).0);
    assert!(!verify(&folder.join("missing"), &center(), &scan).0);
}
