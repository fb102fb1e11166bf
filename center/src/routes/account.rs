//! What a person does with their own account: the password, the second factor, and where they are signed in.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use qrcode::QrCode;
use qrcode::render::svg;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{Browser, Entered, Shared, Signed};
use super::session::{CodeBody, SessionView, entered, signed_out, view};
use super::small::Small;
use crate::center::Center;
use crate::error::{Answer, ApiError, ErrorBody};
use crate::signing::{Session, Todo, Token};

/// A person's own account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountView {
    /// Whether there is a second factor.
    pub second_factor: bool,
    /// Whether the role needs one.
    pub needs_second_factor: bool,
    /// Codes on paper that were not used yet.
    pub recovery_left: u32,
    /// Where the account is signed in, the one used last first.
    pub sessions: Vec<SessionPlace>,
    /// Now, milliseconds since 1970.
    pub now: u64,
}

/// One place where an account is signed in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SessionPlace {
    /// Names it; opens nothing.
    pub id: String,
    /// Since when, milliseconds since 1970.
    pub begun: u64,
    /// When it was used last, to the minute, milliseconds since 1970.
    pub used: u64,
    /// Network address.
    pub address: String,
    /// What the browser says of itself.
    pub browser: String,
    /// Whether it is the one that asks.
    pub here: bool,
}

/// Chooses another password.
#[derive(Deserialize, ToSchema)]
pub struct PasswordBody {
    /// The one there is.
    pub password: String,
    /// The new one.
    pub new_password: String,
}

/// A second factor that is being set up: shown this once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SetUpView {
    /// The secret, to be typed into the telephone.
    pub secret: String,
    /// The line in the QR code.
    pub line: String,
    /// The QR code, SVG.
    pub qr: String,
}

/// Codes for paper: shown this once, each good once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RecoveryCodes {
    /// The codes.
    pub codes: Vec<String>,
    /// The session now.
    pub session: SessionView,
}

/// The account of whoever asks.
#[utoipa::path(get, path = "/api/account", tag = "account",
    responses((status = 200, body = AccountView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn account(State(center): State<Shared>, signed: Signed) -> Answer<AccountView> {
    center.run(move |center| see(center, &signed)).await.map(Json)
}

fn see(center: &Center, signed: &Signed) -> Result<AccountView, ApiError> {
    let account = &signed.account;
    let factor = center.factor(&account.account)?;
    let here = signed.token.stored();
    let places = center
        .sessions(&account.account)?
        .into_iter()
        .map(|place| SessionPlace {
            id: place.id(),
            begun: place.begun,
            used: place.used,
            here: place.hash == here,
            address: place.address,
            browser: place.browser,
        });
    Ok(AccountView {
        second_factor: factor.is_set,
        needs_second_factor: account.needs_second_factor(),
        recovery_left: factor.recovery_left,
        sessions: places.collect(),
        now: center.clock.now(),
    })
}

/// Chooses another password; signs out everywhere else. What is wrong with it stands in `fields.new_password`: `too_short`,
/// `too_long`, `common`, `like_name`, `same`.
#[utoipa::path(post, path = "/api/account/password", tag = "account", request_body = PasswordBody,
    responses((status = 200, body = SessionView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn change_password(
    State(center): State<Shared>,
    entering: Entered,
    browser: Browser,
    Small(body): Small<PasswordBody>,
) -> Result<Response, ApiError> {
    let Entered { session, token } = entering.ready_for(Todo::Password)?;
    let _turn = center.passwords.acquire().await;
    let whence = browser.whence(&center, &session.account.account);
    let (from, kept) = (whence.clone(), token.clone());
    let session = center
        .run(move |center| {
            center.change_password(&session.account, &kept, &body.password, &body.new_password, &from)?;
            Ok(Session {
                initial: false,
                ..session
            })
        })
        .await?;
    Ok(entered(&center, &session, &token, &whence))
}

/// Begins to set up a second factor; whoever has one shows it, or a code on paper. It counts once it was confirmed.
#[utoipa::path(post, path = "/api/account/second-factor", tag = "account", request_body = CodeBody,
    responses((status = 200, body = SetUpView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn set_up(
    State(center): State<Shared>,
    entering: Entered,
    browser: Browser,
    Small(body): Small<CodeBody>,
) -> Answer<SetUpView> {
    let Entered { session, .. } = entering.ready_for(Todo::SecondFactor)?;
    let _turn = center.passwords.acquire().await;
    let whence = browser.whence(&center, &session.account.account);
    let set_up = center
        .run(move |center| center.set_up_factor(&session.account, &body.code, &whence))
        .await?;
    let qr = QrCode::new(&set_up.line).map_err(|_| ApiError::bad_request("the name is too long for a QR code"))?;
    let qr = qr.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    Ok(Json(SetUpView {
        secret: set_up.secret,
        line: set_up.line,
        qr,
    }))
}

/// Ends setting up by the first code of the new factor; signs out everywhere else.
#[utoipa::path(post, path = "/api/account/second-factor/confirm", tag = "account", request_body = CodeBody,
    responses((status = 200, body = RecoveryCodes), (status = "4XX", body = ErrorBody)))]
pub(super) async fn confirm(
    State(center): State<Shared>,
    entering: Entered,
    Small(body): Small<CodeBody>,
) -> Answer<RecoveryCodes> {
    let Entered { session, token } = entering.ready_for(Todo::SecondFactor)?;
    let work = move |center: &Center| {
        let codes = center.confirm_factor(&session.account, &token, &body.code)?;
        let session = Session {
            has_factor: true,
            proved: true,
            ..session
        };
        Ok(shown(codes, &session, &token))
    };
    center.run(work).await.map(Json)
}

/// Ten new codes for paper in the place of the old ones, for a code of the telephone or an old one on paper.
#[utoipa::path(post, path = "/api/account/recovery-codes", tag = "account", request_body = CodeBody,
    responses((status = 200, body = RecoveryCodes), (status = "4XX", body = ErrorBody)))]
pub(super) async fn renew_recovery(
    State(center): State<Shared>,
    entering: Entered,
    browser: Browser,
    Small(body): Small<CodeBody>,
) -> Answer<RecoveryCodes> {
    let Entered { session, token } = entering.ready_for(Todo::SecondFactor)?;
    let _turn = center.passwords.acquire().await;
    let whence = browser.whence(&center, &session.account.account);
    let work = move |center: &Center| {
        let codes = center.renew_recovery(&session.account, &body.code, &whence)?;
        Ok(shown(codes, &session, &token))
    };
    center.run(work).await.map(Json)
}

fn shown(codes: Vec<String>, session: &Session, token: &Token) -> RecoveryCodes {
    RecoveryCodes {
        codes,
        session: view(session, token),
    }
}

/// Ends one session of one's own.
#[utoipa::path(delete, path = "/api/account/sessions/{id}", tag = "account", params(("id" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn end_session(
    State(center): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    center
        .run(move |center| center.end_session(&signed.account.account, &id))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Signs out everywhere, here too.
#[utoipa::path(delete, path = "/api/account/sessions", tag = "account",
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn sign_out_everywhere(State(center): State<Shared>, signed: Signed) -> Result<Response, ApiError> {
    center
        .run(move |center| center.sign_out_everywhere(&signed.account.account))
        .await?;
    Ok(signed_out(&center))
}
