//! What a supervisor reads: what administrators did, and where the seal was used.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Shared, Signed};
use crate::deeds::Deed;
use crate::error::{Answer, ErrorBody};
use crate::rights::Right;

/// Which rows.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// First row.
    pub offset: u32,
}

/// What administrators did, newest first, 50 rows.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeedPage {
    /// The rows.
    pub rows: Vec<DeedRow>,
    /// Rows in all.
    pub total: u32,
}

/// One thing an administrator did.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeedRow {
    /// When, milliseconds.
    pub at: u64,
    /// Name of who did it.
    pub by: String,
    /// Name of whom they stood in for; empty when for nobody.
    pub stands_for: String,
    /// What.
    pub deed: Deed,
}

/// Decisions under the seal, newest first, 50 rows.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SealPage {
    /// The rows.
    pub rows: Vec<SealUse>,
    /// Rows in all.
    pub total: u32,
}

/// A decision under the seal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SealUse {
    /// Document id of the case, hex.
    pub case: String,
    /// 办件编号.
    pub number: String,
    /// Which seal.
    pub seal: String,
    /// Granted or refused.
    pub granted: bool,
    /// Name of who decided.
    pub by: String,
    /// Name of whom they stood in for; empty when for nobody.
    pub stands_for: String,
    /// When, milliseconds.
    pub at: u64,
}

/// What administrators did.
#[utoipa::path(get, path = "/api/deeds", tag = "logs", params(LogQuery),
    responses((status = 200, body = DeedPage), (status = "4XX", body = ErrorBody)))]
pub(super) async fn deeds(
    State(center): State<Shared>,
    signed: Signed,
    Query(query): Query<LogQuery>,
) -> Answer<DeedPage> {
    signed.may(Right::ReadLogs)?;
    center.run(move |center| center.deeds(&query)).await.map(Json)
}

/// Where the seal was used.
#[utoipa::path(get, path = "/api/seal-uses", tag = "logs", params(LogQuery),
    responses((status = 200, body = SealPage), (status = "4XX", body = ErrorBody)))]
pub(super) async fn seal_uses(
    State(center): State<Shared>,
    signed: Signed,
    Query(query): Query<LogQuery>,
) -> Answer<SealPage> {
    signed.may(Right::ReadLogs)?;
    center.run(move |center| center.seal_uses(&query)).await.map(Json)
}
