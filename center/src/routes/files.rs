//! Scans for the console, and result files.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use doorstep_records::case::ResultFile;
use doorstep_sync::FileHash;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Shared, Signed};
use crate::center::Center;
use crate::error::{Answer, ApiError, ErrorBody};
use crate::picture::Shown;
use crate::rights::Right;

/// The largest result file, bytes.
pub(super) const MAX_RESULT: usize = 20 << 20;
/// Longest edge of a picture shown, pixels.
const LARGEST: u32 = 4_000;

/// How large a picture is wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Size {
    /// Longer edge in pixels, 64 to 4000; without it 4000.
    pub edge: Option<u32>,
}

/// Name of a result file.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ResultName {
    /// Name for people, with its ending.
    pub name: String,
}

/// A picture of a case, drawn again as JPEG: what was uploaded never reaches the browser as it is. Result files that
/// are no pictures come as downloads.
#[utoipa::path(get, path = "/api/files/{hash}", tag = "files", params(("hash" = String, Path, description = "BLAKE3, hex"), Size),
    responses((status = 200, content_type = "image/jpeg"), (status = "4XX", body = ErrorBody)))]
pub(super) async fn case_file(
    State(center): State<Shared>,
    signed: Signed,
    Path(hash): Path<String>,
    Query(size): Query<Size>,
) -> Result<Response, ApiError> {
    let Signed { account, .. } = signed.may(Right::ReadCases)?;
    let hash: FileHash = hash.parse().map_err(|_| ApiError::not_found("file"))?;
    let edge = size.edge.unwrap_or(LARGEST).clamp(64, LARGEST);
    let _turn = center.pictures.acquire().await;
    let shown = move |center: &Center| {
        let shown = center.shown_file(&hash, edge)?;
        center.look_at_file(&account.account, &hash)?;
        Ok(shown)
    };
    let shown = center.run(shown).await?;
    let (media_type, disposition) = match &shown {
        Shown::Picture(_) => ("image/jpeg", "inline"),
        // Never shown by the browser itself: what is in it is not ours.
        Shown::Download(_) => ("application/octet-stream", "attachment"),
    };
    let (Shown::Picture(bytes) | Shown::Download(bytes)) = shown;
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        // Papers of a person stay on no reviewer's disk.
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, bytes).into_response())
}

/// Stores a result file (PDF, JPEG or PNG, up to 20 MB) before the decision that names it.
#[utoipa::path(post, path = "/api/results", tag = "files", params(ResultName),
    request_body(content_type = "application/octet-stream"),
    responses((status = 200, body = ResultFile), (status = "4XX", body = ErrorBody)))]
pub(super) async fn store_result(
    State(center): State<Shared>,
    signed: Signed,
    Query(name): Query<ResultName>,
    body: Bytes,
) -> Answer<ResultFile> {
    signed.may(Right::Decide)?;
    center
        .run(move |center| center.store_result(&name.name, &body))
        .await
        .map(Json)
}
