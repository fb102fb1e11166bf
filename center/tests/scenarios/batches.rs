//! Large batches: what a quick line is given, and many new applications at once.

use crate::support::{self, Device, Paper, World, case, read, receipts, refused_as, sealed};
use axum::http::StatusCode;
use doorstep_records::application::Beginning;
use doorstep_records::{ApplicationDocument, Edit};
use doorstep_sync::key::Algorithm;
use doorstep_sync::payload::Change;
use doorstep_sync::{DocumentId, Item, Kind};

/// An application in one item, as the first save of a whole one is.
fn whole(device: &Device, paper: &Paper, world: &World) -> Item {
    let changes = paper.items.iter().filter_map(|item| {
        let envelope = item.open().unwrap();
        (envelope.kind == Kind::Change).then(|| Change::from_bytes(&envelope.payload).unwrap().automerge)
    });
    let payload = Change::of(changes.flatten().collect()).to_bytes();
    device.sign(&device.envelope(Kind::Change, paper.id, payload, world.now()))
}

#[tokio::test]
async fn many_new_applications_are_taken_as_one_by_one() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let mut papers: Vec<Paper> = (0..40)
        .map(|n| device.application(world.now(), &format!("王{n}桃花")))
        .collect();
    let here = papers.pop().unwrap();
    device.sync(&world, vec![whole(&device, &here, &world)]).await;
    // One that is here is begun a second time, and one of the new ones, too, within the batch.
    let again = |of: &Paper| {
        let beginning = Beginning {
            matter: support::MATTER.into(),
            catalogue: 1,
            station: device.scope.division().into(),
        };
        let mut author = device.author(world.now());
        author.actor.push(9);
        let (_, begun) = ApplicationDocument::create(&author, &beginning);
        device.change(of.id, &begun, world.now())
    };
    let (rival, twice) = (again(&here), again(&papers[0]));
    let mut items: Vec<Item> = papers.iter().map(|paper| whole(&device, paper, &world)).collect();
    items.extend([rival.clone(), twice.clone()]);
    let came = device.sync(&world, items).await;
    let receipt = receipts(&came);
    assert_eq!(receipt.accepted.len(), papers.len());
    for begun in [&rival, &twice] {
        assert_eq!(refused_as(&receipt.refused, &begun.id()).as_deref(), Some("schema"));
    }
    for paper in &papers {
        assert_eq!(case(&device.held, &paper.id).events.len(), 2, "arrived and checked");
    }

    // What is stored is whole: every one can be gone on with.
    papers.push(here);
    let author = device.author(world.now());
    let edit = |paper: &mut Paper| {
        let edit = Edit::Answer {
            name: "phone".into(),
            value: "13900000042".into(),
            note: String::new(),
        };
        let save = paper.document.edit(&author, &[edit]).unwrap();
        device.change(paper.id, &save, world.now())
    };
    let edits: Vec<Item> = papers.iter_mut().map(edit).collect();
    let came = device.sync(&world, edits).await;
    assert_eq!(receipts(&came).accepted.len(), papers.len());
}

#[tokio::test]
async fn a_batch_may_be_large_and_no_larger() {
    let world = World::new();
    let device = world.device(0, 0).await;
    let items = |count: usize| -> Vec<Item> {
        let item = |byte: usize| {
            let id = DocumentId([u8::try_from(byte).unwrap(); 16]);
            let payload = vec![0; 128 << 10];
            device.sign(&device.envelope(Kind::Change, id, payload, world.now()))
        };
        (0..count).map(item).collect()
    };
    let tiny = |count: u32| -> Vec<Item> {
        let item = |n: u32| Item {
            envelope: n.to_le_bytes().to_vec(),
            algorithm: Algorithm::Ed25519,
            signature: Vec::new(),
        };
        (0..count).map(item).collect()
    };
    let many = device.post(&world, &device.request(tiny(4_097))).await;
    assert_eq!(
        many.status(),
        StatusCode::PAYLOAD_TOO_LARGE,
        "each costs more than its bytes"
    );
    let part = sealed(&device, world.now(), &tiny(4_097));
    let report = world.center.import(std::io::Cursor::new(part)).unwrap();
    assert!(report.stopped.is_some(), "by stick, too: {report:?}");
    let taken = device.post(&world, &device.request(items(4))).await;
    assert_eq!(taken.status(), StatusCode::OK, "as much as a quick line is given");
    let (status, said) = read(device.post(&world, &device.request(items(15))).await);
    assert_eq!(
        (status, said["code"].as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, Some("too_large"))
    );
    let mut signed = items(8);
    signed.iter_mut().for_each(|item| item.signature = vec![0; 128 << 10]);
    let heavy = device.post(&world, &device.request(signed)).await;
    assert_eq!(heavy.status(), StatusCode::PAYLOAD_TOO_LARGE, "signatures count");
}

#[tokio::test]
async fn who_is_refused_much_can_read_it() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    device.sync(&world, Vec::new()).await;
    let item = |n: u16| {
        let mut id = [9; 16];
        id[..2].copy_from_slice(&n.to_le_bytes());
        // Its author did not write these changes, as the reason says.
        device.sign(&device.envelope(
            Kind::Change,
            DocumentId(id),
            Change::of(vec![0]).to_bytes(),
            world.now(),
        ))
    };
    let items: Vec<Item> = (0..2_000).map(item).collect();
    let all = items.len();
    let came = device.sync(&world, items).await;
    assert_eq!(receipts(&came).refused.len(), all);
    assert!(came.iter().all(|item| item.envelope.len() <= 256 << 10));
    assert!(came.len() > 1);
}

#[tokio::test]
async fn what_waited_too_long_is_given_up_in_pages() {
    let world = World::new();
    let author = world.device(0, 0).await;
    let mut colleague = world.device(0, 1).await;
    colleague.sync(&world, Vec::new()).await;
    let item = |n: u16| {
        let mut id = [9; 16];
        id[..2].copy_from_slice(&n.to_le_bytes());
        author.sign(&author.envelope(
            Kind::Change,
            DocumentId(id),
            Change::of(vec![0]).to_bytes(),
            world.now(),
        ))
    };
    let items: Vec<Item> = (0..300).map(item).collect();
    world.pass(1_000);
    let admin = world.sign_in("administrator").await;
    let path = format!("/api/devices/{}/revoke", author.key.verifying_key().device());
    let reason = serde_json::json!({ "reason": "丢失" });
    assert_eq!(admin.post(&path, reason).await.0, StatusCode::NO_CONTENT);
    for batch in items.chunks(100) {
        world.pass(1_000);
        let told = receipts(&colleague.sync(&world, batch.to_vec()).await);
        assert_eq!(told.refused, [], "it may have been taken once");
    }
    let mut given_up = Vec::new();
    for time in [25 * 3_600_000, 3_600_000, 3_600_000] {
        world.pass(time);
        given_up.push(receipts(&colleague.sync(&world, Vec::new()).await).refused.len());
    }
    assert_eq!(given_up, [200, 100, 0]);
}
