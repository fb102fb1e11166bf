//! Accounts of the console.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use doorstep_records::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Shared, Signed};
use crate::error::{Answer, ApiError, ErrorBody};
use crate::rights::Right;

/// An account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccountRow {
    /// What is typed to sign in.
    pub account: String,
    /// Name for people.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Since when it cannot be used, milliseconds.
    pub disabled: Option<u64>,
}

/// Makes an account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewAccount {
    /// What is typed to sign in: letters, digits, `.`, `_`, `-`.
    pub account: String,
    /// Name for people, unique: it stands in the record of every decision.
    pub name: String,
    /// Role.
    pub role: Role,
}

/// Another role.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RoleChange {
    /// Role.
    pub role: Role,
}

/// A password or a PIN, shown once: it is stored nowhere.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OneTime {
    /// The secret.
    pub secret: String,
}

/// All accounts.
#[utoipa::path(get, path = "/api/accounts", tag = "people",
    responses((status = 200, body = Vec<AccountRow>), (status = "4XX", body = ErrorBody)))]
pub(super) async fn accounts(State(center): State<Shared>, signed: Signed) -> Answer<Vec<AccountRow>> {
    signed.may(Right::ManagePeople)?;
    center.run(|center| center.accounts()).await.map(Json)
}

/// Makes an account; its one-time password.
#[utoipa::path(post, path = "/api/accounts", tag = "people", request_body = NewAccount,
    responses((status = 200, body = OneTime), (status = "4XX", body = ErrorBody)))]
pub(super) async fn add_account(
    State(center): State<Shared>,
    signed: Signed,
    Json(body): Json<NewAccount>,
) -> Answer<OneTime> {
    let by = signed.may(Right::ManagePeople)?.account;
    let secret = center.run(move |center| center.add_account(&by, &body)).await?;
    Ok(Json(OneTime { secret }))
}

/// Another role. Whoever is signed in under the account signs in anew.
#[utoipa::path(post, path = "/api/accounts/{account}/role", tag = "people", params(("account" = String, Path)),
    request_body = RoleChange, responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn change_role(
    State(center): State<Shared>,
    signed: Signed,
    Path(account): Path<String>,
    Json(body): Json<RoleChange>,
) -> Result<StatusCode, ApiError> {
    let by = signed.may(Right::ManagePeople)?.account;
    center
        .run(move |center| center.change_role(&by, &account, body.role))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A new one-time password.
#[utoipa::path(post, path = "/api/accounts/{account}/password", tag = "people", params(("account" = String, Path)),
    responses((status = 200, body = OneTime), (status = "4XX", body = ErrorBody)))]
pub(super) async fn set_password(
    State(center): State<Shared>,
    signed: Signed,
    Path(account): Path<String>,
) -> Answer<OneTime> {
    let by = signed.may(Right::ManagePeople)?.account;
    let secret = center.run(move |center| center.set_password(&by, &account)).await?;
    Ok(Json(OneTime { secret }))
}

/// The account can no longer be used; whoever is signed in under it is out at once.
#[utoipa::path(post, path = "/api/accounts/{account}/disable", tag = "people", params(("account" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn disable(
    State(center): State<Shared>,
    signed: Signed,
    Path(account): Path<String>,
) -> Result<StatusCode, ApiError> {
    let by = signed.may(Right::ManagePeople)?.account;
    center.run(move |center| center.disable(&by, &account)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The account can be used again.
#[utoipa::path(post, path = "/api/accounts/{account}/enable", tag = "people", params(("account" = String, Path)),
    responses((status = 204), (status = "4XX", body = ErrorBody)))]
pub(super) async fn enable(
    State(center): State<Shared>,
    signed: Signed,
    Path(account): Path<String>,
) -> Result<StatusCode, ApiError> {
    let by = signed.may(Right::ManagePeople)?.account;
    center.run(move |center| center.enable(&by, &account)).await?;
    Ok(StatusCode::NO_CONTENT)
}
