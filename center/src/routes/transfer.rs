//! Files of devices, by tus and by ranges: see [`doorstep_sync::tus`].

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use doorstep_sync::tus::{self, Creation, TusError};
use doorstep_sync::{DeviceId, FileHash, Millis};
use futures_util::StreamExt;
use tokio::time::timeout;

use super::extract::{FromDevice, Shared, Streamed};
use crate::center::Center;
use crate::error::ApiError;
use crate::intake::MAX_FILE;
use crate::store::files::Upload;
use crate::upload::{Announced, Progress};
use crate::writing::Writer;

/// Bytes given in one answer, asked for or not: the station asks for less and goes on.
const MOST: u64 = 4 << 20;
/// Bytes gathered before they are written.
const PIECE: usize = 64 << 10;
/// Time without a byte after which the line is taken for cut.
const SILENCE: Duration = Duration::from_secs(60);

/// The routes of files.
pub(super) fn routes() -> Router<Shared> {
    let file = axum::routing::head(progress).patch(append).get(fetch).delete(terminate);
    Router::new()
        .route("/files", post(create).options(capabilities))
        .route("/files/{hash}", file.options(capabilities))
        .layer(map_response(name_tus))
}

/// tus names its version; to somebody who speaks another, all it speaks.
async fn name_tus(mut response: Response) -> Response {
    let refused = response.status() == StatusCode::PRECONDITION_FAILED;
    let headers = response.headers_mut();
    headers.insert(tus::RESUMABLE, HeaderValue::from_static(tus::VERSION));
    if refused {
        headers.insert(tus::VERSIONS, HeaderValue::from_static(tus::VERSION));
    }
    response
}

/// What is spoken here, for any tus client.
async fn capabilities() -> impl IntoResponse {
    let headers = [
        (tus::VERSIONS, HeaderValue::from_static(tus::VERSION)),
        (tus::EXTENSION, HeaderValue::from_static(tus::EXTENSIONS)),
        (tus::MAX_SIZE, HeaderValue::from(MAX_FILE)),
    ];
    (StatusCode::NO_CONTENT, headers)
}

async fn create(State(center): State<Shared>, from: Streamed) -> Result<Response, ApiError> {
    let creation = Creation::from_headers(&from.headers).map_err(not_tus)?;
    let (hash, device) = (creation.file.hash, from.device);
    let location = [(header::LOCATION, tus::path(&hash))];
    let writer = center.writing.begin(hash, device).await?;
    let announced = center.run(move |center| center.announce(&device, &creation)).await?;
    if !announced.created {
        // What came with it is known already. Stopped between storing the last byte and saying so, it is said now.
        let progress = match announced.progress.stored == announced.progress.len {
            true => take(&center, device, writer, announced, Body::empty()).await?,
            false => announced.progress,
        };
        return Ok((StatusCode::OK, location, told(&center, &progress)).into_response());
    }
    let progress = take(&center, device, writer, announced, from.body).await?;
    Ok((StatusCode::CREATED, location, told(&center, &progress)).into_response())
}

async fn append(State(center): State<Shared>, Path(hash): Path<String>, from: Streamed) -> Result<Response, ApiError> {
    let (hash, device) = (parse(&hash)?, from.device);
    let offset = tus::patch_offset(&from.headers).map_err(not_tus)?;
    let writer = center.writing.begin(hash, device).await?;
    let known = center.run(move |center| center.go_on(&device, &hash, offset)).await?;
    let progress = take(&center, device, writer, known, from.body).await?;
    Ok((StatusCode::NO_CONTENT, told(&center, &progress)).into_response())
}

/// Stores bytes as they come. It goes on by itself when the connection is gone: what has come is kept.
async fn take(
    center: &Shared,
    device: DeviceId,
    writer: Writer,
    known: Announced,
    body: Body,
) -> Result<Progress, ApiError> {
    let Some(upload) = known.upload else {
        return Ok(known.progress);
    };
    let (center, mut progress) = (center.clone(), known.progress);
    let taken = tokio::spawn(async move {
        let upload = Arc::new(upload);
        progress.stored = receive(&center, &writer, &upload, progress.stored, body).await?;
        if progress.stored < progress.len {
            center.run(move |center| center.pause(&upload)).await?;
            return Ok(progress);
        }
        // To hash and to commit is work that takes its turn.
        let _turn = center.admission.files.enter(device).await?;
        center.run(move |center| center.finish(&upload)).await?;
        progress.expires = None;
        Ok(progress)
    });
    taken.await.unwrap_or_else(|_| {
        Err(ApiError::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "store",
            "the work was stopped",
        ))
    })
}

/// Stores what comes until it ends, is cut, falls silent, or the same device asks for the file again; the new offset.
async fn receive(
    center: &Shared,
    writer: &Writer,
    upload: &Arc<Upload>,
    mut offset: u64,
    body: Body,
) -> Result<u64, ApiError> {
    let mut pieces = body.into_data_stream();
    let mut gathered = Vec::new();
    loop {
        let piece = tokio::select! {
            biased;
            piece = timeout(SILENCE, pieces.next()) => piece,
            () = writer.asked() => break,
        };
        let Ok(Some(Ok(piece))) = piece else { break };
        gathered.extend_from_slice(&piece);
        if gathered.len() >= PIECE {
            offset = write(center, upload, offset, std::mem::take(&mut gathered)).await?;
        }
    }
    write(center, upload, offset, gathered).await
}

async fn write(center: &Shared, upload: &Arc<Upload>, offset: u64, bytes: Vec<u8>) -> Result<u64, ApiError> {
    let upload = upload.clone();
    center.run(move |center| center.append(&upload, offset, &bytes)).await
}

async fn progress(
    State(center): State<Shared>,
    Path(hash): Path<String>,
    from: FromDevice,
) -> Result<Response, ApiError> {
    tus::check_named_version(&from.headers).map_err(not_tus)?;
    let hash = parse(&hash)?;
    // An earlier request of this device has lost its connection: what it brought is counted first.
    let writer = center.writing.begin(hash, from.device).await;
    let known = center.run(move |center| center.on_way(&from.device, &hash)).await?;
    drop(writer);
    let mut headers = told(&center, &known.progress);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(upload) = known.upload {
        let Upload { file, scope, .. } = upload;
        let metadata = Creation { file, scope }.metadata();
        headers.extend(HeaderValue::try_from(metadata).ok().map(|value| {
            let name = header::HeaderName::from_static(tus::METADATA);
            (name, value)
        }));
    }
    Ok((StatusCode::OK, headers).into_response())
}

async fn terminate(
    State(center): State<Shared>,
    Path(hash): Path<String>,
    from: FromDevice,
) -> Result<Response, ApiError> {
    tus::check_named_version(&from.headers).map_err(not_tus)?;
    let hash = parse(&hash)?;
    let _writer = center.writing.begin(hash, from.device).await?;
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

fn told(center: &Center, progress: &Progress) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(tus::OFFSET, progress.stored.into());
    headers.insert(tus::LENGTH, progress.len.into());
    if let Some(expires) = progress.expires.and_then(|at| http_date(at.max(center.clock.now()))) {
        headers.insert(tus::EXPIRES, expires);
    }
    headers
}

/// As RFC 9110, 5.6.7 has it: `Sat, 14 Feb 2026 04:00:00 GMT`.
fn http_date(at: Millis) -> Option<HeaderValue> {
    let instant = jiff::Timestamp::from_millisecond(i64::try_from(at).ok()?).ok()?;
    HeaderValue::try_from(instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
}

fn parse(hash: &str) -> Result<FileHash, ApiError> {
    hash.parse().map_err(|_| ApiError::not_found("file"))
}

fn not_tus(error: TusError) -> ApiError {
    let status = match error {
        TusError::Version => StatusCode::PRECONDITION_FAILED,
        TusError::Header("content-type") => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        TusError::Header(_) => StatusCode::BAD_REQUEST,
    };
    ApiError::new(status, "bad_request", error.to_string())
}
