//! The published catalogue.

use axum::Json;
use axum::extract::{Path, State};
use doorstep_matters::view::MatterView;
use doorstep_matters::{FormView, MatterSummary};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Shared, Signed, Words};
use crate::error::{Answer, ErrorBody};

/// The catalogue in force.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MatterCatalogue {
    /// Version; 0 when nothing has been published.
    pub version: u64,
    /// When it was published, milliseconds.
    pub published: u64,
    /// Its matters, in order of code.
    pub matters: Vec<MatterSummary>,
}

/// One matter: what it needs and what it asks.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MatterPage {
    /// Everything needed.
    pub matter: MatterView,
    /// The empty form.
    pub form: FormView,
}

/// The catalogue in force.
#[utoipa::path(get, path = "/api/matters", tag = "matters", params(Words),
    responses((status = 200, body = MatterCatalogue), (status = "4XX", body = ErrorBody)))]
pub(super) async fn matters(State(center): State<Shared>, _signed: Signed, words: Words) -> Answer<MatterCatalogue> {
    center.run(move |center| center.matter_list(words.0)).await.map(Json)
}

/// One matter of it.
#[utoipa::path(get, path = "/api/matters/{code}", tag = "matters", params(("code" = String, Path), Words),
    responses((status = 200, body = MatterPage), (status = "4XX", body = ErrorBody)))]
pub(super) async fn matter(
    State(center): State<Shared>,
    _signed: Signed,
    words: Words,
    Path(code): Path<String>,
) -> Answer<MatterPage> {
    center
        .run(move |center| center.matter_page(&code, words.0))
        .await
        .map(Json)
}
