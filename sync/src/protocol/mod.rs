//! The station's end as a state machine without I/O: one run brings both ends level.
//!
//! ```text
//! loop { match run.next(replica, now)? {
//!     Step::Send(request) => run.answered(replica, network.send(request), now)?,
//!     Step::Done(outcome) => break,
//! } }
//! ```
//!
//! Items first, both ways, in batches; then own files, in the replica's order, a chunk at a time; then files wanted from the
//! center; at the end one more exchange for the receipts of what was sent. An item that is written meanwhile goes before
//! the next chunk. A run ends at the first request without an answer: nothing is lost by it, and the next run goes on
//! from the last stored batch or chunk. When to run again is for the caller ([`crate::backoff`], a wake-up, a person).

mod chunk;
mod download;
mod exchange;
mod outcome;
mod repair;
mod upload;

pub use outcome::{Outcome, Trouble};
pub use repair::Known;

use http::{Request, Response, StatusCode};

use crate::auth::{self, Signer};
use crate::id::FileHash;
use crate::replica::{Replica, ReplicaError};
use crate::tus;
use crate::wire::PROTOCOL;
use crate::world::Millis;

/// No answer came: no network, a timeout, a connection cut. The words are for a log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no answer: {0}")]
pub struct NetworkError(pub String);

/// What the caller does next.
// Not boxed: a step lives for a moment, once for each round trip.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub enum Step {
    /// Send this (the address is a path under the center's address) and tell [`Run::answered`].
    Send(Request<Vec<u8>>),
    /// The run is over.
    Done(Outcome),
}

/// What an answer will be an answer to.
#[derive(Debug, Clone)]
enum Asked {
    Exchange(exchange::Asked),
    Upload(upload::Asked),
    Download(download::Asked),
}

/// A request, and what it asks. The request is kept unsigned, to be signed anew if it must be repeated.
#[derive(Debug)]
struct Planned {
    asked: Asked,
    request: Request<Vec<u8>>,
}

/// One run. Start a new one each time.
#[derive(Debug)]
pub struct Run {
    signer: Signer,
    outcome: Outcome,
    exchange: exchange::Exchange,
    repair: repair::Repair,
    uploads: upload::Uploads,
    downloads: download::Downloads,
    /// How much of a file goes in one request.
    chunk: chunk::Chunk,
    /// How much of the items that wait goes in one request.
    batch: chunk::Chunk,
    /// Asked and not yet answered.
    flight: Option<Planned>,
    /// To be sent once more.
    again: Option<Planned>,
    /// The request in flight is already a repetition.
    repeated: bool,
    sent_at: Millis,
    /// The version of messages the center understands.
    version: u8,
}

impl Run {
    /// A run of the device whose requests `signer` signs. Keep [`Outcome::clock_offset`] for the next signer.
    pub fn new(signer: Signer) -> Self {
        let outcome = Outcome {
            clock_offset: signer.offset(),
            ..Outcome::default()
        };
        Self {
            signer,
            outcome,
            exchange: exchange::Exchange::default(),
            repair: repair::Repair::default(),
            uploads: upload::Uploads::default(),
            downloads: download::Downloads::default(),
            chunk: chunk::Chunk::of_files(),
            batch: chunk::Chunk::of_items(),
            flight: None,
            again: None,
            repeated: false,
            sent_at: 0,
            version: PROTOCOL,
        }
    }

    /// What to do next, at the station's time `now`. An error is the replica's and ends the run.
    pub fn next(&mut self, replica: &mut dyn Replica, now: Millis) -> Result<Step, ReplicaError> {
        self.repeated = self.again.is_some();
        let planned = match self.again.take() {
            Some(again) => Some(again),
            None if self.outcome.trouble.is_some() => None,
            None => self.plan(replica, now)?,
        };
        let Some(planned) = planned else {
            self.outcome.clock_offset = self.signer.offset();
            return Ok(Step::Done(self.outcome.clone()));
        };
        let mut signed = planned.request.clone();
        self.signer.sign(&mut signed, now);
        self.outcome.requests += 1;
        self.outcome.bytes_up += planned.request.body().len() as u64;
        self.flight = Some(planned);
        self.sent_at = now;
        Ok(Step::Send(signed))
    }

    /// Takes the answer to the last [`Step::Send`], heard at the station's time `now`.
    pub fn answered(
        &mut self,
        replica: &mut dyn Replica,
        answer: Result<Response<Vec<u8>>, NetworkError>,
        now: Millis,
    ) -> Result<(), ReplicaError> {
        let Some(planned) = self.flight.take() else {
            return Ok(());
        };
        let response = match answer {
            Ok(response) => response,
            Err(_) => {
                self.stop(Trouble::Offline);
                return Ok(());
            }
        };
        self.outcome.bytes_down += response.body().len() as u64;
        if self.must_repeat(&response, now) {
            self.again = Some(planned);
            return Ok(());
        }
        if matches!(planned.asked, Asked::Exchange(_)) && self.must_speak_older(&response) {
            return Ok(());
        }
        if let Some(trouble) = outcome::trouble_for_all(&response, matches!(planned.asked, Asked::Exchange(_))) {
            if trouble == Trouble::Refused("revoked".to_owned()) {
                self.outcome.revocation = auth::revocation(response.headers());
            }
            self.stop(trouble);
            return Ok(());
        }
        match planned.asked {
            Asked::Exchange(asked) => self.exchanged(replica, asked, &response, now),
            Asked::Upload(asked) => self.uploaded(replica, &asked, &response, now),
            Asked::Download(asked) => self.downloaded(replica, &asked, &response, now),
        }
    }

    fn plan(&mut self, replica: &mut dyn Replica, now: Millis) -> Result<Option<Planned>, ReplicaError> {
        if let Some(exchange) = self.plan_exchange(replica, now)? {
            return Ok(Some(exchange));
        }
        if let Some(upload) = self.plan_upload(replica, now)? {
            return Ok(Some(upload));
        }
        if let Some(download) = self.plan_download(replica)? {
            return Ok(Some(download));
        }
        self.plan_last_exchange(replica)
    }

    /// Whether this answer asks for the same request once more: the clock was wrong, or the request was altered on
    /// its way. Once only.
    fn must_repeat(&mut self, response: &Response<Vec<u8>>, now: Millis) -> bool {
        if self.repeated || response.status() != StatusCode::UNAUTHORIZED {
            return false;
        }
        match outcome::code(response).as_str() {
            "clock" => match tus::number(response.headers(), auth::NOW) {
                Ok(center) => {
                    self.signer.learn(center, now);
                    true
                }
                Err(_) => false,
            },
            "signature" => true,
            _ => false,
        }
    }

    fn stop(&mut self, trouble: Trouble) {
        self.outcome.trouble = Some(trouble);
    }

    fn fail(&mut self, hash: FileHash, code: impl Into<String>) {
        self.outcome.failed.push((hash, code.into()));
    }

    fn has_failed(&self, hash: &FileHash) -> bool {
        self.outcome.failed.iter().any(|(failed, _)| failed == hash)
    }
}
