//! The center forgets a person's file, and with the newest keys no backup gives it back; other people's stay.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::rules::in_two_parts;
use crate::support::{DAY, Device, Paper, START, World, open, receipts, refused_as};
use axum::http::StatusCode;
use doorstep_center::backup::restore;
use doorstep_center::world::SystemRandom;
use doorstep_center::{Config, Erased};
use doorstep_records::Edit;
use doorstep_sync::payload::Forget;
use doorstep_sync::wire::SyncResponse;
use doorstep_sync::{FileHash, Fingerprint, Item, Kind, Print};
use serde_json::json;

const FORGOTTEN: &str = "高山月";
const OTHER: &str = "石上泉";

/// An application that is here with all its files; the signature is the same in all of them.
async fn arrived(world: &World, device: &mut Device, name: &str) -> Paper {
    let paper = device.application(START, name);
    device.sync(world, paper.items.clone()).await;
    device.upload(world, &paper.scan).await;
    device.names_scan(world, b"signature").await;
    device.upload(world, b"signature").await;
    paper
}

async fn close(world: &World, paper: &Paper) {
    let reviewer = world.sign_in("reviewer").await;
    let path = format!("/api/cases/{}", paper.id);
    let seen = reviewer.get(&path).await.1["seen"].clone();
    let refuse = json!({ "expected": seen, "reason": "不在本区", "remedies": "可以向当地申请" });
    let (status, body) = reviewer.post(&format!("{path}/not-accept"), refuse).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

/// Whether it is here, and everything of it holds: items, files, and what the console shows.
fn shows(world: &World, paper: &Paper) -> bool {
    world
        .center
        .custody(&paper.id)
        .is_ok_and(|checked| checked.chain.faults.is_empty())
}

/// Whether these words can be read anywhere below a folder.
fn holds(folder: &Path, words: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, words);
        }
        let bytes = fs::read(&path).unwrap();
        bytes.windows(words.len()).any(|window| window == words.as_bytes())
    })
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

/// The same district, its center put back from a backup.
fn restored(world: World, backup: &Path) -> World {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        data: folder.path().to_owned(),
        clock: world.clock.clone(),
        random: Arc::new(SystemRandom),
        tls: false,
    };
    assert_eq!(restore(backup, config).unwrap().lacking, []);
    let center = open(folder.path(), &world.clock, 3_000_000);
    World {
        router: doorstep_center::router(center.clone()),
        center,
        folder,
        ..world
    }
}

fn forgets(items: &[Item]) -> Vec<Forget> {
    let opened = items.iter().map(|item| item.open().unwrap());
    opened
        .filter(|envelope| envelope.kind == Kind::Forget)
        .map(|envelope| Forget::from_bytes(&envelope.payload).unwrap())
        .collect()
}

async fn prints(world: &World, device: &Device) -> Vec<(doorstep_sync::Scope, Print)> {
    let mut request = device.request(Vec::new());
    request.fingerprints = vec![(device.scope.clone(), Print::Whole(Fingerprint::default()))];
    let answer = device.post(world, &request).await;
    SyncResponse::from_bytes(answer.body(), &[]).unwrap().fingerprints
}

#[tokio::test]
async fn what_the_center_forgets_is_nowhere_and_no_backup_gives_it_back() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let mut away = world.device(0, 1).await;
    let mut paper = arrived(&world, &mut device, FORGOTTEN).await;
    let other = arrived(&world, &mut device, OTHER).await;
    away.sync(&world, Vec::new()).await;
    close(&world, &paper).await;
    let folders = tempfile::tempdir().unwrap();
    let [target, older, oldest] = ["target", "older", "oldest"].map(|name| folders.path().join(name));
    world.center.back_up(&target).unwrap();
    copy(&target, &older);
    copy(&target, &oldest);
    let scan = format!("scan of {FORGOTTEN}");
    assert!(holds(world.folder.path(), FORGOTTEN) && holds(world.folder.path(), &scan));
    let before = prints(&world, &device).await;

    assert!(
        world.center.erase(&paper.id, "本人要求", false).is_err(),
        "its time has not passed"
    );
    assert!(
        world.center.erase(&other.id, "本人要求", true).is_err(),
        "it is not closed"
    );
    assert!(shows(&world, &paper));
    let done = world.center.erase(&paper.id, "本人要求", true).unwrap();
    let expected = Erased {
        documents: 1,
        files: 1,
        scrubbed: true,
    };
    assert_eq!(done, expected, "the scan; the signature is another's too");
    assert!(!shows(&world, &paper) && shows(&world, &other));
    assert!(world.center.find_application(&paper.number).is_err());
    assert!(
        !holds(world.folder.path(), FORGOTTEN),
        "it can be read in the data folder"
    );
    assert!(holds(world.folder.path(), OTHER));
    let supervisor = world.sign_in("supervisor").await;
    let deeds = supervisor.get("/api/deeds").await.1;
    assert_eq!(deeds["rows"][0]["deed"]["reason"], "本人要求", "{deeds}");
    drop(supervisor);

    // Devices are told; what they still bring is not taken.
    let told = forgets(&device.sync(&world, Vec::new()).await);
    let named: Vec<_> = told
        .iter()
        .flat_map(|forget| &forget.items)
        .map(|named| named.item)
        .collect();
    assert!(paper.items.iter().all(|item| named.contains(&item.id())));
    assert_eq!(told[0].files, [FileHash::of(&paper.scan)]);
    let typed = Edit::Answer {
        name: "phone".into(),
        value: "13900000000".into(),
        note: String::new(),
    };
    let save = paper.document.edit(&away.author(START), &[typed]).unwrap();
    let late = away.change(paper.id, &save, START + 1);
    let brought = [paper.items.clone(), vec![late.clone()]].concat();
    let answer = receipts(&away.sync(&world, brought.clone()).await);
    assert_eq!(answer.accepted, []);
    assert_eq!(refused_as(&answer.refused, &late.id()).as_deref(), Some("forgotten"));
    assert_eq!(away.upload(&world, &paper.scan).await.status(), StatusCode::NOT_FOUND);
    let after = prints(&world, &device).await;
    assert_ne!(before, after, "the item that says so is new");
    world.center.rebuild().unwrap();
    assert_eq!(prints(&world, &device).await, after);
    assert!(!holds(world.folder.path(), FORGOTTEN));

    world.center.back_up(&target).unwrap();
    fs::copy(target.join("keys"), older.join("keys")).unwrap();
    for backup in [&target, &older] {
        let again = tempfile::tempdir().unwrap();
        copy(backup, again.path());
        assert!(!holds(again.path(), FORGOTTEN) && !holds(again.path(), OTHER));
    }
    let mut world = world;
    for backup in [&older, &target] {
        world = restored(world, backup);
        assert!(!shows(&world, &paper) && shows(&world, &other));
        // Neither the devices' items nor a new making of the views brings it back.
        let answer = receipts(&away.sync(&world, brought.clone()).await);
        assert!(!answer.accepted.iter().any(|id| *id == late.id()));
        assert_eq!(away.upload(&world, &paper.scan).await.status(), StatusCode::NOT_FOUND);
        world.center.rebuild().unwrap();
        assert!(!shows(&world, &paper));
        assert!(
            !holds(world.folder.path(), FORGOTTEN),
            "it can be read in the restored folder"
        );
        assert!(holds(world.folder.path(), OTHER));
        // Whoever hears everything hears what is forgotten, though this backup may be of before.
        away.cursor = Default::default();
        let came = away.sync(&world, Vec::new()).await;
        let told: Vec<_> = forgets(&came).into_iter().flat_map(|forget| forget.items).collect();
        assert!(
            paper
                .items
                .iter()
                .all(|item| told.iter().any(|named| named.item == item.id()))
        );
        assert!(!came.iter().any(|item| paper.items.contains(item)));
    }
    // With the keys of that time it would have come back.
    let world = restored(world, &oldest);
    assert!(shows(&world, &paper));
    assert!(holds(world.folder.path(), FORGOTTEN));
}

#[tokio::test]
async fn a_closed_file_is_forgotten_when_the_archives_term_has_passed_and_files_it_shares_stay_for_others() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let paper = arrived(&world, &mut device, FORGOTTEN).await;
    let other = arrived(&world, &mut device, OTHER).await;
    close(&world, &paper).await;
    close(&world, &other).await;
    world.pass(3_652 * DAY);
    assert!(world.center.erase(&paper.id, "到期", false).is_err());
    world.pass(2 * DAY);
    // Somebody reads what was, and goes on reading.
    let reader = rusqlite::Connection::open(world.folder.path().join("center.sqlite")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM items").unwrap();
    let done = world.center.erase(&paper.id, "到期", false).unwrap();
    assert_eq!((done.files, done.scrubbed), (1, false));
    drop(reader);
    let world = world.restart();
    assert!(
        !holds(world.folder.path(), FORGOTTEN),
        "the next start does not finish it"
    );
    assert!(holds(&world.folder.path().join("files"), "signature"));
    assert!(shows(&world, &other));
}

/// The parts of a bundle hold the same words, and the application for it holds all of them.
#[tokio::test]
async fn a_bundle_is_forgotten_whole() {
    let world = World::new();
    let (mut device, id, parts, items) = in_two_parts(&world).await;
    device.sync(&world, items).await;
    for file in [&b"scan"[..], b"signature"] {
        device.names_scan(&world, file).await;
        device.upload(&world, file).await;
    }
    let close = async |part| {
        let reviewer = world.sign_in("reviewer").await;
        let path = format!("/api/cases/{part}");
        let seen = reviewer.get(&path).await.1["seen"].clone();
        let refuse = json!({ "expected": seen, "reason": "不在本区", "remedies": "可以向当地申请" });
        let (status, body) = reviewer.post(&format!("{path}/not-accept"), refuse).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    };
    close(parts[0]).await;
    assert!(
        world.center.erase(&parts[0], "应本人要求", true).is_err(),
        "the other part is not closed"
    );
    close(parts[1]).await;
    assert!(holds(world.folder.path(), FORGOTTEN));
    let done = world.center.erase(&parts[1], "应本人要求", true).unwrap();
    assert_eq!((done.documents, done.scrubbed), (3, true));
    let reviewer = world.sign_in("reviewer").await;
    for id in [parts[0], parts[1], id] {
        let (status, _) = reviewer.get(&format!("/api/cases/{id}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    let world = world.restart();
    assert!(!holds(world.folder.path(), FORGOTTEN));
    // Devices are told of all three.
    let came = device.sync(&world, Vec::new()).await;
    let told = came.iter().filter_map(|item| {
        let envelope = item.open().unwrap();
        (envelope.kind == Kind::Forget).then(|| envelope.document.unwrap().id)
    });
    assert_eq!(
        told.collect::<std::collections::BTreeSet<_>>(),
        [parts[0], parts[1], id].into()
    );
}

/// Its only device is lost, and with it a scan that never came.
#[tokio::test]
async fn what_went_with_a_lost_device_holds_up_no_forgetting() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let mut colleague = world.device(0, 1).await;
    let paper = device.application(START, FORGOTTEN);
    device.sync(&world, paper.items.clone()).await;
    close(&world, &paper).await;
    world.pass(90 * DAY);
    assert_eq!(world.center.forget_due().unwrap(), 0);
    assert!(world.center.erase(&paper.id, "应本人要求", true).is_err());
    let admin = world.sign_in("administrator").await;
    let path = format!("/api/devices/{}/revoke", device.key.verifying_key().device());
    let (status, _) = admin.post(&path, json!({ "reason": "丢失" })).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    world.pass(30 * DAY - 1);
    assert!(
        world.center.erase(&paper.id, "应本人要求", true).is_err(),
        "somebody may still bring it"
    );
    world.pass(1);
    assert_eq!(world.center.forget_due().unwrap(), 1);
    let came = colleague.sync(&world, Vec::new()).await;
    let told = came.iter().filter(|item| item.open().unwrap().kind == Kind::Forget);
    let files = told.flat_map(|item| Forget::from_bytes(&item.open().unwrap().payload).unwrap().files);
    assert!(files.collect::<Vec<_>>().contains(&FileHash::of(&paper.scan)));
    assert_eq!(world.center.erase(&paper.id, "应本人要求", true).unwrap().documents, 1);
    assert!(!holds(world.folder.path(), FORGOTTEN));
    // Should it come all the same, it is not taken.
    assert_ne!(
        colleague.upload(&world, &paper.scan).await.status(),
        StatusCode::CREATED
    );
}
