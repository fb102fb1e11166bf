//! Files that the center has and this device wants.

use std::collections::HashMap;

use http::{HeaderValue, Request, Response, header};

use super::{Asked as Any, Planned, Run, outcome};
use crate::id::FileHash;
use crate::payload::FileName;
use crate::replica::{Moved, Replica, ReplicaError};
use crate::tus;
use crate::world::Millis;

/// How often a file is begun anew in one run after it came with a wrong hash.
const MOST_RESTARTS: u8 = 1;

/// The center does not have a file.
const MISSING: &str = "missing";

#[derive(Debug, Default)]
pub(super) struct Downloads {
    restarts: HashMap<FileHash, u8>,
}

/// What a request for a file asked.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    file: FileName,
    offset: u64,
    len: u64,
}

impl Run {
    /// The request for the next bytes of the first wanted file that can go on.
    pub(super) fn plan_download(&mut self, replica: &mut dyn Replica) -> Result<Option<Planned>, ReplicaError> {
        for (file, have) in replica.wanted_files()? {
            // What the center did not have it has not got, as long as it says nothing new.
            let in_vain = self.repair.knows_missing(&file.hash) && self.outcome.received_items == 0;
            if in_vain || self.has_failed(&file.hash) {
                continue;
            }
            if have >= file.len {
                // Nothing to fetch (an empty file, or a stop before the hash was checked): let the replica finish it.
                self.wrote(replica, &file, have, &[])?;
                continue;
            }
            let len = self.chunk.size().min(file.len - have);
            let mut request = Request::new(Vec::new());
            *request.uri_mut() = tus::path(&file.hash).parse().unwrap_or_default();
            if let Ok(value) = HeaderValue::try_from(tus::range(have, len)) {
                request.headers_mut().insert(header::RANGE, value);
            }
            return Ok(Some(Planned {
                asked: Any::Download(Asked {
                    file,
                    offset: have,
                    len,
                }),
                request,
            }));
        }
        Ok(None)
    }

    pub(super) fn downloaded(
        &mut self,
        replica: &mut dyn Replica,
        asked: &Asked,
        response: &Response<Vec<u8>>,
        now: Millis,
    ) -> Result<(), ReplicaError> {
        let Asked { file, offset, .. } = asked;
        self.chunk
            .learn(response.body().len() as u64, now.saturating_sub(self.sent_at));
        match received(asked, response) {
            Ok(bytes) => {
                self.outcome.known.missing.remove(&file.hash);
                self.wrote(replica, file, *offset, bytes)
            }
            Err(code) => {
                if code == MISSING {
                    self.outcome.known.missing.insert(file.hash);
                }
                self.give_up(replica, file, &code)
            }
        }
    }

    /// Stores bytes and sees what became of the file.
    fn wrote(
        &mut self,
        replica: &mut dyn Replica,
        file: &FileName,
        offset: u64,
        bytes: &[u8],
    ) -> Result<(), ReplicaError> {
        if replica.write_file(file, offset, bytes).is_err() {
            return self.give_up(replica, file, "unwritable");
        }
        let end = offset + bytes.len() as u64;
        let still = replica
            .wanted_files()?
            .into_iter()
            .find(|(f, _)| f.hash == file.hash)
            .map(|(_, have)| have);
        match still {
            None if end >= file.len => {
                self.outcome.received_files += 1;
                return replica.moved(file, Moved::Whole);
            }
            // No longer wanted, for a reason of its own.
            None => {}
            Some(have) if have == end && end < file.len => return replica.moved(file, Moved::At(have)),
            Some(_) if end < file.len => return self.give_up(replica, file, "unwritable"),
            Some(_) => {
                let restarts = self.downloads.restarts.entry(file.hash).or_default();
                *restarts += 1;
                if *restarts > MOST_RESTARTS || bytes.is_empty() {
                    return self.give_up(replica, file, "checksum");
                }
            }
        }
        Ok(())
    }
}

/// The bytes asked for, or a code.
fn received<'a>(asked: &Asked, response: &'a Response<Vec<u8>>) -> Result<&'a [u8], String> {
    let Asked { file, offset, len } = asked;
    let body = response.body().as_slice();
    match response.status().as_u16() {
        206 if starts_at(response, *offset) && !body.is_empty() && body.len() as u64 <= *len => Ok(body),
        // A server or proxy without ranges sends everything.
        200 if body.len() as u64 == file.len => Ok(usize::try_from(*offset)
            .ok()
            .and_then(|offset| body.get(offset..))
            .unwrap_or_default()),
        200 | 206 | 416 => Err("length".to_owned()),
        404 | 410 => Err(MISSING.to_owned()),
        _ => Err(outcome::code(response)),
    }
}

/// Whether `Content-Range` agrees; a server that leaves it out is believed, the hash decides in the end.
fn starts_at(response: &Response<Vec<u8>>, offset: u64) -> bool {
    match response.headers().get(header::CONTENT_RANGE) {
        None => true,
        Some(range) => range.to_str().is_ok_and(|r| r.starts_with(&format!("bytes {offset}-"))),
    }
}
