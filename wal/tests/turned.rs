//! Logs that SQLite wrote, as a power cut leaves them, and bits that turn in them.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

use doorstep_wal::{Mended, mend};
use rusqlite::Connection;
use tempfile::TempDir;

const COMMITS: i64 = 60;

/// A database with everything in its log, left as a program leaves it that is killed.
struct Left {
    database: Vec<u8>,
    log: Vec<u8>,
}

impl Left {
    fn new() -> Self {
        Self::after(|_| ())
    }

    fn after(before: impl FnOnce(&Connection)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one.db");
        let sql = Connection::open(&path).unwrap();
        sql.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;
             CREATE TABLE said (number INTEGER PRIMARY KEY, words TEXT);",
        )
        .unwrap();
        before(&sql);
        for number in 0..COMMITS {
            let words = "说过的话".repeat(1 + number as usize * 37 % 400);
            sql.execute("INSERT INTO said (words) VALUES (?1)", [words]).unwrap();
        }
        Self {
            database: fs::read(&path).unwrap(),
            log: fs::read(folder.path().join("one.db-wal")).unwrap(),
        }
    }

    fn with(&self, log: &[u8]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("one.db"), &self.database).unwrap();
        fs::write(folder.path().join("one.db-wal"), log).unwrap();
        folder
    }
}

fn log_of(folder: &TempDir) -> Vec<u8> {
    fs::read(folder.path().join("one.db-wal")).unwrap()
}

fn mended(folder: &TempDir) -> Mended {
    let path = folder.path().join("one.db");
    let mended = mend(&path, None).unwrap();
    assert_eq!(
        mend(&path, None).unwrap(),
        Mended::default(),
        "what was mended is whole"
    );
    mended
}

/// How many commits SQLite reads.
fn commits(path: &Path) -> i64 {
    let sql = Connection::open(path.join("one.db")).unwrap();
    sql.query_row("SELECT count(*) FROM said", [], |row| row.get(0))
        .unwrap()
}

fn chance(number: u64) -> usize {
    let word = (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((word ^ (word >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 8) as usize
}

const FRAME: usize = 24 + 4096;

/// A bit that turns anywhere; the header and the frames' own headers are small and get their share.
fn turn(log: &mut [u8], number: u64) -> usize {
    let at = match number % 4 {
        0 => chance(number) % 32,
        1 => 32 + chance(number) / 24 % (log.len() / FRAME) * FRAME + chance(number) % 24,
        _ => chance(number) % log.len(),
    };
    log[at] ^= 1 << (chance(number + 7) % 8);
    at
}

#[test]
fn every_bit_that_turns_is_turned_back_where_pages_prove_themselves() {
    let left = Left::new();
    let pages: Vec<(&[u8], &[u8])> = left.log[32..]
        .chunks(FRAME)
        .map(|frame| (&frame[..4], &frame[24..]))
        .collect();
    let authentic = |number: u32, page: &[u8]| pages.contains(&(&number.to_be_bytes(), page));
    for number in 0..1_000 {
        let mut log = left.log.clone();
        let at = turn(&mut log, number);
        let folder = left.with(&log);
        let found = mend(&folder.path().join("one.db"), Some(&authentic)).unwrap();
        assert_eq!(found, Mended { bits: 1, frames: 0 }, "byte {at}");
        assert!(log_of(&folder) == left.log, "byte {at}");
    }
    assert_eq!(commits(left.with(&left.log).path()), COMMITS);
}

#[test]
fn every_bit_that_turns_is_turned_back_or_named() {
    let left = Left::new();
    let mut back = 0;
    for number in 0..1_000 {
        let mut log = left.log.clone();
        let at = turn(&mut log, number);
        let folder = left.with(&log);
        match mended(&folder) {
            Mended { bits: 1, frames: 0 } => {
                assert!(log_of(&folder) == left.log, "byte {at}");
                back += 1;
            }
            // The frame behind one whose checksum has turned does not prove itself either.
            Mended { bits: 0, frames: 1..=2 } => {
                let is = log_of(&folder);
                let pages = is[32..].chunks(FRAME).zip(left.log[32..].chunks(FRAME));
                let differing = pages.filter(|(is, was)| is[24..] != was[24..]);
                assert!(is.len() == left.log.len() && differing.count() <= 1, "byte {at}");
            }
            other => panic!("byte {at}: {other:?}"),
        }
    }
    assert!(back > 600, "{back}");
}

#[test]
fn bits_far_from_each_other_are_turned_back_too() {
    let left = Left::new();
    let mut log = left.log.clone();
    for frame in (0..log.len() / FRAME).step_by(5) {
        log[32 + frame * FRAME + 1_000] ^= 4;
    }
    let folder = left.with(&log);
    assert!(mended(&folder).bits > 10);
    assert!(log_of(&folder) == left.log);
}

#[test]
fn where_more_is_wrong_every_other_frame_is_still_read() {
    let left = Left::new();
    let frames = left.log.len() / FRAME;
    for number in 0..60 {
        let frame = chance(number) % (frames - 12);
        let at = 32 + frame * FRAME + chance(number + 99) % (FRAME - 64);
        let mut log = left.log.clone();
        log[at..at + 64].iter_mut().for_each(|byte| *byte ^= 0xA5);
        let folder = left.with(&log);
        // SQLite alone takes this for the end of the log.
        let lost = left.with(&log);
        let alone = Connection::open(lost.path().join("one.db")).unwrap();
        let last: i64 = alone
            .query_row("SELECT count(*) FROM said", [], |row| row.get(0))
            .unwrap_or(0);
        assert!(last < COMMITS);

        let found = mended(&folder);
        assert!(found.frames >= 1, "{at}: nobody noticed");
        assert_eq!(log_of(&folder).len(), left.log.len(), "{at}");
        let (new, old) = (log_of(&folder), &left.log);
        let differing = (0..frames).filter(|frame| {
            let page = 32 + frame * FRAME + 24..32 + (frame + 1) * FRAME;
            new[page.clone()] != old[page]
        });
        assert!(
            differing.count() <= 2,
            "{at}: more than what was bent is other than before"
        );
    }
}

/// What a power cut leaves is not damage: the log ends where it ended, and not a byte is changed.
#[test]
fn a_log_that_was_cut_while_it_was_written_is_left_alone() {
    let left = Left::new();
    for number in 0..200 {
        let end = chance(number) % left.log.len();
        let folder = left.with(&left.log[..end]);
        assert_eq!(mended(&folder), Mended::default(), "{end}");
        assert!(log_of(&folder) == left.log[..end]);
    }
}

/// The last commit reached the disk in part, and its parts in any order.
#[test]
fn a_last_commit_that_came_in_parts_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.db");
    let left = Left::after(|sql| {
        sql.execute("CREATE TABLE long (bytes BLOB)", []).unwrap();
    });
    fs::write(&path, &left.database).unwrap();
    fs::write(folder.path().join("one.db-wal"), &left.log).unwrap();
    let sql = Connection::open(&path).unwrap();
    sql.execute_batch("PRAGMA wal_autocheckpoint = 0").unwrap();
    sql.execute("INSERT INTO long VALUES (randomblob(80000))", []).unwrap();
    let whole = log_of(&folder);
    let (first, last) = (left.log.len() / FRAME, whole.len() / FRAME);
    assert!(last - first > 15);
    for number in 0..100 {
        let mut log = whole.clone();
        for frame in (first..last).filter(|frame| chance(number * 31 + *frame as u64).is_multiple_of(3)) {
            log[32 + frame * FRAME..32 + (frame + 1) * FRAME].fill(0);
        }
        let folder = left.with(&log);
        assert_eq!(mended(&folder), Mended::default());
        assert_eq!(commits(folder.path()), COMMITS);
    }
}

/// A log that began anew has frames of its former life behind its end.
#[test]
fn what_is_left_of_a_former_log_is_not_read() {
    let left = Left::after(|sql| {
        for _ in 0..COMMITS * 4 {
            sql.execute("INSERT INTO said (words) VALUES (?1)", ["从前".repeat(900)])
                .unwrap();
        }
        sql.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(())).unwrap();
        sql.execute("DELETE FROM said", []).unwrap();
    });
    let folder = left.with(&left.log);
    assert_eq!(mended(&folder), Mended::default());
    assert!(log_of(&folder) == left.log);
    assert_eq!(commits(folder.path()), COMMITS);
}

#[test]
fn no_log_and_no_header_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(mend(&folder.path().join("one.db"), None).unwrap(), Mended::default());
    let left = Left::new();
    for log in [&[][..], &[7; 20], &[0; 4096], &[0xFF; 9000]] {
        let folder = left.with(log);
        assert_eq!(mended(&folder), Mended::default());
        assert!(log_of(&folder) == log);
    }
}
