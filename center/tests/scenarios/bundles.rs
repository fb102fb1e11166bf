//! Bundles at the center: who may have them made, what a revoked device's are worth, and the command line.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::{DAY, Device, START, World, sealed};
use axum::http::StatusCode;
use doorstep_sync::bundle::{Head, Kept, Piece, Receiver, Report, Sink, SinkError, Step, read_part};
use doorstep_sync::{DeviceId, Item, Kind};
use serde_json::json;

/// What a device found in a bundle.
#[derive(Default)]
struct Found {
    kinds: Vec<Kind>,
    to: Option<Step>,
    files: usize,
}

impl Sink for Found {
    fn head(&mut self, _: &DeviceId, head: &Head) -> Result<(), SinkError> {
        assert!(head.cursor.is_none());
        Ok(())
    }
    fn items(&mut self, _: &DeviceId, items: &[Item], step: Option<&Step>) -> Result<u64, SinkError> {
        self.kinds.extend(items.iter().map(|item| item.open().unwrap().kind));
        self.to = step.copied().or(self.to);
        Ok(0)
    }
    fn piece(&mut self, _: &DeviceId, piece: &Piece) -> Result<Kept, SinkError> {
        let end = piece.offset + piece.bytes.len() as u64;
        self.files += usize::from(end == piece.file.len);
        Ok(match end == piece.file.len {
            true => Kept::Whole,
            false => Kept::Partial(end),
        })
    }
}

fn open(device: &Device, part: &[u8]) -> (Report, Found) {
    let center = &device.center;
    let sender = |id: &DeviceId| (*id == center.device()).then(|| center.clone());
    let receiver = Receiver {
        key: &device.key,
        sender: &sender,
    };
    let mut found = Found::default();
    let report = read_part(std::io::Cursor::new(part), &receiver, &mut found).unwrap();
    (report, found)
}

fn id(device: &Device) -> String {
    device.key.verifying_key().device().to_string()
}

#[tokio::test]
async fn a_bundle_holds_the_catalogue_with_its_files_and_the_grant() {
    let world = World::new();
    let device = world.device(0, 0).await;
    let ready = world
        .center
        .prepare_bundle(&id(&device).parse().unwrap(), 1 << 20)
        .unwrap();
    let mut part = Vec::new();
    world.center.write_part(&ready, 1, &mut part).unwrap();
    let (report, found) = open(&device, &part);
    assert!(report.complete(), "{report:?}");
    assert!(found.kinds.contains(&Kind::Catalogue) && found.kinds.contains(&Kind::Grant));
    let published = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../matters/catalogue")).unwrap();
    assert_eq!(found.files, published.count(), "the workbooks");
    assert_eq!(found.to.unwrap().from.position, 0);
    assert!(ready.stem.starts_with(&format!("{}-A1-down-", device.scope.division())));
}

#[tokio::test]
async fn only_who_manages_stations_has_bundles_and_errors_are_codes() {
    let world = World::new();
    let device = world.device(0, 0).await;
    for role in ["window", "reviewer", "supervisor"] {
        let person = world.sign_in(role).await;
        let (status, _) = person.post("/api/bundles", json!({ "device": id(&device) })).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{role}");
    }
    let person = world.sign_in("administrator").await;
    let (status, plan) = person
        .post("/api/bundles", json!({ "device": id(&device), "part_bytes": 1 }))
        .await;
    assert_eq!(status, StatusCode::OK, "{plan}");
    let bundle = plan["bundle"].as_str().unwrap();
    for path in [
        format!("{bundle}/0"),
        format!("{bundle}/999"),
        format!("{}/1", "0".repeat(32)),
    ] {
        let (status, _) = person.get(&format!("/api/bundles/{path}")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    for unknown in ["", "zz", &"ab".repeat(16)] {
        let (status, _) = person.post("/api/bundles", json!({ "device": unknown })).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{unknown}");
    }
}

#[tokio::test]
async fn what_a_revoked_device_sends_by_stick_is_refused_item_by_item() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let before = device.application(world.now(), "田小麦");
    let part = sealed(&device, world.now(), &before.items);
    let report = world.center.import(std::io::Cursor::new(&part)).unwrap();
    assert_eq!((report.items, report.refused), (before.items.len() as u64, 0));
    let admin = world.sign_in("administrator").await;
    let path = format!("/api/devices/{}/revoke", id(&device));
    let (status, _) = admin.post(&path, json!({ "reason": "丢失" })).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    world.pass(1_000);
    let after = device.application(world.now(), "田小禾");
    let part = sealed(&device, world.now(), &after.items);
    let report = world.center.import(std::io::Cursor::new(&part)).unwrap();
    assert_eq!(report.refused, report.items, "{report:?}");
    let (status, _) = admin.post("/api/bundles", json!({ "device": id(&device) })).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "nothing is made for it any more");
}

#[tokio::test]
async fn an_old_parcel_is_no_news_of_its_device() {
    let world = World::new();
    let device = world.device(0, 0).await;
    world.pass(3 * DAY);
    let admin = world.sign_in("administrator").await;
    let mut heard = Vec::new();
    for made in [START + DAY, START, START + 9 * DAY] {
        let part = sealed(&device, made, &[]);
        world.center.import(std::io::Cursor::new(part)).unwrap();
        let (_, stations) = admin.get("/api/stations").await;
        let devices = stations
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|station| station["devices"].as_array().unwrap());
        let own = devices.into_iter().find(|row| row["id"] == id(&device)).unwrap();
        heard.push(own["last_contact"].as_u64());
    }
    assert_eq!(heard, [Some(START + DAY), Some(START + DAY), Some(START + 3 * DAY)]);
}

fn command(world: &World, words: &[&str], path: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorstep-center"));
    command
        .args(words.iter().take(1))
        .arg("--data")
        .arg(world.folder.path());
    command.args(words.iter().skip(1)).arg(path).output().unwrap()
}

#[tokio::test]
async fn the_command_line_exports_and_imports() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let stick = tempfile::tempdir().unwrap();
    for receiver in [id(&device), device.scope.division().to_owned()] {
        let done = command(&world, &["export", &receiver], stick.path());
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let mut parts: Vec<_> = std::fs::read_dir(stick.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(parts.len(), 2);
    let part = std::fs::read(parts.remove(0)).unwrap();
    assert!(open(&device, &part).0.complete());
    // At the wrong door: said, and a failure.
    let done = command(&world, &["import"], stick.path());
    assert!(!done.status.success() && String::from_utf8_lossy(&done.stdout).contains("another receiver"));

    let paper = device.application(world.now(), "田小麦");
    let file = stick.path().join("up.doorstep");
    std::fs::write(&file, sealed(&device, world.now(), &paper.items)).unwrap();
    let done = command(&world, &["import"], &file);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    let reviewer = world.sign_in("reviewer").await;
    let (status, _) = reviewer.get(&format!("/api/cases/{}", paper.id)).await;
    assert_eq!(status, StatusCode::OK);
}
