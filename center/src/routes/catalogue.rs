//! Publishing at the console: files are brought one by one, checked together, looked at, and published.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use doorstep_matters::Answers;
use doorstep_matters::workbook::read_upper;
use doorstep_sync::FileHash;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{MatterPage, Shared, Signed, Words};
use crate::catalogue::{CatalogueReport, Named, PublishError};
use crate::center::Center;
use crate::deeds::Deed;
use crate::error::{Answer, ApiError, ErrorBody};
use crate::rights::Right;

/// Most files that are looked at together.
const MOST_FILES: usize = 200;

/// Name of a file that is brought.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct BroughtName {
    /// Name, with its ending: `.xlsx`, `.csv`, `.jpg`, `.png`.
    pub name: String,
}

/// A file that was brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BroughtFile {
    /// Name.
    pub name: String,
    /// BLAKE3, hex.
    pub hash: String,
}

/// Files that were brought, to be checked together with what is published.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CheckRequest {
    /// The files.
    pub files: Vec<BroughtFile>,
    /// An upper-level list to put beside the catalogue.
    #[serde(default)]
    pub upper: Option<BroughtFile>,
}

/// A form to be tried before it is published.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PreviewRequest {
    /// The files.
    pub files: Vec<BroughtFile>,
    /// Code of the matter.
    pub code: String,
    /// Answers by question.
    pub answers: BTreeMap<String, String>,
}

/// Files to be published.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PublishRequest {
    /// The files.
    pub files: Vec<BroughtFile>,
    /// The version in force when they were checked.
    pub version: u64,
}

/// What was published.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PublishedVersion {
    /// The version now in force.
    pub version: u64,
}

/// Brings a file, up to 8 MB. It is kept until newer ones need its place, and published by nothing but `publish`.
#[utoipa::path(post, path = "/api/catalogue/files", tag = "catalogue", params(BroughtName),
    request_body(content_type = "application/octet-stream"),
    responses((status = 200, body = BroughtFile), (status = "4XX", body = ErrorBody)))]
pub(super) async fn bring(
    State(center): State<Shared>,
    signed: Signed,
    Query(BroughtName { name }): Query<BroughtName>,
    body: Bytes,
) -> Answer<BroughtFile> {
    signed.may(Right::ManageCatalogue)?;
    let hash = center.uploads.keep(&name, &body)?.to_string();
    Ok(Json(BroughtFile { name, hash }))
}

/// Checks files as if they were published now: what is wrong, what changes, and how it will look.
#[utoipa::path(post, path = "/api/catalogue/check", tag = "catalogue", params(Words), request_body = CheckRequest,
    responses((status = 200, body = CatalogueReport), (status = "4XX", body = ErrorBody)))]
pub(super) async fn check(
    State(center): State<Shared>,
    signed: Signed,
    words: Words,
    Json(request): Json<CheckRequest>,
) -> Answer<CatalogueReport> {
    signed.may(Right::ManageCatalogue)?;
    let work = move |center: &Center| {
        let given = brought(center, &request.files)?;
        let upper = match &request.upper {
            None => Vec::new(),
            Some(file) => {
                let (name, bytes) = one(center, file)?;
                let unknown = || ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "upper_list", "no codes and names");
                read_upper(&name, &bytes).ok_or_else(unknown)?
            }
        };
        Ok(center.check_files(&given, &upper, words.0)?)
    };
    center.run(work).await.map(Json)
}

/// A form that is not published yet, with answers to try it.
#[utoipa::path(post, path = "/api/catalogue/preview", tag = "catalogue", params(Words), request_body = PreviewRequest,
    responses((status = 200, body = MatterPage), (status = "4XX", body = ErrorBody)))]
pub(super) async fn preview(
    State(center): State<Shared>,
    signed: Signed,
    words: Words,
    Json(request): Json<PreviewRequest>,
) -> Answer<MatterPage> {
    signed.may(Right::ManageCatalogue)?;
    let work = move |center: &Center| {
        let given = brought(center, &request.files)?;
        let answers: Answers = request.answers.into_iter().collect();
        center
            .preview(&given, &request.code, &answers, words.0)?
            .ok_or_else(|| ApiError::not_found("matter"))
    };
    center.run(work).await.map(Json)
}

/// Publishes files among those in force, in place of the ones of the same name or about the same matter.
#[utoipa::path(post, path = "/api/catalogue/publish", tag = "catalogue", request_body = PublishRequest,
    responses((status = 200, body = PublishedVersion), (status = "4XX", body = ErrorBody)))]
pub(super) async fn publish(
    State(center): State<Shared>,
    signed: Signed,
    Json(request): Json<PublishRequest>,
) -> Answer<PublishedVersion> {
    let Signed { account, .. } = signed.may(Right::ManageCatalogue)?;
    let work = move |center: &Center| {
        let given = brought(center, &request.files)?;
        Ok(center.publish_more(Some(request.version), &given)?)
    };
    let version = center.run(work).await?;
    tracing::info!(role = account.role.word(), version, "a catalogue was published");
    let deed = Deed::CataloguePublished { version };
    center
        .run(move |center| center.wrote_down(&account, Right::ManageCatalogue, &deed))
        .await?;
    Ok(Json(PublishedVersion { version }))
}

/// Takes a matter out of the catalogue. What was begun under it goes on with the version it began with.
#[utoipa::path(post, path = "/api/matters/{code}/withdraw", tag = "catalogue", params(("code" = String, Path)),
    responses((status = 200, body = PublishedVersion), (status = "4XX", body = ErrorBody)))]
pub(super) async fn withdraw(
    State(center): State<Shared>,
    signed: Signed,
    Path(code): Path<String>,
) -> Answer<PublishedVersion> {
    let Signed { account, .. } = signed.may(Right::ManageCatalogue)?;
    let role = account.role.word();
    let work = move |center: &Center| {
        let version = center.withdraw_matter(&code)?;
        let deed = Deed::MatterWithdrawn { matter: code, version };
        center.wrote_down(&account, Right::ManageCatalogue, &deed)?;
        Ok(version)
    };
    let version = center.run(work).await?;
    tracing::info!(role, version, "a matter was withdrawn");
    Ok(Json(PublishedVersion { version }))
}

fn brought(center: &Center, files: &[BroughtFile]) -> Result<Vec<Named>, ApiError> {
    if files.is_empty() || files.len() > MOST_FILES {
        return Err(ApiError::bad_request("no files, or too many"));
    }
    files.iter().map(|file| one(center, file)).collect()
}

fn one(center: &Center, file: &BroughtFile) -> Result<Named, ApiError> {
    let gone = || ApiError::new(StatusCode::GONE, "catalogue_gone", "the file has to be brought again");
    let hash: FileHash = file.hash.parse().map_err(|_| gone())?;
    let bytes = center.uploads.get(&hash).ok_or_else(gone)?;
    crate::catalogue::check_name(&file.name)?;
    Ok((file.name.clone(), bytes.to_vec()))
}

impl From<PublishError> for ApiError {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Store(error) => error.into(),
            PublishError::Io(error) => error.into(),
            PublishError::Unknown => Self::not_found("matter"),
            PublishError::Changed => Self::new(StatusCode::CONFLICT, "catalogue_changed", error.to_string()),
            // Files that a check has found good have none; what is left names the one that is taken out.
            PublishError::Workbooks(_) => Self::new(StatusCode::CONFLICT, "catalogue_faults", error.to_string()),
            PublishError::Empty => Self::new(StatusCode::CONFLICT, "catalogue_empty", error.to_string()),
            PublishError::NoDistrict => Self::bad_request(error.to_string()),
        }
    }
}
