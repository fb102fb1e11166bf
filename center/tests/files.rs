//! Files go up by tus: resumed from the stored byte, verified as a whole, dropped when wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use axum::http::{Request, StatusCode, header};
use doorstep_sync::payload::FileName;
use doorstep_sync::tus::{self, Creation};
use doorstep_sync::wire::SyncResponse;
use doorstep_sync::{FileHash, Scope};
use support::{START, World, announce, receipts};

fn scan() -> Vec<u8> {
    (0..200_000u32).map(|n| (n % 251) as u8).collect()
}

#[tokio::test]
async fn a_file_is_resumed_verified_and_acknowledged() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let bytes = scan();
    let hash = FileHash::of(&bytes);
    let head = Request::head(tus::path(&hash)).body(Vec::new()).unwrap();
    assert_eq!(
        device.signed(&world, head.clone()).await.status(),
        StatusCode::NOT_FOUND
    );

    let file = FileName {
        hash,
        len: bytes.len() as u64,
        media_type: "image/jpeg".into(),
    };
    let mut request = Request::post("/files").body(bytes[..1000].to_vec()).unwrap();
    announce(
        &mut request,
        &Creation {
            file: file.clone(),
            scope: device.scope.clone(),
        },
    );
    let created = device.signed(&world, request.clone()).await;
    assert_eq!(
        (created.status(), created.headers()[tus::OFFSET].as_bytes()),
        (StatusCode::CREATED, &b"1000"[..])
    );
    assert_eq!(
        device.signed(&world, request).await.status(),
        StatusCode::OK,
        "known: the body is ignored"
    );
    let wrong = device.patch(&world, &hash, 500, &bytes[500..900]).await;
    assert_eq!(wrong.status(), StatusCode::CONFLICT);
    assert_eq!(
        device.patch(&world, &hash, 1000, &bytes[1000..150_000]).await.status(),
        StatusCode::NO_CONTENT
    );

    let world = world.restart();
    let told = device.signed(&world, head).await;
    assert_eq!(told.headers()[tus::OFFSET].as_bytes(), b"150000");
    let mut request = device.request(Vec::new());
    request.offsets = vec![hash, FileHash([0; 32])];
    let answer = SyncResponse::from_bytes(device.post(&world, &request).await.body(), &request.brought()).unwrap();
    assert_eq!(answer.offsets.len(), 1);
    assert_eq!((answer.offsets[0].stored, answer.offsets[0].verified), (150_000, false));
    assert_eq!(
        device.patch(&world, &hash, 150_000, &bytes[150_000..]).await.status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(receipts(&device.sync(&world, Vec::new()).await).verified, vec![hash]);
    // It was named by nothing yet; a file item that names it is told at once.
    let paper = device.application(START, "高山月");
    let item = device.file(paper.id, &bytes, "image/jpeg", START);
    assert_eq!(receipts(&device.sync(&world, vec![item]).await).verified, vec![hash]);

    let range = Request::get(tus::path(&hash))
        .header(header::RANGE, tus::range(199_990, 100))
        .body(Vec::new())
        .unwrap();
    let part = device.signed(&world, range).await;
    assert_eq!(
        (part.status(), part.body().as_slice()),
        (StatusCode::PARTIAL_CONTENT, &bytes[199_990..])
    );
    assert_eq!(part.headers()[header::CONTENT_RANGE], "bytes 199990-199999/200000");
    let neighbour = world.device(1, 0).await;
    let theirs = neighbour
        .signed(&world, Request::get(tus::path(&hash)).body(Vec::new()).unwrap())
        .await;
    assert_eq!(theirs.status(), StatusCode::NOT_FOUND, "a file of another station");
}

#[tokio::test]
async fn a_wrong_file_is_dropped_and_can_be_sent_again() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let bytes = scan();
    let hash = FileHash::of(&bytes);
    let mut broken = bytes.clone();
    broken[7] ^= 1;
    let file = FileName {
        hash,
        len: bytes.len() as u64,
        media_type: "image/jpeg".into(),
    };
    let creation = Creation {
        file,
        scope: device.scope.clone(),
    };
    let mut request = Request::post("/files").body(broken).unwrap();
    announce(&mut request, &creation);
    let answer = device.signed(&world, request).await;
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["doorstep-code"].as_bytes()),
        (tus::CHECKSUM_MISMATCH, &b"checksum"[..])
    );
    assert!(receipts(&device.sync(&world, Vec::new()).await).verified.is_empty());
    assert_eq!(device.upload(&world, &bytes).await.status(), StatusCode::CREATED);
    assert_eq!(receipts(&device.sync(&world, Vec::new()).await).verified, vec![hash]);
}

#[tokio::test]
async fn what_may_not_be_sent_is_refused() {
    let world = World::new();
    let device = world.device(0, 0).await;
    let send = async |creation: &Creation, body: &[u8]| {
        let mut request = Request::post("/files").body(body.to_vec()).unwrap();
        announce(&mut request, creation);
        device.signed(&world, request).await.status().as_u16()
    };
    let file = |len: u64| FileName {
        hash: FileHash::of(&len.to_le_bytes()),
        len,
        media_type: "image/jpeg".into(),
    };
    let own = |len| Creation {
        file: file(len),
        scope: device.scope.clone(),
    };
    assert_eq!(
        send(
            &Creation {
                file: file(5),
                scope: Scope::new("500199101202", "2026").unwrap()
            },
            b""
        )
        .await,
        403
    );
    assert_eq!(send(&own((64 << 20) + 1), b"").await, 413);
    assert_eq!(send(&own(3), b"more than that").await, 400);
    for n in 0..32 {
        assert_eq!(send(&own((64 << 20) - n), b"").await, 201);
    }
    assert_eq!(send(&own(1 << 20), b"").await, 507, "the quota of a device");
    let delete = Request::delete(tus::path(&file(64 << 20).hash))
        .body(Vec::new())
        .unwrap();
    assert_eq!(device.signed(&world, delete).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(send(&own(1 << 20), b"").await, 201);
    let mut unversioned = Request::post("/files").body(Vec::new()).unwrap();
    announce(&mut unversioned, &own(9));
    unversioned.headers_mut().remove(tus::RESUMABLE);
    device.signer.sign(&mut unversioned, world.now());
    assert_eq!(world.send(unversioned).await.status(), StatusCode::PRECONDITION_FAILED);
}
