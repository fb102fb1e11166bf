//! A backup is made while the center works, lies whole whatever cuts it, and is put back with every byte checked.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::support::{Device, Paper, START, World, open, receipts};
use axum::http::StatusCode;
use doorstep_center::Config;
use doorstep_center::backup::{BackupError, Restored, restore};
use doorstep_center::world::SystemRandom;
use doorstep_sync::FileHash;

/// An application that is here, with its scan.
async fn arrived(world: &World, device: &mut Device, name: &str) -> Paper {
    let paper = device.application(START, name);
    device.sync(world, paper.items.clone()).await;
    assert_eq!(device.upload(world, &paper.scan).await.status(), StatusCode::CREATED);
    paper
}

fn put_back(world: &World, backup: &Path, to: &Path) -> Result<Restored, BackupError> {
    let config = Config {
        data: to.to_owned(),
        clock: world.clock.clone(),
        random: Arc::new(SystemRandom),
        tls: false,
    };
    restore(backup, config)
}

/// The same district, with its center put back from a backup.
fn restored(world: World, backup: &Path) -> World {
    let folder = tempfile::tempdir().unwrap();
    let done = put_back(&world, backup, folder.path()).unwrap();
    assert_eq!(done.lacking, []);
    let center = open(folder.path(), &world.clock, 3_000_000);
    World {
        router: doorstep_center::router(center.clone()),
        center,
        folder,
        ..world
    }
}

/// Every file below a folder, with its bytes.
fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(bytes(&path)),
            false => drop(found.insert(path.clone(), fs::read(path).unwrap())),
        }
    }
    found
}

fn holds(folder: &Path, words: &[u8]) -> bool {
    let holds = |bytes: &Vec<u8>| bytes.windows(words.len()).any(|window| window == words);
    bytes(folder).values().any(holds)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_at_work_is_put_back_and_goes_on() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let kept = arrived(&world, &mut device, "高山月").await;
    let reviewer = world.sign_in("reviewer").await;
    let page = reviewer.get(&format!("/api/cases/{}", kept.id)).await.1;
    let target = tempfile::tempdir().unwrap();
    // Another process backs up while this one takes in.
    let other = open(world.folder.path(), &world.clock, 1_000_000);
    let stop = Arc::new(AtomicBool::new(false));
    let ended = stop.clone();
    let folder = target.path().to_owned();
    let backing = std::thread::spawn(move || {
        let first = other.back_up(&folder).unwrap();
        while !ended.load(Ordering::Relaxed) {
            other.back_up(&folder).unwrap();
        }
        (first, other)
    });
    for number in 0..8 {
        arrived(&world, &mut device, &format!("试验{number}")).await;
    }
    stop.store(true, Ordering::Relaxed);
    let (first, other) = backing.join().unwrap();
    assert!(first.files > 0 && first.new_files == first.files && first.lacking.is_empty());
    let last = other.back_up(target.path()).unwrap();
    let again = other.back_up(target.path()).unwrap();
    assert_eq!((again.files, again.new_files), (last.files, 0), "{again}");
    let late = arrived(&world, &mut device, "柳上风").await;
    for words in ["高山月", "scan of 高山月", "T0101"] {
        assert!(holds(world.folder.path(), words.as_bytes()), "{words}");
        assert!(
            !holds(target.path(), words.as_bytes()),
            "{words} can be read in the backup"
        );
    }

    drop(other);
    let world = restored(world, target.path());
    let reviewer = world.sign_in("reviewer").await;
    let now = reviewer.get(&format!("/api/cases/{}", kept.id)).await;
    assert_eq!(now, (StatusCode::OK, page));
    assert_eq!(
        reviewer.get(&format!("/api/cases/{}", late.id)).await.0,
        StatusCode::NOT_FOUND
    );
    // The device sees another center, and brings what was lost.
    let before = device.cursor;
    let told = receipts(&device.sync(&world, late.items.clone()).await);
    assert_ne!(device.cursor.epoch, before.epoch);
    assert_eq!(told.accepted.len(), late.items.len());
    assert_eq!(device.upload(&world, &late.scan).await.status(), StatusCode::CREATED);
    assert_eq!(reviewer.get(&format!("/api/cases/{}", late.id)).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_backup_goes_into_an_empty_folder_alone() {
    let world = World::new();
    let target = tempfile::tempdir().unwrap();
    world.center.back_up(target.path()).unwrap();
    let before = bytes(world.folder.path()).len();
    let refused = put_back(&world, target.path(), world.folder.path());
    assert!(matches!(refused, Err(BackupError::NotEmpty(_))), "{refused:?}");
    assert_eq!(bytes(world.folder.path()).len(), before);
    let beside = tempfile::tempdir().unwrap();
    fs::write(beside.path().join("notes.txt"), "mine").unwrap();
    assert!(matches!(
        put_back(&world, target.path(), beside.path()),
        Err(BackupError::NotEmpty(_))
    ));
    // One that was cut is begun anew.
    let cut = tempfile::tempdir().unwrap();
    fs::create_dir_all(cut.path().join("restoring/files")).unwrap();
    fs::write(cut.path().join("center.key"), "half").unwrap();
    put_back(&world, target.path(), cut.path()).unwrap();
    assert!(!cut.path().join("restoring").exists());
    open(cut.path(), &world.clock, 4_000_000);
}

/// What a seal adds to a file.
const SEAL: usize = 16;

fn turn_in(path: &Path, bytes: &[u8], place: usize) {
    let mut bent = bytes.to_vec();
    bent[place % bytes.len()] ^= 1 << (place % 8);
    fs::write(path, bent).unwrap();
}

#[tokio::test]
async fn what_does_not_hold_in_a_backup_is_named() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let paper = arrived(&world, &mut device, "高山月").await;
    let target = tempfile::tempdir().unwrap();
    world.center.back_up(target.path()).unwrap();
    let attempt = || put_back(&world, target.path(), tempfile::tempdir().unwrap().path());
    let all = bytes(target.path());
    let turn = |path: &Path, place: usize| turn_in(path, &all[path], place);
    let (keys, database) = (target.path().join("keys"), target.path().join("district.db"));
    for place in (0..all[&keys].len()).step_by(397) {
        turn(&keys, place);
        assert!(matches!(attempt(), Err(BackupError::Keys)), "byte {place} of the keys");
    }
    fs::write(&keys, &all[&keys]).unwrap();
    for number in 0..16 {
        let place = number * (all[&database].len() / 16) + number * 31;
        turn(&database, place);
        let found = attempt();
        let named = matches!(found, Err(BackupError::Damaged(_) | BackupError::OtherKeys));
        assert!(named, "byte {place} of the database: {found:?}");
    }
    fs::write(&database, &all[&database]).unwrap();
    // Keys of before know nothing of what came since.
    let late = device.application(START, "柳上风");
    device.sync(&world, late.items).await;
    world.center.back_up(target.path()).unwrap();
    let newest = fs::read(&keys).unwrap();
    fs::write(&keys, &all[&keys]).unwrap();
    let old = attempt();
    assert!(matches!(old, Err(BackupError::OtherKeys)), "{old:?}");
    fs::write(&keys, newest).unwrap();
    let scan = bytes(&target.path().join("files"))
        .into_iter()
        .find(|(_, bytes)| bytes.len() == paper.scan.len() + SEAL)
        .unwrap();
    turn_in(&scan.0, &scan.1, scan.1.len() / 2);
    let done = attempt().unwrap();
    assert_eq!(done.lacking, [FileHash::of(&paper.scan)], "{done}");
    fs::remove_file(&scan.0).unwrap();
    assert_eq!(attempt().unwrap().lacking, done.lacking);
    fs::write(&scan.0, &scan.1).unwrap();
    assert_eq!(attempt().unwrap().lacking, []);
}

/// `doorstep-center backup`, with as many blocks of 512 bytes for a file as it gets.
fn program(world: &World, target: &Path, blocks: Option<u64>) -> Command {
    let mut command = Command::new("sh");
    let limit = blocks
        .map(|blocks| format!("trap '' XFSZ; ulimit -f {blocks}; "))
        .unwrap_or_default();
    command.args(["-c", &format!("{limit}exec \"$@\""), "sh"]);
    command.arg(env!("CARGO_BIN_EXE_doorstep-center"));
    command.args(["backup", "--data"]).arg(world.folder.path()).arg(target);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Which of the applications are there, with every file, after this backup is put back.
fn lies_there(world: &World, target: &Path, papers: &[&Paper]) -> Vec<bool> {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(put_back(world, target, folder.path()).unwrap().lacking, []);
    let center = open(folder.path(), &world.clock, 3_000_000);
    let holds = |paper: &&Paper| match center.custody(&paper.id) {
        Ok(checked) => {
            assert!(checked.chain.faults.is_empty() && checked.chain.verified.len() == 1);
            true
        }
        Err(_) => false,
    };
    papers.iter().map(holds).collect()
}

#[tokio::test]
async fn a_backup_that_is_cut_leaves_the_former_one_whole() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let old = arrived(&world, &mut device, "高山月").await;
    let target = tempfile::tempdir().unwrap();
    assert!(program(&world, target.path(), None).status().unwrap().success());
    let began = Instant::now();
    assert!(program(&world, target.path(), None).status().unwrap().success());
    let whole = began.elapsed();
    let new = arrived(&world, &mut device, "柳上风").await;
    for number in 0..40 {
        arrived(&world, &mut device, &format!("试验{number}")).await;
    }
    // Files up to so large find room.
    for blocks in [1, 64, 512] {
        assert!(
            !program(&world, target.path(), Some(blocks)).status().unwrap().success(),
            "{blocks}"
        );
        let there = lies_there(&world, target.path(), &[&old, &new]);
        assert_eq!(there, [true, false], "{blocks} blocks");
    }
    let mut cuts = 0;
    loop {
        let mut child = program(&world, target.path(), None).spawn().unwrap();
        std::thread::sleep(whole.mul_f64(0.1 + 0.2 * f64::from(cuts)));
        let _ = child.kill();
        child.wait().unwrap();
        let there = lies_there(&world, target.path(), &[&old, &new]);
        assert!(there[0], "cut {cuts}: the former one is gone");
        if there[1] {
            break;
        }
        cuts += 1;
    }
    assert!(cuts > 3, "{cuts} cuts came in time");
}
