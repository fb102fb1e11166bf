//! A device joins.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Peer, Shared};
use crate::error::{Answer, ErrorBody};

/// A device asks to join.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EnrolRequest {
    /// The one-time code; case, spaces and dashes do not matter.
    pub code: String,
    /// The device's public key, 32 bytes in hex.
    pub public_key: String,
    /// Name for people; when empty, the one given with the code.
    #[serde(default)]
    pub label: String,
}

/// The device has joined.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EnrolReply {
    /// The center's public key, 32 bytes in hex.
    pub center_public_key: String,
    /// The grant item (CBOR), base64.
    pub grant: String,
    /// The center's clock, milliseconds.
    pub now: u64,
}

/// Exchanges a one-time code and a public key for a grant.
#[utoipa::path(post, path = "/enrol", tag = "devices", request_body = EnrolRequest,
    responses((status = 200, body = EnrolReply), (status = "4XX", body = ErrorBody)))]
pub(super) async fn enrol(State(center): State<Shared>, peer: Peer, Json(body): Json<EnrolRequest>) -> Answer<EnrolReply> {
    todo!()
}
