//! A center in process with the demo district, devices that speak to it, and people at its console.

pub mod book;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, StatusCode, header};
use doorstep_center::demo::{ACCOUNTS_FILE, Demo, DemoAccount};
use doorstep_center::{Center, Config, router};
use doorstep_records::application::{ApplicationStep, Beginning, Page, Signature};
use doorstep_records::{ApplicationDocument, Author, CaseDocument, Edit, Save};
use doorstep_sync::auth::Signer;
use doorstep_sync::bundle::{Ends, parcel};
use doorstep_sync::payload::{Change, FileName, Receipt, Refusal};
use doorstep_sync::tus::{self, Creation};
use doorstep_sync::wire::{Cursor, PROTOCOL, SyncRequest, SyncResponse};
use doorstep_sync::{
    BundleId, Clock, Document, DocumentId, Envelope, FileHash, Item, ItemId, Kind, Millis, Random, Scope, SigningKey,
    VerifyingKey,
};
use serde_json::Value;
use tower::ServiceExt;

/// Thursday, 2026-03-05, 10:00 in China.
pub const START: Millis = 1_772_676_000_000;
/// A code of the second factor stands for so long.
pub const STEP: Millis = 30_000;
pub const DAY: Millis = 24 * 3_600_000;
pub const MATTER: &str = "YX-MZ-001";

pub struct TestClock(pub AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Millis {
        self.0.load(Ordering::Relaxed)
    }
}

/// The same bytes in every run.
pub struct TestRandom(AtomicU64);

impl Random for TestRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes());
        hasher.finalize_xof().fill(bytes);
    }
}

pub struct World {
    pub center: Arc<Center>,
    pub router: Router,
    pub clock: Arc<TestClock>,
    pub demo: Demo,
    pub folder: tempfile::TempDir,
    /// Who is signed in.
    pub signed: Mutex<HashMap<String, SignedIn>>,
}

/// Somebody who is signed in, with what their telephone knows.
#[derive(Clone)]
pub struct SignedIn {
    cookie: String,
    csrf: String,
    /// The last step whose code was shown.
    shown: u64,
    second_factor: Option<String>,
}

pub fn open(folder: &std::path::Path, clock: &Arc<TestClock>, seed: u64) -> Arc<Center> {
    let random = Arc::new(TestRandom(AtomicU64::new(seed)));
    let config = Config {
        data: folder.to_owned(),
        clock: clock.clone(),
        random,
        tls: false,
    };
    Arc::new(Center::open(config).unwrap())
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock(AtomicU64::new(START)));
        let center = open(folder.path(), &clock, 0);
        center.make_demo(folder.path()).unwrap();
        let demo = serde_json::from_slice(&std::fs::read(folder.path().join(ACCOUNTS_FILE)).unwrap()).unwrap();
        Self {
            router: router(center.clone()),
            center,
            clock,
            demo,
            folder,
            signed: Mutex::default(),
        }
    }

    /// Stops the center and opens it again on the same data.
    pub fn restart(self) -> Self {
        let Self {
            center,
            router: old,
            clock,
            demo,
            folder,
            signed,
        } = self;
        drop((old, center));
        let center = open(folder.path(), &clock, 1_000_000);
        Self {
            router: router(center.clone()),
            center,
            clock,
            demo,
            folder,
            signed,
        }
    }

    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    pub fn pass(&self, time: Millis) {
        self.clock.0.fetch_add(time, Ordering::Relaxed);
    }

    pub async fn send(&self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        let response = self.router.clone().oneshot(request.map(Body::from)).await.unwrap();
        let (parts, body) = response.into_parts();
        Response::from_parts(parts, to_bytes(body, usize::MAX).await.unwrap().to_vec())
    }

    /// A device of the station at this place in the demo (0 to 2 villages, 3 the town).
    pub async fn device(&self, station: usize, code: usize) -> Device {
        let mut seed = [station as u8 + 1; 32];
        seed[1] = code as u8;
        let key = SigningKey::from_seed(&seed);
        let station = &self.demo.stations[station];
        let body = serde_json::json!({
            "code": station.enrolment_codes[code].to_lowercase().replace('-', " "),
            "public_key": hex::encode(key.verifying_key().to_bytes()),
            "label": format!("{} 笔记本", station.name),
        });
        let request = json(Method::POST, "/enrol", &body);
        let (status, reply) = read(self.send(request).await);
        assert_eq!(status, StatusCode::OK, "{reply}");
        let center = hex::decode(reply["center_public_key"].as_str().unwrap()).unwrap();
        Device {
            signer: Signer::new(key.clone(), 0),
            scope: Scope::new(&station.division, "2026").unwrap(),
            staff: station.staff[0].number.clone(),
            key,
            center: VerifyingKey::from_bytes(&center).unwrap(),
            cursor: Cursor::default(),
            held: Vec::new(),
            next: 0,
        }
    }

    /// Signs in with all that is asked for; who is signed in already stays so.
    pub async fn sign_in(&self, account: &str) -> Person<'_> {
        let known = self.signed.lock().unwrap().get(account).cloned();
        let mut place = self.account(account);
        // The last step whose code was shown: none is taken twice.
        let mut shown = 0;
        let mut person = None;
        if let Some(known) = known {
            shown = known.shown;
            place.second_factor = known.second_factor.or(place.second_factor);
            let here = Person {
                world: self,
                cookie: known.cookie,
                csrf: known.csrf,
            };
            if here.get("/api/session").await.0 == StatusCode::OK {
                person = Some(here);
            }
        }
        let person = match person {
            Some(person) => person,
            None => self.enter(account, &place.password).await,
        };
        let (_, mut session) = person.get("/api/session").await;
        while let Some(todo) = session["todo"].as_array().unwrap().first().cloned() {
            let path = if todo == "code" {
                "/api/session/code"
            } else {
                assert_eq!(todo, "second_factor");
                let (_, set_up) = person
                    .post("/api/account/second-factor", serde_json::json!({ "code": "" }))
                    .await;
                place.second_factor = Some(set_up["secret"].as_str().unwrap().to_owned());
                "/api/account/second-factor/confirm"
            };
            shown = (shown + 1).max(self.now() / STEP - 1);
            let code = place.code(shown * STEP).unwrap();
            let (status, answer) = person.post(path, serde_json::json!({ "code": code })).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
            session = person.get("/api/session").await.1;
        }
        let signed = SignedIn {
            cookie: person.cookie.clone(),
            csrf: person.csrf.clone(),
            shown,
            second_factor: place.second_factor,
        };
        self.signed.lock().unwrap().insert(account.to_owned(), signed);
        person
    }

    /// An account of the demo district.
    fn account(&self, name: &str) -> DemoAccount {
        let found = self.demo.accounts.iter().find(|account| account.name == name);
        found.unwrap().clone()
    }

    /// Gives name and password, and nothing else.
    pub async fn enter(&self, account: &str, password: &str) -> Person<'_> {
        let body = serde_json::json!({ "name": account, "password": password });
        let response = self.send(json(Method::POST, "/api/session", &body)).await;
        let cookie = cookies(&response);
        let (status, session) = read(response);
        assert_eq!(status, StatusCode::OK, "{session}");
        Person {
            world: self,
            cookie,
            csrf: session["csrf"].as_str().unwrap().to_owned(),
        }
    }
}

/// The cookies that an answer sets, as a browser sends them back.
pub fn cookies(response: &Response<Vec<u8>>) -> String {
    let set = response.headers().get_all(header::SET_COOKIE).iter();
    let pairs: Vec<&str> = set
        .map(|line| line.to_str().unwrap().split(';').next().unwrap())
        .collect();
    pairs.join("; ")
}

pub fn json(method: Method, path: &str, body: &Value) -> Request<Vec<u8>> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json");
    request.body(serde_json::to_vec(body).unwrap()).unwrap()
}

pub fn read(response: Response<Vec<u8>>) -> (StatusCode, Value) {
    (
        response.status(),
        serde_json::from_slice(response.body()).unwrap_or(Value::Null),
    )
}

/// Somebody at the console.
pub struct Person<'a> {
    pub world: &'a World,
    pub cookie: String,
    pub csrf: String,
}

impl Person<'_> {
    pub async fn get(&self, path: &str) -> (StatusCode, Value) {
        read(self.raw(Request::get(path).body(Vec::new()).unwrap()).await)
    }

    pub async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        read(self.raw(json(Method::POST, path, &body)).await)
    }

    /// Ends one stage of an accepted case after the other; its page at the last one, in which it is decided.
    pub async fn to_last_stage(&self, path: &str) -> Value {
        loop {
            let (_, page) = self.get(path).await;
            let mut flow = page["flow"].as_array().expect("a flow").iter();
            if flow.all(|stage| stage["begun"].is_u64()) {
                return page;
            }
            let end = serde_json::json!({ "expected": page["seen"], "opinion": "同意" });
            let (status, body) = self.post(&format!("{path}/advance"), end).await;
            assert_eq!(status, StatusCode::OK, "{body}");
        }
    }

    pub async fn raw(&self, mut request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        request
            .headers_mut()
            .insert(header::COOKIE, self.cookie.parse().unwrap());
        request
            .headers_mut()
            .insert(header::HOST, "127.0.0.1:8600".parse().unwrap());
        request.headers_mut().insert("x-csrf", self.csrf.parse().unwrap());
        self.world.send(request).await
    }
}

/// A device with its key.
pub struct Device {
    pub key: SigningKey,
    pub signer: Signer,
    pub scope: Scope,
    pub staff: String,
    pub center: VerifyingKey,
    pub cursor: Cursor,
    /// Items received.
    pub held: Vec<Item>,
    next: u8,
}

impl Device {
    pub fn author(&self, now: Millis) -> Author {
        let actor = [&self.key.verifying_key().device().0[..], &[0, 0, 0, 1]].concat();
        Author {
            actor,
            staff: self.staff.clone(),
            time: now,
        }
    }

    pub fn envelope(&self, kind: Kind, id: DocumentId, payload: Vec<u8>, now: Millis) -> Envelope {
        Envelope {
            version: 1,
            kind,
            scope: self.scope.clone(),
            document: Some(Document {
                kind: "application".into(),
                id,
            }),
            device: self.key.verifying_key().device(),
            staff: self.staff.clone(),
            time: now,
            payload,
        }
    }

    pub fn sign(&self, envelope: &Envelope) -> Item {
        Item::sign(envelope, &self.key)
    }

    pub fn change(&self, id: DocumentId, save: &Save, now: Millis) -> Item {
        let payload = Change::of(save.bytes.clone()).to_bytes();
        self.sign(&self.envelope(Kind::Change, id, payload, now))
    }

    pub fn file(&self, id: DocumentId, bytes: &[u8], media_type: &str, now: Millis) -> Item {
        let payload = FileName {
            hash: FileHash::of(bytes),
            len: bytes.len() as u64,
            media_type: media_type.into(),
        }
        .to_bytes();
        self.sign(&self.envelope(Kind::File, id, payload, now))
    }

    /// An application handed in with two scans and a signature: its id, its document and its items.
    pub fn application(&mut self, now: Millis, name: &str) -> Paper {
        self.next += 1;
        let id = DocumentId(
            [
                [self.next; 8],
                self.key.verifying_key().device().0[..8].try_into().unwrap(),
            ]
            .concat()
            .try_into()
            .unwrap(),
        );
        let author = self.author(now);
        let beginning = Beginning {
            matter: MATTER.into(),
            catalogue: 1,
            station: self.scope.division().into(),
        };
        let (mut document, begun) = ApplicationDocument::create(&author, &beginning);
        let mut items = vec![self.change(id, &begun, now)];
        let answer = |name: &str, value: &str| Edit::Answer {
            name: name.into(),
            value: value.into(),
            note: String::new(),
        };
        let scan = format!("scan of {name}").into_bytes();
        let page = Page {
            id: "p1".into(),
            file: FileHash::of(&scan).to_string(),
            media_type: "image/jpeg".into(),
            len: scan.len() as u64,
            rotation: 0,
            position: 1.0,
            staff: self.staff.clone(),
            time: now,
        };
        let number = format!("{}-20260305-A1-{:04}", self.scope.division(), self.next);
        let edits = [
            vec![answer("name", name), answer("id_number", "500199193001011232")],
            vec![Edit::Presence {
                name: "who".into(),
                value: "applicant".into(),
            }],
            vec![
                Edit::PageAdded {
                    material: "id_card".into(),
                    page,
                },
                Edit::Evidence {
                    material: "id_card".into(),
                    level: "B".into(),
                },
                Edit::Signed {
                    signature: Signature {
                        file: FileHash::of(b"signature").to_string(),
                        len: 9,
                        time: now,
                    },
                },
            ],
            vec![
                Edit::Numbered { number: number.clone() },
                Edit::Step {
                    step: ApplicationStep::Received,
                    note: String::new(),
                },
            ],
        ];
        for edits in edits {
            let save = document.edit(&author, &edits).unwrap();
            items.push(self.change(id, &save, now));
        }
        items.insert(3, self.file(id, &scan, "image/jpeg", now));
        Paper {
            id,
            document,
            items,
            number,
            scan,
        }
    }

    pub fn request(&self, items: Vec<Item>) -> SyncRequest {
        SyncRequest {
            version: PROTOCOL,
            cursor: self.cursor,
            fingerprints: Vec::new(),
            items,
            offsets: Vec::new(),
            repair: Vec::new(),
        }
    }

    pub async fn post(&self, world: &World, request: &SyncRequest) -> Response<Vec<u8>> {
        let mut request = Request::post("/sync").body(request.to_bytes()).unwrap();
        self.signer.sign(&mut request, world.now());
        world.send(request).await
    }

    /// Exchanges until nothing is left, and gives what came down.
    pub async fn sync(&mut self, world: &World, items: Vec<Item>) -> Vec<Item> {
        let mut request = self.request(items);
        let mut came = Vec::new();
        loop {
            let response = self.post(world, &request).await;
            assert_eq!(
                response.status(),
                StatusCode::OK,
                "{}",
                String::from_utf8_lossy(response.body())
            );
            let answer = SyncResponse::from_bytes(response.body(), &request.brought()).unwrap();
            for item in &answer.items {
                // Everything that comes down is signed by the center or by a device of the scope.
                if item.open().unwrap().device == self.center.device() {
                    item.verify(&self.center).unwrap();
                }
            }
            came.extend(answer.items);
            self.cursor = answer.cursor;
            if !answer.more {
                self.held.extend(came.iter().cloned());
                return came;
            }
            request = self.request(Vec::new());
        }
    }

    /// Names a file by an item, in a document of its own, as goes before its bytes.
    pub async fn names(&self, world: &World, file: FileName) {
        let id = DocumentId(file.hash.0[..16].try_into().unwrap());
        let item = self.sign(&self.envelope(Kind::File, id, file.to_bytes(), world.now()));
        let answer = self.post(world, &self.request(vec![item])).await;
        assert_eq!(answer.status(), StatusCode::OK);
    }

    /// Names these bytes as a scan.
    pub async fn names_scan(&self, world: &World, bytes: &[u8]) {
        let file = FileName {
            hash: FileHash::of(bytes),
            len: bytes.len() as u64,
            media_type: "image/jpeg".into(),
        };
        self.names(world, file).await;
    }

    pub async fn upload(&self, world: &World, bytes: &[u8]) -> Response<Vec<u8>> {
        let mut request = Request::post("/files").body(bytes.to_vec()).unwrap();
        let file = FileName {
            hash: FileHash::of(bytes),
            len: bytes.len() as u64,
            media_type: "image/jpeg".into(),
        };
        let creation = Creation {
            file,
            scope: self.scope.clone(),
        };
        announce(&mut request, &creation);
        self.signer.sign(&mut request, world.now());
        world.send(request).await
    }

    pub async fn signed(&self, world: &World, mut request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        request
            .headers_mut()
            .insert(tus::RESUMABLE, tus::VERSION.parse().unwrap());
        self.signer.sign(&mut request, world.now());
        world.send(request).await
    }

    pub async fn patch(&self, world: &World, hash: &FileHash, offset: u64, bytes: &[u8]) -> Response<Vec<u8>> {
        let request = Request::patch(tus::path(hash))
            .header(header::CONTENT_TYPE, tus::CONTENT_TYPE)
            .header(tus::OFFSET, offset)
            .body(bytes.to_vec());
        self.signed(world, request.unwrap()).await
    }
}

/// Items in a parcel for the center, made at `now`.
pub fn sealed(device: &Device, now: Millis, items: &[Item]) -> Vec<u8> {
    let ends = Ends {
        sender: &device.key,
        receiver: &device.center,
    };
    parcel(BundleId([3; 16]), now, &ends, items).unwrap()
}

pub fn announce(request: &mut Request<Vec<u8>>, creation: &Creation) {
    let headers = request.headers_mut();
    headers.insert(tus::RESUMABLE, tus::VERSION.parse().unwrap());
    headers.insert(header::CONTENT_TYPE, tus::CONTENT_TYPE.parse().unwrap());
    headers.insert(tus::LENGTH, creation.file.len.into());
    headers.insert(tus::METADATA, creation.metadata().parse().unwrap());
}

/// An application as its station has it.
pub struct Paper {
    pub id: DocumentId,
    pub document: ApplicationDocument,
    pub items: Vec<Item>,
    pub number: String,
    pub scan: Vec<u8>,
}

/// All receipts among items, as one.
pub fn receipts(items: &[Item]) -> Receipt {
    let mut all = Receipt::default();
    for item in items {
        let envelope = item.open().unwrap();
        if envelope.kind == Kind::Receipt {
            let receipt = Receipt::from_bytes(&envelope.payload).unwrap();
            all.accepted.extend(receipt.accepted);
            all.refused.extend(receipt.refused);
            all.verified.extend(receipt.verified);
        }
    }
    all
}

pub fn refused_as(refused: &[Refusal], item: &ItemId) -> Option<String> {
    refused
        .iter()
        .find(|refusal| refusal.item == *item)
        .map(|refusal| refusal.code.clone())
}

/// The case as it came down.
pub fn case(items: &[Item], id: &DocumentId) -> doorstep_records::Case {
    let mut document = CaseDocument::empty();
    for item in items {
        let envelope = item.open().unwrap();
        if envelope.kind == Kind::Change
            && envelope
                .document
                .as_ref()
                .is_some_and(|d| d.kind == "case" && d.id == *id)
        {
            let change = Change::from_bytes(&envelope.payload).unwrap();
            document.apply(&envelope.device.0, &change.automerge).unwrap();
        }
    }
    document.view()
}
