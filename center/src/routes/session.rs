//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use doorstep_records::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Browser, COOKIE, Entered, Shared};
use super::small::Small;
use crate::center::Center;
use crate::error::{Answer, ApiError, ErrorBody};
use crate::known_browser;
use crate::rights::{Right, StandsFor};
use crate::signing::{SESSION_LIFE, Session, Todo, Token, Whence};

/// Name and password.
#[derive(Deserialize, ToSchema)]
pub struct SignIn {
    /// Account name.
    pub name: String,
    /// Password.
    pub password: String,
}

/// A code of the second factor.
#[derive(Deserialize, ToSchema)]
pub struct CodeBody {
    /// Six digits from the telephone, or one of the codes on paper.
    pub code: String,
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
    /// What is left to do before anything else is answered, in this order.
    pub todo: Vec<Todo>,
    /// Goes into the header `x-csrf` of every call that changes something.
    pub csrf: String,
}

/// Who is signed in, with the token every change needs.
#[utoipa::path(get, path = "/api/session", tag = "session",
    responses((status = 200, body = SessionView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn session(entered: Entered) -> Answer<SessionView> {
    Ok(Json(view(&entered.session, &entered.token)))
}

/// Signs in. Sets the session cookie. After wrong passwords: 429 with `Retry-After`.
#[utoipa::path(post, path = "/api/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = SessionView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn sign_in(
    State(center): State<Shared>,
    browser: Browser,
    Small(body): Small<SignIn>,
) -> Result<Response, ApiError> {
    // A password costs time and memory: few are looked at at once, and none overtakes the count of wrong ones.
    let _turn = center.passwords.acquire().await;
    let whence = browser.whence(&center, &body.name);
    let from = whence.clone();
    let (token, session) = center
        .run(move |center| center.sign_in(&body.name, &body.password, &from))
        .await?;
    Ok(entered(&center, &session, &token, &whence))
}

/// Shows the second factor, after the password. After wrong codes: 429 with `Retry-After`.
#[utoipa::path(post, path = "/api/session/code", tag = "session", request_body = CodeBody,
    responses((status = 200, body = SessionView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn show_code(
    State(center): State<Shared>,
    Entered { session, token }: Entered,
    browser: Browser,
    Small(body): Small<CodeBody>,
) -> Result<Response, ApiError> {
    // None overtakes the count of wrong ones.
    let _turn = center.passwords.acquire().await;
    let whence = browser.whence(&center, &session.account.account);
    let (from, shown) = (whence.clone(), token.clone());
    let session = center
        .run(move |center| {
            center.prove(&session, &shown, &body.code, &from)?;
            Ok(Session {
                proved: true,
                ..session
            })
        })
        .await?;
    Ok(entered(&center, &session, &token, &whence))
}

/// Signs out.
#[utoipa::path(delete, path = "/api/session", tag = "session",
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn sign_out(State(center): State<Shared>, entered: Entered) -> Result<Response, ApiError> {
    center.run(move |center| center.sign_out(&entered.token)).await?;
    Ok(signed_out(&center))
}

/// The session, in the answer and as a cookie.
pub(super) fn entered(center: &Center, session: &Session, token: &Token, whence: &Whence) -> Response {
    let cookies = session_cookies(center, session, token, whence);
    (set(cookies), Json(view(session, token))).into_response()
}

/// The cookie of a session; and one by which a browser that has shown everything is known from now on.
pub(super) fn session_cookies(center: &Center, session: &Session, token: &Token, whence: &Whence) -> Vec<String> {
    let account = &session.account.account;
    let mut cookies = vec![session_cookie(center, &token.text(), SESSION_LIFE.whole / 1000)];
    if whence.known.is_none() && !session.todo().contains(&Todo::Code) {
        let (name, value) = (known_browser::cookie(account), center.know_browser(account));
        cookies.push(cookie(center, &name, &value, "/api", known_browser::LIFE));
    }
    cookies
}

/// Nobody is signed in here any more.
pub(super) fn signed_out(center: &Center) -> Response {
    (StatusCode::NO_CONTENT, set(vec![session_cookie(center, "", 0)])).into_response()
}

pub(super) fn set(cookies: Vec<String>) -> AppendHeaders<Vec<(header::HeaderName, HeaderValue)>> {
    let values = cookies
        .into_iter()
        .filter_map(|cookie| HeaderValue::from_str(&cookie).ok());
    AppendHeaders(values.map(|value| (header::SET_COOKIE, value)).collect())
}

pub(super) fn view(session: &Session, token: &Token) -> SessionView {
    let account = &session.account;
    SessionView {
        account: account.account.clone(),
        name: account.name.clone(),
        role: account.role,
        stands_for: account.stands_for.clone(),
        rights: account.rights(),
        todo: session.todo(),
        csrf: token.csrf(),
    }
}

fn session_cookie(center: &Center, value: &str, seconds: u64) -> String {
    cookie(center, COOKIE, value, "/", seconds)
}

/// Only this page's own requests carry the cookie, and no script can read it.
fn cookie(center: &Center, name: &str, value: &str, path: &str, seconds: u64) -> String {
    let secure = if center.tls { "; Secure" } else { "" };
    format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}
