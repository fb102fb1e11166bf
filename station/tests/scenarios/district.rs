//! A district in memory: it grants, takes in, answers with receipts, and lends its workbooks.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorstep_records::{CaseDocument, CaseEvent, CaseStep, Role, Staff, StandIn, StationDetails};
use doorstep_station::{Answer, Center};
use doorstep_sync::auth::{CODE, REVOCATION, revocation_text};
use doorstep_sync::payload::{Catalogue, CatalogueFile, Change, FileName, Forget, Forgotten, Grant, Receipt, Refusal};
use doorstep_sync::protocol::NetworkError;
use doorstep_sync::repair::{Key, Memory, mend};
use doorstep_sync::wire::{Cursor, FIRST, Offset, SyncRequest, SyncResponse};
use doorstep_sync::{
    Document, DocumentId, Envelope, FileHash, Grants, Item, ItemId, Kind, Print, Scope, ScopePattern, SigningKey,
    VerifyingKey, serve, tus,
};
use http::{Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};

pub const VILLAGE: &str = "500199101201";
pub const STAFF: [(&str, &str, &str); 2] = [("T0101", "陶春晓", "135790"), ("T0102", "向远山", "246802")];

type Judge = Box<dyn Fn(&Envelope) -> Option<&'static str> + Send>;

pub struct Books {
    pub key: SigningKey,
    pub log: Vec<Item>,
    pub files: HashMap<FileHash, (FileName, Vec<u8>)>,
    pub online: bool,
    /// As many requests are answered, and then none; `None`: all.
    pub answers_left: Option<usize>,
    /// What the last exchange said is held.
    pub named: Vec<(Scope, Print)>,
    /// The next request is carried out and its answer lost.
    pub lost: bool,
    pub staff: Vec<Staff>,
    pub stand_ins: Vec<StandIn>,
    /// Refuses what it gives a code for; `waits`: keeps it aside without a receipt.
    pub judge: Option<Judge>,
    pub requests: usize,
    /// Files in the order in which they became whole.
    pub arrived: Vec<FileName>,
    /// A file that is refused, by its status.
    pub refused: Option<(FileHash, StatusCode)>,
    /// Small pictures are taken from somebody else.
    pub unneeded: bool,
    /// Every exchange is answered with `revoked`, and this to prove it.
    pub revoked: Option<Option<Item>>,
    /// How parcels are answered, in the order in which they are brought.
    pub parcels: VecDeque<StatusCode>,
    grants: Grants,
    enrolled: usize,
    cases: HashMap<DocumentId, CaseDocument>,
    epoch: u64,
}

#[derive(Clone)]
pub struct District(pub Arc<Mutex<Books>>);

pub fn pin_hash(pin: &str, salt: &[u8]) -> Vec<u8> {
    let mut hash = vec![0; 32];
    let parameters = Params::new(19 * 1024, 2, 1, Some(32)).unwrap();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(pin.as_bytes(), salt, &mut hash)
        .unwrap();
    hash
}

pub fn person(number: &str, name: &str, pin: &str) -> Staff {
    let salt = number.repeat(4).into_bytes();
    Staff {
        number: number.into(),
        name: name.into(),
        role: Role::VillageClerk,
        pin_hash: pin_hash(pin, &salt),
        pin_salt: salt,
    }
}

impl District {
    pub fn new() -> Self {
        let key = SigningKey::from_seed(&[7; 32]);
        let district = Self(Arc::new(Mutex::new(Books {
            grants: Grants::new(key.verifying_key()),
            key,
            log: Vec::new(),
            files: HashMap::new(),
            online: true,
            answers_left: None,
            named: Vec::new(),
            lost: false,
            staff: STAFF
                .iter()
                .map(|(number, name, pin)| person(number, name, pin))
                .collect(),
            stand_ins: Vec::new(),
            judge: None,
            requests: 0,
            arrived: Vec::new(),
            refused: None,
            unneeded: false,
            revoked: None,
            parcels: VecDeque::new(),
            enrolled: 0,
            cases: HashMap::new(),
            epoch: 11,
        })));
        district.publish(
            1,
            include_bytes!("../../../matters/tests/fixtures/before_blocks/高龄津贴.xlsx"),
        );
        district
    }

    pub fn books<T>(&self, work: impl FnOnce(&mut Books) -> T) -> T {
        work(&mut self.0.lock().unwrap())
    }

    pub fn publish(&self, version: u64, workbook: &[u8]) {
        self.publish_files(version, &[("高龄津贴.xlsx".into(), workbook.to_vec())]);
    }

    /// A version of the catalogue: workbooks, and pictures that they name.
    pub fn publish_files(&self, version: u64, files: &[(String, Vec<u8>)]) {
        self.books(|books| {
            let published = files.iter().map(|(name, bytes)| {
                let file = FileName {
                    hash: FileHash::of(bytes),
                    len: bytes.len() as u64,
                    media_type: "application/xlsx".into(),
                };
                books.files.insert(file.hash, (file.clone(), bytes.clone()));
                let name = name.clone();
                CatalogueFile { name, file }
            });
            let files = published.collect();
            books.write(
                Kind::Catalogue,
                "500199000000/0",
                None,
                Catalogue { version, files }.to_bytes(),
            );
        });
    }

    /// The authority does something about an application.
    pub fn decide(&self, id: &str, step: CaseStep) {
        self.books(|books| {
            let id: DocumentId = id.parse().unwrap();
            let time = 1_771_000_000_000;
            let author = doorstep_records::Author {
                actor: [&books.key.verifying_key().device().0[..], &[0; 4]].concat(),
                staff: String::new(),
                time,
            };
            let case = books.cases.entry(id).or_insert_with(CaseDocument::empty);
            let event = CaseEvent {
                id: format!("e{}", case.view().events.len()),
                step,
                staff: "审核员".into(),
                stands_for: None,
                time,
            };
            let automerge = case.append(&author, &[event]).unwrap().bytes;
            let document = Document {
                kind: "case".into(),
                id,
            };
            books.write(
                Kind::Change,
                &format!("{VILLAGE}/2026"),
                Some(document),
                Change::of(automerge).to_bytes(),
            );
        });
    }
}

impl Books {
    pub fn write(&mut self, kind: Kind, scope: &str, document: Option<Document>, payload: Vec<u8>) {
        let device = self.key.verifying_key().device();
        let scope = scope.parse().unwrap();
        let envelope = Envelope {
            version: 1,
            kind,
            scope,
            document,
            device,
            staff: String::new(),
            time: 1_771_000_000_000,
            payload,
        };
        self.log.push(Item::sign(&envelope, &self.key));
    }

    /// Grants a device again, for the staff as it is now.
    pub fn grant(&mut self, public_key: Vec<u8>, code: &str) -> Item {
        let details = StationDetails {
            division: VILLAGE.into(),
            name: "桃花村便民服务站".into(),
            town: "云溪镇".into(),
            district: "云溪区".into(),
            address: "桃花村1组1号".into(),
            telephone: "023-00000201".into(),
            staff: self.staff.clone(),
            stand_ins: (!self.stand_ins.is_empty()).then(|| self.stand_ins.clone()),
        };
        let grant = Grant {
            public_key,
            kinds: vec!["application".into()],
            scopes: vec![ScopePattern {
                division: VILLAGE.into(),
                period: None,
            }],
            from: 0,
            until: u64::MAX,
            code: code.into(),
            label: format!("桃花村 {code}"),
            details: minicbor::to_vec(&details).unwrap(),
        };
        self.write(Kind::Grant, &format!("{VILLAGE}/0"), None, grant.to_bytes());
        let item = self.log.last().unwrap().clone();
        self.grants.take(&item).unwrap();
        item
    }

    /// Grants every device again, for the staff as it is now.
    pub fn grant_all(&mut self) {
        let mut keys: Vec<Vec<u8>> = Vec::new();
        for key in self.devices().iter().map(VerifyingKey::to_bytes) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        for (at, key) in keys.into_iter().enumerate() {
            self.grant(key, &format!("A{}", at + 1));
        }
    }

    /// Gives somebody another PIN.
    pub fn new_pin(&mut self, at: usize, pin: &str) {
        let staff = &mut self.staff[at];
        staff.pin_salt = format!("{pin} for {}....", staff.number).into_bytes();
        staff.pin_hash = pin_hash(pin, &staff.pin_salt);
        self.grant_all();
    }

    pub fn answer(&mut self, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        let path = request.uri().path().to_owned();
        let hash = path
            .strip_prefix("/files/")
            .and_then(|hash| hash.parse::<FileHash>().ok());
        match (request.method(), path.as_str(), hash) {
            (_, "/enrol", _) => self.enrol(request.body()),
            (_, "/sync", _) if self.revoked.is_some() => {
                let mut refused = respond(StatusCode::FORBIDDEN, Vec::new());
                refused.headers_mut().insert(CODE, "revoked".parse().unwrap());
                if let Some(Some(item)) = &self.revoked {
                    let text = revocation_text(item);
                    refused.headers_mut().insert(REVOCATION, text.parse().unwrap());
                }
                refused
            }
            (_, "/sync", _) => {
                let request = SyncRequest::from_bytes(request.body()).unwrap();
                let brought = request.brought();
                respond(StatusCode::OK, self.sync(request).to_bytes(&brought))
            }
            (&Method::POST, "/files", _) => {
                let creation = tus::Creation::from_headers(request.headers()).unwrap();
                if let Some((hash, status)) = self.refused
                    && hash == creation.file.hash
                {
                    return respond(status, Vec::new());
                }
                if self.unneeded && doorstep_sync::preview::of(&creation.file).is_some() {
                    let mut unneeded = respond(StatusCode::FORBIDDEN, Vec::new());
                    unneeded.headers_mut().insert(CODE, "not_needed".parse().unwrap());
                    return unneeded;
                }
                self.files
                    .entry(creation.file.hash)
                    .or_insert((creation.file.clone(), Vec::new()));
                self.store(creation.file.hash, request.body())
            }
            (&Method::POST, "/parcels", _) => {
                respond(self.parcels.pop_front().unwrap_or(StatusCode::NOT_FOUND), Vec::new())
            }
            (&Method::PATCH, _, Some(hash)) => self.store(hash, request.body()),
            (&Method::HEAD, _, Some(hash)) => offset(
                StatusCode::OK,
                self.files.get(&hash).map_or(0, |(_, bytes)| bytes.len()),
            ),
            (&Method::GET, _, Some(hash)) => self.lend(&hash, request),
            _ => respond(StatusCode::NOT_FOUND, Vec::new()),
        }
    }

    fn enrol(&mut self, body: &[u8]) -> Response<Vec<u8>> {
        let ask: Value = serde_json::from_slice(body).unwrap();
        if ask["code"] != "GOOD-CODE" {
            return respond(StatusCode::BAD_REQUEST, Vec::new());
        }
        self.enrolled += 1;
        let public_key = hex::decode(ask["public_key"].as_str().unwrap()).unwrap();
        let item = self.grant(public_key, &format!("A{}", self.enrolled));
        let answer = json!({
            "center_public_key": hex::encode(self.key.verifying_key().to_bytes()),
            "grant": STANDARD.encode(minicbor::to_vec(&item).unwrap()),
            "now": 1_771_000_000_000_u64,
        });
        respond(StatusCode::OK, answer.to_string().into_bytes())
    }

    /// No two receipts are of one millisecond.
    fn moment(&self) -> u64 {
        1_771_000_000_000 + self.requests as u64
    }

    fn sync(&mut self, request: SyncRequest) -> SyncResponse {
        let brought: Vec<ItemId> = request.items.iter().map(Item::id).collect();
        self.named.clone_from(&request.fingerprints);
        let now = 1_771_000_000_000;
        let mut receipt = Receipt::default();
        for item in request.items.iter().cloned() {
            let known = self.log.iter().any(|held| held.id() == item.id());
            match serve::decide(&item, &self.grants, now) {
                Ok(envelope) => match self.judge.as_ref().and_then(|judge| judge(&envelope)) {
                    Some("waits") => {}
                    Some(code) => receipt.refused.push(Refusal {
                        item: item.id(),
                        code: code.into(),
                        reason: "不符合要求".into(),
                    }),
                    None => {
                        receipt.accepted.push(item.id());
                        if !known {
                            self.log.push(item);
                        }
                    }
                },
                Err(refusal) => receipt.refused.push(refusal),
            }
        }
        if receipt != Receipt::default() {
            self.log
                .push(serve::receipt_item(village(), &receipt, &self.key, self.moment()));
        }
        let compares = request.version > FIRST && request.cursor.epoch != 0 && request.cursor.epoch != self.epoch;
        let from = match request.cursor {
            _ if compares => self.log.len() as u64,
            Cursor { epoch, position } if epoch == self.epoch => position,
            _ => 0,
        };
        let since = self
            .log
            .iter()
            .enumerate()
            .skip(from as usize)
            .filter(|(_, item)| !brought.contains(&item.id()));
        let mut items: Vec<Item> = since.map(|(_, item)| item.clone()).collect();
        let held = self.held();
        let mut unnamed: Vec<Scope> = held.fingerprints().into_iter().map(|(scope, _)| scope).collect();
        unnamed.retain(|scope| compares && request.fingerprints.iter().all(|(named, _)| named != scope));
        let mending = mend(&held, &request, &items, &unnamed, false, |_| true).unwrap();
        items.extend(
            self.log
                .iter()
                .filter(|item| mending.give.contains(&item.id()))
                .cloned(),
        );
        let offsets = request.offsets.iter().filter_map(|hash| {
            let (file, bytes) = self.files.get(hash)?;
            Some(Offset {
                hash: *hash,
                stored: bytes.len() as u64,
                verified: bytes.len() as u64 == file.len,
            })
        });
        SyncResponse {
            repair: mending.repair,
            version: request.version,
            now,
            items,
            cursor: Cursor {
                epoch: self.epoch,
                position: self.log.len() as u64,
            },
            more: false,
            offsets: offsets.collect(),
            fingerprints: mending.fingerprints,
        }
    }

    /// The time of an application has passed: devices forget what of it is here, its files too.
    pub fn forget(&mut self, id: &str) {
        let id: DocumentId = id.parse().unwrap();
        let files = self.of(id).into_iter().flat_map(|(_, envelope)| envelope.files());
        let mut files: Vec<FileHash> = files.map(|file| file.hash).collect();
        if let Some(case) = self.cases.get(&id) {
            let results = case.view().events.into_iter().filter_map(|event| match event.step {
                CaseStep::Decided { file, .. } => file.and_then(|file| file.hash.parse::<FileHash>().ok()),
                _ => None,
            });
            files.extend(results);
        }
        self.say_forget(id, files);
    }

    /// The same of a center that says nothing of files.
    pub fn forget_items(&mut self, id: &str) {
        self.say_forget(id.parse().unwrap(), Vec::new());
    }

    fn say_forget(&mut self, id: DocumentId, files: Vec<FileHash>) {
        let forgotten = |(item, envelope): (ItemId, Envelope)| Forgotten {
            time: envelope.time,
            item,
        };
        let items = self.of(id).into_iter().map(forgotten).collect();
        let document = Document {
            kind: "application".into(),
            id,
        };
        let payload = Forget { items, files }.to_bytes();
        self.write(Kind::Forget, &format!("{VILLAGE}/2026"), Some(document), payload);
    }

    /// Changes of an application and its case.
    fn of(&self, id: DocumentId) -> Vec<(ItemId, Envelope)> {
        let opened = self.log.iter().map(|item| (item.id(), item.open().unwrap()));
        let of_it = |envelope: &Envelope| {
            envelope.kind == Kind::Change && envelope.document.as_ref().is_some_and(|document| document.id == id)
        };
        opened.filter(|(_, envelope)| of_it(envelope)).collect()
    }

    /// Goes back to before any station wrote anything.
    pub fn restore(&mut self) {
        self.log
            .retain(|item| matches!(item.open().unwrap().kind, Kind::Grant | Kind::Catalogue));
        self.files.retain(|_, (file, _)| file.media_type == "application/xlsx");
        self.epoch += 1;
    }

    /// Everything in the log.
    pub fn held(&self) -> Memory {
        let held = Memory::default();
        for item in &self.log {
            let envelope = item.open().unwrap();
            held.insert(&envelope.scope, Key::of(envelope.time, item.id()));
        }
        held
    }

    fn store(&mut self, hash: FileHash, body: &[u8]) -> Response<Vec<u8>> {
        let (file, bytes) = self.files.get_mut(&hash).unwrap();
        bytes.extend_from_slice(body);
        let stored = bytes.len();
        if stored as u64 == file.len {
            assert_eq!(FileHash::of(bytes), hash);
            self.arrived.push(file.clone());
            if doorstep_sync::preview::of(file).is_some() {
                return offset(StatusCode::NO_CONTENT, stored);
            }
            let receipt = Receipt {
                verified: vec![hash],
                ..Receipt::default()
            };
            self.log
                .push(serve::receipt_item(village(), &receipt, &self.key, self.moment()));
        }
        offset(StatusCode::NO_CONTENT, stored)
    }

    fn lend(&self, hash: &FileHash, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        let Some((_, bytes)) = self.files.get(hash) else {
            return respond(StatusCode::NOT_FOUND, Vec::new());
        };
        let Some((from, len)) = tus::parse_range(request.headers(), bytes.len() as u64) else {
            return respond(StatusCode::OK, bytes.clone());
        };
        let mut response = respond(
            StatusCode::PARTIAL_CONTENT,
            bytes[from as usize..(from + len) as usize].to_vec(),
        );
        let range = format!("bytes {from}-{}/{}", from + len - 1, bytes.len());
        response
            .headers_mut()
            .insert(header::CONTENT_RANGE, range.parse().unwrap());
        response
    }

    /// Public keys of the devices granted so far.
    pub fn devices(&self) -> Vec<VerifyingKey> {
        let keys = self
            .grants
            .devices()
            .flat_map(|(_, grants)| grants.iter().map(|grant| grant.public_key.clone()));
        keys.filter_map(|key| VerifyingKey::from_bytes(&key)).collect()
    }
}

impl Center for District {
    fn send<'a>(&'a self, _: &'a str, request: Request<Vec<u8>>) -> Answer<'a> {
        let mut books = self.0.lock().unwrap();
        books.requests += 1;
        let answer = if std::mem::take(&mut books.lost) {
            books.answer(&request);
            Err(NetworkError("cut off".into()))
        } else if books.online && books.answers_left.is_none_or(|left| left > 0) {
            books.answers_left = books.answers_left.map(|left| left - 1);
            Ok(books.answer(&request))
        } else {
            Err(NetworkError("no network".into()))
        };
        Box::pin(async move { answer })
    }
}

pub fn village() -> Scope {
    Scope::new(VILLAGE, "2026").unwrap()
}

fn respond(status: StatusCode, body: Vec<u8>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body).unwrap()
}

fn offset(status: StatusCode, stored: usize) -> Response<Vec<u8>> {
    Response::builder()
        .status(status)
        .header(tus::OFFSET, stored)
        .body(Vec::new())
        .unwrap()
}
