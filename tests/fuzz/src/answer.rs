//! What a station hears from the center, or from a neighbour: answers to the requests of a run.

use std::collections::BTreeMap;

use doorstep_sync::auth::Signer;
use doorstep_sync::payload::{Change, FileName, Receipt};
use doorstep_sync::protocol::{NetworkError, Run, Step};
use doorstep_sync::repair::{Held, Key, Memory, Sum};
use doorstep_sync::replica::{Outgoing, Replica, ReplicaError};
use doorstep_sync::wire::Cursor;
use doorstep_sync::{FileHash, Fingerprint, Item, ItemId, Kind, Millis, Scope};
use http::Response;

use crate::district::{NOW, SCOPE, center, device, envelope, grants};
use crate::{pieces, sync, text};

/// More requests than a run with so little to move may make.
const MOST: usize = 200;

/// The bytes are answers, as pieces, in the order of the requests: a line with the status, headers in lines, an empty line,
/// and the body (a body of `/sync` may be as [`sync`](crate::sync()) has it). Where they end the network does.
pub fn answer(data: &[u8]) {
    let mut station = Station::new();
    let mut run = Run::new(Signer::new(device().clone(), 0));
    let mut answers = pieces(data).into_iter();
    for request in 0..MOST {
        let now = NOW + request as Millis * 100;
        match run.next(&mut station, now) {
            Ok(Step::Send(_)) => {}
            Ok(Step::Done(_)) | Err(_) => return,
        }
        let heard = answers.next().map(read).ok_or_else(|| NetworkError("cut".into()));
        if run.answered(&mut station, heard, now + 50).is_err() {
            return;
        }
    }
    assert!(answers.next().is_some(), "it asks on and on");
}

fn read(piece: &[u8]) -> Response<Vec<u8>> {
    let end = piece.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = piece.split_at(end.unwrap_or(piece.len()));
    let status = String::from_utf8_lossy(head)
        .lines()
        .next()
        .and_then(|line| line.trim().parse::<u16>().ok());
    let mut response = Response::new(sync::body(body.get(2..).unwrap_or_default()));
    if let Some(status) = status.and_then(|status| http::StatusCode::from_u16(status).ok()) {
        *response.status_mut() = status;
    }
    *response.headers_mut() = text::headers(head);
    response
}

fn scope() -> Scope {
    SCOPE.parse().unwrap_or_else(|_| unreachable!("it is a scope"))
}

/// A station's store in memory: two own items and a file wait, and a file is wanted.
struct Station {
    cursor: Cursor,
    items: BTreeMap<ItemId, Item>,
    waiting: Vec<ItemId>,
    held: Memory,
    file: FileName,
    sent: bool,
    wanted: FileName,
    got: u64,
}

impl Station {
    fn new() -> Self {
        let name = |bytes: &[u8]| FileName {
            hash: FileHash::of(bytes),
            len: bytes.len() as u64,
            media_type: "image/jpeg".into(),
        };
        let mut station = Self {
            cursor: Cursor { epoch: 1, position: 2 },
            items: BTreeMap::new(),
            waiting: Vec::new(),
            held: Memory::default(),
            file: name(b"scan"),
            sent: false,
            wanted: name(b"wanted"),
            got: 0,
        };
        for bytes in [vec![1], vec![2, 3]] {
            let item = Item::sign(
                &envelope(device(), Kind::Change, Change::of(bytes).to_bytes()),
                device(),
            );
            station.waiting.push(item.id());
            station.keep(item);
        }
        station
    }

    fn keep(&mut self, item: Item) {
        if let Ok(envelope) = item.open() {
            self.held.insert(&envelope.scope, Key::of(envelope.time, item.id()));
            self.items.insert(item.id(), item);
        }
    }
}

impl Held for Station {
    fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
        self.held.sum(scope, from, to)
    }

    fn keys(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError> {
        self.held.keys(scope, from, to, skip, most)
    }
}

impl Replica for Station {
    fn cursor(&self) -> Result<Cursor, ReplicaError> {
        Ok(self.cursor)
    }

    fn fingerprints(&self) -> Result<Vec<(Scope, Fingerprint)>, ReplicaError> {
        Ok(self.held.fingerprints())
    }

    fn outgoing(&self, _: usize) -> Result<Vec<Item>, ReplicaError> {
        Ok(self
            .waiting
            .iter()
            .filter_map(|id| self.items.get(id).cloned())
            .collect())
    }

    fn receive(&mut self, items: Vec<Item>, cursor: Cursor, _: Millis) -> Result<(), ReplicaError> {
        self.cursor = cursor;
        for item in items {
            let Ok(envelope) = grants().verify(&item) else { continue };
            if envelope.kind == Kind::Receipt && envelope.device == center().verifying_key().device() {
                let receipt = Receipt::from_bytes(&envelope.payload).unwrap_or_default();
                let told: Vec<ItemId> = receipt.refused.iter().map(|refusal| refusal.item).collect();
                self.waiting
                    .retain(|id| !receipt.accepted.contains(id) && !told.contains(id));
                self.sent |= receipt.verified.contains(&self.file.hash);
            }
            self.keep(item);
        }
        Ok(())
    }

    fn items(&self, ids: &[ItemId], _: usize) -> Result<Vec<Item>, ReplicaError> {
        Ok(ids.iter().filter_map(|id| self.items.get(id).cloned()).collect())
    }

    fn outgoing_files(&self) -> Result<Vec<Outgoing>, ReplicaError> {
        let file = Outgoing {
            file: self.file.clone(),
            scope: scope(),
        };
        Ok(if self.sent { Vec::new() } else { vec![file] })
    }

    fn read_file(&self, _: &FileHash, offset: u64, len: usize) -> Result<Vec<u8>, ReplicaError> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let bytes = b"scan".get(from..).unwrap_or_default();
        Ok(bytes.iter().take(len).copied().collect())
    }

    fn wanted_files(&self) -> Result<Vec<(FileName, u64)>, ReplicaError> {
        let wants = self.got < self.wanted.len;
        Ok(wants.then(|| (self.wanted.clone(), self.got)).into_iter().collect())
    }

    fn write_file(&mut self, file: &FileName, offset: u64, bytes: &[u8]) -> Result<(), ReplicaError> {
        let end = offset + bytes.len() as u64;
        assert!(
            offset == self.got && end <= file.len,
            "no byte lies where it does not belong"
        );
        self.got = end;
        Ok(())
    }
}
