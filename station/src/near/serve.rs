//! What a neighbour may ask: the exchange, and files both ways, as at the center. Before anything else, who it is: the key
//! that the connection proved must belong to a device the center vouches for. Signatures of single requests are not
//! looked at; a connection cannot be replayed, and its key speaks for all of it.

use std::sync::Weak;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use doorstep_sync::auth::CODE;
use doorstep_sync::wire::SyncRequest;

use super::listen::Visitor;
use super::parcels::Parcels;
use super::{carry, files};
use crate::ledger::Ledger;
use crate::station::{Desk, Inner, Station, blocking};
use crate::store::Stored;
use crate::{Failure, FailureCode};

/// Where parcels are taken and given.
const PARCELS: &str = "/parcels";
/// Largest body: a batch, or a piece of a file.
const BODY_LIMIT: usize = 4 << 20;
/// From the first byte of a request to the last of its answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// The station, as long as it lives.
#[derive(Clone)]
pub(super) struct Host(Weak<Inner>);

/// Serves the station to its neighbours for as long as it lives.
pub(super) fn router(station: Weak<Inner>) -> Router {
    let host = Host(station);
    Router::new()
        .route("/", get(|| async { StatusCode::NO_CONTENT }))
        .route("/sync", post(sync))
        .route(PARCELS, post(take_parcel).get(give_parcel))
        .route("/files", post(files::announce))
        .route(
            "/files/{hash}",
            patch(files::append).get(files::lend).head(files::progress),
        )
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(host.clone(), guard))
        .with_state(host)
}

impl Host {
    pub(super) async fn with<T: Send + 'static>(
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
pub(super) struct Refusal(pub StatusCode, pub &'static str);

const LOCKED: Refusal = Refusal(StatusCode::SERVICE_UNAVAILABLE, "locked");

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, [(CODE, self.1)]).into_response()
    }
}

pub(super) fn malformed() -> Refusal {
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
    // Counted first: what is gone then has its answer here.
    let found = blocking(move || {
        let parcels = Parcels::open(&data)?;
        Ok((parcels.held_of(&visitor.device)?, parcels.returned(&visitor.device)))
    });
    let (held, returned) = match found.await {
        Ok(found) => found,
        Err(failure) => {
            log(Err(failure));
            return Refusal(StatusCode::INTERNAL_SERVER_ERROR, "store").into_response();
        }
    };
    let mut response = match returned {
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
        .headers_mut()
        .insert(carry::PARCELS_HELD, HeaderValue::from(held));
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
                let station = Station { inner: inner.clone() };
                log(blocking(move || inner.show_out()).await);
                // Whoever it names waits for a way in; the neighbour does not.
                tokio::spawn(async move { log(station.renew_keyring().await) });
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
