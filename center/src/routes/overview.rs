//! Figures. Of cases and stations, never of people.

use axum::Json;
use axum::extract::State;
use doorstep_records::Status;
use doorstep_records::deadline::Light;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cases::StationName;
use super::{Shared, Signed};
use crate::error::{Answer, ErrorBody};
use crate::rights::Right;

/// How things stand.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Overview {
    /// The center's clock, milliseconds.
    pub now: u64,
    /// The center's day, `2026-02-14`.
    pub today: String,
    /// Cases in all.
    pub total: u32,
    /// Cases by status; those with none are left out.
    pub by_status: Vec<StatusCount>,
    /// Cases by light; those with none are left out.
    pub by_light: Vec<LightCount>,
    /// Cases by station, in order of division.
    pub by_station: Vec<StationCount>,
}

/// Cases of one status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusCount {
    /// Status.
    pub status: Status,
    /// Cases.
    pub count: u32,
}

/// Cases of one light.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LightCount {
    /// Light.
    pub light: Light,
    /// Cases.
    pub count: u32,
}

/// Cases of one station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StationCount {
    /// Which one.
    pub station: StationName,
    /// Cases in all.
    pub total: u32,
    /// Not yet done.
    pub open: u32,
    /// Of those, one working day left or less.
    pub yellow: u32,
    /// Of those, overdue.
    pub red: u32,
    /// Waiting for a correction.
    pub paused: u32,
    /// Last contact of any of its devices, milliseconds.
    pub last_contact: Option<u64>,
}

/// Counts by status, light and station.
#[utoipa::path(get, path = "/api/overview", tag = "overview",
    responses((status = 200, body = Overview), (status = "4XX", body = ErrorBody)))]
pub(super) async fn overview(State(center): State<Shared>, signed: Signed) -> Answer<Overview> {
    signed.may(Right::ReadOverview)?;
    center.run(|center| center.overview()).await.map(Json)
}
