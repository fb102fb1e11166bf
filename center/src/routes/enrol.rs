//! A device joins.

use axum::Json;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::small::Small;
use super::{Peer, Shared};
use crate::error::{Answer, ApiError, ErrorBody};
use crate::store;

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
pub(super) async fn enrol(
    State(center): State<Shared>,
    peer: Peer,
    Small(body): Small<EnrolRequest>,
) -> Answer<EnrolReply> {
    let now = center.clock.now();
    let address = peer.0.to_string();
    center.enrolments.check(&address, now).map_err(ApiError::wait)?;
    let public_key = hex::decode(&body.public_key).map_err(|_| ApiError::bad_request("the key is not hex"))?;
    let grant = center
        .run(move |center| center.enrol(&body.code, &public_key, &body.label))
        .await;
    match &grant {
        Err(error) if error.code == "wrong_code" => center.enrolments.failed(&address, now),
        Err(_) => {}
        Ok(_) => center.enrolments.succeeded(&address),
    }
    Ok(Json(EnrolReply {
        center_public_key: hex::encode(center.key.verifying_key().to_bytes()),
        grant: STANDARD.encode(store::items::encode(&grant?)),
        now,
    }))
}
