//! A small center in memory, made of the pure parts that the real one is made of.

use std::collections::{BTreeMap, HashMap, HashSet};

use doorstep_sync::auth::{self, AuthError};
use doorstep_sync::envelope::VERSION;
use doorstep_sync::payload::{FileName, Grant, Receipt};
use doorstep_sync::repair::{Held, Key, Memory, mend};
use doorstep_sync::wire::{Cursor, FIRST, Offset, SyncRequest, SyncResponse};
use doorstep_sync::{
    DeviceId, Envelope, FileHash, Fingerprint, Grants, Item, ItemId, Kind, Millis, Scope, ScopePattern, SigningKey,
    serve, tus,
};
use http::{Method, Request, Response, StatusCode, header};

#[derive(Clone)]
pub struct Upload {
    pub file: FileName,
    pub bytes: Vec<u8>,
    pub verified: bool,
}

#[derive(Clone)]
pub struct Center {
    pub key: SigningKey,
    pub grants: Grants,
    pub epoch: u64,
    pub log: Vec<Item>,
    pub known: HashSet<ItemId>,
    pub refused: HashSet<ItemId>,
    pub uploads: HashMap<FileHash, Upload>,
    pub now: Millis,
    /// Answers that come instead of the real ones, taken from the end, for requests with this method.
    pub instead: Vec<(Method, StatusCode)>,
    /// Files that it lost with a backup.
    pub missing: Vec<FileHash>,
    /// Stores nothing of the bodies of `POST /files`, as a plain tus 1.0 server.
    pub plain_tus: bool,
}

impl Center {
    pub fn new() -> Self {
        let key = crate::key(1);
        Self {
            grants: Grants::new(key.verifying_key()),
            key,
            epoch: 77,
            log: Vec::new(),
            known: HashSet::new(),
            refused: HashSet::new(),
            uploads: HashMap::new(),
            now: crate::NOON,
            instead: Vec::new(),
            missing: Vec::new(),
            plain_tus: false,
        }
    }

    /// Writes an item of the center's own.
    pub fn write(&mut self, kind: Kind, scope: Scope, payload: Vec<u8>) -> ItemId {
        let device = self.key.verifying_key().device();
        let time = self.now;
        let envelope = Envelope {
            version: VERSION,
            kind,
            scope,
            document: None,
            device,
            staff: String::new(),
            time,
            payload,
        };
        let item = Item::sign(&envelope, &self.key);
        self.append(item)
    }

    /// Lets `device` write applications in the town.
    pub fn enrol(&mut self, device: &SigningKey) {
        let grant = Grant {
            public_key: device.verifying_key().to_bytes(),
            kinds: vec!["application".into()],
            scopes: vec![ScopePattern {
                division: "500199101000".into(),
                period: None,
            }],
            from: 0,
            until: Millis::MAX,
            code: "A1".into(),
            label: "桃花村 笔记本".into(),
            details: Vec::new(),
        };
        self.write(Kind::Grant, "500199101000/0".parse().unwrap(), grant.to_bytes());
    }

    fn append(&mut self, item: Item) -> ItemId {
        let id = item.id();
        self.grants.take(&item).unwrap();
        self.known.insert(id);
        self.log.push(item);
        id
    }

    pub fn fingerprint(&self, scope: &Scope) -> Fingerprint {
        let all = self.held().sum(scope, &Key::START, &Key::END).unwrap();
        all.total
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

    pub fn handle(&mut self, request: Request<Vec<u8>>) -> Response<Vec<u8>> {
        if self
            .instead
            .last()
            .is_some_and(|(method, _)| method == request.method())
        {
            let (_, status) = self.instead.pop().unwrap();
            return answer(status, Vec::new());
        }
        let (parts, body) = request.into_parts();
        let key_of = |device: &DeviceId| self.grants.key(device).cloned();
        let device = match auth::check(&parts.headers, &parts.method, parts.uri.path(), &body, key_of, self.now) {
            Ok(device) if self.grants.revoked_at(&device).is_some_and(|t| t <= self.now) => {
                return coded(StatusCode::FORBIDDEN, "revoked");
            }
            Ok(device) => device,
            Err(error) => return self.unauthorized(error),
        };
        let path = parts.uri.path();
        if path == "/sync" {
            return match SyncRequest::from_bytes(&body) {
                Ok(request) => {
                    let brought = request.brought();
                    answer(StatusCode::OK, self.sync(device, request).to_bytes(&brought))
                }
                Err(_) => coded(StatusCode::BAD_REQUEST, "malformed"),
            };
        }
        let request = Request::from_parts(parts.clone(), body);
        match (&parts.method, path.strip_prefix("/files/").and_then(|h| h.parse().ok())) {
            (&Method::POST, None) => self.create(&request),
            (&Method::PATCH, Some(hash)) => self.append_bytes(hash, &request),
            (&Method::HEAD, Some(hash)) => match self.uploads.get(&hash) {
                Some(upload) => offset(StatusCode::OK, upload),
                None => answer(StatusCode::NOT_FOUND, Vec::new()),
            },
            (&Method::GET, Some(hash)) => self.read(&hash, &request),
            _ => answer(StatusCode::NOT_FOUND, Vec::new()),
        }
    }

    fn unauthorized(&self, error: AuthError) -> Response<Vec<u8>> {
        let mut response = coded(StatusCode::UNAUTHORIZED, error.code());
        response.headers_mut().insert(auth::NOW, self.now.into());
        response
    }

    fn sync(&mut self, device: DeviceId, request: SyncRequest) -> SyncResponse {
        let mut receipts: BTreeMap<Scope, Receipt> = BTreeMap::new();
        for item in request.items.iter().cloned() {
            let id = item.id();
            if self.known.contains(&id) || self.refused.contains(&id) {
                // Its author still waits for a receipt that lies behind it.
                let place = self.log.iter().position(|held| held.id() == id);
                let behind = place.is_some_and(|place| (place as u64) < request.cursor.position);
                if let (true, Ok(envelope)) = (behind, item.open())
                    && envelope.device == device
                {
                    receipts.entry(envelope.scope).or_default().accepted.push(id);
                }
                continue;
            }
            match serve::decide(&item, &self.grants, self.now) {
                Ok(envelope) => {
                    receipts.entry(envelope.scope).or_default().accepted.push(id);
                    self.append(item);
                }
                Err(refusal) => {
                    self.refused.insert(id);
                    receipts.entry(crate::village()).or_default().refused.push(refusal);
                }
            }
        }
        for (scope, receipt) in receipts {
            self.append(serve::receipt_item(scope, &receipt, &self.key, self.now));
        }
        let strange = request.version > FIRST
            && request.cursor.epoch != 0
            && (request.cursor.epoch != self.epoch || request.cursor.position > self.log.len() as u64);
        let from = match request.cursor {
            _ if strange => self.log.len() as u64,
            Cursor { epoch, position } if epoch == self.epoch => position,
            _ => 0,
        };
        let readable = |item: &Item| {
            let envelope = item.open().unwrap();
            envelope.kind == Kind::Grant || self.grants.may_read(&device, &envelope.scope, self.now)
        };
        let since = self.log.iter().enumerate().skip(from as usize);
        let batch = serve::batch(
            since
                .filter(|(_, i)| readable(i) && i.open().unwrap().device != device)
                .map(|(at, i)| (at as u64 + 1, i.clone())),
        );
        let position = if batch.more {
            batch.last.unwrap()
        } else {
            self.log.len() as u64
        };
        let offsets = request.offsets.iter().filter_map(|hash| self.uploads.get(hash));
        let held = self.held();
        let named = |scope: &Scope| request.fingerprints.iter().any(|(named, _)| named == scope);
        let mut unnamed: Vec<Scope> = held.fingerprints().into_iter().map(|(scope, _)| scope).collect();
        unnamed.retain(|scope| strange && !named(scope));
        let may_read = |scope: &Scope| self.grants.may_read(&device, scope, self.now);
        let mut items = batch.items;
        items.retain(|item| request.items.iter().all(|given| given.id() != item.id()));
        let mending = mend(&held, &request, &items, &unnamed, batch.more, may_read).unwrap();
        let gives = self.log.iter().filter(|item| mending.give.contains(&item.id()));
        let gives = serve::batch(gives.map(|item| (0, item.clone()))).items;
        items.extend(gives);
        SyncResponse {
            version: request.version,
            now: self.now,
            items,
            cursor: Cursor {
                epoch: self.epoch,
                position,
            },
            more: batch.more,
            fingerprints: mending.fingerprints,
            offsets: offsets
                .map(|u| Offset {
                    hash: u.file.hash,
                    stored: u.bytes.len() as u64,
                    verified: u.verified,
                })
                .chain(
                    self.missing
                        .iter()
                        .filter(|hash| !self.has_whole(hash))
                        .map(|hash| Offset {
                            hash: *hash,
                            stored: 0,
                            verified: false,
                        }),
                )
                .collect(),
            repair: mending.repair,
        }
    }

    fn has_whole(&self, hash: &FileHash) -> bool {
        self.uploads.get(hash).is_some_and(|upload| upload.verified)
    }

    fn create(&mut self, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        let Ok(tus::Creation { file, scope }) = tus::Creation::from_headers(request.headers()) else {
            return coded(StatusCode::BAD_REQUEST, "malformed");
        };
        if let Some(upload) = self.uploads.get(&file.hash).cloned() {
            if upload.verified {
                self.tell_verified(&file, scope);
            }
            return offset(StatusCode::OK, &upload);
        }
        let body: &[u8] = if self.plain_tus { &[] } else { request.body() };
        self.uploads.insert(
            file.hash,
            Upload {
                file: file.clone(),
                bytes: Vec::new(),
                verified: false,
            },
        );
        let mut response = self.store(&file.hash, body);
        if response.status() == StatusCode::NO_CONTENT {
            *response.status_mut() = StatusCode::CREATED;
        }
        if self.plain_tus {
            response.headers_mut().remove(tus::OFFSET);
        }
        response
    }

    fn append_bytes(&mut self, hash: FileHash, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        let Ok(at) = tus::patch_offset(request.headers()) else {
            return coded(StatusCode::BAD_REQUEST, "malformed");
        };
        match self.uploads.get(&hash) {
            None => answer(StatusCode::NOT_FOUND, Vec::new()),
            Some(upload) if upload.bytes.len() as u64 != at => offset(StatusCode::CONFLICT, upload),
            Some(_) => self.store(&hash, request.body()),
        }
    }

    fn store(&mut self, hash: &FileHash, body: &[u8]) -> Response<Vec<u8>> {
        let upload = self.uploads.get_mut(hash).unwrap();
        upload.bytes.extend_from_slice(body);
        let response = offset(StatusCode::NO_CONTENT, upload);
        if upload.bytes.len() as u64 == upload.file.len {
            if FileHash::of(&upload.bytes) != *hash {
                self.uploads.remove(hash);
                return answer(StatusCode::from_u16(tus::CHECKSUM_MISMATCH).unwrap(), Vec::new());
            }
            upload.verified = true;
            let file = upload.file.clone();
            self.tell_verified(&file, crate::village());
        }
        response
    }

    fn tell_verified(&mut self, file: &FileName, scope: Scope) {
        let receipt = Receipt {
            verified: vec![file.hash],
            ..Receipt::default()
        };
        self.append(serve::receipt_item(scope, &receipt, &self.key, self.now));
    }

    fn read(&self, hash: &FileHash, request: &Request<Vec<u8>>) -> Response<Vec<u8>> {
        let Some(upload) = self.uploads.get(hash) else {
            return answer(StatusCode::NOT_FOUND, Vec::new());
        };
        match tus::parse_range(request.headers(), upload.bytes.len() as u64) {
            None => answer(StatusCode::OK, upload.bytes.clone()),
            Some((_, 0)) => answer(StatusCode::RANGE_NOT_SATISFIABLE, Vec::new()),
            Some((from, len)) => {
                let part = upload.bytes[from as usize..(from + len) as usize].to_vec();
                let mut response = answer(StatusCode::PARTIAL_CONTENT, part);
                let range = format!("bytes {from}-{}/{}", from + len - 1, upload.bytes.len());
                response
                    .headers_mut()
                    .insert(header::CONTENT_RANGE, range.parse().unwrap());
                response
            }
        }
    }
}

pub fn answer(status: StatusCode, body: Vec<u8>) -> Response<Vec<u8>> {
    Response::builder().status(status).body(body).unwrap()
}

fn coded(status: StatusCode, code: &str) -> Response<Vec<u8>> {
    Response::builder()
        .status(status)
        .header(auth::CODE, code)
        .body(Vec::new())
        .unwrap()
}

fn offset(status: StatusCode, upload: &Upload) -> Response<Vec<u8>> {
    let response = Response::builder()
        .status(status)
        .header(tus::OFFSET, upload.bytes.len() as u64);
    response.header(tus::LENGTH, upload.file.len).body(Vec::new()).unwrap()
}
