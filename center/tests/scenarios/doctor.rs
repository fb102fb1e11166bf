//! Bits turn on the center's disk. Every one that matters is found; what it took is made again from the items, brought by a
//! station, or named. `DOORSTEP_FLIPS=1000` turns more.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::support::{Device, Paper, START, World, open};
use axum::http::StatusCode;
use doorstep_center::Config;
use doorstep_center::doctor::{Fault, examine};
use doorstep_center::world::SystemRandom;
use doorstep_sync::Item;
use rusqlite::Connection;
use serde_json::json;

/// Bits turned in an ordinary run, in pages of the database.
const FLIPS: u64 = 24;

fn flips() -> u64 {
    std::env::var("DOORSTEP_FLIPS").map_or(FLIPS, |text| text.parse().unwrap())
}

/// The same at every run.
fn chance(number: u64) -> u64 {
    let mut word = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03;
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (word ^ (word >> 27)) >> 3
}

/// Turns one bit of a file; where, in words.
fn turn(path: &Path, chance: u64) -> String {
    let mut bytes = fs::read(path).unwrap();
    let at = chance as usize % bytes.len();
    let bit = chance / bytes.len() as u64 % 8;
    bytes[at] ^= 1 << bit;
    fs::write(path, &bytes).unwrap();
    format!("bit {bit} of byte {at} of {}", path.display())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let place = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &place),
            false => drop(fs::copy(&path, &place).unwrap()),
        }
    }
}

/// Every row of every table, as text.
fn rows(folder: &Path) -> Vec<String> {
    let sql = Connection::open(folder.join("center.sqlite")).unwrap();
    let mut statement = sql
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap();
    let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let mut all = Vec::new();
    for name in names.map(Result::unwrap) {
        let mut statement = sql.prepare(&format!("SELECT * FROM {name} NOT INDEXED")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<_> = (0..columns)
                .map(|place| format!("{:?}", row.get_ref(place).unwrap()))
                .collect();
            all.push(format!("{name} {}", values.join(" ")));
        }
    }
    all.sort();
    all
}

struct Worked {
    world: World,
    device: Device,
    papers: Vec<Paper>,
    /// The center's folder, stopped.
    folder: tempfile::TempDir,
}

/// A stopped center with applications, accepted and not, that a device has too.
async fn worked() -> Worked {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let mut papers = Vec::new();
    for name in ["高山月", "石上泉", "柳上风"] {
        let paper = device.application(START, name);
        device.sync(&world, paper.items.clone()).await;
        assert_eq!(device.upload(&world, &paper.scan).await.status(), StatusCode::CREATED);
        papers.push(paper);
    }
    let reviewer = world.sign_in("reviewer").await;
    let path = format!("/api/cases/{}", papers[0].id);
    let seen = reviewer.get(&path).await.1["seen"].clone();
    reviewer
        .post(&format!("{path}/accept"), json!({ "expected": seen }))
        .await;
    drop(reviewer);
    device.sync(&world, Vec::new()).await;
    let world = world.restart();
    let folder = tempfile::tempdir().unwrap();
    Connection::open(world.folder.path().join("center.sqlite"))
        .unwrap()
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    fs::copy(
        world.folder.path().join("center.sqlite"),
        folder.path().join("center.sqlite"),
    )
    .unwrap();
    for name in ["center.key", "center.factors.key", "demo-accounts.json"] {
        fs::copy(world.folder.path().join(name), folder.path().join(name)).unwrap();
    }
    copy(&world.folder.path().join("files"), &folder.path().join("files"));
    Worked {
        world,
        device,
        papers,
        folder,
    }
}

fn look(worked: &Worked, folder: &Path, mend: bool) -> Result<Vec<Fault>, String> {
    let config = Config {
        data: folder.to_owned(),
        clock: worked.world.clock.clone(),
        random: Arc::new(SystemRandom),
        tls: false,
    };
    examine(config, mend).map_err(|error| error.to_string())
}

/// The station brings what it has, and everything holds.
async fn holds_again(worked: &mut Worked, folder: tempfile::TempDir, place: &str) {
    let center = open(folder.path(), &worked.world.clock, 5_000_000);
    let world = World {
        router: doorstep_center::router(center.clone()),
        center,
        clock: worked.world.clock.clone(),
        demo: serde_json::from_slice(&fs::read(folder.path().join("demo-accounts.json")).unwrap()).unwrap(),
        folder,
        signed: Default::default(),
    };
    let device = &mut worked.device;
    let own = worked.papers.iter().flat_map(|paper| paper.items.clone());
    let all: Vec<Item> = device.held.iter().cloned().chain(own).collect();
    device.sync(&world, all).await;
    for paper in &worked.papers {
        device.upload(&world, &paper.scan).await;
        let faults = world.center.custody(&paper.id).map(|checked| checked.chain.faults);
        assert!(faults.as_ref().is_ok_and(Vec::is_empty), "{place}: {faults:?}");
    }
    let world = world.restart();
    let folder = world.folder.path().to_owned();
    drop((world.center, world.router));
    assert_eq!(
        look(worked, &folder, false),
        Ok(Vec::new()),
        "{place}: it still does not hold"
    );
}

#[tokio::test]
async fn every_turned_bit_of_the_centers_database_is_found_and_mended_or_named() {
    let mut worked = worked().await;
    assert_eq!(
        look(&worked, worked.folder.path(), false),
        Ok(Vec::new()),
        "before anything turned"
    );
    let before = rows(worked.folder.path());
    let [mut mended, mut named, mut unused] = [0; 3];
    for number in 0..flips() {
        let folder = tempfile::tempdir().unwrap();
        copy(worked.folder.path(), folder.path());
        let place = turn(&folder.path().join("center.sqlite"), chance(number));
        let found = look(&worked, folder.path(), true);
        match found {
            // Neither rows nor what leads to them: a page that is free, or the end of one.
            Ok(faults) if faults.is_empty() => {
                assert_eq!(rows(folder.path()), before, "{place}: nobody noticed");
                unused += 1;
            }
            Ok(faults) if faults.iter().all(|fault| fault.mended) => {
                holds_again(&mut worked, folder, &place).await;
                mended += 1;
            }
            Ok(_) | Err(_) => named += 1,
        }
    }
    eprintln!("{mended} mended, {named} named, {unused} where nothing lay");
    assert!(mended > 0 && named > 0);
}

/// A center that was killed: what it committed last is in the log alone, and SQLite takes the first page there that does not
/// fit for the log's end.
#[tokio::test]
async fn every_turned_bit_of_the_centers_log_is_turned_back_or_named() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let left = tempfile::tempdir().unwrap();
    for name in ["高山月", "石上泉", "柳上风"] {
        let paper = device.application(START, name);
        device.sync(&world, paper.items.clone()).await;
    }
    copy(world.folder.path(), left.path());
    let clean = tempfile::tempdir().unwrap();
    copy(left.path(), clean.path());
    let before = rows(clean.path());
    let (mut back, mut named) = (0, 0);
    for number in 0..flips() {
        let folder = tempfile::tempdir().unwrap();
        copy(left.path(), folder.path());
        let place = turn(&folder.path().join("center.sqlite-wal"), chance(number));
        let found = doorstep_center::doctor::look_through_log(folder.path()).unwrap();
        assert_eq!(found.len(), 1, "{place}: {found:?}");
        if found.iter().all(|fault| fault.mended) {
            assert_eq!(rows(folder.path()), before, "{place}");
            back += 1;
        } else {
            named += 1;
        }
    }
    eprintln!("{back} turned back, {named} named");
    assert!(back > named, "{back} turned back, {named} named");
}

#[tokio::test]
async fn a_bit_that_turns_in_an_account_a_name_or_a_queue_is_named_or_mended() {
    let mut worked = worked().await;
    for (change, expected, mended) in [
        (
            "UPDATE accounts SET role = 'administrator' WHERE account = 'window'",
            "table accounts",
            false,
        ),
        (
            "UPDATE accounts SET name = name || 'x' WHERE account = 'reviewer'",
            "table accounts",
            false,
        ),
        (
            "UPDATE staff SET name = '别人' WHERE number = 'T0101'",
            "table staff",
            false,
        ),
        (
            "UPDATE items SET arrived = arrived + 1 WHERE kind = 0",
            "table items",
            false,
        ),
        ("UPDATE cases SET applicant = '别人'", "view cases", true),
        ("DELETE FROM places", "view places", true),
    ] {
        let folder = tempfile::tempdir().unwrap();
        copy(worked.folder.path(), folder.path());
        let sql = Connection::open(folder.path().join("center.sqlite")).unwrap();
        assert!(sql.execute(change, []).unwrap() > 0, "{change}");
        drop(sql);
        let fault = |mended| Fault {
            what: expected.to_owned(),
            mended,
        };
        let found = look(&worked, folder.path(), false).unwrap();
        assert!(found.contains(&fault(false)), "{change}: {found:?}");
        let found = look(&worked, folder.path(), true).unwrap();
        assert!(found.contains(&fault(mended)), "{change}: {found:?}");
        if mended {
            holds_again(&mut worked, folder, change).await;
        }
    }
}

#[tokio::test]
async fn every_turned_bit_of_a_file_at_the_center_is_found_and_the_file_is_asked_for_again_or_named() {
    let mut worked = worked().await;
    let files: Vec<PathBuf> = fs::read_dir(worked.folder.path().join("files/whole"))
        .unwrap()
        .flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|file| file.unwrap().path())
        .collect();
    let scans: Vec<String> = worked
        .papers
        .iter()
        .map(|paper| doorstep_sync::FileHash::of(&paper.scan).to_string())
        .collect();
    let is_scan = |file: &&PathBuf| scans.iter().any(|scan| file.ends_with(scan));
    let turned = files
        .iter()
        .filter(is_scan)
        .chain(files.iter().filter(|file| !is_scan(file)).take(3));
    for (number, file) in turned.enumerate() {
        let folder = tempfile::tempdir().unwrap();
        copy(worked.folder.path(), folder.path());
        let file = folder.path().join(file.strip_prefix(worked.folder.path()).unwrap());
        let place = turn(&file, chance(number as u64));
        let name = format!("file {}", file.file_name().unwrap().to_str().unwrap());
        let found = look(&worked, folder.path(), true).unwrap();
        let is_scan = number < scans.len();
        let expected = Fault {
            what: name,
            mended: is_scan,
        };
        assert_eq!(found, [expected], "{place}");
        if is_scan {
            holds_again(&mut worked, folder, &place).await;
        }
    }
}
