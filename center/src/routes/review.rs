//! What a reviewer does about a case. Every action names the events it has seen (`expected`), so that two people
//! never act on one case without knowing of each other.

use axum::Json;
use axum::extract::{Path, State};
use doorstep_records::case::{CorrectionPoint, ResultFile};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cases::{CaseView, case_id};
use super::{Shared, Signed, Words};
use crate::error::{Answer, ErrorBody};

/// 受理.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AcceptRequest {
    /// [`CaseView::seen`].
    pub expected: u32,
    /// Why it is accepted although a rule blocks; needed when one does.
    #[serde(default)]
    pub reason: String,
}

/// 下一步: ends the stage that the case is at.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AdvanceRequest {
    /// [`CaseView::seen`].
    pub expected: u32,
    /// 办理意见.
    pub opinion: String,
}

/// 已核验: a material that nobody needs to bring was looked up at its source.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct VerifyRequest {
    /// [`CaseView::seen`].
    pub expected: u32,
    /// Material code.
    pub material: String,
}

/// 不予受理.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NotAcceptRequest {
    /// [`CaseView::seen`].
    pub expected: u32,
    /// Why.
    pub reason: String,
    /// Where the applicant can turn.
    pub remedies: String,
}

/// 补正: names at least one question or material.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CorrectionBody {
    /// [`CaseView::seen`].
    pub expected: u32,
    /// Words for the whole.
    pub message: String,
    /// Questions, by name, with what is wrong.
    pub fields: Vec<CorrectionPoint>,
    /// Materials, by code, with what is wrong.
    pub materials: Vec<CorrectionPoint>,
    /// Last day, `2026-03-01`, not before today.
    pub due: String,
}

/// 办结.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DecideRequest {
    /// [`CaseView::seen`].
    pub expected: u32,
    /// Granted or refused.
    pub granted: bool,
    /// Result number, may be empty.
    pub number: String,
    /// Why; needed when refused.
    pub reason: String,
    /// Where the applicant can turn; needed when refused.
    pub remedies: String,
    /// Stored before by `POST /api/results`.
    pub file: Option<ResultFile>,
}

/// 受理: starts the clock of the decision.
#[utoipa::path(post, path = "/api/cases/{id}/accept", tag = "review", params(("id" = String, Path), Words),
    request_body = AcceptRequest,
    responses((status = 200, body = CaseView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn accept(
    State(center): State<Shared>,
    signed: Signed,
    words: Words,
    Path(id): Path<String>,
    Json(body): Json<AcceptRequest>,
) -> Answer<CaseView> {
    let (id, account) = (case_id(&id)?, signed.account);
    center
        .run(move |center| {
            center.accept(&account, &id, &body)?;
            center.case_view(&id, &account, words.0)
        })
        .await
        .map(Json)
}

/// 下一步: the stage ends with an opinion, and the next one begins.
#[utoipa::path(post, path = "/api/cases/{id}/advance", tag = "review", params(("id" = String, Path), Words),
    request_body = AdvanceRequest,
    responses((status = 200, body = CaseView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn advance(
    State(center): State<Shared>,
    signed: Signed,
    words: Words,
    Path(id): Path<String>,
    Json(body): Json<AdvanceRequest>,
) -> Answer<CaseView> {
    let (id, account) = (case_id(&id)?, signed.account);
    center
        .run(move |center| {
            center.advance(&account, &id, &body)?;
            center.case_view(&id, &account, words.0)
        })
        .await
        .map(Json)
}

/// 已核验: what nobody needs to bring was looked up at its source.
#[utoipa::path(post, path = "/api/cases/{id}/verify", tag = "review", params(("id" = String, Path), Words),
    request_body = VerifyRequest,
    responses((status = 200, body = CaseView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn verify(
    State(center): State<Shared>,
    signed: Signed,
    words: Words,
    Path(id): Path<String>,
    Json(body): Json<VerifyRequest>,
) -> Answer<CaseView> {
    let (id, account) = (case_id(&id)?, signed.account);
    center
        .run(move |center| {
            center.verify(&account, &id, &body)?;
            center.case_view(&id, &account, words.0)
        })
        .await
        .map(Json)
}

/// 不予受理, with reason and remedies.
#[utoipa::path(post, path = "/api/cases/{id}/not-accept", tag = "review", params(("id" = String, Path), Words),
    request_body = NotAcceptRequest,
    responses((status = 200, body = CaseView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn not_accept(
    State(center): State<Shared>,
    signed: Signed,
    words: Words,
    Path(id): Path<String>,
    Json(body): Json<NotAcceptRequest>,
) -> Answer<CaseView> {
    let (id, account) = (case_id(&id)?, signed.account);
    center
        .run(move |center| {
            center.not_accept(&account, &id, &body)?;
            center.case_view(&id, &account, words.0)
        })
        .await
        .map(Json)
}

/// 补正: asks once more, for named questions and materials.
#[utoipa::path(post, path = "/api/cases/{id}/correction", tag = "review", params(("id" = String, Path), Words),
    request_body = CorrectionBody,
    responses((status = 200, body = CaseView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn ask_correction(
    State(center): State<Shared>,
    signed: Signed,
    words: Words,
    Path(id): Path<String>,
    Json(body): Json<CorrectionBody>,
) -> Answer<CaseView> {
    let (id, account) = (case_id(&id)?, signed.account);
    center
        .run(move |center| {
            center.ask_correction(&account, &id, &body)?;
            center.case_view(&id, &account, words.0)
        })
        .await
        .map(Json)
}

/// 办结: granted with a number or a file, or refused with reason and remedies.
#[utoipa::path(post, path = "/api/cases/{id}/decide", tag = "review", params(("id" = String, Path), Words),
    request_body = DecideRequest,
    responses((status = 200, body = CaseView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn decide(
    State(center): State<Shared>,
    signed: Signed,
    words: Words,
    Path(id): Path<String>,
    Json(body): Json<DecideRequest>,
) -> Answer<CaseView> {
    let (id, account) = (case_id(&id)?, signed.account);
    center
        .run(move |center| {
            center.decide(&account, &id, &body)?;
            center.case_view(&id, &account, words.0)
        })
        .await
        .map(Json)
}
