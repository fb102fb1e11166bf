//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use doorstep_records::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{COOKIE, Peer, Shared, Signed};
use super::small::Small;
use crate::error::{Answer, ApiError, ErrorBody};
use crate::rights::{Actor, Right, StandsFor};
use crate::signing::{SESSION_LIFE, Token};

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
    pub role: Role,
    /// For whom it stands in today (AB角).
    pub stands_for: Vec<StandsFor>,
    /// What it may do; the screen shows no more than that.
    pub rights: Vec<Right>,
    /// Goes into the header `x-csrf` of every call that changes something.
    pub csrf: String,
}

/// Who is signed in, with the token every change needs.
#[utoipa::path(get, path = "/api/session", tag = "session",
    responses((status = 200, body = SessionView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn session(signed: Signed) -> Answer<SessionView> {
    Ok(Json(view(signed.account, &signed.token)))
}

/// Signs in. Sets the session cookie. After wrong passwords: 429 with `Retry-After`.
#[utoipa::path(post, path = "/api/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = SessionView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn sign_in(
    State(center): State<Shared>,
    peer: Peer,
    Small(body): Small<SignIn>,
) -> Result<Response, ApiError> {
    // A password costs time and memory: few are looked at at once, and none overtakes the count of wrong ones.
    let _turn = center.passwords.acquire().await;
    let (token, account) = center
        .run(move |center| center.sign_in(&body.name, &body.password, peer.0))
        .await?;
    let cookie = cookie(&token.text(), SESSION_LIFE / 1000, center.tls);
    Ok(([(header::SET_COOKIE, cookie)], Json(view(account, &token))).into_response())
}

/// Signs out.
#[utoipa::path(delete, path = "/api/session", tag = "session",
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn sign_out(State(center): State<Shared>, signed: Signed) -> Result<Response, ApiError> {
    center.run(move |center| center.sign_out(&signed.token)).await?;
    Ok((
        StatusCode::NO_CONTENT,
        [(header::SET_COOKIE, cookie("", 0, center.tls))],
    )
        .into_response())
}

fn view(account: Actor, token: &Token) -> SessionView {
    SessionView {
        rights: account.rights(),
        account: account.account,
        name: account.name,
        role: account.role,
        stands_for: account.stands_for,
        csrf: token.csrf(),
    }
}

/// Only this page's own requests carry the cookie, and no script can read it.
fn cookie(value: &str, seconds: u64, tls: bool) -> String {
    let secure = if tls { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}
