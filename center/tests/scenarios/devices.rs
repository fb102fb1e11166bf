//! Devices join, send and receive; what is not allowed is refused one by one, and the rest goes through.

use std::collections::BTreeSet;

use crate::support::{self, DAY, START, World, case, json, read, receipts, refused_as};
use axum::http::{Method, StatusCode};
use doorstep_records::{CaseStep, Edit};
use doorstep_sync::auth::Signer;
use doorstep_sync::payload::{Change, Grant};
use doorstep_sync::wire::SyncResponse;
use doorstep_sync::{Document, Fingerprint, Item, Kind, Print, Scope, SigningKey, auth};

#[tokio::test]
async fn a_code_is_good_once_and_a_lost_answer_is_given_again() {
    let world = World::new();
    let device = world.device(0, 0).await;
    let code = &world.demo.stations[0].enrolment_codes[0];
    let enrol = |key: &SigningKey, code: &str| {
        let key = hex::encode(key.verifying_key().to_bytes());
        json(
            Method::POST,
            "/enrol",
            &serde_json::json!({ "code": code, "public_key": key, "label": "" }),
        )
    };
    let (status, again) = read(world.send(enrol(&device.key, code)).await);
    assert_eq!(status, StatusCode::OK);
    let granted = |answer: &serde_json::Value| {
        let bytes = base64::Engine::decode(
            &base64::engine::general_purpose::STANDARD,
            answer["grant"].as_str().unwrap(),
        )
        .unwrap();
        let item: Item = minicbor::decode(&bytes).unwrap();
        Grant::from_bytes(&item.verify(&device.center).unwrap().payload).unwrap()
    };
    let grant = granted(&again);
    assert_eq!(
        (grant.code.as_str(), grant.kinds),
        ("A1", vec!["application".to_owned()])
    );
    let details: doorstep_records::StationDetails = minicbor::decode(&grant.details).unwrap();
    assert_eq!(
        (details.town.as_str(), details.district.as_str(), details.staff.len()),
        ("云溪镇", "云溪区", 2)
    );

    // Devices that nobody named are told apart by their code.
    let unnamed = &world.demo.stations[0].enrolment_codes[2];
    let (_, second) = read(world.send(enrol(&SigningKey::from_seed(&[8; 32]), unnamed)).await);
    let name = &world.demo.stations[0].name;
    assert_eq!(granted(&second).label, format!("{name} A2"));

    let (status, other) = read(world.send(enrol(&SigningKey::from_seed(&[9; 32]), code)).await);
    assert_eq!(
        (status, other["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("wrong_code"))
    );
    world.pass(2 * DAY);
    let late = &world.demo.stations[0].enrolment_codes[1];
    let (status, _) = read(world.send(enrol(&SigningKey::from_seed(&[9; 32]), late)).await);
    assert_eq!(status, StatusCode::FORBIDDEN, "a code ends after 24 hours");
    for _ in 0..5 {
        world
            .send(enrol(&SigningKey::from_seed(&[9; 32]), "AAAA-AAAA-AAAA"))
            .await;
    }
    let blocked = world
        .send(enrol(&SigningKey::from_seed(&[9; 32]), "AAAA-AAAA-AAAA"))
        .await;
    assert_eq!(blocked.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(blocked.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn an_application_arrives_is_checked_and_is_acknowledged() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let paper = device.application(START, "高山月");
    let came = device.sync(&world, paper.items.clone()).await;
    let receipt = receipts(&came);
    assert_eq!(receipt.refused, vec![]);
    assert_eq!(receipt.accepted.len(), paper.items.len());
    assert!(
        came.iter().any(|item| item.open().unwrap().kind == Kind::Catalogue),
        "every device gets the catalogue"
    );
    let case = case(&came, &paper.id);
    assert!(matches!(case.events[0].step, CaseStep::Arrived));
    let CaseStep::Prechecked { problems, .. } = &case.events[1].step else {
        panic!("not checked")
    };
    assert!(
        problems.iter().any(|problem| problem.contains("缺少材料")),
        "{problems:?}"
    );
    // Own items do not come back, and nothing is said twice.
    let own = device.key.verifying_key().device();
    assert!(came.iter().all(|item| item.open().unwrap().device != own));
    assert_eq!(device.sync(&world, Vec::new()).await.len(), 0);
    // The answer was lost: the same batch again, with the old cursor, brings the same receipts and changes nothing.
    let mut lost = device.request(paper.items.clone());
    lost.cursor.position = 0;
    let answer = SyncResponse::from_bytes(device.post(&world, &lost).await.body(), &lost.brought()).unwrap();
    assert_eq!(receipts(&answer.items).accepted.len(), paper.items.len());
    assert_eq!(answer.cursor, device.cursor);
}

#[tokio::test]
async fn after_a_start_a_device_hears_of_scopes_that_it_does_not_name() {
    let world = World::new();
    let mut writes = world.device(0, 0).await;
    let mut reads = world.device(0, 1).await;
    let paper = writes.application(START, "高山月");
    writes.sync(&world, paper.items).await;
    // A backup was put back without a word: what is in the log now lies at places that this device has read before.
    reads.cursor = writes.cursor;
    let world = world.restart();
    let request = reads.request(Vec::new());
    let mut heard = 0;
    for _ in 0..20 {
        let answer = SyncResponse::from_bytes(reads.post(&world, &request).await.body(), &[]).unwrap();
        assert!(answer.items.is_empty() && answer.cursor == reads.cursor);
        heard += usize::from(answer.fingerprints.iter().any(|(scope, _)| *scope == writes.scope));
    }
    assert!((1..=8).contains(&heard), "answers get lost, but not for ever: {heard}");
}

#[tokio::test]
async fn each_bad_item_is_refused_by_name_and_the_good_ones_go_through() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let mut neighbour = world.device(1, 0).await;
    let stranger = SigningKey::from_seed(&[77; 32]);
    let paper = device.application(START, "高山月");
    let theirs = neighbour.application(START, "柳上风");
    neighbour.sync(&world, theirs.items.clone()).await;

    let good = paper.items[0].open().unwrap();
    let forged = Item::sign(&good, &stranger);
    let mut altered = paper.items[1].clone();
    let last = altered.envelope.len() - 1;
    altered.envelope[last] ^= 1;
    let mut unknown = good.clone();
    unknown.device = stranger.verifying_key().device();
    let mut foreign = good.clone();
    foreign.scope = neighbour.scope.clone();
    let mut as_case = good.clone();
    as_case.document = Some(Document {
        kind: "case".into(),
        id: paper.id,
    });
    let mut future = good.clone();
    future.time = START + 3 * DAY;
    let mut newer = good.clone();
    newer.version = 9;
    let mut garbage = good.clone();
    garbage.payload = Change::of(b"not automerge".to_vec()).to_bytes();
    let mut receipt = good.clone();
    receipt.kind = Kind::Receipt;
    receipt.payload = doorstep_sync::payload::Receipt::default().to_bytes();
    // The neighbour's own change, wrapped and signed by this device for its own scope: another actor, another scope.
    let mut stolen = theirs.items[0].open().unwrap();
    stolen.device = good.device;
    stolen.scope = device.scope.clone();
    let mut actor = stolen.clone();
    actor.document = Some(Document {
        kind: "application".into(),
        id: doorstep_sync::DocumentId([200; 16]),
    });
    let huge = doorstep_sync::payload::FileName {
        hash: doorstep_sync::FileHash([1; 32]),
        len: 1 << 40,
        media_type: "image/jpeg".into(),
    };
    let huge = device.envelope(Kind::File, paper.id, huge.to_bytes(), START);

    let signed = |envelope| device.sign(envelope);
    let bad = [
        (signed(&foreign), "not_granted"),
        (signed(&as_case), "not_granted"),
        (signed(&future), "future"),
        (signed(&newer), "version"),
        (signed(&garbage), "malformed"),
        (signed(&receipt), "center_only"),
        (signed(&stolen), "scope"),
        (signed(&actor), "actor"),
        (signed(&huge), "too_large"),
    ];
    // Who is not known here may have been before a backup was restored: nothing is said of it.
    let unknown = Item::sign(&unknown, &stranger);
    neighbour.sync(&world, vec![forged.clone()]).await;
    let mut items = vec![forged.clone(), altered.clone(), unknown.clone()];
    for (index, (item, _)) in bad.iter().enumerate() {
        items.push(item.clone());
        items.extend(paper.items.get(index).cloned());
    }
    let came = device.sync(&world, items).await;
    let told = receipts(&came);
    for (item, code) in &bad {
        assert_eq!(refused_as(&told.refused, &item.id()).as_deref(), Some(*code));
    }
    assert!(
        refused_as(&told.refused, &altered.id()).is_some(),
        "an altered item is refused"
    );
    let own: Vec<_> = paper.items.iter().map(Item::id).collect();
    assert_eq!(told.accepted, own, "every good item is taken, in order");
    // The forged one has the id of a good one: that is taken with its own signature, and nobody hears of a refusal.
    assert_eq!(refused_as(&told.refused, &forged.id()), None);
    assert_eq!(refused_as(&told.refused, &unknown.id()), None);
    assert_eq!(case(&came, &paper.id).events.len(), 2);
    // Nothing of this reached the neighbour's station.
    assert!(
        neighbour
            .sync(&world, Vec::new())
            .await
            .iter()
            .all(|item| item.open().unwrap().scope == neighbour.scope)
    );
}

#[tokio::test]
async fn changes_wait_for_earlier_ones_and_are_acknowledged_then() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let paper = device.application(START, "高山月");
    let mut late = paper.items.clone();
    let first = late.remove(0);
    late.reverse();
    let came = device.sync(&world, late.clone()).await;
    let told = receipts(&came);
    // Only the file's name stands by itself.
    assert_eq!((told.accepted.len(), told.refused.len()), (1, 0));
    assert_eq!(case(&came, &paper.id).events.len(), 0);
    let world = world.restart();
    let came = device.sync(&world, vec![first]).await;
    assert_eq!(receipts(&came).accepted.len(), paper.items.len() - 1);
    assert_eq!(case(&device.held, &paper.id).events.len(), 2);
}

#[tokio::test]
async fn a_town_sees_its_villages_and_a_village_itself_alone() {
    let world = World::new();
    let mut village = world.device(0, 0).await;
    let mut other = world.device(1, 0).await;
    let mut second = world.device(0, 1).await;
    let mut town = world.device(3, 0).await;
    let paper = village.application(START, "高山月");
    village.sync(&world, paper.items.clone()).await;
    let ids = |items: &[Item]| items.iter().map(Item::id).collect::<Vec<_>>();
    let wanted = ids(&paper.items);
    for device in [&mut town, &mut second] {
        let came = ids(&device.sync(&world, Vec::new()).await);
        assert!(wanted.iter().all(|id| came.contains(id)));
    }
    let came = ids(&other.sync(&world, Vec::new()).await);
    assert!(wanted.iter().all(|id| !came.contains(id)));

    // The town writes into the village's scope, and both ends come to the same fingerprint.
    let mut document = doorstep_records::ApplicationDocument::empty();
    for item in &town.held {
        let envelope = item.open().unwrap();
        if envelope.kind == Kind::Change && envelope.document.as_ref().is_some_and(|d| d.kind == "application") {
            let change = Change::from_bytes(&envelope.payload).unwrap();
            document.apply(&envelope.device.0, &change.automerge).unwrap();
        }
    }
    let edit = Edit::Answer {
        name: "phone".into(),
        value: "13900000000".into(),
        note: String::new(),
    };
    let save = document.edit(&town.author(START), &[edit]).unwrap();
    town.scope = village.scope.clone();
    let item = town.change(paper.id, &save, START);
    let mut request = town.request(vec![item.clone()]);
    let mut own = Fingerprint::default();
    for held in town
        .held
        .iter()
        .chain([&item])
        .filter(|item| item.open().unwrap().scope == village.scope)
    {
        own.add(&held.id());
    }
    request.fingerprints = vec![
        (village.scope.clone(), Print::Whole(own)),
        (
            Scope::new("500199101202", "2026").unwrap(),
            Print::Whole(Fingerprint::default()),
        ),
    ];
    let answer = SyncResponse::from_bytes(town.post(&world, &request).await.body(), &request.brought()).unwrap();
    for came in &answer.items {
        own.add(&came.id());
    }
    let named = |scope: &Scope| request.fingerprints.iter().any(|(named, _)| named == scope);
    let told: Vec<_> = answer.fingerprints.iter().filter(|(scope, _)| named(scope)).collect();
    assert_eq!(told, [&(village.scope.clone(), Print::Short(own.short()))]);
    assert_eq!(receipts(&answer.items).accepted, vec![item.id()]);
    assert!(ids(&village.sync(&world, Vec::new()).await).contains(&item.id()));
}

#[tokio::test]
async fn a_wrong_clock_is_told_the_time_and_a_revoked_device_nothing_more() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let slow = Signer::new(device.key.clone(), -(DAY as i64));
    let right = std::mem::replace(&mut device.signer, slow);
    let answer = device.post(&world, &device.request(Vec::new())).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(answer.headers()[auth::CODE], "clock");
    assert_eq!(answer.headers()[auth::NOW].to_str().unwrap(), START.to_string());
    device.signer = right;
    device.sync(&world, Vec::new()).await;

    let admin = world.sign_in("administrator").await;
    let (_, stations) = admin.get("/api/stations").await;
    let row = &stations
        .as_array()
        .unwrap()
        .iter()
        .find(|s| s["division"] == "500199101201")
        .unwrap()["devices"][0];
    assert_eq!(
        (row["code"].as_str(), row["last_contact"].as_u64()),
        (Some("A1"), Some(START))
    );
    let path = format!("/api/devices/{}/revoke", row["id"].as_str().unwrap());
    let (status, body) = admin.post(&path, serde_json::json!({ "reason": " " })).await;
    assert_eq!(
        (status, body["fields"]["reason"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("required"))
    );
    let (status, _) = admin.post(&path, serde_json::json!({ "reason": "丢失" })).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let answer = device.post(&world, &device.request(Vec::new())).await;
    assert_eq!(
        (answer.status(), answer.headers()[auth::CODE].as_bytes()),
        (StatusCode::FORBIDDEN, &b"revoked"[..])
    );
    // Its items are refused when another device brings them.
    let paper = device.application(START, "高山月");
    let mut other = world.device(0, 1).await;
    let told = receipts(&other.sync(&world, paper.items.clone()).await);
    assert!(told.accepted.is_empty());
    assert_eq!(
        refused_as(&told.refused, &paper.items[0].id()).as_deref(),
        Some("revoked")
    );
}

#[tokio::test]
async fn a_restored_center_says_so_by_its_epoch() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    device.sync(&world, Vec::new()).await;
    let before = device.cursor;
    world.center.restored().unwrap();
    let mut request = device.request(Vec::new());
    let answer = SyncResponse::from_bytes(device.post(&world, &request).await.body(), &[]).unwrap();
    assert_ne!(answer.cursor.epoch, before.epoch);
    // It starts from the end of the log, and says of every scope what it holds.
    assert_eq!(answer.items, []);
    let scopes: BTreeSet<Scope> = device.held.iter().map(|item| item.open().unwrap().scope).collect();
    let told: BTreeSet<Scope> = answer.repair.into_iter().map(|(scope, _)| scope).collect();
    assert_eq!(told, scopes);
    // Who cannot compare starts from the beginning.
    request.version = doorstep_sync::wire::FIRST;
    let answer = SyncResponse::from_bytes(device.post(&world, &request).await.body(), &[]).unwrap();
    assert_eq!(answer.items.len(), device.held.len());
}

#[tokio::test]
async fn whoever_moves_to_another_station_is_no_longer_named_where_they_were() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    device.sync(&world, Vec::new()).await;
    let (old, new) = (&world.demo.stations[0], &world.demo.stations[1]);
    let moved = &old.staff[0];
    let role = doorstep_records::Role::VillageClerk;
    world
        .center
        .put_staff(&new.division, &moved.number, &moved.name, role)
        .unwrap();
    let came = device.sync(&world, Vec::new()).await;
    let mut grants = came
        .iter()
        .map(|item| item.open().unwrap())
        .filter(|envelope| envelope.kind == Kind::Grant);
    let grant = Grant::from_bytes(&grants.next_back().unwrap().payload).unwrap();
    let details: doorstep_records::StationDetails = minicbor::decode(&grant.details).unwrap();
    assert!(details.staff.iter().all(|staff| staff.number != moved.number));
}

#[tokio::test]
async fn an_application_full_of_disputes_stops_no_batch() {
    let world = World::new();
    let (mut one, two) = (world.device(0, 0).await, world.device(0, 1).await);
    let paper = one.application(START, "陶桃花");
    let answers = |value: &str| -> Vec<Edit> {
        let answer = |n: usize| Edit::Answer {
            name: format!("{n:0240}"),
            value: value.into(),
            note: String::new(),
        };
        (0..400).map(answer).collect()
    };
    let mut theirs = paper.document.clone();
    let mut ours = paper.document.clone();
    let theirs = theirs.edit(&two.author(START), &answers("a")).unwrap();
    let ours = ours.edit(&one.author(START), &answers("b")).unwrap();
    let (handed_in, before) = paper.items.split_last().unwrap();
    let disputes = [two.change(paper.id, &theirs, START), one.change(paper.id, &ours, START)];
    // The disputes rest on the last save, so all wait for it and come to pass together with it.
    let mut items = before.to_vec();
    items.extend(disputes);
    one.sync(&world, items[..before.len()].to_vec()).await;
    let mut two = two;
    two.sync(&world, vec![items[before.len()].clone()]).await;
    let came = one
        .sync(&world, vec![items[before.len() + 1].clone(), handed_in.clone()])
        .await;
    assert!(receipts(&came).accepted.contains(&handed_in.id()));
    assert!(receipts(&came).accepted.contains(&items[before.len() + 1].id()));
}

#[tokio::test]
async fn a_workbook_that_is_gone_from_the_disk_stops_no_batch() {
    let world = World::new();
    std::fs::remove_dir_all(world.folder.path().join("files/whole")).unwrap();
    std::fs::create_dir(world.folder.path().join("files/whole")).unwrap();
    let world = world.restart();
    let mut device = world.device(0, 0).await;
    let paper = device.application(START, "陶桃花");
    let last = paper.items.last().unwrap().id();
    let came = device.sync(&world, paper.items).await;
    assert!(receipts(&came).accepted.contains(&last));
}

/// The folder of the center as it was at some time.
fn backup(world: &World) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in ["center.sqlite", "center.sqlite-wal"] {
        std::fs::copy(world.folder.path().join(name), copy.path().join(name)).unwrap();
    }
    copy
}

fn restore(world: World, backup: &tempfile::TempDir) -> World {
    // Nothing may lie beside the old file.
    let world = world.restart();
    let World {
        center,
        router,
        clock,
        demo,
        folder,
        signed,
    } = world;
    drop((router, center));
    for name in ["center.sqlite", "center.sqlite-wal", "center.sqlite-shm"] {
        let _ = std::fs::remove_file(folder.path().join(name));
        let _ = std::fs::copy(backup.path().join(name), folder.path().join(name));
    }
    let center = support::open(folder.path(), &clock, 2_000_000);
    World {
        router: doorstep_center::router(center.clone()),
        center,
        clock,
        demo,
        folder,
        signed,
    }
}

#[tokio::test]
async fn what_was_taken_once_is_taken_again_whatever_became_of_its_author() {
    let world = World::new();
    let mut author = world.device(0, 0).await;
    let mut colleague = world.device(0, 1).await;
    let mut town = world.device(3, 0).await;
    let backup = backup(&world);
    let paper = author.application(START, "高山月");
    author.sync(&world, paper.items.clone()).await;
    let came = colleague.sync(&world, Vec::new()).await;
    let kinds = |items: &[Item], kind| -> Vec<Item> {
        let of = |item: &&Item| item.open().unwrap().kind == kind;
        items.iter().filter(of).cloned().collect()
    };
    let told = kinds(&came, Kind::Receipt);
    assert_eq!(told.len(), 1);

    world.pass(DAY);
    let world = restore(world, &backup);
    // The author's key is lost and revoked, in the restored center too.
    let admin = world.sign_in("administrator").await;
    let id = author.key.verifying_key().device();
    let (status, _) = admin
        .post(
            &format!("/api/devices/{id}/revoke"),
            serde_json::json!({ "reason": "丢失" }),
        )
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let late = author.application(START + 2 * DAY, "柳上风");
    let brought = [paper.items.clone(), late.items.clone()].concat();
    let answer = receipts(&colleague.sync(&world, brought.clone()).await);
    // What it wrote since is refused; what it wrote before may have been taken, and waits.
    assert_eq!(answer.accepted, []);
    let refused: BTreeSet<_> = answer.refused.iter().map(|refusal| refusal.item).collect();
    assert_eq!(refused, late.items.iter().map(Item::id).collect());
    // What waits has not arrived: nobody who compares hears of it.
    let mut asks = town.request(Vec::new());
    asks.fingerprints = vec![(author.scope.clone(), Print::Whole(Fingerprint::default()))];
    let answer = SyncResponse::from_bytes(town.post(&world, &asks).await.body(), &asks.brought()).unwrap();
    let ids = |items: &[Item]| items.iter().map(Item::id).collect::<BTreeSet<_>>();
    let held = ids(&answer.items);
    assert!(paper.items.iter().all(|item| !held.contains(&item.id())));
    let in_scope = answer
        .items
        .iter()
        .filter(|item| item.open().unwrap().scope == author.scope);
    let mut brought = Fingerprint::default();
    in_scope.for_each(|item| brought.add(&item.id()));
    let prints = answer
        .fingerprints
        .into_iter()
        .find(|(scope, _)| *scope == author.scope);
    assert!(prints.unwrap().1.is_of(&brought), "the set is what was taken");

    // In a day nobody says that it was taken: whoever carries it is told so, without asking for it.
    world.pass(DAY);
    let answer = receipts(&colleague.sync(&world, Vec::new()).await);
    let refused: BTreeSet<_> = answer.refused.iter().map(|refusal| refusal.item).collect();
    assert_eq!(refused, ids(&paper.items));
    assert!(answer.refused.iter().all(|refusal| refusal.code == "revoked"));
    // Once; and who brings it from now on hears it at once.
    world.pass(DAY);
    let answer = receipts(&colleague.sync(&world, Vec::new()).await);
    assert_eq!(answer.refused, []);
    town.sync(&world, Vec::new()).await;
    let answer = receipts(&town.sync(&world, paper.items.clone()).await);
    assert_eq!(answer.refused.len(), paper.items.len());
    colleague.sync(&world, Vec::new()).await;

    // The center's own word of it comes back.
    let answer = receipts(&colleague.sync(&world, told).await);
    let accepted: BTreeSet<_> = answer.accepted.into_iter().collect();
    assert!(
        paper.items.iter().all(|item| accepted.contains(&item.id())),
        "{accepted:?}"
    );
    assert_eq!(answer.refused, []);
    let (_, cases) = world.sign_in("reviewer").await.get("/api/cases").await;
    assert!(cases.to_string().contains(&paper.number), "{cases}");
    // And what was brought before is not brought in vain afterwards.
    let again = receipts(&colleague.sync(&world, paper.items.clone()).await);
    assert_eq!((again.accepted.len(), again.refused.len()), (0, 0));
}

/// Only what it was taken as says that it was taken: its date, by a clock that was behind, lies before the grant.
#[tokio::test]
async fn what_a_slow_clock_dated_before_its_grant_is_taken_again_too() {
    let world = World::new();
    let mut author = world.device(0, 0).await;
    let mut colleague = world.device(0, 1).await;
    let backup = backup(&world);
    let paper = author.application(START - 40 * DAY, "高山月");
    author.sync(&world, paper.items.clone()).await;
    let mut told = colleague.sync(&world, Vec::new()).await;
    told.retain(|item| item.open().unwrap().kind == Kind::Receipt);

    let world = restore(world, &backup);
    let admin = world.sign_in("administrator").await;
    let path = format!("/api/devices/{}/revoke", author.key.verifying_key().device());
    let (status, _) = admin.post(&path, serde_json::json!({ "reason": "丢失" })).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let answer = receipts(&colleague.sync(&world, paper.items.clone()).await);
    assert_eq!(answer.refused.len(), paper.items.len(), "it is said at once");
    let answer = receipts(&colleague.sync(&world, told).await);
    let accepted: BTreeSet<_> = answer.accepted.into_iter().collect();
    assert!(paper.items.iter().all(|item| accepted.contains(&item.id())));
    // Whoever gave it up at once is not told so again.
    world.pass(2 * DAY);
    assert_eq!(receipts(&colleague.sync(&world, Vec::new()).await).refused, []);
}
