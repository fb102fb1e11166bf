//! Bits turn on the disk. Every one is found; what it took is made again from what can be read and from the district, or
//! is named. `DOORSTEP_FLIPS=1000` turns more, `DOORSTEP_FIRST_FLIP=39` begins there.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::world::{Device, World, picture};

/// Bits turned in an ordinary run, in pages of the database and in files each.
const FLIPS: u64 = 24;

fn flips() -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let first = number("DOORSTEP_FIRST_FLIP").unwrap_or(0);
    first..first + number("DOORSTEP_FLIPS").unwrap_or(FLIPS)
}

fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    let status = std::process::Command::new("cp")
        .arg("-a")
        .arg(from.join("."))
        .arg(to.path())
        .status();
    assert!(status.unwrap().success());
    to
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

/// The same at every run.
fn chance(number: u64) -> u64 {
    let mut word = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03;
    word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (word ^ (word >> 27)) >> 3
}

/// All that a screen shows of an application but how far it has got.
async fn shown(device: &Device, id: &str) -> Value {
    let mut view = device.view(id).await;
    for own in ["chain", "shows", "people"] {
        view.as_object_mut().unwrap().remove(own);
    }
    view
}

/// A locked device with applications that the district has.
async fn worked() -> (World, Device, Vec<(String, Value)>) {
    let (world, device, applications) = working().await;
    device.call("lock", json!({})).await;
    (world, device, applications)
}

/// The same, still at work: what was written last stands in the log of its database.
async fn working() -> (World, Device, Vec<(String, Value)>) {
    let world = World::new();
    let device = world.device().await;
    let mut applications = Vec::new();
    for number in 0..6 {
        let id = if number == 0 {
            device.received().await
        } else {
            let id = device.begin().await;
            device.answer(&id, "name", &format!("试验{number}")).await;
            device
                .answer(&id, "household_address", &"三组".repeat(40 * number))
                .await;
            device.photograph(&id, "id_card", picture(300, 200, number as u8)).await;
            id
        };
        applications.push((id, Value::Null));
    }
    let waits = |strip: &Value| strip["waiting_items"] != 0 || strip["waiting_files"] != 0;
    while waits(&device.call("strip", json!({})).await) {
        device.sync().await;
    }
    for (id, view) in &mut applications {
        *view = shown(&device, id).await;
    }
    (world, device, applications)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_turned_bit_of_the_database_is_found_and_mended_or_named() {
    let (world, device, applications) = worked().await;
    let folder = device.folder.path().to_owned();
    drop(device.station);
    let (mut mended, mut hopeless) = (0, 0);
    for number in flips() {
        let folder = copy(&folder);
        let database = folder.path().join("station.db");
        let place = turn(&database, chance(number));
        let device = Device::of(world.open(folder.path()).await, folder);
        let (staff, _, pin) = crate::district::STAFF[0];
        let unlock = json!({ "staff": staff, "pin": pin });
        if let Err(failure) = device.try_call("unlock", unlock, Vec::new()).await {
            // The first page says what everything else is. Without it nothing can be read, and it is said.
            assert_eq!(failure.code, doorstep_station::FailureCode::Damaged, "{place}");
            hopeless += 1;
            continue;
        }
        let _ = device.station.mend().await.unwrap();
        let status = device.call("sync_status", json!({})).await;
        assert!(status["mended"].is_object(), "{place}: nobody noticed");
        for _ in 0..6 {
            device.sync().await;
        }
        for (id, before) in &applications {
            assert_eq!(shown(&device, id).await, *before, "{place}");
        }
        let health = device.station.examine().await.unwrap();
        assert!(
            health.same_as_items && health.set_aside.is_empty(),
            "{place}: {health:?}"
        );
        assert!(!device.station.mend().await.unwrap(), "{place}: it is still damaged");
        mended += 1;
    }
    eprintln!("{mended} mended, {hopeless} named");
    // This database is small: the pages that describe its tables are a good part of it.
    assert!(mended > hopeless * 2, "{mended} mended, {hopeless} not");
}

/// After a power cut, what was saved last is in the log alone, and SQLite takes the first page there that does not fit for the
/// log's end.
#[tokio::test(flavor = "multi_thread")]
async fn every_turned_bit_of_the_databases_log_is_turned_back() {
    let (world, device, mut applications) = working().await;
    // Nobody else has this one yet.
    let last = device.begin().await;
    device.answer(&last, "name", "试验七").await;
    applications.push((last.clone(), shown(&device, &last).await));
    let left = copy(device.folder.path());
    drop(device.station);
    for number in flips() {
        let folder = copy(left.path());
        let place = turn(&folder.path().join("station.db-wal"), chance(number));
        let device = Device::of(world.open(folder.path()).await, folder);
        device.unlock().await;
        let status = device.call("sync_status", json!({})).await;
        assert_eq!(status["mended"]["complete"], true, "{place}: {status}");
        for (id, before) in &applications {
            assert_eq!(shown(&device, id).await, *before, "{place}");
        }
        assert!(!device.station.mend().await.unwrap(), "{place}: it is still damaged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_the_databases_log_costs_no_page_beside_it() {
    let (world, device, applications) = working().await;
    let left = copy(device.folder.path());
    drop(device.station);
    let mut lost = 0;
    for number in 0..flips().end.min(100) {
        let folder = copy(left.path());
        let log = folder.path().join("station.db-wal");
        let mut bytes = fs::read(&log).unwrap();
        let at = chance(number) as usize % (bytes.len() / 2);
        bytes[at..at + 64].iter_mut().for_each(|byte| *byte ^= 0x5A);
        fs::write(&log, bytes).unwrap();
        let device = Device::of(world.open(folder.path()).await, folder);
        let (staff, _, pin) = crate::district::STAFF[0];
        let unlock = json!({ "staff": staff, "pin": pin });
        if let Err(failure) = device.try_call("unlock", unlock, Vec::new()).await {
            assert_eq!(failure.code, doorstep_station::FailureCode::Damaged, "{at}");
            lost += 1;
            continue;
        }
        let status = device.call("sync_status", json!({})).await;
        assert_eq!(status["mended"]["complete"], false, "{at}: nobody noticed");
        for _ in 0..6 {
            device.sync().await;
        }
        for (id, before) in &applications {
            assert_eq!(shown(&device, id).await, *before, "{at}");
        }
        assert!(!device.station.mend().await.unwrap(), "{at}: it is still damaged");
    }
    assert!(lost < 12, "{lost}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_turned_bit_of_a_file_is_found_and_the_file_comes_again() {
    let (world, device, _) = worked().await;
    let folder = device.folder.path().to_owned();
    drop(device.station);
    let device = Device::of(world.open(&folder).await, device.folder);
    device.unlock().await;
    let mut files: Vec<PathBuf> = fs::read_dir(folder.join("files"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for number in flips() {
        let file = &files[chance(number) as usize % files.len()];
        let place = turn(file, chance(number + 7));
        let health = device.station.examine().await.unwrap();
        assert_eq!(health.files, (files.len() as u32, 1), "{place}");
        assert_eq!(device.station.fetch_damaged().await.unwrap(), 1, "{place}");
        device.sync().await;
        device.sync().await;
        let health = device.station.examine().await.unwrap();
        assert_eq!(health.files, (files.len() as u32, 0), "{place}");
    }
}
