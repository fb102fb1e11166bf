//! Files as any tus client sends them: cut anywhere, resumed late, shown early.

use std::io::Cursor;

use crate::support::{self, Device, START, World, announce, receipts};
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use doorstep_sync::FileHash;
use doorstep_sync::payload::FileName;
use doorstep_sync::tus::{self, Creation};
use futures_util::StreamExt;
use tower::ServiceExt;

fn scan() -> Vec<u8> {
    (0..200_000u32).map(|n| (n % 251) as u8).collect()
}

/// A request whose body comes in these pieces and is then cut.
fn cut(request: Request<Vec<u8>>, pieces: Vec<Vec<u8>>) -> Request<Body> {
    let pieces = pieces.into_iter().map(Ok).chain([Err(std::io::Error::other("cut"))]);
    request.map(|_| Body::from_stream(futures_util::stream::iter(pieces)))
}

fn append(device: &Device, world: &World, hash: &FileHash, offset: u64) -> Request<Vec<u8>> {
    let request = Request::patch(tus::path(hash))
        .header(tus::RESUMABLE, tus::VERSION)
        .header(header::CONTENT_TYPE, tus::CONTENT_TYPE)
        .header(tus::OFFSET, offset);
    let mut request = request.body(Vec::new()).unwrap();
    device.signer.sign(&mut request, world.now());
    request
}

fn creation(device: &Device, bytes: &[u8], media_type: &str) -> Creation {
    Creation {
        file: FileName {
            hash: FileHash::of(bytes),
            len: bytes.len() as u64,
            media_type: media_type.into(),
        },
        scope: device.scope.clone(),
    }
}

async fn create(device: &Device, world: &World, creation: &Creation, body: &[u8]) -> Response<Vec<u8>> {
    let mut request = Request::post("/files").body(body.to_vec()).unwrap();
    announce(&mut request, creation);
    device.signed(world, request).await
}

async fn stored(device: &Device, world: &World, hash: &FileHash) -> Option<u64> {
    let told = device
        .signed(world, Request::head(tus::path(hash)).body(Vec::new()).unwrap())
        .await;
    tus::number(told.headers(), tus::OFFSET).ok()
}

#[tokio::test]
async fn what_came_before_a_cut_counts() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let bytes = scan();
    let hash = FileHash::of(&bytes);
    device.names_scan(&world, &bytes).await;
    let created = create(&device, &world, &creation(&device, &bytes, "image/jpeg"), b"").await;
    assert_eq!(created.status(), StatusCode::CREATED);
    let pieces = vec![bytes[..70_001].to_vec(), bytes[70_001..90_002].to_vec()];
    let request = cut(append(&device, &world, &hash, 0), pieces);
    world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(stored(&device, &world, &hash).await, Some(90_002));
    let rest = device.patch(&world, &hash, 90_002, &bytes[90_002..]).await;
    assert_eq!(rest.status(), StatusCode::NO_CONTENT);
    assert_eq!(receipts(&device.sync(&world, Vec::new()).await).verified, vec![hash]);
}

#[tokio::test]
async fn a_request_that_lost_its_line_gives_way_to_the_next_of_the_same_device() {
    let world = World::new();
    let device = world.device(0, 0).await;
    let bytes = scan();
    let hash = FileHash::of(&bytes);
    device.names_scan(&world, &bytes).await;
    create(&device, &world, &creation(&device, &bytes, "image/jpeg"), b"").await;
    // Its end never comes, as when a line dies without a word.
    let silent = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes[..80_000].to_vec())])
        .chain(futures_util::stream::pending());
    let request = append(&device, &world, &hash, 0).map(|_| Body::from_stream(silent));
    let earlier = tokio::spawn(world.router.clone().oneshot(request));
    let id = device.key.verifying_key().device();
    while world.center.on_way(&id, &hash).unwrap().progress.stored == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(stored(&device, &world, &hash).await, Some(80_000));
    earlier.await.unwrap().unwrap();
    let rest = device.patch(&world, &hash, 80_000, &bytes[80_000..]).await;
    assert_eq!(rest.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_unfinished_file_expires_and_says_when() {
    let world = World::new();
    let device = world.device(0, 0).await;
    let bytes = scan();
    let hash = FileHash::of(&bytes);
    device.names_scan(&world, &bytes).await;
    device.names_scan(&world, b"another").await;
    let answer = create(&device, &world, &creation(&device, &bytes, "image/jpeg"), &bytes[..9]).await;
    assert_eq!(answer.headers()[tus::EXPIRES], "Sat, 04 Apr 2026 02:00:00 GMT");
    assert_eq!(answer.headers()[header::LOCATION], tus::path(&hash).as_str());
    world.pass(20 * support::DAY);
    assert_eq!(device.patch(&world, &hash, 9, &bytes[9..20]).await.status(), 204);
    world.pass(20 * support::DAY);
    let other = creation(&device, b"another", "image/jpeg");
    assert_eq!(create(&device, &world, &other, b"").await.status(), StatusCode::CREATED);
    assert_eq!(stored(&device, &world, &hash).await, Some(20), "it was gone on with");
    world.pass(11 * support::DAY);
    assert_eq!(
        create(&device, &world, &other, b"another").await.status(),
        StatusCode::OK
    );
    assert_eq!(stored(&device, &world, &hash).await, None);
    assert_eq!(device.upload(&world, &bytes).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn any_tus_client_hears_what_is_spoken() {
    let world = World::new();
    let device = world.device(0, 0).await;
    let told = world.send(Request::options("/files").body(Vec::new()).unwrap()).await;
    assert_eq!(told.status(), StatusCode::NO_CONTENT);
    assert_eq!(told.headers()[tus::EXTENSION], tus::EXTENSIONS);
    assert_eq!(told.headers()[tus::VERSIONS], tus::VERSION);
    assert_eq!(told.headers()[tus::MAX_SIZE], (64 << 20).to_string().as_str());
    let bytes = scan();
    let creation = creation(&device, &bytes, "image/jpeg");
    device.names_scan(&world, &bytes).await;
    create(&device, &world, &creation, b"").await;
    let head = Request::head(tus::path(&creation.file.hash));
    let told = device.signed(&world, head.body(Vec::new()).unwrap()).await;
    assert_eq!(told.headers()[tus::METADATA], creation.metadata().as_str());
    assert_eq!(told.headers()[header::CACHE_CONTROL], "no-store");
    let mut plain = append(&device, &world, &creation.file.hash, 0);
    plain
        .headers_mut()
        .insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
    device.signer.sign(&mut plain, world.now());
    assert_eq!(world.send(plain).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_small_picture_shows_a_page_until_its_original_comes() {
    let world = World::new();
    let mut device = world.device(0, 0).await;
    let paper = device.application(START, "高山月");
    let page = FileHash::of(&paper.scan);
    let (id, scan) = (paper.id, paper.scan.clone());
    let mut small = Cursor::new(Vec::new());
    image::GrayImage::new(64, 48)
        .write_to(&mut small, image::ImageFormat::Jpeg)
        .unwrap();
    let small = small.into_inner();
    let preview = creation(&device, &small, &doorstep_sync::preview::media_type(&page));
    let unnamed = create(&device, &world, &preview, &small).await;
    assert_eq!(unnamed.status(), StatusCode::NOT_FOUND, "nothing names what it shows");
    device.sync(&world, paper.items).await;
    // A colleague's word for what the page looks like is not taken, and they hear that none is needed.
    let colleague = world.device(0, 1).await;
    let theirs = create(&colleague, &world, &preview, &small).await;
    assert_eq!(
        (theirs.status(), &theirs.headers()[doorstep_sync::auth::CODE]),
        (StatusCode::FORBIDDEN, &"not_needed".parse().unwrap())
    );
    assert_eq!(
        create(&device, &world, &preview, &small).await.status(),
        StatusCode::CREATED
    );
    let receipts_of_it = receipts(&device.sync(&world, Vec::new()).await).verified;
    assert!(!receipts_of_it.contains(&preview.file.hash), "it proves nothing");

    let reviewer = world.sign_in("reviewer").await;
    let (_, view) = reviewer.get(&format!("/api/cases/{id}")).await;
    assert_eq!(view["previews"], serde_json::json!([page.to_string()]));
    let picture = Request::get(format!("/api/files/{page}?edge=200&preview"));
    let shown = reviewer.raw(picture.body(Vec::new()).unwrap()).await;
    assert_eq!(
        (shown.status(), &shown.headers()[header::CONTENT_TYPE]),
        (StatusCode::OK, &"image/jpeg".parse().unwrap())
    );
    device.upload(&world, &scan).await;
    let (_, view) = reviewer.get(&format!("/api/cases/{id}")).await;
    assert_eq!(view["previews"], serde_json::json!([]));
    assert!(
        view["verified"]
            .as_array()
            .unwrap()
            .contains(&serde_json::json!(page.to_string()))
    );
    let again = create(&device, &world, &preview, b"").await;
    assert_eq!(
        again.headers()[tus::OFFSET],
        small.len().to_string().as_str(),
        "it is not asked for any more"
    );
    let large = creation(&device, &vec![0; 70_000], &preview.file.media_type);
    assert_eq!(
        create(&device, &world, &large, b"").await.status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
}
