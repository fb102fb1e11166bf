//! Files go up by tus: resumed from the stored byte, verified as a whole, dropped when wrong.

use crate::support::{self, Device, START, World, announce, receipts};
use axum::http::{Request, StatusCode, header};
use doorstep_records::application::Beginning;
use doorstep_records::{ApplicationDocument, Edit, Page};
use doorstep_sync::payload::{Change, FileName};
use doorstep_sync::tus::{self, Creation};
use doorstep_sync::wire::SyncResponse;
use doorstep_sync::{DocumentId, FileHash, Item, Kind, Scope};

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
    let unnamed = device.signed(&world, request.clone()).await;
    assert_eq!(
        (unnamed.status(), unnamed.headers()["doorstep-code"].as_bytes()),
        (StatusCode::NOT_FOUND, &b"not_named"[..])
    );
    device.names(&world, file).await;
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
    // It is here: another item that names it is told at once.
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
    device.names(&world, file.clone()).await;
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
async fn a_file_stored_whole_before_a_stop_is_verified_when_it_is_announced_again() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let bytes = scan();
    let file = FileName {
        hash: FileHash::of(&bytes),
        len: bytes.len() as u64,
        media_type: "image/jpeg".into(),
    };
    device.names(&world, file.clone()).await;
    let scope = device.scope.clone();
    let mut request = Request::post("/files").body(bytes[..1000].to_vec()).unwrap();
    announce(&mut request, &Creation { file, scope });
    assert_eq!(
        device.signed(&world, request.clone()).await.status(),
        StatusCode::CREATED
    );
    // The center stopped between putting the whole file in its place and saying so.
    let name = FileHash::of(&bytes).to_string();
    let folder = world.folder.path().join("files/whole").join(&name[..2]);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), &bytes).unwrap();
    let again = device.signed(&world, request).await;
    assert_eq!(
        (again.status(), again.headers()[tus::OFFSET].as_bytes()),
        (StatusCode::OK, &b"200000"[..])
    );
    assert_eq!(
        receipts(&device.sync(&world, Vec::new()).await).verified,
        vec![FileHash::of(&bytes)],
        "said now, or the device would bring it for ever"
    );
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
    assert_eq!(send(&own(3), b"").await, 404, "nothing names it");
    let largest = 64 << 20;
    for len in (0..9).map(|n| largest - n).chain([3, 1 << 20]) {
        device.names(&world, file(len)).await;
    }
    assert_eq!(send(&own(3), b"more than that").await, 400);
    for n in 0..8 {
        assert_eq!(send(&own(largest - n), b"").await, 201);
    }
    assert_eq!(send(&own(largest - 8), b"").await, 507, "the quota of a device");
    let delete = Request::delete(tus::path(&file(largest).hash))
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

#[tokio::test]
async fn nobody_holds_up_what_a_colleague_sends() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let rival = world.device(0, 1).await;
    let bytes = scan();
    let hash = FileHash::of(&bytes);
    let file = |len: usize| FileName {
        hash,
        len: len as u64,
        media_type: "image/jpeg".into(),
    };
    let send = async |who: &Device, len: usize, body: &[u8]| {
        let mut request = Request::post("/files").body(body.to_vec()).unwrap();
        let scope = who.scope.clone();
        announce(&mut request, &Creation { file: file(len), scope });
        who.signed(&world, request).await
    };
    // The other one is first to name it, with a wrong length, and begins to send it so.
    rival.names(&world, file(7)).await;
    assert_eq!(send(&rival, 7, b"noi").await.status(), StatusCode::CREATED);
    device.names(&world, file(bytes.len())).await;
    let half = bytes.len() / 2;
    let begun = send(&device, bytes.len(), &bytes[..half]).await;
    assert_eq!(begun.status(), StatusCode::CREATED);
    // Then with the right one, and wrong bytes: they cost who sent them.
    let noise = vec![0; bytes.len()];
    let wrong = send(&rival, bytes.len(), &noise).await;
    assert_eq!(wrong.status().as_u16(), tus::CHECKSUM_MISMATCH);
    let begun = send(&rival, bytes.len(), &noise[..half + 9]).await;
    assert_eq!(begun.headers()[tus::OFFSET], (half + 9).to_string().as_str());
    let rest = device.patch(&world, &hash, half as u64, &bytes[half..]).await;
    assert_eq!(rest.status(), StatusCode::NO_CONTENT);
    assert_eq!(receipts(&device.sync(&world, Vec::new()).await).verified, vec![hash]);
    let told = rival
        .signed(&world, Request::head(tus::path(&hash)).body(Vec::new()).unwrap())
        .await;
    let whole = bytes.len().to_string();
    assert_eq!(told.headers()[tus::OFFSET], whole.as_str(), "it is here for everybody");
    let partial = world.folder.path().join("files/partial");
    assert_eq!(
        std::fs::read_dir(partial).unwrap().count(),
        0,
        "and nothing is left of the noise"
    );
}

/// An application begun at `device`, and a save that adds a page with the scan `file`.
fn begun_with_page(device: &Device, seed: u8, file: &FileName) -> [Item; 2] {
    let beginning = Beginning {
        matter: support::MATTER.into(),
        catalogue: 1,
        station: device.scope.division().into(),
    };
    let id = DocumentId([seed; 16]);
    let author = device.author(START);
    let (mut document, begun) = ApplicationDocument::create(&author, &beginning);
    let page = Page {
        id: "p1".into(),
        file: file.hash.to_string(),
        media_type: file.media_type.clone(),
        len: file.len,
        rotation: 0,
        position: 1.0,
        staff: device.staff.clone(),
        time: START,
    };
    let material = "id_card".into();
    let edit = Edit::PageAdded { material, page };
    let change = Change {
        automerge: document.edit(&author, &[edit]).unwrap().bytes,
        files: vec![file.clone()],
    };
    let named = device.envelope(Kind::Change, id, change.to_bytes(), START);
    [device.change(id, &begun, START), device.sign(&named)]
}

#[tokio::test]
async fn a_change_names_its_files() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let bytes = scan();
    let mut file = FileName {
        hash: FileHash::of(&bytes),
        len: bytes.len() as u64,
        media_type: "image/jpeg".into(),
    };
    let fetch = async |device: &Device| {
        let request = Request::get(tus::path(&FileHash::of(&scan())))
            .body(Vec::new())
            .unwrap();
        device.signed(&world, request).await.status()
    };
    let [begun, named] = begun_with_page(&device, 1, &file);
    // Before what it builds on has come, too: nothing else may go on in the meantime.
    device.sync(&world, vec![named.clone()]).await;
    assert_eq!(device.upload(&world, &bytes).await.status(), StatusCode::CREATED);
    let told = receipts(&device.sync(&world, vec![begun]).await);
    assert!(told.accepted.contains(&named.id()) && told.verified.contains(&file.hash));
    assert_eq!(fetch(&device).await, StatusCode::OK);
    world.center.rebuild().unwrap();
    assert_eq!(fetch(&device).await, StatusCode::OK, "known from the items");
    // Whoever names it once more hears at once that it is here.
    let again = begun_with_page(&device, 2, &file);
    assert_eq!(
        receipts(&device.sync(&world, again.to_vec()).await).verified,
        [file.hash]
    );

    file.len = 1 << 40;
    let [begun, huge] = begun_with_page(&device, 3, &file);
    let told = receipts(&device.sync(&world, vec![begun, huge.clone()]).await);
    let why = told.refused.iter().map(|refusal| (refusal.item, refusal.code.as_str()));
    assert_eq!(why.collect::<Vec<_>>(), [(huge.id(), "too_large")]);
}
