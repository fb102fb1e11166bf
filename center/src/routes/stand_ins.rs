//! Stand-ins (AB角).

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Shared, Signed};
use crate::error::{Answer, ApiError, ErrorBody};
use crate::rights::Right;

/// Somebody stands in for somebody.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StandInRow {
    /// Number of the line.
    pub id: i64,
    /// Whether both are staff of stations; otherwise both are accounts of the console.
    pub at_station: bool,
    /// Name of who stands in.
    pub who_name: String,
    /// Name of for whom.
    pub whom_name: String,
    /// First day, `2026-03-01`.
    pub from: String,
    /// Last day.
    pub until: String,
    /// Whether it holds.
    pub state: StandInState,
}

/// Whether a stand-in holds today.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StandInState {
    /// Its first day has not come.
    Coming,
    /// It holds.
    Now,
    /// Its last day has passed, or it was ended.
    Over,
}

/// Lets somebody stand in for somebody.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewStandIn {
    /// Whether both are staff of stations; otherwise both are accounts of the console.
    pub at_station: bool,
    /// Account or staff number of who stands in.
    pub who: String,
    /// Account or staff number of for whom.
    pub whom: String,
    /// First day, `2026-03-01`.
    pub from: String,
    /// Last day.
    pub until: String,
}

/// The last stand-ins, newest first.
#[utoipa::path(get, path = "/api/stand-ins", tag = "people",
    responses((status = 200, body = Vec<StandInRow>), (status = "4XX", body = ErrorBody)))]
pub(super) async fn stand_ins(State(center): State<Shared>, signed: Signed) -> Answer<Vec<StandInRow>> {
    signed.may(Right::ManagePeople)?;
    center.run(|center| center.stand_ins()).await.map(Json)
}

/// Lets somebody stand in for somebody, from a day to a day.
#[utoipa::path(post, path = "/api/stand-ins", tag = "people", request_body = NewStandIn,
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn add_stand_in(
    State(center): State<Shared>,
    signed: Signed,
    Json(body): Json<NewStandIn>,
) -> Result<StatusCode, ApiError> {
    let by = signed.may(Right::ManagePeople)?.account;
    center.run(move |center| center.add_stand_in(&by, &body)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a stand-in before its time.
#[utoipa::path(post, path = "/api/stand-ins/{id}/end", tag = "people", params(("id" = i64, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn end_stand_in(
    State(center): State<Shared>,
    signed: Signed,
    Path(id): Path<i64>,
) -> Result<StatusCode, ApiError> {
    let by = signed.may(Right::ManagePeople)?.account;
    center.run(move |center| center.end_stand_in(&by, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
