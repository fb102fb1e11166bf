//! Own files go up by tus, in the replica's order, from the last byte the center has stored.

use std::collections::HashMap;

use http::{HeaderValue, Method, Request, Response, StatusCode, header};

use super::{Asked as Any, Planned, Run, outcome};
use crate::id::FileHash;
use crate::payload::FileName;
use crate::preview;
use crate::replica::{Moved, Outgoing, Replica, ReplicaError};
use crate::tus;
use crate::wire::Offset;
use crate::world::Millis;

/// How often in one run a file's place may be lost (another offset, gone, a wrong hash) before it waits for the next.
const MOST_SURPRISES: u8 = 3;
/// How long the order of files is kept before the replica is asked again: somebody may wait for another one now.
const ORDER_HOLDS: Millis = 2_000;

/// What is known of the center's copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing: ask.
    Unknown,
    /// The center does not know the file.
    Missing,
    /// This many bytes are stored.
    At(u64),
    /// Whole and hashed; the receipt is on its way, or was written for another scope.
    Verified,
    /// Finished in this run.
    Done,
}

#[derive(Debug, Clone, Copy)]
struct Progress {
    place: Place,
    surprises: u8,
}

/// What is known of the files that wait.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    known: HashMap<FileHash, Progress>,
    /// The replica's order, and when it was asked; `None` before the first time and after an exchange.
    order: Vec<Outgoing>,
    asked: Option<Millis>,
}

/// What a request about a file asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    file: FileName,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Head,
    /// Create, with this many first bytes.
    Post(u64),
    /// Append this many bytes at this offset.
    Patch(u64, u64),
}

impl Uploads {
    fn place(&self, hash: &FileHash) -> Place {
        self.known.get(hash).map_or(Place::Unknown, |p| p.place)
    }

    /// Whether it was finished in this run.
    pub(super) fn is_done(&self, hash: &FileHash) -> bool {
        self.place(hash) == Place::Done
    }

    fn put(&mut self, hash: FileHash, place: Place) {
        let progress = Progress { place, surprises: 0 };
        self.known.entry(hash).or_insert(progress).place = place;
    }

    /// Takes what an exchange told of the files it asked about.
    pub(super) fn told(&mut self, asked: &[FileHash], offsets: &[Offset]) {
        for hash in asked {
            let place = match offsets.iter().find(|o| o.hash == *hash) {
                None => Place::Missing,
                Some(offset) if offset.verified => Place::Verified,
                Some(offset) => Place::At(offset.stored),
            };
            self.put(*hash, place);
        }
        self.asked = None;
    }

    /// The center is another one now.
    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.asked = None;
    }
}

impl Run {
    /// Waiting files that the center may hold a part of and of which nothing is known yet, in the replica's order.
    pub(super) fn files_to_ask_about(&self, replica: &dyn Replica, most: usize) -> Result<Vec<FileHash>, ReplicaError> {
        let mut hashes = Vec::new();
        for Outgoing { file, .. } in replica.outgoing_files()? {
            let unknown = self.uploads.place(&file.hash) == Place::Unknown && !self.has_failed(&file.hash);
            if unknown && replica.is_begun(&file.hash)? {
                hashes.push(file.hash);
            }
            if hashes.len() == most {
                break;
            }
        }
        Ok(hashes)
    }

    /// The next request for the first file that can go on.
    pub(super) fn plan_upload(
        &mut self,
        replica: &mut dyn Replica,
        now: Millis,
    ) -> Result<Option<Planned>, ReplicaError> {
        let holds = |asked: Millis| now.saturating_sub(asked) < ORDER_HOLDS;
        if !self.uploads.asked.is_some_and(holds) {
            self.uploads.order = replica.outgoing_files()?;
            self.uploads.asked = Some(now);
        }
        let mut next = 0;
        while let Some(Outgoing { file, scope }) = self.uploads.order.get(next).cloned() {
            let place = self.place(replica, &file.hash)?;
            if place == Place::Done || self.has_failed(&file.hash) {
                // What is finished is not looked at again, however many there are.
                self.uploads.order.remove(next);
                continue;
            }
            next += 1;
            let offset = match place {
                Place::At(offset) => offset,
                _ => 0,
            };
            let bytes = match place {
                Place::Missing | Place::At(_) => self.read(replica, &file, offset),
                _ => Some(Vec::new()),
            };
            let Some(bytes) = bytes else {
                self.give_up(replica, &file, "unreadable")?;
                continue;
            };
            let (method, path, what) = match place {
                Place::Unknown => (Method::HEAD, tus::path(&file.hash), What::Head),
                Place::At(_) => {
                    let what = What::Patch(offset, bytes.len() as u64);
                    (Method::PATCH, tus::path(&file.hash), what)
                }
                _ => {
                    replica.moved(&file, Moved::Begins)?;
                    (Method::POST, "/files".to_owned(), What::Post(bytes.len() as u64))
                }
            };
            let mut request = Request::new(bytes);
            *request.method_mut() = method;
            *request.uri_mut() = path.parse().unwrap_or_default();
            let headers = request.headers_mut();
            headers.insert(tus::RESUMABLE, HeaderValue::from_static(tus::VERSION));
            if !matches!(what, What::Head) {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(tus::CONTENT_TYPE));
            }
            if let What::Patch(offset, _) = what {
                headers.insert(tus::OFFSET, offset.into());
            }
            if let What::Post(_) = what {
                headers.insert(tus::LENGTH, file.len.into());
                let creation = tus::Creation {
                    file: file.clone(),
                    scope,
                };
                // Base64 and names are always a header's value.
                if let Ok(value) = HeaderValue::try_from(creation.metadata()) {
                    headers.insert(tus::METADATA, value);
                }
            }
            return Ok(Some(Planned {
                asked: Any::Upload(Asked { file, what }),
                request,
            }));
        }
        Ok(None)
    }

    /// How far the center has a file, as far as is known; what was never begun is missing there.
    fn place(&mut self, replica: &dyn Replica, hash: &FileHash) -> Result<Place, ReplicaError> {
        let place = self.uploads.place(hash);
        if place == Place::Unknown && !replica.is_begun(hash)? {
            self.uploads.put(*hash, Place::Missing);
            return Ok(Place::Missing);
        }
        Ok(place)
    }

    /// The next chunk; `None` when the store cannot give it.
    fn read(&self, replica: &dyn Replica, file: &FileName, offset: u64) -> Option<Vec<u8>> {
        let wanted = self.chunk.size().min(file.len.saturating_sub(offset));
        if wanted == 0 {
            return Some(Vec::new());
        }
        let bytes = replica
            .read_file(&file.hash, offset, usize::try_from(wanted).ok()?)
            .ok()?;
        (!bytes.is_empty() && bytes.len() as u64 <= wanted).then_some(bytes)
    }

    pub(super) fn uploaded(
        &mut self,
        replica: &mut dyn Replica,
        asked: &Asked,
        response: &Response<Vec<u8>>,
        now: Millis,
    ) -> Result<(), ReplicaError> {
        let Asked { file, what } = asked;
        let status = response.status();
        if let What::Patch(_, len) | What::Post(len) = what {
            self.chunk.learn(*len, now.saturating_sub(self.sent_at));
        }
        match status.as_u16() {
            200..=299 => self.stored(replica, file, what, response),
            404 | 410 if matches!(what, What::Head) => {
                self.uploads.put(file.hash, Place::Missing);
                Ok(())
            }
            404 | 410 if matches!(what, What::Patch(..)) => self.surprised(replica, file, Place::Missing, "gone"),
            409 => self.surprised(replica, file, Place::Unknown, "offset"),
            tus::CHECKSUM_MISMATCH => self.surprised(replica, file, Place::Missing, "checksum"),
            423 => self.give_up(replica, file, "locked"),
            _ if status == StatusCode::PAYLOAD_TOO_LARGE => self.give_up(replica, file, "too_large"),
            _ if status == StatusCode::INSUFFICIENT_STORAGE => self.give_up(replica, file, "center_full"),
            _ => self.give_up(replica, file, &outcome::code(response)),
        }
    }

    /// The center told how far it has the file.
    fn stored(
        &mut self,
        replica: &mut dyn Replica,
        file: &FileName,
        what: &What,
        response: &Response<Vec<u8>>,
    ) -> Result<(), ReplicaError> {
        let offset = match (tus::number(response.headers(), tus::OFFSET), what) {
            (Ok(offset), _) => offset,
            // Without the extension creation-with-upload nothing was stored.
            (Err(_), What::Post(_)) => 0,
            (Err(_), _) => return self.give_up(replica, file, "no_offset"),
        };
        let told_length = tus::number(response.headers(), tus::LENGTH).unwrap_or(file.len);
        if offset > file.len || told_length != file.len {
            return self.give_up(replica, file, "length");
        }
        match what {
            What::Head => {
                self.uploads.put(file.hash, Place::At(offset));
                replica.moved(file, Moved::At(offset))
            }
            What::Patch(from, len) if offset < *from || offset == *from && *len > 0 => {
                self.surprised(replica, file, Place::At(offset), "no_progress")
            }
            _ if offset == file.len => {
                self.uploads.put(file.hash, Place::Done);
                // An empty announcement of a file that was already there only asks for its receipt.
                let announced_only = matches!(what, What::Post(0)) && file.len > 0;
                // A preview is worth no receipt.
                if preview::of(file).is_none() {
                    self.outcome.sent_files += u64::from(!announced_only);
                    self.exchange.receipt_waits = true;
                }
                replica.moved(file, Moved::Whole)
            }
            _ => {
                self.uploads.put(file.hash, Place::At(offset));
                replica.moved(file, Moved::At(offset))
            }
        }
    }

    /// Goes on from `place`, unless that has happened too often.
    fn surprised(
        &mut self,
        replica: &mut dyn Replica,
        file: &FileName,
        place: Place,
        code: &str,
    ) -> Result<(), ReplicaError> {
        let progress = Progress { place, surprises: 0 };
        let progress = self.uploads.known.entry(file.hash).or_insert(progress);
        progress.place = place;
        progress.surprises += 1;
        if progress.surprises >= MOST_SURPRISES {
            return self.give_up(replica, file, code);
        }
        Ok(())
    }

    /// Leaves a file for the next run, and says why.
    pub(super) fn give_up(
        &mut self,
        replica: &mut dyn Replica,
        file: &FileName,
        code: &str,
    ) -> Result<(), ReplicaError> {
        self.fail(file.hash, code);
        replica.moved(file, Moved::Failed(code))
    }
}
