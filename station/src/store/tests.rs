#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::time::{Duration, Instant};

use doorstep_records::Status;
use doorstep_sync::{
    DeviceId, DocumentId, Envelope, FileHash, Fingerprint, Item, ItemId, Kind, Scope, SigningKey, envelope,
};
use rusqlite::{Connection, params};

use super::items::{self, Refused, State};
use super::rows::{Line, Progress, find, index, put};
use super::search::{Findable, words};
use super::{StoreError, begin, facts, near, open, places, roll_back};
use crate::contract::{ApplicationSearch, Chain};

fn line(number: u32) -> Line {
    let given = ["桃花", "春晓", "远山", "石桥", "小禾"][number as usize % 5];
    let applicant = format!("{}{given}", ["陶", "向", "柳", "石"][number as usize % 4]);
    let id_number = format!("5001991941010{number:05}");
    let number_text = format!("500199101201-20260214-A1-{number:04}");
    let matter = "高龄津贴";
    let words = words(&Findable {
        applicant: &applicant,
        id_number: &id_number,
        matter,
        matter_en: "Allowance for the aged",
        numbers: vec![&number_text],
    });
    let mut id = [0; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    Line {
        id: DocumentId(id),
        number: Some(number_text),
        matter: matter.into(),
        matter_en: "Allowance for the aged".into(),
        applicant,
        id_tail: id_number[14..].into(),
        status: if number.is_multiple_of(3) {
            Status::Draft
        } else {
            Status::Received
        },
        progress: Progress {
            chain: Chain {
                saved: 1,
                reached: 0,
                files: 0,
                verified: 0,
                reached_at: None,
                handed: None,
                handed_files: None,
            },
            changed: u64::from(number),
        },
        conflict: false,
        correction: false,
        words,
    }
}

fn asked(query: &str, status: Vec<Status>) -> ApplicationSearch {
    ApplicationSearch {
        query: query.into(),
        status,
        attention: None,
        limit: 50,
        offset: 0,
    }
}

#[test]
fn ten_thousand_applications_are_listed_and_searched_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder.path().join("station.db"), &[1; 32]).unwrap();
    let tx = db.unchecked_transaction().unwrap();
    (0..10_000).for_each(|number| put(&tx, &line(number)).unwrap());
    index(&tx).unwrap();
    tx.commit().unwrap();
    drop(db);
    let db = open(&folder.path().join("station.db"), &[1; 32]).unwrap();
    let timed = |query: &str, total: u32| {
        let begun = Instant::now();
        let (rows, found) = find(&db, &asked(query, Vec::new()), false).unwrap();
        let took = begun.elapsed();
        assert_eq!(found, total, "{query}");
        assert!(rows.windows(2).all(|pair| pair[0].changed > pair[1].changed));
        // The bar is 50 ms on a station; a debug build on a busy machine gets ten times that.
        assert!(took < Duration::from_millis(500), "{query} took {took:?}");
        println!("{query:>10}: {total:>6} found in {took:?}");
    };
    for (query, total) in [
        ("", 10_000),
        ("桃花", 2000),
        ("陶桃花", 500),
        ("tth", 500),
        ("glj", 10_000),
        ("07777", 1),
        ("A1-7777", 1),
        ("没有", 0),
    ] {
        timed(query, total);
    }
    assert_eq!(find(&db, &asked("", vec![Status::Draft]), false).unwrap().1, 3334);
}

/// From now on there is no room for a further page.
pub(crate) fn fill(db: &Connection) {
    let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    db.execute_batch(&format!("PRAGMA max_page_count = {pages}")).unwrap();
}

/// What waits here was never written.
pub(crate) fn lose_waiting(db: &Connection) {
    db.execute_batch("DELETE FROM items WHERE state = 0").unwrap();
}

/// Somebody alters who stands in the access log, beside the program.
pub(crate) fn spoil_look(db: &Connection, was: &str, is: &str) {
    let (number, bytes): (i64, Vec<u8>) = db
        .query_row("SELECT number, bytes FROM looks ORDER BY number LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let mut look = doorstep_sync::payload::Look::from_bytes(&bytes).unwrap();
    assert_eq!(look.staff, was);
    look.staff = is.to_owned();
    let sql = "UPDATE looks SET bytes = ?2 WHERE number = ?1";
    db.execute(sql, params![number, look.to_bytes()]).unwrap();
}

/// Somebody takes an entry out of the access log.
pub(crate) fn lose_look(db: &Connection) {
    let sql = "DELETE FROM looks WHERE number = (SELECT min(number) FROM looks)";
    assert_eq!(db.execute(sql, []).unwrap(), 1);
}

/// There is room again.
pub(crate) fn empty(db: &Connection) {
    db.execute_batch("PRAGMA max_page_count = 100000").unwrap();
}

#[test]
fn a_full_disk_is_said_and_harms_nothing_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    let db = open(&path, &[1; 32]).unwrap();
    facts::set(&db, "before", b"kept").unwrap();
    let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    db.execute_batch(&format!("PRAGMA max_page_count = {}", pages + 10))
        .unwrap();
    let full = (0..100).find_map(|number| facts::set(&db, &format!("more {number}"), &[7; 4000]).err());
    assert!(matches!(full, Some(StoreError::Full)), "{full:?}");
    assert_eq!(facts::get(&db, "before").unwrap().unwrap(), b"kept");
    db.execute_batch("PRAGMA max_page_count = 100000").unwrap();
    facts::set(&db, "after", b"works again").unwrap();
    drop(db);
    let db = open(&path, &[1; 32]).unwrap();
    assert_eq!(facts::get(&db, "before").unwrap().unwrap(), b"kept");
    assert_eq!(facts::get(&db, "after").unwrap().unwrap(), b"works again");
}

#[test]
fn another_key_opens_nothing_and_destroys_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    facts::set(&open(&path, &[1; 32]).unwrap(), "before", b"kept").unwrap();
    assert!(matches!(open(&path, &[2; 32]), Err(StoreError::Unreadable)));
    assert_eq!(
        facts::get(&open(&path, &[1; 32]).unwrap(), "before").unwrap().unwrap(),
        b"kept"
    );
}

#[test]
fn a_newer_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    open(&path, &[1; 32])
        .unwrap()
        .execute_batch("PRAGMA user_version = 99")
        .unwrap();
    assert!(matches!(open(&path, &[1; 32]), Err(StoreError::Newer(99))));
}

fn scope() -> Scope {
    "500199101201/2026".parse().unwrap()
}

/// Stores an item written at `time`.
fn store(db: &Connection, time: u64, state: State) -> (i64, ItemId) {
    let key = SigningKey::from_seed(&[7; 32]);
    let envelope = Envelope {
        version: envelope::VERSION,
        kind: Kind::Change,
        scope: scope(),
        document: None,
        device: key.verifying_key().device(),
        staff: String::new(),
        time,
        payload: Vec::new(),
    };
    let item = Item::sign(&envelope, &key);
    (items::insert(db, &item, &envelope, state, None).unwrap(), item.id())
}

#[test]
fn nobody_counts_as_holding_what_waits_again_in_an_old_place() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder.path().join("station.db"), &[1; 32]).unwrap();
    let taken = store(&db, 1, State::Accepted).1;
    let (newest, _) = store(&db, 2, State::Waiting);
    let carrier = DeviceId([9; 16]);
    near::hand(&db, &carrier, &scope(), newest, 1_000).unwrap();
    assert_eq!(near::handed_all(&db, 1_000).unwrap(), Some((carrier, 1_000)));
    assert!(!items::wait_again(&db, &taken, State::Received).unwrap());
    assert!(near::handed_all(&db, 1_000).unwrap().is_some());
    assert!(items::wait_again(&db, &taken, State::Accepted).unwrap());
    assert_eq!(
        near::handed_all(&db, 1_000).unwrap(),
        None,
        "it was not given the first"
    );
}

#[test]
fn what_a_neighbour_was_handed_by_a_clock_set_back_since_has_lapsed() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(&folder.path().join("station.db"), &[1; 32]).unwrap();
    let (newest, _) = store(&db, 1, State::Waiting);
    let (neighbour, file) = (DeviceId([9; 16]), FileHash([8; 32]));
    let (day, now) = (24 * 3_600_000, 1_772_676_000_000);
    let held = |now| {
        let all = near::handed_all(&db, now).unwrap().is_some();
        assert_eq!(near::is_file_handed(&db, &file, None, now).unwrap(), all);
        all
    };
    near::hand(&db, &neighbour, &scope(), newest, now + 365 * day).unwrap();
    near::hand_file(&db, &neighbour, &file, now + 365 * day).unwrap();
    assert!(
        held(now + 365 * day) && held(now + 364 * day),
        "a clock may be a little ahead"
    );
    assert!(!held(now), "nobody knows how old that is");
    // Met once more, it counts from now on.
    near::hand(&db, &neighbour, &scope(), newest, now).unwrap();
    near::hand_file(&db, &neighbour, &file, now).unwrap();
    assert!(held(now) && held(now + 3 * day) && !held(now + 4 * day));
}

#[track_caller]
fn compared(db: &Connection, ids: &[ItemId]) {
    let mut print = Fingerprint::default();
    ids.iter().for_each(|id| print.add(id));
    assert!(places::fingerprints(db).unwrap() == [(scope(), print)]);
}

#[test]
fn the_set_is_what_the_items_are_whenever_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    let db = open(&path, &[1; 32]).unwrap();
    let (one, two) = (store(&db, 1, State::Waiting).1, store(&db, 2, State::Received).1);
    let placed = |db: &Connection| -> u32 {
        db.query_row("SELECT count(*) FROM places", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(placed(&db), 0, "a save does not wait for it");
    // The program ends before anybody asks.
    drop(db);
    let db = open(&path, &[1; 32]).unwrap();
    compared(&db, &[one, two]);
    assert_eq!(placed(&db), 2);

    // Refused before it was ever compared.
    let refused = store(&db, 3, State::Waiting).1;
    assert!(items::settle(&db, &refused, &[State::Waiting], State::Refused, None).unwrap());
    compared(&db, &[one, two]);

    // Altered on its way, looked at, and forgotten; what comes next takes its number.
    let (number, altered) = store(&db, 4, State::Aside);
    let why = Refused {
        code: "signature".into(),
        reason: String::new(),
        contents: Vec::new(),
    };
    items::refuse(&db, &altered, None, false, &why).unwrap();
    compared(&db, &[one, two]);
    items::forget_aside(&db, &altered).unwrap();
    let (again, three) = store(&db, 5, State::Received);
    assert_eq!(again, number);
    compared(&db, &[one, two, three]);

    // Compared in the middle of what is then undone.
    begin(&db).unwrap();
    let undone = store(&db, 6, State::Received).1;
    compared(&db, &[one, two, three, undone]);
    roll_back(&db).unwrap();
    compared(&db, &[one, two, three]);
    let four = store(&db, 7, State::Received).1;
    compared(&db, &[one, two, three, four]);
}
