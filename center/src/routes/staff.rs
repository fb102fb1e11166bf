//! Staff of stations.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use doorstep_records::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{OneTime, Shared, Signed};
use crate::error::{Answer, ApiError, ErrorBody};
use crate::rights::Right;

/// Somebody begins to work at a station.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewStaff {
    /// Staff number, unique in the district; nobody ever has one that belonged to somebody else.
    pub number: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
}

/// Another name, role or station.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StaffChange {
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// 12-digit division.
    pub station: String,
}

/// Adds somebody to a station; their first PIN.
#[utoipa::path(post, path = "/api/stations/{division}/staff", tag = "people", params(("division" = String, Path)),
    request_body = NewStaff, responses((status = 200, body = OneTime), (status = "4XX", body = ErrorBody)))]
pub(super) async fn add_staff(
    State(center): State<Shared>,
    signed: Signed,
    Path(division): Path<String>,
    Json(body): Json<NewStaff>,
) -> Answer<OneTime> {
    let by = signed.may(Right::ManagePeople)?.account;
    let secret = center
        .run(move |center| center.add_staff(&by, &division, &body))
        .await?;
    Ok(Json(OneTime { secret }))
}

/// Changes name, role or station of somebody.
#[utoipa::path(post, path = "/api/staff/{number}", tag = "people", params(("number" = String, Path)),
    request_body = StaffChange, responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn change_staff(
    State(center): State<Shared>,
    signed: Signed,
    Path(number): Path<String>,
    Json(body): Json<StaffChange>,
) -> Result<StatusCode, ApiError> {
    let by = signed.may(Right::ManagePeople)?.account;
    center
        .run(move |center| center.change_staff(&by, &number, &body))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A new PIN.
#[utoipa::path(post, path = "/api/staff/{number}/pin", tag = "people", params(("number" = String, Path)),
    responses((status = 200, body = OneTime), (status = "4XX", body = ErrorBody)))]
pub(super) async fn set_pin(
    State(center): State<Shared>,
    signed: Signed,
    Path(number): Path<String>,
) -> Answer<OneTime> {
    let by = signed.may(Right::ManagePeople)?.account;
    let secret = center.run(move |center| center.set_pin(&by, &number)).await?;
    Ok(Json(OneTime { secret }))
}

/// Somebody works here no longer: out at the next contact of the station's devices.
#[utoipa::path(post, path = "/api/staff/{number}/remove", tag = "people", params(("number" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn remove_staff(
    State(center): State<Shared>,
    signed: Signed,
    Path(number): Path<String>,
) -> Result<StatusCode, ApiError> {
    let by = signed.may(Right::ManagePeople)?.account;
    center.run(move |center| center.remove_staff(&by, &number)).await?;
    Ok(StatusCode::NO_CONTENT)
}
