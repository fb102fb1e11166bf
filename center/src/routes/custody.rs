//! 留痕: who wrote what, checked anew; and as a file that others can check.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use doorstep_records::Purpose;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cases::case_id;
use super::{Shared, Signed, Words};
use crate::center::Center;
use crate::error::{Answer, ApiError, ErrorBody};
use crate::rights::Right;

/// The chain of custody of a case, checked when it was asked for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CustodyView {
    /// When it was checked, milliseconds.
    pub checked: u64,
    /// The district's public key, hex: by it alone the file is checked.
    pub key: String,
    /// Every item, in the order in which the center took them.
    pub links: Vec<CustodyLink>,
    /// What does not hold, the first first; empty when everything does.
    pub faults: Vec<CustodyFault>,
}

/// One item, checked, and the hands it came through.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CustodyLink {
    /// Item id, hex.
    pub item: String,
    /// Name of the device that signed it; empty for the center.
    pub device: String,
    /// Code of that device in application numbers.
    pub device_code: String,
    /// Staff number or account name; empty for an automatic step.
    pub staff: String,
    /// Their name, when known.
    pub staff_name: String,
    /// The author's clock, milliseconds.
    pub time: u64,
    /// When it reached the center, milliseconds.
    pub arrived: u64,
    /// When the center gave the receipt for it, milliseconds; nothing for what the center wrote itself.
    pub receipt: Option<u64>,
    /// When the grant of the device began, milliseconds; nothing for the center.
    pub granted: Option<u64>,
    /// What it changed, in words.
    pub changed: Vec<String>,
    /// Why it does not hold: a code.
    pub flaw: Option<String>,
}

/// Something that does not hold.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CustodyFault {
    /// Stable code.
    pub code: String,
    /// What it is about: the id of an item or of a file, hex.
    pub about: String,
    /// Words.
    pub words: String,
}

/// Who wrote what, on which device, under which grant: every signature checked anew from the stored items.
#[utoipa::path(get, path = "/api/cases/{id}/custody", tag = "cases", params(("id" = String, Path, description = "document id, hex"), Words),
    responses((status = 200, body = CustodyView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn custody(
    State(center): State<Shared>,
    signed: Signed,
    words: Words,
    Path(id): Path<String>,
) -> Answer<CustodyView> {
    let Signed { account, .. } = signed.may(Right::ReadCases)?;
    let id = case_id(&id)?;
    center
        .run(move |center| {
            let view = center.custody_view(&id, words.0)?;
            center.look(&account.account, Purpose::Custody, &[id])?;
            Ok(view)
        })
        .await
        .map(Json)
}

/// The same as a file that a third party checks by `doorstep-verify` and the district's public key alone.
#[utoipa::path(get, path = "/api/cases/{id}/custody/file", tag = "cases", params(("id" = String, Path, description = "document id, hex")),
    responses((status = 200, content_type = "application/octet-stream"), (status = "4XX", body = ErrorBody)))]
pub(super) async fn custody_file(
    State(center): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let Signed { account, .. } = signed.may(Right::ReadCases)?;
    let id = case_id(&id)?;
    let taken_out = move |center: &Center| {
        let bytes = center.custody_file(&id)?;
        center.look(&account.account, Purpose::CustodyFile, &[id])?;
        Ok(bytes)
    };
    let bytes = center.run(taken_out).await?;
    let name = format!("attachment; filename=\"{id}.{}\"", doorstep_custody::file::EXTENSION);
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
