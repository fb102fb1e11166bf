//! When the time of an application at the stations has passed, devices are told to forget it: of what is here, and not before.

use std::collections::BTreeSet;

use crate::support::{DAY, Device, Paper, START, World, open, receipts};
use axum::http::StatusCode;
use doorstep_records::Edit;
use doorstep_sync::payload::Forget;
use doorstep_sync::wire::SyncResponse;
use doorstep_sync::{FileHash, Fingerprint, Item, ItemId, Kind, Print};
use serde_json::json;

/// An application that is granted, with all its files here.
async fn granted(world: &World, device: &mut Device) -> Paper {
    let paper = device.application(world.now(), "高山月");
    device.sync(world, paper.items.clone()).await;
    assert_eq!(device.upload(world, &paper.scan).await.status(), StatusCode::CREATED);
    device.names_scan(world, b"signature").await;
    assert_eq!(device.upload(world, b"signature").await.status(), StatusCode::CREATED);
    let reviewer = world.sign_in("reviewer").await;
    let path = format!("/api/cases/{}", paper.id);
    let seen = async || reviewer.get(&path).await.1["seen"].as_u64().unwrap();
    let accept = json!({ "expected": seen().await, "reason": "材料齐全" });
    assert_eq!(reviewer.post(&format!("{path}/accept"), accept).await.0, StatusCode::OK);
    reviewer.to_last_stage(&path).await;
    let decide = json!({ "expected": seen().await, "granted": true, "number": "高字第8号", "reason": "", "remedies": "", "file": null });
    let (status, body) = reviewer.post(&format!("{path}/decide"), decide).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    paper
}

/// What the items tell devices to forget.
fn told(items: &[Item]) -> Vec<Forget> {
    let opened = items.iter().map(|item| item.open().unwrap());
    opened
        .filter(|envelope| envelope.kind == Kind::Forget)
        .map(|envelope| Forget::from_bytes(&envelope.payload).unwrap())
        .collect()
}

fn named(forgets: &[Forget]) -> BTreeSet<ItemId> {
    forgets
        .iter()
        .flat_map(|forget| &forget.items)
        .map(|named| named.item)
        .collect()
}

/// Application and case, as they came down or went up.
fn of(paper: &Paper, items: &[Item]) -> BTreeSet<ItemId> {
    let of_it = |item: &&Item| {
        let envelope = item.open().unwrap();
        matches!(envelope.kind, Kind::Change | Kind::File)
            && envelope.document.is_some_and(|document| document.id == paper.id)
    };
    items.iter().filter(of_it).map(Item::id).collect()
}

#[tokio::test]
async fn a_finished_application_is_forgotten_when_its_time_has_passed_and_never_given_again() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    // Enrolled today, and switched on when it is all over.
    let mut joined = world.device(0, 1).await;
    let paper = granted(&world, &mut device).await;
    let open = device.application(START, "石上泉");
    device.sync(&world, open.items.clone()).await;
    assert_eq!(world.center.forget_due().unwrap(), 0);
    world.pass(90 * DAY - 1);
    assert_eq!(world.center.forget_daily().unwrap(), Some(0));
    world.pass(1);
    assert_eq!(world.center.forget_daily().unwrap(), None, "a day has not passed");
    world.pass(DAY);
    assert_eq!(world.center.forget_daily().unwrap(), Some(1));
    assert_eq!(world.center.forget_due().unwrap(), 0, "once");

    let came = device.sync(&world, Vec::new()).await;
    let forgets = told(&came);
    let all = [device.held.clone(), paper.items.clone()].concat();
    assert_eq!(
        named(&forgets),
        of(&paper, &all),
        "the application and its case, and no other"
    );
    let files: BTreeSet<FileHash> = forgets.iter().flat_map(|forget| forget.files.clone()).collect();
    // The signature is named in a document of its own too, which nobody finishes.
    assert!(files.contains(&FileHash::of(&paper.scan)));
    // Who joins later gets the names alone.
    let got = joined.sync(&world, Vec::new()).await;
    assert_eq!(of(&paper, &got), BTreeSet::new());
    assert_eq!(named(&told(&got)), named(&forgets));
    assert!(!of(&open, &got).is_empty());
    let bundle = world
        .center
        .prepare_bundle(&joined.key.verifying_key().device(), 1 << 20)
        .unwrap();
    assert!(
        bundle.plan.items() > 0 && bundle.plan.items() as usize <= got.len() + 1,
        "{}",
        bundle.plan.items()
    );
    // It is all here still.
    let reviewer = world.sign_in("reviewer").await;
    assert_eq!(
        reviewer.get(&format!("/api/cases/{}", paper.id)).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn what_is_not_here_is_not_forgotten_and_what_came_later_waits_for_its_own_time() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let mut paper = device.application(START, "高山月");
    device.sync(&world, paper.items.clone()).await;
    let reviewer = world.sign_in("reviewer").await;
    let refuse = json!({ "expected": 7, "reason": "不在本区", "remedies": "可以向当地申请" });
    let path = format!("/api/cases/{}/not-accept", paper.id);
    let (status, body) = reviewer.post(&path, refuse).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    world.pass(400 * DAY);
    assert_eq!(
        world.center.forget_due().unwrap(),
        0,
        "its scan is nowhere but at the station"
    );
    device.upload(&world, &paper.scan).await;
    device.names_scan(&world, b"signature").await;
    device.upload(&world, b"signature").await;
    world.pass(30 * DAY);
    assert_eq!(
        world.center.forget_due().unwrap(),
        0,
        "a backup of before may still be put back"
    );
    world.pass(60 * DAY);
    assert_eq!(world.center.forget_due().unwrap(), 1);
    device.sync(&world, Vec::new()).await;

    // A device that was away for long brings what was typed on it.
    let author = device.author(START);
    let typed = Edit::Answer {
        name: "phone".into(),
        value: "13900000000".into(),
        note: String::new(),
    };
    let save = paper.document.edit(&author, &[typed]).unwrap();
    let late = device.change(paper.id, &save, START + 1);
    let came = device.sync(&world, vec![late.clone()]).await;
    assert_eq!(receipts(&came).accepted, [late.id()]);
    assert_eq!(world.center.forget_due().unwrap(), 0);
    world.pass(90 * DAY);
    assert_eq!(world.center.forget_due().unwrap(), 1);
    let came = device.sync(&world, Vec::new()).await;
    assert_eq!(
        named(&told(&came)),
        BTreeSet::from([late.id()]),
        "the others were named before"
    );
}

#[tokio::test]
async fn made_again_it_remembers_what_is_forgotten() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    granted(&world, &mut device).await;
    world.pass(120 * DAY);
    assert_eq!(world.center.forget_due().unwrap(), 1);
    device.sync(&world, Vec::new()).await;
    let print = async |world: &World| {
        let mut request = device.request(Vec::new());
        request.fingerprints = vec![(device.scope.clone(), Print::Whole(Fingerprint::default()))];
        let answer = device.post(world, &request).await;
        SyncResponse::from_bytes(answer.body(), &[]).unwrap().fingerprints
    };
    let known = print(&world).await;
    world.center.rebuild().unwrap();
    assert_eq!(print(&world).await, known);
    assert_eq!(world.center.forget_due().unwrap(), 0);
}

/// The set of a center that lost items which devices have forgotten is theirs all the same.
#[tokio::test]
async fn what_nobody_has_any_more_keeps_its_place() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let before = tempfile::tempdir().unwrap();
    let copy = |name: &str| std::fs::copy(world.folder.path().join(name), before.path().join(name)).unwrap();
    copy("center.key");
    for name in ["center.sqlite", "center.sqlite-wal"] {
        copy(name);
    }
    granted(&world, &mut device).await;
    world.pass(120 * DAY);
    assert_eq!(world.center.forget_due().unwrap(), 1);
    let came = device.sync(&world, Vec::new()).await;
    let forget = came
        .iter()
        .find(|item| item.open().unwrap().kind == Kind::Forget)
        .unwrap();
    let held = device.held.clone();

    let restored = open(before.path(), &world.clock, 2_000_000);
    restored.restored().unwrap();
    let world = World {
        router: doorstep_center::router(restored.clone()),
        center: restored,
        clock: world.clock.clone(),
        demo: world.demo,
        folder: before,
        signed: Default::default(),
    };
    // Of what it held the device has the item that says what is forgotten, and names.
    let receipts = device.sync(&world, vec![forget.clone()]).await;
    let mut own = Fingerprint::default();
    named(&told(&held))
        .iter()
        .chain([&forget.id()])
        .for_each(|id| own.add(id));
    for item in receipts
        .iter()
        .filter(|item| item.open().unwrap().scope == device.scope)
    {
        own.add(&item.id());
    }
    let mut request = device.request(Vec::new());
    request.fingerprints = vec![(device.scope.clone(), Print::Whole(own))];
    let answer = device.post(&world, &request).await;
    let said = SyncResponse::from_bytes(answer.body(), &[]).unwrap().fingerprints;
    let differs = said
        .iter()
        .any(|(scope, print)| *scope == device.scope && !print.is_of(&own));
    assert!(!differs, "{said:?}");
}
