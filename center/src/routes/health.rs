//! Whether the center works.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use crate::error::{Answer, ErrorBody};
use crate::store;

/// It works.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `doorstep-center`.
    pub name: String,
    /// Program version.
    pub version: String,
    /// The center's clock, milliseconds.
    pub now: u64,
}

/// Answers when the database answers.
#[utoipa::path(get, path = "/health", tag = "devices",
    responses((status = 200, body = Health), (status = "5XX", body = ErrorBody)))]
pub(super) async fn health(State(center): State<Shared>) -> Answer<Health> {
    let now = center.clock.now();
    center
        .run(|center| Ok(center.store.read(store::catalogues::newest)?))
        .await?;
    Ok(Json(Health {
        name: "doorstep-center".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        now,
    }))
}
