//! Scans for the console, and result files.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use doorstep_records::case::ResultFile;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Shared, Signed};
use crate::error::{Answer, ApiError, ErrorBody};

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
    todo!()
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
    todo!()
}
