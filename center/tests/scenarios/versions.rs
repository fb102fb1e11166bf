//! Devices of version 1 are answered as before, and every device is answered with no header that it does not need.

use crate::support::{Device, START, World, receipts};
use axum::http::{Request, Response, StatusCode};
use doorstep_sync::auth::{self, Signer};
use doorstep_sync::wire::{Cursor, FIRST, PROTOCOL, SyncRequest, SyncResponse};
use doorstep_sync::{Fingerprint, Item, Print, Scope};

async fn post(world: &World, signer: &Signer, body: Vec<u8>) -> Response<Vec<u8>> {
    let mut request = Request::post("/sync").body(body).unwrap();
    signer.sign(&mut request, world.now());
    world.send(request).await
}

fn older(device: &Device) -> Signer {
    let mut signer = Signer::new(device.key.clone(), 0);
    signer.speak_older();
    signer
}

fn request(version: u8, items: Vec<Item>, prints: Vec<(Scope, Print)>) -> SyncRequest {
    SyncRequest {
        version,
        cursor: Cursor::default(),
        fingerprints: prints,
        items,
        offsets: Vec::new(),
        repair: Vec::new(),
    }
}

#[tokio::test]
async fn a_device_of_version_1_is_answered_in_version_1() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let paper = device.application(START, "高山月");
    let scope = Scope::new("500199101201", "2026").unwrap();
    let nothing = vec![(scope.clone(), Print::Whole(Fingerprint::default()))];
    let message = request(FIRST, paper.items.clone(), nothing);
    let answer = post(&world, &older(&device), message.to_bytes()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.body().first(), Some(&0x28), "zstd as it comes");
    let answer = SyncResponse::from_bytes(answer.body(), &[]).unwrap();
    assert_eq!(answer.version, FIRST);
    assert_eq!(receipts(&answer.items).accepted.len(), paper.items.len());
    let prints: Vec<_> = answer.fingerprints.iter().map(|(scope, _)| scope).collect();
    assert_eq!(prints, [&scope]);
    assert!(
        matches!(answer.fingerprints[0].1, Print::Whole(_)),
        "version 1 reads no other"
    );
}

#[tokio::test]
async fn what_is_no_message_is_told_by_its_code() {
    let world = World::new();
    let device = world.device(0, 0).await;
    let code = |answer: &Response<Vec<u8>>| answer.headers()[auth::CODE].to_str().unwrap().to_owned();
    let whole = request(PROTOCOL, Vec::new(), Vec::new()).to_bytes();
    let unknown = [&[9], &whole[1..]].concat();
    for (bytes, says) in [
        (unknown, "version"),
        (whole[..3].to_vec(), "malformed"),
        (Vec::new(), "malformed"),
    ] {
        let answer = post(&world, &device.signer, bytes).await;
        assert_eq!(
            (answer.status(), code(&answer).as_str()),
            (StatusCode::BAD_REQUEST, says)
        );
    }
}

#[tokio::test]
async fn an_answer_to_a_device_has_a_length_and_no_other_header() {
    let world = World::new();
    let device = world.device(0, 0).await;
    let answer = post(
        &world,
        &device.signer,
        request(PROTOCOL, Vec::new(), Vec::new()).to_bytes(),
    )
    .await;
    assert_eq!(answer.status(), StatusCode::OK);
    let names: Vec<_> = answer.headers().keys().map(|name| name.as_str()).collect();
    assert!(names.iter().all(|name| *name == "content-length"), "{names:?}");
}
