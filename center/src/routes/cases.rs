//! The queue, and one case on one page.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, Query, State};
use doorstep_matters::calendar::Limit;
use doorstep_matters::rule::BrokenRule;
use doorstep_matters::{FormView, MaterialView, MatterSummary, QuestionView};
use doorstep_records::application::{Field, Version};
use doorstep_records::deadline::Deadline;
use doorstep_records::{Application, CaseEvent, MaterialRecord, Status};
use doorstep_sync::DocumentId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Shared, Signed, Words};
use crate::error::{Answer, ApiError, ErrorBody};
use crate::rights::Right;

/// Which cases to list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Queue {
    /// 待受理: arrived, or come back after a correction.
    #[default]
    Open,
    /// 待决定: accepted.
    Accepted,
    /// 待补正: something was asked for.
    Correction,
    /// 已办结: decided, not accepted, withdrawn.
    Done,
    /// Not done, and this account was the last to act, or somebody for whom it stands in.
    Mine,
    /// Every case.
    All,
}

/// What to list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct CaseQuery {
    /// Which queue.
    #[param(inline)]
    pub queue: Queue,
    /// Name, pinyin initials, number, or the last digits of the ID number.
    pub q: String,
    /// Matter code.
    pub matter: String,
    /// 12-digit division.
    pub station: String,
    /// First row.
    pub offset: u32,
    /// Rows, at most 200; 0 means 50.
    pub limit: u32,
}

/// A page of a queue, the most urgent first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseList {
    /// The rows.
    pub rows: Vec<CaseRow>,
    /// Rows in all, under the same filters.
    pub total: u32,
    /// Rows in each queue, under the same filters.
    pub counts: QueueCounts,
}

/// Rows in each queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueueCounts {
    /// 待受理.
    pub open: u32,
    /// 待决定.
    pub accepted: u32,
    /// 待补正.
    pub correction: u32,
    /// 已办结.
    pub done: u32,
    /// This account's.
    pub mine: u32,
    /// All.
    pub all: u32,
}

/// A case in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseRow {
    /// Document id, hex.
    pub id: String,
    /// 办件编号.
    pub number: String,
    /// Matter code.
    pub matter: String,
    /// Matter name.
    pub matter_name: String,
    /// Applicant's name.
    pub applicant: String,
    /// Where it was taken.
    pub station: StationName,
    /// How far it has got.
    pub status: Status,
    /// What is owed, and until when.
    pub deadline: Deadline,
    /// When the station took it, by the station's clock, milliseconds.
    pub received: Option<u64>,
    /// When it reached the center, milliseconds.
    pub arrived: Option<u64>,
    /// Fields with rival values.
    pub conflicts: u32,
    /// Problems the pre-check found.
    pub problems: u32,
    /// Scans and signatures named.
    pub files: u32,
    /// Those of them that are here, whole and verified.
    pub files_verified: u32,
    /// The bundle (一件事) it is a part of.
    pub bundle: Option<BundleMark>,
    /// Name of whose it is, when the account that asks stands in for them.
    pub stands_for: Option<String>,
}

/// What a line says of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BundleMark {
    /// Its name; empty while its own application has not come.
    pub name: String,
    /// Which part this is, from 1.
    pub place: u32,
    /// How many parts there are.
    pub of: u32,
}

/// A bundle (一件事): applications that were made of one form. Each is decided on its own.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BundleView {
    /// Its name; empty while its own application has not come.
    pub name: String,
    /// All parts in order, this case among them.
    pub parts: Vec<SiblingView>,
}

/// A part of a bundle.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SiblingView {
    /// Document id, hex; nothing while it has not come.
    pub id: Option<String>,
    /// Matter code.
    pub matter: String,
    /// Matter name.
    pub name: String,
    /// 办件编号.
    pub number: String,
    /// How far it has got.
    pub status: Option<Status>,
    /// What is owed, and until when.
    pub deadline: Option<Deadline>,
}

/// A stage (环节) of the flow at the authority: done, under way, or to come.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FlowStage {
    /// Its name in the workbook.
    pub name: String,
    /// Its words.
    pub label: String,
    /// Who does it.
    pub office: String,
    /// Its last day, `2026-03-01`; empty when it has no limit or has not begun.
    pub due: String,
    /// Within which time, of a stage to come.
    pub limit: Option<Limit>,
    /// The clock of the decision stands still meanwhile.
    pub pauses: bool,
    /// When it began, milliseconds.
    pub begun: Option<u64>,
    /// When it ended, milliseconds.
    pub ended: Option<u64>,
    /// Who ended it.
    pub staff: String,
    /// 办理意见.
    pub opinion: String,
}

/// A station by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StationName {
    /// 12-digit division.
    pub division: String,
    /// Name.
    pub name: String,
}

/// Everything about one case.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseView {
    /// Document id, hex.
    pub id: String,
    /// 办件编号.
    pub number: String,
    /// The matter.
    pub matter: MatterSummary,
    /// Where it was taken.
    pub station: StationName,
    /// How far it has got.
    pub status: Status,
    /// What is owed, and until when.
    pub deadline: Deadline,
    /// The same by law (法定办结时限), once it is accepted.
    pub statutory: Option<Deadline>,
    /// The flow at the authority; empty before acceptance, and where the matter has none.
    pub flow: Vec<FlowStage>,
    /// The bundle it is a part of.
    pub bundle: Option<BundleView>,
    /// Rules of the matter that do not hold now.
    pub rules: Vec<BrokenRule>,
    /// Keys of the matter whose values the district has not confirmed yet.
    pub unconfirmed: Vec<String>,
    /// The form, evaluated here again under the catalogue the application was filled under.
    pub form: FormView,
    /// Answers in rows that were taken out at the station: kept, and counted for nothing.
    pub taken_out: Vec<QuestionView>,
    /// The application as it was sent.
    pub application: Application,
    /// What was asked for, beside what was brought.
    pub materials: Vec<CaseMaterial>,
    /// Hashes of all files of the application that are here, whole and verified.
    pub verified: Vec<String>,
    /// Hashes of those that are not here, but of which a small picture is: it shows them until they come.
    pub previews: Vec<String>,
    /// Who came.
    pub presence: BTreeMap<String, Field>,
    /// Fields with rival values: both are shown.
    pub conflicts: Vec<Conflict>,
    /// What is different from when the newest correction was asked for; empty when none was.
    pub since_correction: Vec<Difference>,
    /// Paths of fields that were changed after the newest signature.
    pub since_signature: Vec<String>,
    /// What the authority did, oldest first.
    pub events: Vec<CaseEvent>,
    /// What does not hold, evaluated now.
    pub problems: Vec<CheckProblem>,
    /// Who wrote what, on which device, and when it came.
    pub custody: Vec<CustodyEntry>,
    /// Names of people by staff number.
    pub people: BTreeMap<String, String>,
    /// What this account may do now.
    pub actions: Vec<CaseAction>,
    /// Name of for whom this account would act here, when it stands in for somebody.
    pub stands_for: Option<String>,
    /// Goes into `expected` of the next action, which is refused with 409 `changed` when anything has happened since.
    pub seen: u32,
}

/// A material, asked for and brought.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CaseMaterial {
    /// What was asked for.
    pub asked: MaterialView,
    /// What was brought.
    pub record: MaterialRecord,
    /// Hashes of its pages that are here, whole and verified.
    pub verified: Vec<String>,
    /// 已核验: nobody needs to bring it, and somebody looked it up at its source.
    pub looked_up: bool,
}

/// A field with rival values.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Conflict {
    /// `answers.NAME`, `presence.NAME`, `materials.CODE.evidence` …
    pub path: String,
    /// The question or material in words.
    pub label: String,
    /// The values, with who and when.
    pub versions: Vec<Version>,
}

/// Something that is no longer what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = CaseDifference)]
pub struct Difference {
    /// `answers.NAME`, `materials.CODE.pages`, `signature` …
    pub path: String,
    /// The value of a field before; empty for what is no field, and for a field that had none.
    pub before: String,
}

/// What a problem of the pre-check is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemPlace {
    /// A question of the form, by name.
    Answer,
    /// A material, by code.
    Material,
    /// A presence field, by name.
    Presence,
    /// Rival values, by path.
    Conflict,
    /// The signature.
    Signature,
    /// The matter itself.
    Matter,
}

/// What does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckProblem {
    /// What it is about.
    pub place: ProblemPlace,
    /// Which one.
    pub name: String,
    /// Stable code.
    pub code: String,
    /// Words.
    pub words: String,
}

/// One item of the case, and the hands it came through.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CustodyEntry {
    /// Item id, hex.
    pub item: String,
    /// `change` or `file`.
    pub kind: String,
    /// Document kind: `application` or `case`.
    pub document: String,
    /// Name of the device that wrote it; empty for the center.
    pub device: String,
    /// Code of that device in application numbers.
    pub device_code: String,
    /// Staff number or account name; empty for an automatic step.
    pub staff: String,
    /// Their name, when known.
    pub staff_name: String,
    /// The author's clock, milliseconds.
    pub time: u64,
    /// When it reached the center, milliseconds.
    pub arrived: u64,
    /// What it changed, in words.
    pub changed: Vec<String>,
}

/// What a reviewer can do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaseAction {
    /// 受理.
    Accept,
    /// 不予受理.
    NotAccept,
    /// 补正.
    Correction,
    /// 办结.
    Decide,
    /// 下一步: ends the stage it is at.
    Advance,
    /// 已核验, of a material that nobody needs to bring.
    Verify,
}

/// A queue by deadline.
#[utoipa::path(get, path = "/api/cases", tag = "cases", params(CaseQuery, Words),
    responses((status = 200, body = CaseList), (status = "4XX", body = ErrorBody)))]
pub(super) async fn cases(
    State(center): State<Shared>,
    signed: Signed,
    words: Words,
    Query(query): Query<CaseQuery>,
) -> Answer<CaseList> {
    let Signed { account, .. } = signed.may(Right::ReadCases)?;
    center
        .run(move |center| center.case_list(&query, &account, words.0))
        .await
        .map(Json)
}

/// One case on one page. Who looked is recorded.
#[utoipa::path(get, path = "/api/cases/{id}", tag = "cases", params(("id" = String, Path, description = "document id, hex"), Words),
    responses((status = 200, body = CaseView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn case(
    State(center): State<Shared>,
    signed: Signed,
    words: Words,
    Path(id): Path<String>,
) -> Answer<CaseView> {
    let Signed { account, .. } = signed.may(Right::ReadCases)?;
    let id = case_id(&id)?;
    center
        .run(move |center| center.case_view(&id, &account, words.0))
        .await
        .map(Json)
}

/// A case named in a path.
pub(super) fn case_id(id: &str) -> Result<DocumentId, ApiError> {
    id.parse().map_err(|_| ApiError::not_found("case"))
}
