//! How a run ended.

use std::time::Duration;

use http::{Response, StatusCode};

use crate::auth::CODE;
use crate::id::FileHash;
use crate::item::Item;
use crate::scope::Scope;

/// Why a run ended before everything was level.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Trouble {
    /// No answer: no network, or it was cut.
    #[error("no answer")]
    Offline,
    /// The center does not take this device's requests; the code says why, for example `revoked` (the device wipes
    /// itself) or `unknown_device`.
    #[error("refused: {0}")]
    Refused(String),
    /// The center asks to come back, after this long when it said so.
    #[error("busy")]
    Busy(Option<Duration>),
    /// The answer makes no sense: another program, another version, or a portal that wants a login.
    #[error("protocol: {0}")]
    Protocol(String),
}

/// What a run did. Bytes are those of bodies, headers apart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Outcome {
    /// Own items that went up (each once; that they arrived is said by receipts).
    pub sent_items: u64,
    /// Own items that went up and have no receipt yet: the center keeps them until the items they rest on have come.
    pub unanswered: u64,
    /// Items that came down.
    pub received_items: u64,
    /// Files whose last byte the center has stored in this run.
    pub sent_files: u64,
    /// Files fetched and kept.
    pub received_files: u64,
    /// Bytes of request bodies.
    pub bytes_up: u64,
    /// Bytes of answer bodies.
    pub bytes_down: u64,
    /// Round trips.
    pub requests: u64,
    /// Files that could not be moved in this run, with a stable code. The next run tries again.
    pub failed: Vec<(FileHash, String)>,
    /// For each scope held: whether both ends hold the same set; `None` when something was still on its way.
    pub fingerprints_equal: Vec<(Scope, Option<bool>)>,
    /// What the next run is to know: see [`super::Run::knowing`].
    pub known: super::Known,
    /// The center's clock minus the station's, in milliseconds, as far as known: warn when it is large.
    pub clock_offset: i64,
    /// What the center says to this device's revocation, not yet checked.
    pub revocation: Option<Item>,
    /// An exchange was answered: this was a contact.
    pub contact: bool,
    /// Why the run ended early; `None`: everything that could be done is done.
    pub trouble: Option<Trouble>,
}

/// The stable code of an error answer: the header, or `http_` and the status.
pub(super) fn code(response: &Response<Vec<u8>>) -> String {
    match response.headers().get(CODE).and_then(|v| v.to_str().ok()) {
        Some(code) => code.to_owned(),
        None => format!("http_{}", response.status().as_u16()),
    }
}

/// Trouble that concerns the whole run. An answer to an `exchange` must be a success; about a file, the center may
/// refuse that file and take the others.
pub(super) fn trouble_for_all(response: &Response<Vec<u8>>, exchange: bool) -> Option<Trouble> {
    let status = response.status();
    let code = code(response);
    let about_the_device = matches!(code.as_str(), "revoked" | "unknown_device" | "unsigned" | "clock");
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => Some(Trouble::Busy(retry_after(response))),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if exchange || about_the_device => {
            Some(Trouble::Refused(code))
        }
        _ if exchange && status != StatusCode::OK => Some(Trouble::Protocol(code)),
        _ => None,
    }
}

/// `Retry-After` in seconds; a date is not understood and means nothing said. At most an hour is believed.
fn retry_after(response: &Response<Vec<u8>>) -> Option<Duration> {
    let text = response.headers().get(http::header::RETRY_AFTER)?.to_str().ok()?;
    Some(Duration::from_secs(text.trim().parse::<u64>().ok()?.min(3600)))
}
