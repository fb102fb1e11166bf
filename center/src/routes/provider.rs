//! Signing in by the district's identity provider: away to it, and back with a code.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{Browser, Origin, Shared};
use super::session::{session_cookies, set};
use crate::center::Center;
use crate::error::{Answer, ApiError, ErrorBody};
use crate::provider::{PATIENCE, ProviderError};

/// Keeps what belongs to one sign-in, in the browser that began it.
const COOKIE: &str = "doorstep_provider";
/// Where the provider sends people back to.
const BACK: &str = "/api/provider/back";

/// Ways to sign in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Ways {
    /// Whether the district's identity provider is one.
    pub provider: bool,
}

/// What the provider sends a browser back with.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Back {
    /// A code for a token.
    pub code: String,
    /// What the browser was sent with.
    pub state: String,
    /// Why there is no code.
    pub error: String,
}

/// Ways to sign in beside name and password.
#[utoipa::path(get, path = "/api/provider", tag = "session", responses((status = 200, body = Ways)))]
pub(super) async fn ways(State(center): State<Shared>) -> Answer<Ways> {
    Ok(Json(Ways {
        provider: center.provider.is_some(),
    }))
}

/// Sends the browser to the identity provider.
#[utoipa::path(get, path = "/api/provider/begin", tag = "session",
    responses((status = 303), (status = "4XX", body = ErrorBody)))]
pub(super) async fn begin(State(center): State<Shared>, origin: Origin) -> Result<Response, ApiError> {
    let provider = center
        .provider
        .as_ref()
        .ok_or_else(|| ApiError::not_found("provider"))?;
    let back = format!("{}{BACK}", origin.0);
    Ok(match provider.begin(&*center.random, center.clock.now(), &back).await {
        Ok((address, kept)) => go(&center, &address, &kept, Vec::new()),
        Err(error) => failed(&center, &error),
    })
}

/// Takes a browser back from the identity provider: signs in, or says at the page why not.
#[utoipa::path(get, path = "/api/provider/back", tag = "session", params(Back),
    responses((status = 303), (status = "4XX", body = ErrorBody)))]
pub(super) async fn back(
    State(center): State<Shared>,
    origin: Origin,
    browser: Browser,
    Query(back): Query<Back>,
) -> Result<Response, ApiError> {
    let provider = center
        .provider
        .as_ref()
        .ok_or_else(|| ApiError::not_found("provider"))?;
    if !back.error.is_empty() {
        return Ok(failed(&center, &ProviderError::Refused));
    }
    let kept = browser.cookie(COOKIE).unwrap_or_default();
    let (now, here) = (center.clock.now(), format!("{}{BACK}", origin.0));
    let person = match provider.finish(kept, &back.state, &back.code, now, &here).await {
        Ok(person) => person,
        Err(error) => return Ok(failed(&center, &error)),
    };
    let whence = browser.whence(&center, &person.name);
    let from = whence.clone();
    let begun = center
        .run(move |center| center.sign_in_as(&person.name, person.proved, &from))
        .await;
    Ok(match begun {
        Ok((token, session)) => go(&center, "/", "", session_cookies(&center, &session, &token, &whence)),
        Err(error) if error.status == StatusCode::NOT_FOUND => {
            tracing::warn!("the identity provider named somebody who has no account here");
            go(&center, "/?provider=unknown", "", Vec::new())
        }
        Err(error) => return Err(error),
    })
}

fn failed(center: &Center, error: &ProviderError) -> Response {
    tracing::warn!(%error, "nobody signed in by the identity provider");
    go(center, "/?provider=failed", "", Vec::new())
}

/// Sends a browser on. What it keeps of a sign-in goes with it, or is over.
fn go(center: &Center, address: &str, kept: &str, mut cookies: Vec<String>) -> Response {
    let Ok(location) = HeaderValue::from_str(address) else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let seconds = if kept.is_empty() { 0 } else { PATIENCE / 1_000 };
    let secure = if center.tls { "; Secure" } else { "" };
    // `Lax`: it has to come back with a browser that another site sends here.
    cookies.push(format!(
        "{COOKIE}={kept}; Path=/api/provider; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
    ));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)], set(cookies)).into_response()
}
