//! What devices exchange: items by `POST /sync`, files by tus.

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{map_response, map_response_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{head, post};
use doorstep_sync::tus::{self, Creation, TusError};
use doorstep_sync::wire::SyncRequest;
use doorstep_sync::{FileHash, auth};

use super::extract::{FromDevice, Shared};
use crate::error::ApiError;
use crate::upload::Progress;

/// Bytes given in one answer when no range is asked: the station asks for ranges.
const MOST: u64 = 64 << 20;

/// The routes of devices.
pub(super) fn routes(center: &Shared) -> Router<Shared> {
    Router::new()
        .route("/files", post(create))
        .route(
            "/files/{hash}",
            head(progress).patch(append).get(fetch).delete(terminate),
        )
        .layer(map_response(name_tus))
        .route("/sync", post(sync))
        .layer(DefaultBodyLimit::disable())
        .layer(map_response_with_state(center.clone(), tell_time))
}

/// A device whose clock is off hears the time.
async fn tell_time(State(center): State<Shared>, mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        response
            .headers_mut()
            .insert(auth::NOW, HeaderValue::from(center.clock.now()));
    }
    response
}

/// tus names its version.
async fn name_tus(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(tus::RESUMABLE, HeaderValue::from_static(tus::VERSION));
    response
}

async fn sync(State(center): State<Shared>, from: FromDevice) -> Result<Response, ApiError> {
    let request = SyncRequest::from_bytes(&from.body)
        .map_err(|error| ApiError::new(StatusCode::BAD_REQUEST, error.code(), error.to_string()))?;
    let answer = center
        .run(move |center| {
            let answer = center.exchange(&from.device, &request)?;
            Ok(answer.to_bytes(&request.brought()))
        })
        .await?;
    // No header that a device does not need: each is sent with every contact.
    Ok(Response::new(Body::from(answer)))
}

async fn create(State(center): State<Shared>, from: FromDevice) -> Result<Response, ApiError> {
    let creation = Creation::from_headers(&from.headers).map_err(not_tus)?;
    let location = tus::path(&creation.file.hash);
    let progress = center
        .run(move |center| center.announce(&from.device, &creation, &from.body))
        .await?;
    let status = if progress.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, [(header::LOCATION, location)], offsets(progress)).into_response())
}

async fn append(
    State(center): State<Shared>,
    Path(hash): Path<String>,
    from: FromDevice,
) -> Result<Response, ApiError> {
    let hash = parse(&hash)?;
    let offset = tus::patch_offset(&from.headers).map_err(not_tus)?;
    let progress = center
        .run(move |center| center.patch(&from.device, &hash, offset, &from.body))
        .await?;
    Ok((StatusCode::NO_CONTENT, offsets(progress)).into_response())
}

async fn progress(
    State(center): State<Shared>,
    Path(hash): Path<String>,
    _from: FromDevice,
) -> Result<Response, ApiError> {
    let hash = parse(&hash)?;
    let known = center
        .run(move |center| center.store.read(|sql| center.progress(sql, &hash)))
        .await?;
    let (stored, len, _) = known.ok_or_else(|| ApiError::not_found("file"))?;
    let progress = Progress {
        stored,
        len,
        created: false,
    };
    Ok((StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], offsets(progress)).into_response())
}

async fn terminate(
    State(center): State<Shared>,
    Path(hash): Path<String>,
    from: FromDevice,
) -> Result<Response, ApiError> {
    let hash = parse(&hash)?;
    center.run(move |center| center.terminate(&from.device, &hash)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn fetch(State(center): State<Shared>, Path(hash): Path<String>, from: FromDevice) -> Result<Response, ApiError> {
    let hash = parse(&hash)?;
    center
        .run(move |center| {
            let found = center.store.read(|sql| center.fetchable(sql, &from.device, &hash))?;
            let len = found.ok_or_else(|| ApiError::not_found("file"))?;
            let (status, from, count) = match tus::parse_range(&from.headers, len) {
                Some((_, 0)) => {
                    let range = [(header::CONTENT_RANGE, format!("bytes */{len}"))];
                    return Ok((StatusCode::RANGE_NOT_SATISFIABLE, range).into_response());
                }
                Some((from, count)) => (StatusCode::PARTIAL_CONTENT, from, count.min(MOST)),
                None => (StatusCode::OK, 0, len),
            };
            let bytes = center.disk.read_part(&hash, from, count)?;
            let mut response = (status, [(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response();
            if status == StatusCode::PARTIAL_CONTENT {
                let range = format!("bytes {from}-{}/{len}", from + count - 1);
                response.headers_mut().insert(
                    header::CONTENT_RANGE,
                    range.parse().unwrap_or(HeaderValue::from_static("")),
                );
            }
            Ok(response)
        })
        .await
}

fn offsets(progress: Progress) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(tus::OFFSET, progress.stored.into());
    headers.insert(tus::LENGTH, progress.len.into());
    headers
}

fn parse(hash: &str) -> Result<FileHash, ApiError> {
    hash.parse().map_err(|_| ApiError::not_found("file"))
}

fn not_tus(error: TusError) -> ApiError {
    let status = if error == TusError::Version {
        StatusCode::PRECONDITION_FAILED
    } else {
        StatusCode::BAD_REQUEST
    };
    ApiError::new(status, "bad_request", error.to_string())
}
