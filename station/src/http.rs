//! The same commands on loopback, for a station that prefers its browser and for browser tests.
//!
//! Any page in any browser on this machine can reach a loopback port, so a call needs the token of this start, the
//! address must be ours (`Host`, against rebinding), and so must be the page it comes from (`Origin`).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use percent_encoding::percent_decode_str;
use rust_embed::RustEmbed;
use serde_json::Value;

use crate::rpc::{self, Reply};
use crate::{Failure, FailureCode, Station};

/// Largest body: a 64 MB picture and some room.
const BODY_LIMIT: usize = 80 << 20;
/// Holds the arguments when the body is bytes: JSON, percent-encoded.
const ARGS: &str = "x-doorstep-args";
/// Nothing from elsewhere, nothing inline but styles.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; \
     img-src 'self' blob: data:; media-src 'self' blob: mediastream:; connect-src 'self'; object-src 'none'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The station's screen, as it was built.
#[derive(RustEmbed)]
#[folder = "../ui/dist/station"]
#[allow_missing = true]
struct Screen;

#[derive(Clone)]
struct Host {
    station: Station,
    /// BLAKE3 of the token: hashes compare in constant time.
    token: blake3::Hash,
    names: Arc<[String; 3]>,
}

/// Serves `station` at `address` to whoever has the token.
pub fn router(station: Station, address: SocketAddr, token: &str) -> Router {
    let port = address.port();
    let names = [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
    ];
    let host = Host {
        station,
        token: blake3::hash(token.as_bytes()),
        names: Arc::new(names),
    };
    Router::new()
        .route("/rpc/{command}", post(command))
        .fallback(screen)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(host.clone(), guard))
        .with_state(host)
}

async fn command(State(host): State<Host>, Path(name): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    if !authorised(&host, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let call = match arguments(&headers, &body) {
        Ok((args, body)) => rpc::call(&host.station, &name, args, body).await,
        Err(failure) => Err(failure),
    };
    match call {
        Ok(Reply::Json(json)) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Ok(Reply::Bytes { media_type, bytes }) => {
            let media_type = HeaderValue::from_str(&media_type);
            let media_type = media_type.unwrap_or(HeaderValue::from_static("application/octet-stream"));
            ([(header::CONTENT_TYPE, media_type)], bytes).into_response()
        }
        Err(failure) => (status(failure.code), axum::Json(failure)).into_response(),
    }
}

fn arguments(headers: &HeaderMap, body: &Bytes) -> Result<(Value, Vec<u8>), Failure> {
    let malformed = || Failure::bad_request("arguments are not JSON");
    let Some(args) = headers.get(ARGS) else {
        let args = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(body).map_err(|_| malformed())?
        };
        return Ok((args, Vec::new()));
    };
    let args = args.to_str().map_err(|_| malformed())?;
    let args = percent_decode_str(args).decode_utf8().map_err(|_| malformed())?;
    Ok((serde_json::from_str(&args).map_err(|_| malformed())?, body.to_vec()))
}

fn authorised(host: &Host, headers: &HeaderMap) -> bool {
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    given.is_some_and(|token| blake3::hash(token.as_bytes()) == host.token)
}

fn status(code: FailureCode) -> StatusCode {
    match code {
        FailureCode::NotFound | FailureCode::FileElsewhere => StatusCode::NOT_FOUND,
        FailureCode::LockedDevice
        | FailureCode::NotEnrolled
        | FailureCode::NotAllowed
        | FailureCode::NotToday
        | FailureCode::PinLocked => StatusCode::FORBIDDEN,
        FailureCode::Wait => StatusCode::TOO_MANY_REQUESTS,
        FailureCode::Locked | FailureCode::Unseen | FailureCode::AlreadyEnrolled | FailureCode::Incomplete => {
            StatusCode::CONFLICT
        }
        FailureCode::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        FailureCode::Offline | FailureCode::Refused => StatusCode::BAD_GATEWAY,
        FailureCode::Store => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}

/// Lets in only what is meant for this address and comes from its own pages, and says on every answer what a page may do.
async fn guard(State(host): State<Host>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let text = |name| {
        headers
            .get(name)
            .map(|value: &HeaderValue| value.to_str().unwrap_or_default())
    };
    let known = |name: &str| host.names.iter().any(|own| own == name);
    let meant = text(header::HOST).is_some_and(known);
    let from_here = text(header::ORIGIN).is_none_or(|origin| origin.strip_prefix("http://").is_some_and(known));
    let mut response = match meant && from_here {
        true => next.run(request).await,
        false => StatusCode::FORBIDDEN.into_response(),
    };
    let set = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        // Nothing of a station stays in a browser's cache.
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in set {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn screen(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    match Screen::get(path) {
        Some(file) => {
            let media_type = HeaderValue::from_static(media_type(path));
            ([(header::CONTENT_TYPE, media_type)], file.data.into_owned()).into_response()
        }
        None if path == "index.html" => {
            (StatusCode::NOT_FOUND, "The screen has not been built: make run").into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The media types of a built screen.
fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("json" | "webmanifest") => "application/json",
        _ => "application/octet-stream",
    }
}
