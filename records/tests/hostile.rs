//! Changes that were damaged on the way, or made by hand: refused, with a reason, and the document is as before.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType};
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, Change, ExpandedChange, ObjType, ROOT, ScalarValue};
use common::*;
use doorstep_records::application::ApplicationStep;
use doorstep_records::{ApplicationDocument, CaseDocument, CaseStep, Edit, RecordError};
use proptest::prelude::*;

/// A document with a page, a number, an event and an answer, and its items.
fn victim() -> (ApplicationDocument, Vec<Vec<u8>>) {
    let (mut document, save) = begun();
    let edits = [
        Edit::PageAdded {
            material: "M1".into(),
            page: page("a1", 1.0),
        },
        Edit::Numbered { number: "N-1".into() },
        step(ApplicationStep::Received, ""),
        Edit::Signed { signature: signature() },
        answer("name", "柳青禾"),
    ];
    let second = document.edit(&author(1, MONDAY), &edits).unwrap();
    (document, vec![save.bytes, second.bytes])
}

/// The same document in plain Automerge, as an attacker with device 2 holds it.
fn attacker(items: &[Vec<u8>]) -> Automerge {
    let mut plain = Automerge::new();
    plain
        .apply_changes(
            items
                .iter()
                .map(|bytes| Change::try_from(&bytes[..]).unwrap())
                .collect::<Vec<_>>(),
        )
        .unwrap();
    plain.with_actor(ActorId::from(author(2, 0).actor))
}

fn attack(items: &[Vec<u8>], write: impl FnOnce(&mut Transaction<'_>)) -> Vec<u8> {
    let mut plain = attacker(items);
    let mut tx = plain.transaction();
    write(&mut tx);
    let hash = tx.commit_with(CommitOptions::default()).0.unwrap();
    plain.get_change_by_hash(&hash).unwrap().raw_bytes().to_vec()
}

use automerge::ReadDoc;

fn refused(document: &mut ApplicationDocument, bytes: &[u8], name: &str) -> RecordError {
    let (view, heads) = (document.view(), document.heads());
    let error = document.apply(&device(2), bytes).expect_err(name);
    assert_eq!((document.view(), document.heads()), (view, heads), "{name}");
    error
}

type Write = Box<dyn FnOnce(&mut Transaction<'_>)>;

#[test]
fn the_form_of_an_application_is_kept() {
    let (mut document, items) = victim();
    let event = items_key(&document, "events.");
    let signature = items_key(&document, "signatures.");
    let put = |key: String, value: ScalarValue| -> Write { Box::new(move |tx| tx.put(ROOT, key, value).unwrap()) };
    let delete = |key: String| -> Write { Box::new(move |tx| tx.delete(ROOT, key).unwrap()) };
    let attacks: Vec<(&str, Write)> = vec![
        ("an unknown key", put("colour".into(), "red".into())),
        ("an unknown field", put("materials.M1.colour".into(), "red".into())),
        ("another matter", put("matter".into(), "M9".into())),
        ("another moment", put("created".into(), 1_u64.into())),
        ("a number in an answer", put("answers.age".into(), 81_u64.into())),
        ("bytes in an answer", put("answers.age".into(), vec![1_u8, 2, 3].into())),
        (
            "a note on presence",
            put("presence.who".into(), vec![0x82_u8, 0x61, 0x61, 0x61, 0x62].into()),
        ),
        ("a counter", put("answers.age".into(), ScalarValue::counter(1))),
        ("nothing", put("answers.age".into(), ScalarValue::Null)),
        ("a page of nonsense", put("pages.b2".into(), vec![0_u8].into())),
        ("a page written over", put("pages.a1".into(), vec![0_u8].into())),
        ("a page taken away", delete("pages.a1".into())),
        ("a half turn and a bit", put("pages.a1.rotation".into(), 181_u64.into())),
        ("a page nowhere", put("pages.a1.position".into(), f64::NAN.into())),
        ("an event taken away", delete(event)),
        ("a signature taken away", delete(signature)),
        ("a number taken away", delete("numbers.N-1".into())),
        ("an answer taken away", delete("answers.name".into())),
        (
            "too long a text",
            put("answers.name".into(), "x".repeat(64 * 1024 + 1).into()),
        ),
        (
            "too long a key",
            put(format!("answers.{}", "x".repeat(300)), "x".into()),
        ),
        (
            "too many keys",
            Box::new(|tx| (0..2_000).for_each(|n| tx.put(ROOT, format!("answers.q{n}"), "x").unwrap())),
        ),
        (
            "a nested map",
            Box::new(|tx| drop(tx.put_object(ROOT, "answers.name", ObjType::Map).unwrap())),
        ),
        (
            "a text object",
            Box::new(|tx| drop(tx.put_object(ROOT, "answers.name", ObjType::Text).unwrap())),
        ),
    ];
    for (name, write) in attacks {
        let bytes = attack(&items, write);
        assert!(
            matches!(refused(&mut document, &bytes, name), RecordError::Schema(_)),
            "{name}"
        );
    }
    // And what is in order is taken.
    let bytes = attack(&items, |tx| tx.put(ROOT, "answers.name", "柳青和").unwrap());
    document.apply(&device(2), &bytes).unwrap();
    assert_eq!(document.view().applicant_name(), "柳青和");
}

fn items_key(document: &ApplicationDocument, prefix: &str) -> String {
    let plain = Automerge::load(&document.clone().save()).unwrap();
    plain.keys(ROOT).find(|key| key.starts_with(prefix)).unwrap()
}

#[test]
fn a_second_beginning_is_refused() {
    let (mut document, _) = victim();
    let (_, other) = ApplicationDocument::create(&author(2, MONDAY), &beginning());
    assert!(matches!(
        refused(&mut document, &other.bytes, "beginning"),
        RecordError::Schema(_)
    ));
}

#[test]
fn only_the_signer_may_be_the_actor() {
    let (_, items) = victim();
    let mut document = ApplicationDocument::empty();
    assert_eq!(document.apply(&device(2), &items[0]), Err(RecordError::Actor));
    assert_eq!(
        document.apply(&device(1), &items[1]),
        Err(RecordError::MissingDependencies)
    );
    document.apply(&device(1), &items.concat()).unwrap();
    document.apply(&device(1), &items.concat()).unwrap();
    document.apply(&device(1), &items[0]).unwrap();
    assert_eq!(document.view(), victim().0.view());
}

#[test]
fn an_actor_that_comes_back_from_a_backup_is_refused() {
    let (mut document, items) = victim();
    let mut backup = ApplicationDocument::empty();
    backup.apply(&device(1), &items[0]).unwrap();
    let save = backup.edit(&author(1, MONDAY), &[answer("name", "乙")]).unwrap();
    let heads = document.heads();
    assert!(matches!(
        document.apply(&device(1), &save.bytes),
        Err(RecordError::Schema(_))
    ));
    assert_eq!(document.heads(), heads);
}

/// Changes that Automerge itself would never write.
#[test]
fn changes_made_by_hand_are_refused() {
    let (mut document, items) = victim();
    let bytes = attack(&items, |tx| tx.put(ROOT, "answers.age", "81").unwrap());
    let honest = ExpandedChange::from(&Change::try_from(&bytes[..]).unwrap());
    let page = page_op(&items);
    type Bend = Box<dyn Fn(&mut ExpandedChange)>;
    let bends: Vec<(&str, Bend)> = vec![
        (
            "a counter that leaves no room",
            Box::new(|change| change.start_op = (u64::from(u32::MAX) - 1).try_into().unwrap()),
        ),
        (
            "a counter from before",
            Box::new(|change| change.start_op = 1.try_into().unwrap()),
        ),
        ("a sequence with a gap", Box::new(|change| change.seq = 7)),
        ("a sequence of nothing", Box::new(|change| change.seq = 0)),
        ("a footer", Box::new(|change| change.extra_bytes = vec![1; 10])),
        ("a long name", Box::new(|change| change.message = Some("x".repeat(65)))),
        (
            "unknown dependencies",
            Box::new(|change| change.deps = vec![automerge::ChangeHash([7; 32])]),
        ),
        ("no dependencies", Box::new(|change| change.deps.clear())),
        ("no operations", Box::new(|change| change.operations.clear())),
        (
            "a foreign key's value written over",
            Box::new(move |change| change.operations[0].pred = vec![page.clone()].into()),
        ),
        (
            "a value that is not there written over",
            Box::new(|change| {
                change.operations[0].pred = vec![OpId::new(9_999, &change.actor_id)].into();
            }),
        ),
        (
            "an unknown object",
            Box::new(|change| {
                let object = OpId::new(2, &change.actor_id);
                change.operations[0].obj = ObjectId::Id(object);
            }),
        ),
        ("a list element", Box::new(|change| change.operations[0].insert = true)),
        (
            "an increment",
            Box::new(|change| change.operations[0].action = OpType::Increment(1)),
        ),
    ];
    for (name, bend) in bends {
        let mut bent = honest.clone();
        bend(&mut bent);
        bent.hash = None;
        let Ok(change) = std::panic::catch_unwind(|| Change::from(bent)) else {
            continue;
        };
        refused(&mut document, change.raw_bytes(), name);
    }
    document.apply(&device(2), Change::from(honest).raw_bytes()).unwrap();
    assert!(
        !document
            .edit(&author(1, MONDAY), &[answer("phone", "1")])
            .unwrap()
            .is_empty()
    );
}

/// The operation that added the page.
fn page_op(items: &[Vec<u8>]) -> OpId {
    let change = ExpandedChange::from(&Change::try_from(&items[1][..]).unwrap());
    let start: u64 = change.start_op.into();
    let is_page = |op: &Op| matches!(&op.key, Key::Map(key) if key == "pages.a1");
    let at = change.operations.iter().position(is_page).unwrap() as u64;
    OpId::new(start + at, &change.actor_id)
}

#[test]
fn what_is_no_change_is_malformed() {
    let (mut document, items) = victim();
    let whole = document.clone().save();
    let mut compressed = Change::try_from(&items[1][..]).unwrap();
    let long = attack(&items, |tx| tx.put(ROOT, "answers.name", "x".repeat(9_000)).unwrap());
    let compressed_long = Change::try_from(&long[..]).unwrap().bytes().into_owned();
    assert_ne!(compressed_long, long);
    let _ = compressed.bytes();
    let cases: [(&str, &[u8]); 6] = [
        ("empty", b""),
        ("words", b"not automerge"),
        ("a whole document", &whole),
        ("a compressed change", &compressed_long),
        ("a cut change", &long[..long.len() - 1]),
        ("a change with a tail", &[&long[..], b"x"].concat()),
    ];
    for (name, bytes) in cases {
        assert_eq!(refused(&mut document, bytes, name), RecordError::Malformed, "{name}");
    }
    assert_eq!(
        ApplicationDocument::load(b"nonsense").err(),
        Some(RecordError::Malformed)
    );
    assert_eq!(
        CaseDocument::load(&whole[..whole.len() / 2]).err(),
        Some(RecordError::Malformed)
    );
}

/// A change whose columns say `count` operations, each with `predecessors`, in a few bytes.
fn unfolding(count: i64, predecessors: u64) -> Vec<u8> {
    fn unsigned(mut value: u64, out: &mut Vec<u8>) {
        while value >= 0x80 {
            out.push(value as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    }
    fn run(count: i64, value: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut left = count;
        while left >= 0x40 {
            out.push((left & 0x7f) as u8 | 0x80);
            left >>= 7;
        }
        out.push(left as u8);
        out.extend_from_slice(value);
        out
    }
    let mut number = Vec::new();
    unsigned(predecessors, &mut number);
    let mut same = Vec::new();
    unsigned(count as u64, &mut same);
    let columns = [
        (1 << 4 | 5, run(count, b"\x09answers.a")),
        (3 << 4 | 4, same),
        (4 << 4 | 2, run(count, &[1])),
        (5 << 4 | 6, run(count, &[0])),
        (7 << 4, run(count, &number)),
        (7 << 4 | 1, run(i64::MAX >> 2, &[0])),
        (7 << 4 | 3, run(i64::MAX >> 2, &[1])),
    ];
    let mut body = vec![0, 20];
    body.extend(&author(2, 0).actor);
    body.extend([1, 1, 0, 0, 0, columns.len() as u8]);
    for (kind, data) in &columns {
        body.extend([*kind as u8, data.len() as u8]);
    }
    body.extend(columns.iter().flat_map(|(_, data)| data));
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83, 0, 0, 0, 0, 1];
    unsigned(body.len() as u64, &mut chunk);
    chunk.extend(body);
    chunk
}

#[test]
fn a_few_bytes_that_unfold_without_end_are_malformed() {
    // Small ones are whole changes: what is refused below is refused for its size.
    assert!(Change::try_from(&unfolding(1, 1)[..]).is_ok_and(|change| change.len() == 1));
    for bytes in [
        unfolding(1 << 40, 0),
        unfolding(1, 1 << 40),
        unfolding(1 << 62, 1 << 62),
    ] {
        let (done, waits) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let error = ApplicationDocument::empty().apply(&device(2), &bytes).err();
            let _ = done.send((error, ApplicationDocument::contents(&bytes).len()));
        });
        let answer = waits.recv_timeout(std::time::Duration::from_secs(5));
        assert_eq!(answer, Ok((Some(RecordError::Malformed), 0)));
    }
}

#[test]
fn a_case_takes_events_and_nothing_else() {
    let mut case = CaseDocument::empty();
    let save = case
        .append(&author(9, MONDAY), &[event("e1", CaseStep::Arrived, MONDAY)])
        .unwrap();
    let items = vec![save.bytes];
    let arrived = case.view();
    let attacks: [Write; 4] = [
        Box::new(|tx| tx.put(ROOT, "answers.name", "x").unwrap()),
        Box::new(|tx| tx.put(ROOT, "events.000001.e2", "{}").unwrap()),
        Box::new(|tx| tx.delete(ROOT, "events.000000.e1").unwrap()),
        Box::new(|tx| tx.put(ROOT, "events.000000.e1", "x").unwrap()),
    ];
    for write in attacks {
        let bytes = attack(&items, write);
        assert!(matches!(case.apply(&device(2), &bytes), Err(RecordError::Schema(_))));
        assert_eq!(case.view(), arrived);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bent_bytes_never_panic_and_never_change_a_view(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 1..4),
        cut in any::<prop::sample::Index>(),
        mend in any::<bool>(),
    ) {
        let (_, items) = victim();
        let mut document = ApplicationDocument::empty();
        document.apply(&device(1), &items[0]).unwrap();
        let mut bytes = items[1].clone();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if cut.index(4) == 0 {
            bytes.truncate(cut.index(bytes.len()) + 1);
        }
        let before = document.view();
        if document.apply(&device(1), &bytes).is_err() {
            prop_assert_eq!(document.view(), before);
        } else {
            prop_assert_eq!(&bytes, &items[1]);
        }
        // With a mended checksum the content itself is judged.
        if mend && let Some(mended) = mended(bytes) {
            if document.apply(&device(1), &mended).is_ok() {
                let mut after = document.clone();
                prop_assert!(ApplicationDocument::load(&after.save()).is_ok());
            }
            let _ = ApplicationDocument::contents(&mended);
        }
        let _ = document.view();
    }

    #[test]
    fn damaged_documents_are_answered(flip in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let (mut document, _) = victim();
        let mut bytes = document.save();
        let at = flip.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(loaded) = ApplicationDocument::load(&bytes) {
            let _ = loaded.view();
        }
    }
}

/// The same bytes with the checksum that fits them, if they are one chunk.
fn mended(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let change = Change::try_from(&bytes[..]).ok()?;
    bytes[4..8].copy_from_slice(&change.hash().0[..4]);
    Some(bytes)
}
