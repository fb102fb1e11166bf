//! What a neighbour may ask of a station: the exchange, and files both ways.

use std::sync::Arc;

use doorstep_sync::auth::CODE;
use doorstep_sync::tus::{self, Creation};
use doorstep_sync::wire::SyncRequest;
use doorstep_sync::{DeviceId, FileHash};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use super::near::Refused;
use super::save::named;
use super::station::{Station, Trip};

/// Bytes of a file in one answer.
const PIECE: u64 = 1 << 20;

type Answer = Response<Vec<u8>>;

impl Station {
    /// Answers a neighbour. A trip leaves it without an answer.
    pub fn host(&mut self, peer: &DeviceId, request: &Request<Vec<u8>>) -> Result<Answer, Trip> {
        if let Err(code) = self.may_meet(peer) {
            return Ok(refused(StatusCode::FORBIDDEN, code));
        }
        let path = request.uri().path();
        let hash = path.strip_prefix("/files/").and_then(|hash| hash.parse().ok());
        match (request.method(), hash) {
            (&Method::POST, _) if path == "/sync" => self.host_exchange(peer, request),
            (&Method::POST, _) if path == "/files" => self.host_creation(peer, request),
            (&Method::PATCH, Some(hash)) => self.host_append(peer, &hash, request),
            (&Method::HEAD, Some(hash)) => Ok(match self.incoming(&hash) {
                Some((stored, len, _)) => {
                    let mut answer = stored_answer(StatusCode::OK, stored);
                    answer.headers_mut().insert(tus::LENGTH, HeaderValue::from(len));
                    answer
                }
                None => refused(StatusCode::NOT_FOUND, "missing"),
            }),
            (&Method::GET, Some(hash)) => Ok(self.host_range(peer, &hash, request)),
            _ => Ok(refused(StatusCode::NOT_FOUND, "missing")),
        }
    }

    fn host_exchange(&mut self, peer: &DeviceId, request: &Request<Vec<u8>>) -> Result<Answer, Trip> {
        let asked = match SyncRequest::from_bytes(request.body()) {
            Ok(asked) => asked,
            Err(error) => return Ok(refused(StatusCode::BAD_REQUEST, error.code())),
        };
        Ok(match self.answer(peer, &asked)? {
            Ok(answer) => Response::new(answer.to_bytes(&asked.brought())),
            Err(code) => refused(StatusCode::BAD_REQUEST, code),
        })
    }

    fn host_creation(&mut self, peer: &DeviceId, request: &Request<Vec<u8>>) -> Result<Answer, Trip> {
        let Ok(Creation { file, scope }) = Creation::from_headers(request.headers()) else {
            return Ok(refused(StatusCode::BAD_REQUEST, "malformed"));
        };
        let hash = file.hash;
        // Its items go first, so a file that nothing names belongs to nobody here.
        let granted = self.shares(peer, &scope) && named(&self.disk, &hash).iter().any(|(_, there)| *there == scope);
        match self.incoming(&hash).filter(|(_, len, _)| *len == file.len) {
            Some((stored, _, whole)) => {
                if whole && granted {
                    self.transact(|station| station.disk.bring(file, scope))?;
                }
                self.note_whole(peer, &hash);
                Ok(stored_answer(StatusCode::OK, stored))
            }
            None if !granted => Ok(refused(StatusCode::FORBIDDEN, "not_granted")),
            None => {
                self.transact(|station| station.disk.incoming.insert(hash, (file, scope, Vec::new())))?;
                self.append(peer, &hash, 0, request.body(), StatusCode::CREATED)
            }
        }
    }

    fn host_append(&mut self, peer: &DeviceId, hash: &FileHash, request: &Request<Vec<u8>>) -> Result<Answer, Trip> {
        match tus::patch_offset(request.headers()) {
            Ok(offset) => self.append(peer, hash, offset, request.body(), StatusCode::NO_CONTENT),
            Err(_) => Ok(refused(StatusCode::BAD_REQUEST, "malformed")),
        }
    }

    fn append(
        &mut self,
        peer: &DeviceId,
        hash: &FileHash,
        offset: u64,
        bytes: &[u8],
        status: StatusCode,
    ) -> Result<Answer, Trip> {
        let Some((stored, len, whole)) = self.incoming(hash) else {
            return Ok(refused(StatusCode::NOT_FOUND, "missing"));
        };
        if offset != stored {
            return Ok(refused(StatusCode::CONFLICT, "offset"));
        }
        if stored + bytes.len() as u64 > len {
            return Ok(refused(StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
        }
        if !whole {
            let right = self.transact(|station| {
                let Some((file, scope, mut kept)) = station.disk.incoming.remove(hash) else {
                    return true;
                };
                kept.extend_from_slice(bytes);
                if (kept.len() as u64) < len {
                    station.disk.incoming.insert(*hash, (file, scope, kept));
                    return true;
                }
                let right = FileHash::of(&kept) == *hash;
                if right {
                    station.disk.wanted.remove(hash);
                    station.disk.files.insert(*hash, Arc::new(kept));
                    station.disk.bring(file, scope);
                }
                right
            })?;
            if !right {
                let status = StatusCode::from_u16(tus::CHECKSUM_MISMATCH).unwrap_or(StatusCode::CONFLICT);
                return Ok(refused(status, "checksum"));
            }
        }
        self.note_whole(peer, hash);
        let stored = self.incoming(hash).map_or(0, |(stored, _, _)| stored);
        Ok(stored_answer(status, stored))
    }

    /// Whoever brought a file has it.
    fn note_whole(&mut self, peer: &DeviceId, hash: &FileHash) {
        if self.disk.files.contains_key(hash) {
            self.disk.handed_files.insert((*peer, *hash));
        }
    }

    fn host_range(&self, peer: &DeviceId, hash: &FileHash, request: &Request<Vec<u8>>) -> Answer {
        let shared = named(&self.disk, hash)
            .iter()
            .any(|(_, scope)| self.shares(peer, scope));
        let Some(file) = self
            .disk
            .files
            .get(hash)
            .filter(|_| shared || self.disk.is_published(hash))
        else {
            return refused(StatusCode::NOT_FOUND, "missing");
        };
        let whole = file.len() as u64;
        let (from, len) = tus::parse_range(request.headers(), whole).unwrap_or((0, whole));
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let bytes = file.get(place(from)..).unwrap_or_default();
        let bytes = bytes.get(..place(len.min(PIECE)).min(bytes.len())).unwrap_or_default();
        if bytes.is_empty() {
            return refused(StatusCode::RANGE_NOT_SATISFIABLE, "range");
        }
        let range = format!("bytes {from}-{}/{whole}", from + bytes.len() as u64 - 1);
        let mut answer = Response::new(bytes.to_vec());
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
        let value = HeaderValue::try_from(range).ok();
        answer
            .headers_mut()
            .extend(value.map(|value| (header::CONTENT_RANGE, value)));
        answer
    }
}

fn stored_answer(status: StatusCode, stored: u64) -> Answer {
    let mut answer = Response::new(Vec::new());
    *answer.status_mut() = status;
    answer.headers_mut().insert(tus::OFFSET, HeaderValue::from(stored));
    answer
}

fn refused(status: StatusCode, code: Refused) -> Answer {
    let mut answer = Response::new(Vec::new());
    *answer.status_mut() = status;
    answer.headers_mut().insert(CODE, HeaderValue::from_static(code));
    answer
}
