//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Peer, Shared, Signed};
use crate::error::{Answer, ApiError, ErrorBody};
use crate::rights::{AccountRole, Right};

/// Name and password.
#[derive(Deserialize, ToSchema)]
pub struct SignIn {
    /// Account name.
    pub name: String,
    /// Password.
    pub password: String,
}

/// Who is signed in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    /// Account name.
    pub account: String,
    /// Name for people.
    pub name: String,
    /// Role.
    pub role: AccountRole,
    /// What this role may do; the screen shows no more than that.
    pub rights: Vec<Right>,
    /// Goes into the header `x-csrf` of every call that changes something.
    pub csrf: String,
}

/// Who is signed in, with the token every change needs.
#[utoipa::path(get, path = "/api/session", tag = "session",
    responses((status = 200, body = SessionView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn session(signed: Signed) -> Answer<SessionView> {
    todo!()
}

/// Signs in. Sets the session cookie. After wrong passwords: 429 with `Retry-After`.
#[utoipa::path(post, path = "/api/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = SessionView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn sign_in(State(center): State<Shared>, peer: Peer, Json(body): Json<SignIn>) -> Result<Response, ApiError> {
    todo!()
}

/// Signs out.
#[utoipa::path(delete, path = "/api/session", tag = "session",
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn sign_out(State(center): State<Shared>, signed: Signed) -> Result<Response, ApiError> {
    todo!()
}
