//! Requests of devices to the center's router, tus among them, and requests of strangers.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use doorstep_center::demo::{ACCOUNTS_FILE, Demo};
use doorstep_center::{Center, Config, router};
use doorstep_sync::auth::Signer;
use doorstep_sync::payload::FileName;
use doorstep_sync::wire::SyncRequest;
use doorstep_sync::{Clock, FileHash, Item, Kind, Millis, Random, VerifyingKey};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::district::{NOW, device, envelope};
use crate::item::signed;
use crate::{bundle, sync, text};

/// Requests after which the center begins anew, so that its store does not grow without end.
const ANEW: usize = 5_000;
/// The largest answer: what a device is given of a file at once, and room.
const MOST: usize = 8 << 20;

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

/// The bytes are a request: a line with method and path, headers in lines, an empty line, and the body. The device signs
/// it, unless a header `x-stranger` stands there; items of an exchange are signed by whom they name, a parcel may be as
/// [`bundle`](crate::bundle()) has it.
pub fn request(data: &[u8]) {
    WORLD.with_borrow_mut(|world| {
        if world.as_ref().is_some_and(|world| world.served > ANEW) {
            *world = None;
        }
        world.get_or_insert_with(World::new).serve(data);
    });
}

struct World {
    runtime: Runtime,
    router: Router,
    clock: Arc<Ticking>,
    key: VerifyingKey,
    served: usize,
    _folder: tempfile::TempDir,
}

/// Goes on by a second with each request.
struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> Millis {
        self.0.load(Ordering::Relaxed)
    }
}

/// The same bytes in every run.
struct Drawn(AtomicU64);

impl Random for Drawn {
    fn fill(&self, bytes: &mut [u8]) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        hasher.finalize_xof().fill(bytes);
    }
}

#[allow(clippy::expect_used)]
impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(Ticking(AtomicU64::new(NOW)));
        let config = Config {
            data: folder.path().to_owned(),
            clock: clock.clone(),
            random: Arc::new(Drawn(AtomicU64::new(0))),
            tls: false,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let center = Arc::new(Center::open(config).expect("a center"));
        center.make_demo(folder.path()).expect("a district");
        let accounts = std::fs::read(folder.path().join(ACCOUNTS_FILE)).expect("its accounts");
        let demo: Demo = serde_json::from_slice(&accounts).expect("its accounts");
        let mut world = Self {
            runtime,
            router: router(center),
            clock,
            key: device().verifying_key(),
            served: 0,
            _folder: folder,
        };
        world.key = world.enrol(&demo).expect("a grant");
        world.name_scan();
        world
    }

    fn enrol(&mut self, demo: &Demo) -> Option<VerifyingKey> {
        let body = serde_json::json!({
            "code": demo.stations.first().and_then(|station| station.enrolment_codes.first()),
            "public_key": hex::encode(device().verifying_key().to_bytes()),
            "label": "",
        });
        let mut request = Request::new(serde_json::to_vec(&body).unwrap_or_default());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = http::Uri::from_static("/enrol");
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(header::CONTENT_TYPE, json);
        let granted: serde_json::Value = serde_json::from_slice(self.send(request).body()).ok()?;
        VerifyingKey::from_bytes(&hex::decode(granted["center_public_key"].as_str()?).ok()?)
    }

    /// An item names the file `scan`, so that its bytes may come.
    fn name_scan(&mut self) {
        let file = FileName {
            hash: FileHash::of(b"scan"),
            len: 4,
            media_type: "image/jpeg".into(),
        };
        let item = Item::sign(&envelope(device(), Kind::File, file.to_bytes()), device());
        let exchange = SyncRequest {
            version: doorstep_sync::wire::PROTOCOL,
            cursor: Default::default(),
            fingerprints: Vec::new(),
            items: vec![item],
            offsets: Vec::new(),
            repair: Vec::new(),
        };
        let mut request = Request::new(exchange.to_bytes());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = http::Uri::from_static("/sync");
        self.sign(&mut request);
        assert_eq!(self.send(request).status(), StatusCode::OK);
    }

    fn serve(&mut self, data: &[u8]) {
        self.served += 1;
        self.clock.0.fetch_add(1_000, Ordering::Relaxed);
        let Some(mut request) = read(data, &self.key) else {
            return;
        };
        if !request.headers().contains_key("x-stranger") {
            self.sign(&mut request);
        }
        let head = request.method() == Method::HEAD;
        let response = self.send(request);
        assert!(
            !response.status().is_server_error()
                || response.status() == StatusCode::SERVICE_UNAVAILABLE
                || response.status() == StatusCode::INSUFFICIENT_STORAGE,
            "{response:?}"
        );
        assert!(!head || response.body().is_empty());
    }

    fn sign(&self, request: &mut Request<Vec<u8>>) {
        Signer::new(device().clone(), 0).sign(request, self.clock.now());
    }

    fn send(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        self.runtime.block_on(async {
            let answered = self.router.clone().oneshot(request.map(Body::from)).await;
            let (parts, body) = answered.unwrap_or_else(|never| match never {}).into_parts();
            // A stream of events has no end.
            let body = tokio::time::timeout(Duration::from_millis(200), to_bytes(body, MOST)).await;
            let body = body.ok().and_then(Result::ok).unwrap_or_default();
            Response::from_parts(parts, body.to_vec())
        })
    }
}

fn read(data: &[u8], center: &VerifyingKey) -> Option<Request<Vec<u8>>> {
    let end = data.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = data.split_at(end.unwrap_or(data.len()));
    let body = body.get(2..).unwrap_or_default();
    let line = head.split(|byte| *byte == b'\n').next()?;
    let (method, path) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    let path = path.trim();
    let mut request = Request::new(match path {
        "/sync" => exchange(body),
        "/parcels" => bundle::body(body, center),
        _ => body.to_vec(),
    });
    *request.method_mut() = Method::from_bytes(method.as_bytes()).ok()?;
    *request.uri_mut() = path.parse().ok()?;
    let headers = head.get(line.len()..).unwrap_or_default();
    *request.headers_mut() = text::headers(headers);
    Some(request)
}

/// The body of an exchange, its items signed.
fn exchange(body: &[u8]) -> Vec<u8> {
    let body = sync::body(body);
    let Ok(mut request) = SyncRequest::from_bytes(&body) else {
        return body;
    };
    for item in &mut request.items {
        *item = signed(&item.envelope);
    }
    request.to_bytes()
}
