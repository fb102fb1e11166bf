//! What a neighbour may ask: the exchange, and files both ways, as at the center. Before anything else, who it is: the key
//! that the connection proved must belong to a device the center vouches for. Signatures of single requests are not
//! looked at; a connection cannot be replayed, and its key speaks for all of it.

use std::sync::Weak;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Extension, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use doorstep_sync::auth::CODE;
use doorstep_sync::tus::{self, Creation};
use doorstep_sync::wire::SyncRequest;
use doorstep_sync::{DeviceId, FileHash};
use futures_util::StreamExt;

use super::carry;
use super::listen::Visitor;
use super::parcels::Parcels;
use crate::ledger::Ledger;
use crate::station::{Desk, Inner, Station, blocking};
use crate::store::Stored;
use crate::{Failure, FailureCode};

/// Where parcels are taken and given.
const PARCELS: &str = "/parcels";
/// Largest body: a batch, or a piece of a file.
const BODY_LIMIT: usize = 4 << 20;
/// Bytes of a file in one answer.
const PIECE: u64 = 1 << 20;
/// Bytes gathered before they are written.
const GATHERED: usize = 64 << 10;
/// From the first byte of a request to the last of its answer.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Clone)]
struct Host(Weak<Inner>);

/// Serves the station to its neighbours for as long as it lives.
pub(super) fn router(station: Weak<Inner>) -> Router {
    let host = Host(station);
    Router::new()
        .route("/", get(|| async { StatusCode::NO_CONTENT }))
        .route("/sync", post(sync))
        .route(PARCELS, post(take_parcel).get(give_parcel))
        .route("/files", post(announce))
        .route("/files/{hash}", patch(append).get(lend).head(progress))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(host.clone(), guard))
        .with_state(host)
}

impl Host {
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Ledger) -> Stored<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        let inner = self.0.upgrade().ok_or(LOCKED)?;
        let station = Station { inner };
        let done = station.work(|desk: &mut Desk| Ok(work(&mut desk.ledger)?)).await;
        done.map_err(|failure| match failure.code {
            FailureCode::LockedDevice | FailureCode::NotEnrolled => LOCKED,
            FailureCode::DiskFull => Refusal(StatusCode::INSUFFICIENT_STORAGE, "full"),
            _ => {
                tracing::error!(%failure, "a neighbour's request stopped at the store");
                Refusal(StatusCode::INTERNAL_SERVER_ERROR, "store")
            }
        })
    }
}

/// An answer that is no: a status and a stable code, and nothing else.
struct Refusal(StatusCode, &'static str);

const LOCKED: Refusal = Refusal(StatusCode::SERVICE_UNAVAILABLE, "locked");

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, [(CODE, self.1)]).into_response()
    }
}

fn malformed() -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "malformed")
}

/// Lets in whom the center vouches for now. Everybody else hears why and is shown out.
async fn guard(
    State(host): State<Host>,
    Extension(visitor): Extension<Visitor>,
    request: Request,
    next: Next,
) -> Response {
    let (device, passport) = (visitor.device, carry::shown(request.headers()));
    let parcels = request.uri().path() == PARCELS;
    let may = host.with(move |ledger| {
        Ok(match (ledger.may_meet(&device), passport) {
            // A device of another station: parcels, and nothing else.
            (Err("unknown_device"), Some(passport)) if parcels => ledger.vouched(&device, &passport).map(drop),
            (may, _) => may,
        })
    });
    let refusal = match may.await {
        Ok(Ok(())) => match tokio::time::timeout(PATIENCE, next.run(request)).await {
            Ok(answer) => return answer,
            Err(_) => Refusal(StatusCode::REQUEST_TIMEOUT, "slow"),
        },
        Ok(Err(code)) => {
            tracing::info!(device = ?visitor.device, code, "somebody was not let in");
            Refusal(StatusCode::FORBIDDEN, code)
        }
        Err(refusal) => refusal,
    };
    let mut response = refusal.into_response();
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(header::CONNECTION, close);
    response
}

/// Keeps a sealed part for the center.
async fn take_parcel(State(host): State<Host>, Extension(visitor): Extension<Visitor>, body: Bytes) -> Response {
    let Some(inner) = host.0.upgrade() else {
        return LOCKED.into_response();
    };
    let data = inner.config.data.clone();
    let kept = blocking(move || Ok(Parcels::open(&data)?.keep(&visitor.device, &body)?)).await;
    match kept {
        Ok(true) => {
            inner.link.wake();
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(false) => Refusal(StatusCode::INSUFFICIENT_STORAGE, "quota").into_response(),
        Err(failure) => {
            log(Err(failure));
            Refusal(StatusCode::INSUFFICIENT_STORAGE, "full").into_response()
        }
    }
}

/// Gives what the center sealed for whoever asks, and shows our passport: 204 when there is nothing, 304 when it has it.
async fn give_parcel(State(host): State<Host>, Extension(visitor): Extension<Visitor>, headers: HeaderMap) -> Response {
    let passport = match host.with(|ledger| ledger.passport()).await {
        Ok(passport) => passport.as_deref().and_then(carry::header),
        Err(refusal) => return refusal.into_response(),
    };
    let (Some(passport), Some(inner)) = (passport, host.0.upgrade()) else {
        return Refusal(StatusCode::NOT_FOUND, "missing").into_response();
    };
    let data = inner.config.data.clone();
    let returned = blocking(move || Ok(Parcels::open(&data)?.returned(&visitor.device))).await;
    let mut response = match returned.ok().flatten() {
        Some(parcel) => {
            let tag = format!("\"{}\"", blake3::hash(&parcel).to_hex());
            match headers.get(header::IF_NONE_MATCH).is_some_and(|known| *known == tag) {
                true => StatusCode::NOT_MODIFIED.into_response(),
                false => ([(header::ETAG, tag)], parcel).into_response(),
            }
        }
        None => StatusCode::NO_CONTENT.into_response(),
    };
    response.headers_mut().insert(carry::PASSPORT, passport);
    response
}

async fn sync(State(host): State<Host>, Extension(visitor): Extension<Visitor>, body: Bytes) -> Response {
    let request = match SyncRequest::from_bytes(&body) {
        Ok(request) => request,
        Err(error) => return Refusal(StatusCode::BAD_REQUEST, error.code()).into_response(),
    };
    let answered = host.with(move |ledger| {
        let brought = request.brought();
        let answer = ledger.answer(&visitor.device, &request)?;
        Ok(answer.map(|answer| (answer.to_bytes(&brought), !brought.is_empty())))
    });
    match answered.await {
        Ok(Ok((answer, came))) => {
            if let Some(inner) = host.0.upgrade().filter(|_| came) {
                // What a neighbour brought is for the district, too; and it may hold a grant.
                inner.link.wake();
                let renewed = blocking(move || inner.renew_keyring()).await;
                log(renewed);
            }
            answer.into_response()
        }
        Ok(Err(code)) => Refusal(StatusCode::BAD_REQUEST, code).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

fn log(done: Result<(), Failure>) {
    if let Err(failure) = done {
        tracing::error!(%failure, "what a neighbour brought could not be made use of");
    }
}

async fn announce(
    State(host): State<Host>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(creation) = Creation::from_headers(&headers) else {
        return malformed().into_response();
    };
    let (hash, device) = (creation.file.hash, visitor.device);
    let announced = host.with(move |ledger| {
        let announced = ledger.announce(&device, &creation)?;
        note_whole(ledger, &device, &hash)?;
        Ok(announced)
    });
    match announced.await {
        Ok(Ok(0)) => stored(StatusCode::CREATED, receive(host, device, hash, 0, body).await),
        // What was known goes on from where it is; the body is ignored.
        known => stored(StatusCode::OK, known),
    }
}

async fn append(
    State(host): State<Host>,
    Extension(visitor): Extension<Visitor>,
    Path(hash): Path<FileHash>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(offset) = tus::patch_offset(&headers) else {
        return malformed().into_response();
    };
    let appended = receive(host, visitor.device, hash, offset, body).await;
    stored(StatusCode::NO_CONTENT, appended)
}

/// Stores bytes of a file as they come. It goes on by itself when the connection is gone: what has come is kept.
async fn receive(
    host: Host,
    from: DeviceId,
    hash: FileHash,
    mut offset: u64,
    body: Body,
) -> Result<Result<u64, &'static str>, Refusal> {
    let receiving = tokio::spawn(async move {
        let mut pieces = body.into_data_stream();
        let mut gathered = Vec::new();
        let mut first = true;
        loop {
            let piece = match pieces.next().await {
                Some(Ok(piece)) => Some(piece),
                // The end, or a cut.
                _ => None,
            };
            let ended = piece.is_none();
            gathered.extend_from_slice(&piece.unwrap_or_default());
            // An empty body asks for what is there to be checked once more.
            if gathered.len() >= GATHERED || ended && (first || !gathered.is_empty()) {
                let bytes = std::mem::take(&mut gathered);
                let kept = host.with(move |ledger| {
                    let kept = ledger.append(&hash, offset, &bytes)?;
                    note_whole(ledger, &from, &hash)?;
                    Ok(kept)
                });
                match kept.await? {
                    Ok(stored) => offset = stored,
                    Err(code) => return Ok(Err(code)),
                }
                first = false;
            }
            if ended {
                return Ok(Ok(offset));
            }
        }
    });
    receiving
        .await
        .unwrap_or(Err(Refusal(StatusCode::INTERNAL_SERVER_ERROR, "store")))
}

/// Whoever brought a file has it.
fn note_whole(ledger: &Ledger, from: &DeviceId, hash: &FileHash) -> Stored<()> {
    match ledger.incoming(hash)? {
        Some((_, _, true)) => ledger.hand_file(from, hash),
        _ => Ok(()),
    }
}

fn stored(status: StatusCode, answer: Result<Result<u64, &'static str>, Refusal>) -> Response {
    match answer {
        Ok(Ok(stored)) => (status, [(tus::OFFSET, stored.to_string())]).into_response(),
        Ok(Err(code)) => {
            let status = match code {
                "missing" => StatusCode::NOT_FOUND,
                "offset" => StatusCode::CONFLICT,
                "too_large" => StatusCode::PAYLOAD_TOO_LARGE,
                "quota" => StatusCode::INSUFFICIENT_STORAGE,
                "checksum" => StatusCode::from_u16(tus::CHECKSUM_MISMATCH).unwrap_or(StatusCode::CONFLICT),
                _ => StatusCode::FORBIDDEN,
            };
            Refusal(status, code).into_response()
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn progress(State(host): State<Host>, Path(hash): Path<FileHash>) -> Response {
    match host.with(move |ledger| ledger.incoming(&hash)).await {
        Ok(Some((stored, len, _))) => {
            let headers = [(tus::OFFSET, stored.to_string()), (tus::LENGTH, len.to_string())];
            (StatusCode::OK, headers).into_response()
        }
        Ok(None) => Refusal(StatusCode::NOT_FOUND, "missing").into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn lend(
    State(host): State<Host>,
    Extension(visitor): Extension<Visitor>,
    Path(hash): Path<FileHash>,
    headers: HeaderMap,
) -> Response {
    let lent = host.with(move |ledger| {
        let Some(file) = ledger.lends(&visitor.device, &hash)? else {
            return Ok(None);
        };
        let (from, len) = tus::parse_range(&headers, file.len).unwrap_or((0, file.len));
        let bytes = ledger.read_file(&hash, from, usize::try_from(len.min(PIECE)).unwrap_or(0))?;
        Ok(Some((from, file.len, bytes)))
    });
    match lent.await {
        Ok(Some((_, _, bytes))) if bytes.is_empty() => StatusCode::RANGE_NOT_SATISFIABLE.into_response(),
        Ok(Some((from, len, bytes))) => {
            let range = format!("bytes {from}-{}/{len}", from + bytes.len() as u64 - 1);
            (StatusCode::PARTIAL_CONTENT, [(header::CONTENT_RANGE, range)], bytes).into_response()
        }
        Ok(None) => Refusal(StatusCode::NOT_FOUND, "missing").into_response(),
        Err(refusal) => refusal.into_response(),
    }
}
