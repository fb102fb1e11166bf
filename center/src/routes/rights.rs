//! Who may do what.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use doorstep_records::{Deciders, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Shared, Signed};
use crate::error::{Answer, ApiError, ErrorBody};
use crate::rights::Right;

/// The table of rights, as it holds in this district.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RightsTable {
    /// Each role with its rights.
    pub roles: Vec<RoleRights>,
    /// Who decides.
    pub deciders: Deciders,
}

/// A role with its rights.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RoleRights {
    /// Role.
    pub role: Role,
    /// What it may do.
    pub rights: Vec<Right>,
}

/// Who decides.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DecidersRequest {
    /// Who.
    pub deciders: Deciders,
}

/// Who may do what.
#[utoipa::path(get, path = "/api/rights", tag = "people",
    responses((status = 200, body = RightsTable), (status = "4XX", body = ErrorBody)))]
pub(super) async fn rights(State(center): State<Shared>, _: Signed) -> Answer<RightsTable> {
    center.run(|center| center.rights_table()).await.map(Json)
}

/// From now on these decide.
#[utoipa::path(post, path = "/api/rights/deciders", tag = "people", request_body = DecidersRequest,
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn set_deciders(
    State(center): State<Shared>,
    signed: Signed,
    Json(body): Json<DecidersRequest>,
) -> Result<StatusCode, ApiError> {
    let by = signed.may(Right::ManagePeople)?.account;
    center
        .run(move |center| center.set_deciders(&by, body.deciders))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
