//! Taking an application.

use doorstep_matters::{FormView, MaterialView, MatterSummary};
use doorstep_records::application::{Field, MaterialRecord, Signature};
use doorstep_records::{ApplicationEvent, CaseEvent, CorrectionRequest, Status};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

use super::Handed;

/// Begins an application.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BeginRequest {
    /// Matter code.
    pub matter: String,
    /// The window that asks, by a name it made up: it is given back what it began and left empty, and no other window is.
    #[serde(default)]
    #[ts(as = "Option<String>", optional)]
    pub window: String,
    /// Answers to the guide that led here, in order: what they fill in, the application begins with.
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub guide: Vec<String>,
}

/// Opens an application on a screen.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct OpenRequest {
    /// Document id, hex.
    pub id: String,
    /// The window, as in [`BeginRequest`].
    #[serde(default)]
    #[ts(as = "Option<String>", optional)]
    pub window: String,
}

/// Names an application.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ApplicationRequest {
    /// Document id, hex.
    pub id: String,
}

/// Names an application as a screen shows it.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SeenRequest {
    /// Document id, hex.
    pub id: String,
    /// What the screen shows: [`ApplicationView::shows`] as it came.
    pub seen: Vec<String>,
}

/// One application, everything a screen needs. Every command that changes it gives it back.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ApplicationView {
    /// Document id, hex.
    pub id: String,
    /// Stands for all that this shows. Every edit says what it was made on (`seen`): this, or `written` of an earlier reply.
    /// It stands beside whatever else there is, so nothing is overwritten that its screen has not shown.
    pub shows: Vec<String>,
    /// In the answer to an edit: stands for what the edit was made on and the edit itself, without what others wrote
    /// meanwhile. Who goes on typing into the same field has not looked at that yet. Empty in other answers.
    pub written: Vec<String>,
    /// The matter.
    pub matter: MatterSummary,
    /// 办件编号, once received.
    pub number: Option<String>,
    /// Further numbers, when two devices received it while apart: receipts with each are in somebody's hands.
    pub other_numbers: Vec<String>,
    /// How far it has got.
    pub status: Status,
    /// The form with its answers.
    pub form: FormView,
    /// Rows of its repeats that were taken out, but for those in which nothing was typed.
    pub removed_rows: Vec<RemovedRow>,
    /// Notes on answers kept in spite of a failed check, by question.
    pub notes: BTreeMap<String, String>,
    /// Who is here: `who` (`applicant` | `agent` | `relative`), `reason`, `name`, `id_number`, `id_number_note` (why a
    /// number is kept that fails its check), `phone`, `relation`.
    pub presence: BTreeMap<String, Field>,
    /// What is wrong with presence, by field: words.
    pub presence_errors: BTreeMap<String, String>,
    /// What is asked for, with what was done.
    pub materials: Vec<MaterialState>,
    /// The newest signature.
    pub signature: Option<Signature>,
    /// Fields with rival values: a person chooses.
    pub conflicts: Vec<Conflict>,
    /// What stands in the way of 收件: empty when it can be received. Codes: `answers`, `presence`, `materials`,
    /// `signature`, `conflicts`, `matter_unknown`, `parts` (no matter of a bundle is applied for).
    pub missing: Vec<String>,
    /// Questions that can be typed now: all in a draft, those of the correction when one is open, else none.
    pub editable_fields: Vec<String>,
    /// Materials that can be changed now: all in a draft, later those of an open correction and those promised for a later
    /// day (容缺), of which only the level and pages taken since can be changed.
    pub editable_materials: Vec<String>,
    /// The open correction.
    pub correction: Option<CorrectionView>,
    /// How far each piece has got.
    pub chain: Chain,
    /// What the station did.
    pub events: Vec<ApplicationEvent>,
    /// What the authority did.
    pub case: Vec<CaseEvent>,
    /// Names of staff by number, as far as known here.
    pub people: BTreeMap<String, String>,
    /// When it was begun, milliseconds.
    #[ts(type = "number")]
    pub created: u64,
    /// Items of this application that the center refused, with the reason; and those that another person built on one,
    /// which this device carried.
    pub refused: Vec<RefusedItem>,
    /// A newer version of the catalogue, in which the matter may be another: what changes says `edition_look`.
    #[ts(type = "number | null")]
    pub newer: Option<u64>,
    /// The version it was begun under, when it was moved to a newer one: a draft can be moved back.
    #[ts(type = "number | null")]
    pub moved: Option<u64>,
    /// Answers and pages that have no place in the version it was moved to.
    pub left_over: Vec<LeftOver>,
    /// What earlier applications of the same person say to questions that nobody has answered here.
    pub offers: Vec<Offer>,
    /// How each matter of a bundle stands; empty for a single matter.
    pub parts: Vec<PartState>,
    /// What another device wrote into a bundle without having heard that it was divided, as `label: value` lines: it is in
    /// none of the parts.
    pub late: Vec<String>,
    /// The bundle that this is a part of.
    pub whole: Option<Whole>,
}

/// An answer of an earlier application, offered here.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Offer {
    /// Question.
    pub question: String,
    /// The value, as it would be stored.
    pub value: String,
    /// The value in words.
    pub display: String,
    /// Name of the matter it was said for.
    pub matter: String,
    /// The day, `2026-03-01`.
    pub day: String,
}

/// Takes what is offered.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct OffersRequest {
    /// Document id, hex.
    pub id: String,
    /// What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
    pub seen: Vec<String>,
    /// Only for these questions; `null` for all.
    pub questions: Option<Vec<String>>,
}

/// A matter of a bundle.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PartState {
    /// Matter code.
    pub code: String,
    /// What it is called within the bundle.
    pub label: String,
    /// Whether these answers apply for it.
    pub relevant: bool,
    /// Its application, hex; `null` before the bundle is handed in, and while it has not come here.
    pub id: Option<String>,
    /// Its 办件编号.
    pub number: Option<String>,
    /// How far it has got.
    pub status: Option<Status>,
    /// Last day for the decision, `2026-03-01`; empty before it is accepted.
    pub due: String,
    /// Number of the result; empty when there is none.
    pub result: String,
}

/// The bundle that an application is a part of.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Whole {
    /// Document id, hex.
    pub id: String,
    /// Its name.
    pub matter: String,
}

/// What a newer version of the catalogue changes for a draft.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct EditionChange {
    /// The version.
    #[ts(type = "number")]
    pub version: u64,
    /// Questions.
    pub questions: Vec<EditionLine>,
    /// Materials.
    pub materials: Vec<EditionLine>,
    /// What has no place in it. It is kept, and can be read.
    pub left_over: Vec<LeftOver>,
}

/// A question or a material that is otherwise.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct EditionLine {
    /// How.
    pub kind: ChangeKind,
    /// Its words.
    pub label: String,
    /// What is answered to it now, in words.
    pub value: String,
    /// What of it changed: `label`, `kind`, `hint`, `choices`, `required`, `check`, `kinds`, `defer`, `declare`, `exempt`,
    /// `evidence`.
    pub parts: Vec<String>,
}

/// What happened to a question or a material.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
}

/// An answer, or pages of a material, without a place in the form.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct LeftOver {
    /// The question or the material, in the words of the version it was given under.
    pub label: String,
    /// The answer in words; empty for pages.
    pub value: String,
    /// Files of the pages, hex.
    pub pages: Vec<String>,
}

/// Moves a draft to another version of the catalogue.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct EditionRequest {
    /// Document id, hex.
    pub id: String,
    /// What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
    pub seen: Vec<String>,
    /// The version: a newer one, or the one it was begun under.
    #[ts(type = "number")]
    pub version: u64,
}

/// A correction that is open.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CorrectionView {
    /// Event id in the case.
    pub id: String,
    /// Who asked.
    pub staff: String,
    /// When, milliseconds.
    #[ts(type = "number")]
    pub time: u64,
    /// What.
    pub request: CorrectionRequest,
    /// What still stands in the way of sending again, as in [`ApplicationView::missing`].
    pub missing: Vec<String>,
}

/// A material with what was done about it.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct MaterialState {
    /// What the matter asks.
    pub asked: MaterialView,
    /// What was done.
    pub record: MaterialRecord,
    /// What is wrong, in words; empty when all is well.
    pub error: String,
    /// Files of this material the center has verified, hex.
    pub verified: Vec<String>,
}

/// Two people wrote into the same field.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Conflict {
    /// `answers.NAME`, `presence.NAME`, `materials.CODE.evidence` …
    pub path: String,
    /// Label for people.
    pub label: String,
    /// The rival values.
    pub versions: Vec<ConflictVersion>,
}

/// One of the rival values.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ConflictVersion {
    /// The value as stored.
    pub value: String,
    /// The value in words.
    pub display: String,
    /// Name of who wrote it, or the number when not known here.
    pub staff: String,
    /// Label of the device, as far as known.
    pub device: String,
    /// When, milliseconds.
    #[ts(type = "number")]
    pub time: u64,
}

/// saved here → (handed to a device nearby) → reached the district → every scan verified there.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Chain {
    /// Saves of this application on this device's disk.
    pub saved: u32,
    /// Of these, confirmed by a signed receipt of the center.
    pub reached: u32,
    /// Scans named by the application.
    pub files: u32,
    /// Of these, whole and verified at the center.
    pub verified: u32,
    /// When the last save was confirmed, milliseconds.
    #[ts(type = "number | null")]
    pub reached_at: Option<u64>,
    /// Which device nearby has all of this that still waits for the district, when one has. Not told in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub handed: Option<Handed>,
    /// Scans that a device nearby, or the district, has whole. Not told in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub handed_files: Option<u32>,
}

/// An item the center did not take.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct RefusedItem {
    /// Stable code.
    pub code: String,
    /// Words.
    pub reason: String,
    /// Who typed it: the name, or the number when the name is not known here.
    pub staff: String,
    /// What was typed in it, as `label: value` lines.
    pub contents: Vec<String>,
}

/// An answer.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct AnswerRequest {
    /// Document id, hex.
    pub id: String,
    /// What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
    pub seen: Vec<String>,
    /// Question.
    pub name: String,
    /// As typed; the station normalises it. Empty clears it.
    pub value: String,
    /// Why a failing value is kept; empty otherwise.
    pub note: String,
}

/// One more row of a repeat.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct RowAddRequest {
    /// Document id, hex.
    pub id: String,
    /// What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
    pub seen: Vec<String>,
    /// Key of the repeat: `member`, or `member[k3]/card` within a row.
    pub repeat: String,
}

/// A change to a row of a repeat.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct RowRequest {
    /// Document id, hex.
    pub id: String,
    /// What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
    pub seen: Vec<String>,
    /// Key of the row: `member[k3]`.
    pub row: String,
    /// Take out or put back. What was typed in it stays.
    pub removed: bool,
}

/// A row that was taken out, and can be put back.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct RemovedRow {
    /// Its key: `member[k3]`.
    pub row: String,
    /// Key of its repeat.
    pub repeat: String,
    /// What was typed in it, as `label: value` lines.
    pub contents: Vec<String>,
}

/// A presence field.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PresenceRequest {
    /// Document id, hex.
    pub id: String,
    /// What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
    pub seen: Vec<String>,
    /// `who`, `reason`, `name`, `id_number`, `id_number_note`, `phone`, `relation`.
    pub name: String,
    /// As typed.
    pub value: String,
}

/// What is done about a material. Fields that are `null` stay as they are.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct MaterialRequest {
    /// Document id, hex.
    pub id: String,
    /// What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
    pub seen: Vec<String>,
    /// Material code.
    pub material: String,
    /// `A` `B` `C` `D`.
    pub evidence: Option<String>,
    /// A day, or empty to bring it now.
    pub deferred_until: Option<String>,
    /// 告知承诺.
    pub declared: Option<bool>,
}

/// A new page; the picture is the body.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PageAddRequest {
    /// Document id, hex.
    pub id: String,
    /// What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
    pub seen: Vec<String>,
    /// Material code.
    pub material: String,
    /// The page this one replaces (retake): it moves to the removed pages.
    pub replaces: Option<String>,
}

/// A change to a page. Fields that are `null` stay as they are.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PageRequest {
    /// Document id, hex.
    pub id: String,
    /// What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
    pub seen: Vec<String>,
    /// Page id.
    pub page: String,
    /// 0, 90, 180, 270.
    pub rotation: Option<u16>,
    /// Index among the material's pages, from 0.
    pub index: Option<u32>,
    /// Take out or put back.
    pub removed: Option<bool>,
}

/// A held file.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct FileRequest {
    /// Hash, hex.
    pub hash: String,
    /// A JPEG no larger than this many pixels on its longer edge; `null` for the original.
    pub edge: Option<u32>,
}

/// A choice among rival values.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ResolveRequest {
    /// Document id, hex.
    pub id: String,
    /// What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
    pub seen: Vec<String>,
    /// As in [`Conflict::path`].
    pub path: String,
    /// The value chosen.
    pub value: String,
}

/// A withdrawal.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct WithdrawRequest {
    /// Document id, hex.
    pub id: String,
    /// What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
    pub seen: Vec<String>,
    /// Why.
    pub reason: String,
}

/// Looks for applications.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ApplicationSearch {
    /// Name, pinyin initials, last digits of the ID number, matter, number; empty for all.
    pub query: String,
    /// Only these; empty for all.
    pub status: Vec<Status>,
    /// Only those that want a person for this reason; `null` for all.
    #[serde(default)]
    pub attention: Option<Attention>,
    /// At most this many, 1 to 200.
    pub limit: u32,
    /// After this many.
    pub offset: u32,
}

/// Why an application wants a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Attention {
    /// Rival values to choose from.
    Conflict,
    /// The center refused something that nobody has looked at.
    Refused,
}

/// Applications found.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ApplicationList {
    /// Newest first.
    pub rows: Vec<ApplicationRow>,
    /// All that match.
    pub total: u32,
    /// How many there are in each status, whatever was asked.
    pub counts: BTreeMap<String, u32>,
}

/// An application in a list.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ApplicationRow {
    /// Document id, hex.
    pub id: String,
    /// Number, once received.
    pub number: Option<String>,
    /// Matter name.
    pub matter: String,
    /// Applicant's name; empty when not typed yet.
    pub applicant: String,
    /// Last four characters of the ID number.
    pub id_tail: String,
    /// Status.
    pub status: Status,
    /// Last change, milliseconds.
    #[ts(type = "number")]
    pub changed: u64,
    /// Has rival values.
    pub conflict: bool,
    /// saved here → reached the district → every scan verified there.
    pub chain: Chain,
}

/// The receipt (材料接收凭证). Not an acceptance.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Receipt {
    /// 办件编号.
    pub number: String,
    /// Matter name.
    pub matter: String,
    /// Applicant's name.
    pub applicant: String,
    /// ID number, masked.
    pub id_masked: String,
    /// The person acting for the applicant, if any.
    pub agent: String,
    /// When the papers were taken, milliseconds.
    #[ts(type = "number")]
    pub received: u64,
    /// Who took them.
    pub staff: String,
    /// Station name.
    pub station: String,
    /// Station telephone.
    pub telephone: String,
    /// Station address.
    pub address: String,
    /// How far the application has got.
    pub status: Status,
    /// Papers as they stood at 收件.
    pub materials: Vec<ReceiptMaterial>,
    /// The parts of a bundle, each with its own number; empty for a single matter.
    pub parts: Vec<PartState>,
    /// Pages that came after it, by paper and day.
    pub later: Vec<ReceiptLater>,
    /// QR code of the number, as SVG.
    pub qr: String,
}

/// A line of the receipt.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ReceiptMaterial {
    /// Name.
    pub name: String,
    /// Pages taken.
    pub pages: u32,
    /// Evidence level, or empty.
    pub evidence: String,
    /// Promised for this day, or empty.
    pub deferred_until: String,
    /// A declaration stands in.
    pub declared: bool,
}

/// Pages brought after 收件.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ReceiptLater {
    /// Name of the paper.
    pub name: String,
    /// Pages brought.
    pub pages: u32,
    /// The day in China, `2026-03-01`.
    pub day: String,
}
