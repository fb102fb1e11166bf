// Generated from the station's command list; do not edit. `DOORSTEP_BLESS=1 cargo test -p doorstep-station --test contract`

export type AnswerRequest = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
 */
seen: Array<string>, 
/**
 * Question.
 */
name: string, 
/**
 * As typed; the station normalises it. Empty clears it.
 */
value: string, 
/**
 * Why a failing value is kept; empty otherwise.
 */
note: string, };

export type ApplicationEvent = { 
/**
 * What.
 */
step: ApplicationStep, 
/**
 * Staff number.
 */
staff: string, 
/**
 * When, milliseconds, by the station's clock.
 */
time: number, 
/**
 * Free words (reason of a withdrawal), or the id of the correction that is answered.
 */
note: string, };

export type ApplicationList = { 
/**
 * Newest first.
 */
rows: Array<ApplicationRow>, 
/**
 * All that match.
 */
total: number, 
/**
 * How many there are in each status, whatever was asked.
 */
counts: { [key in string]: number }, };

export type ApplicationRequest = { 
/**
 * Document id, hex.
 */
id: string, };

export type ApplicationRow = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * Number, once received.
 */
number: string | null, 
/**
 * Matter name.
 */
matter: string, 
/**
 * Applicant's name; empty when not typed yet.
 */
applicant: string, 
/**
 * Last four characters of the ID number.
 */
id_tail: string, 
/**
 * Status.
 */
status: Status, 
/**
 * Last change, milliseconds.
 */
changed: number, 
/**
 * Has rival values.
 */
conflict: boolean, 
/**
 * saved here → reached the district → every scan verified there.
 */
chain: Chain, };

export type ApplicationSearch = { 
/**
 * Name, pinyin initials, last digits of the ID number, matter, number; empty for all.
 */
query: string, 
/**
 * Only these; empty for all.
 */
status: Array<Status>, 
/**
 * Only those that want a person for this reason; `null` for all.
 */
attention: Attention | null, 
/**
 * At most this many, 1 to 200.
 */
limit: number, 
/**
 * After this many.
 */
offset: number, };

export type ApplicationStep = "received" | "resubmitted" | "withdrawn";

export type ApplicationView = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * Stands for all that this shows. Every edit says what it was made on (`seen`): this, or `written` of an earlier reply.
 * It stands beside whatever else there is, so nothing is overwritten that its screen has not shown.
 */
shows: Array<string>, 
/**
 * In the answer to an edit: stands for what the edit was made on and the edit itself, without what others wrote
 * meanwhile. Who goes on typing into the same field has not looked at that yet. Empty in other answers.
 */
written: Array<string>, 
/**
 * The matter.
 */
matter: MatterSummary, 
/**
 * 办件编号, once received.
 */
number: string | null, 
/**
 * Further numbers, when two devices received it while apart: receipts with each are in somebody's hands.
 */
other_numbers: Array<string>, 
/**
 * How far it has got.
 */
status: Status, 
/**
 * The form with its answers.
 */
form: FormView, 
/**
 * Rows of its repeats that were taken out, but for those in which nothing was typed.
 */
removed_rows: Array<RemovedRow>, 
/**
 * Notes on answers kept in spite of a failed check, by question.
 */
notes: { [key in string]: string }, 
/**
 * Who is here: `who` (`applicant` | `agent` | `relative`), `reason`, `name`, `id_number`, `id_number_note` (why a
 * number is kept that fails its check), `phone`, `relation`.
 */
presence: { [key in string]: Field }, 
/**
 * What is wrong with presence, by field: words.
 */
presence_errors: { [key in string]: string }, 
/**
 * What is asked for, with what was done.
 */
materials: Array<MaterialState>, 
/**
 * The newest signature.
 */
signature: Signature | null, 
/**
 * Fields with rival values: a person chooses.
 */
conflicts: Array<Conflict>, 
/**
 * What stands in the way of 收件: empty when it can be received. Codes: `answers`, `presence`, `materials`,
 * `signature`, `conflicts`, `matter_unknown`, `parts` (no matter of a bundle is applied for).
 */
missing: Array<string>, 
/**
 * Questions that can be typed now: all in a draft, those of the correction when one is open, else none.
 */
editable_fields: Array<string>, 
/**
 * Materials that can be changed now: all in a draft, later those of an open correction and those promised for a later
 * day (容缺), of which only the level and pages taken since can be changed.
 */
editable_materials: Array<string>, 
/**
 * The open correction.
 */
correction: CorrectionView | null, 
/**
 * How far each piece has got.
 */
chain: Chain, 
/**
 * What the station did.
 */
events: Array<ApplicationEvent>, 
/**
 * What the authority did.
 */
case: Array<CaseEvent>, 
/**
 * Names of staff by number, as far as known here.
 */
people: { [key in string]: string }, 
/**
 * When it was begun, milliseconds.
 */
created: number, 
/**
 * Items of this application that the center refused, with the reason; and those that another person built on one,
 * which this device carried.
 */
refused: Array<RefusedItem>, 
/**
 * A newer version of the catalogue, in which the matter may be another: what changes says `edition_look`.
 */
newer: number | null, 
/**
 * The version it was begun under, when it was moved to a newer one: a draft can be moved back.
 */
moved: number | null, 
/**
 * Answers and pages that have no place in the version it was moved to.
 */
left_over: Array<LeftOver>, 
/**
 * What earlier applications of the same person say to questions that nobody has answered here.
 */
offers: Array<Offer>, 
/**
 * How each matter of a bundle stands; empty for a single matter.
 */
parts: Array<PartState>, 
/**
 * What another device wrote into a bundle without having heard that it was divided, as `label: value` lines: it is in
 * none of the parts.
 */
late: Array<string>, 
/**
 * The bundle that this is a part of.
 */
whole: Whole | null, };

export type Attention = "conflict" | "refused";

export type BeginRequest = { 
/**
 * Matter code.
 */
matter: string, 
/**
 * The window that asks, by a name it made up: it is given back what it began and left empty, and no other window is.
 */
window?: string, 
/**
 * Answers to the guide that led here, in order: what they fill in, the application begins with.
 */
guide?: Array<string>, };

export type BrokenRule = { 
/**
 * Name of the rule.
 */
name: string, 
/**
 * `blocks` or `warns`.
 */
effect: Effect, 
/**
 * Its words.
 */
message: string, };

export type BundleDamage = { 
/**
 * The part, when it is known.
 */
part: number | null, 
/**
 * First byte.
 */
at: number, 
/**
 * `damaged`, `short`, `other_receiver`, `unknown_sender`, `signature`, `malformed`.
 */
code: string, };

export type BundleExportRequest = { 
/**
 * Bytes of a part at most, from 131072 on; `null`: 16 MiB.
 */
part_bytes: number | null, };

export type BundleFile = { 
/**
 * Which.
 */
hash: string, 
/**
 * Its length.
 */
len: number, 
/**
 * Bytes that are here; the rest comes with a later bundle or over the network.
 */
kept: number, 
/**
 * Why it was not taken, as a code; empty when only bytes are missing.
 */
code: string, };

export type BundlePartRequest = { 
/**
 * [`BundlePlan::bundle`].
 */
bundle: string, 
/**
 * From 1.
 */
part: number, };

export type BundlePlan = { 
/**
 * Id.
 */
bundle: string, 
/**
 * Names of its parts, in order; part 1 is the first.
 */
names: Array<string>, 
/**
 * Items in it.
 */
items: number, 
/**
 * Files in it.
 */
files: number, 
/**
 * Their bytes.
 */
bytes: number, };

export type BundleReadRequest = { 
/**
 * A part, or a folder of parts, as a whole path.
 */
path: string, };

export type BundleReport = { 
/**
 * Bundle id; empty when nothing could be opened.
 */
bundle: string, 
/**
 * When it was made, by the center's clock, milliseconds.
 */
made: number, 
/**
 * Parts in all; 0 when that is not known.
 */
parts: number, 
/**
 * Parts of which something was read.
 */
seen: Array<number>, 
/**
 * Parts that were not read.
 */
missing: Array<number>, 
/**
 * Items read, known ones included.
 */
items: number, 
/**
 * Items that the parts read should hold.
 */
items_expected: number, 
/**
 * Items that were not taken.
 */
refused: number, 
/**
 * Files that are here whole and verified.
 */
files_whole: number, 
/**
 * Files that are not: the first hundred.
 */
files_rest: Array<BundleFile>, 
/**
 * How many they are.
 */
files_rest_count: number, 
/**
 * Damage: the first hundred places.
 */
damaged: Array<BundleDamage>, 
/**
 * Parts of which nothing could be read.
 */
unread: Array<BundleUnread>, 
/**
 * Why it stopped before the end: `disk_full`, `store`, `unreadable`; empty when it did not.
 */
stopped: string, 
/**
 * Everything the bundle holds is here.
 */
complete: boolean, };

export type BundleUnread = { 
/**
 * Its name; empty when it came as bytes.
 */
name: string, 
/**
 * `not_a_bundle`, `newer`, `other_receiver`, `unknown_sender`, `unreadable`.
 */
code: string, };

export type BundleWriteRequest = { 
/**
 * [`BundlePlan::bundle`].
 */
bundle: string, 
/**
 * From 1.
 */
part: number, 
/**
 * The folder, as a whole path. `disk_full`: parts written before stay good; go on with this part on another stick.
 */
folder: string, };

export type BundleWritten = { 
/**
 * Its name.
 */
name: string, };

export type CaseEvent = { 
/**
 * Identifier within the case, hex.
 */
id: string, 
/**
 * What.
 */
step: CaseStep, 
/**
 * Name of the reviewer; empty for an automatic step.
 */
staff: string, 
/**
 * Name of whom the reviewer stood in for (AB角) with this step.
 */
stands_for?: string, 
/**
 * When, milliseconds, by the center's clock.
 */
time: number, };

export type CaseStep = { "kind": "arrived" } | { "kind": "prechecked", 
/**
 * What does not hold, in words; empty when all is well.
 */
problems: Array<string>, 
/**
 * The matter's rules that do not hold.
 */
rules?: Array<BrokenRule>, } | { "kind": "accepted", 
/**
 * Last day for the decision, `2026-03-01`.
 */
due: string, 
/**
 * The rule by which the center accepted by itself (智能审批); nothing when a person did.
 */
rule?: string, 
/**
 * Why a person accepted although a rule blocks.
 */
reason?: string, } | { "kind": "stage_begun", 
/**
 * Which one; it says all that is shown, so that a later version of the catalogue changes no flow under way.
 */
stage: Stage, } | { "kind": "stage_ended", 
/**
 * [`Stage::name`].
 */
stage: string, 
/**
 * 办理意见.
 */
opinion: string, 
/**
 * When it had begun, milliseconds, by the center's clock.
 */
begun: number, } | { "kind": "material_verified", 
/**
 * Material code.
 */
material: string, 
/**
 * Its name, for people.
 */
name: string, } | { "kind": "not_accepted", 
/**
 * Why.
 */
reason: string, 
/**
 * Where to turn (remedies).
 */
remedies: string, } | { "kind": "correction_asked", 
/**
 * What is asked.
 */
request: CorrectionRequest, } | { "kind": "decided", 
/**
 * Granted or refused.
 */
granted: boolean, 
/**
 * Result number (certificate number), may be empty.
 */
number: string, 
/**
 * Reason; needed when refused.
 */
reason: string, 
/**
 * Remedies; needed when refused.
 */
remedies: string, 
/**
 * Result file as hash hex, when there is one.
 */
file: ResultFile | null, 
/**
 * 审批专用章: the seal under which it was made; nothing in decisions of earlier programs.
 */
seal?: string, } | { "kind": "unknown" };

export type CatalogueFileRequest = { 
/**
 * File name, as the workbook says it.
 */
name: string, 
/**
 * The application on whose screen it is shown: the file is that of the version it goes by. `null` for the newest.
 */
id: string | null, };

export type Chain = { 
/**
 * Saves of this application on this device's disk.
 */
saved: number, 
/**
 * Of these, confirmed by a signed receipt of the center.
 */
reached: number, 
/**
 * Scans named by the application.
 */
files: number, 
/**
 * Of these, whole and verified at the center.
 */
verified: number, 
/**
 * When the last save was confirmed, milliseconds.
 */
reached_at: number | null, 
/**
 * Which device nearby has all of this that still waits for the district, when one has. Not told in lists.
 */
handed?: Handed, 
/**
 * Scans that a device nearby, or the district, has whole. Not told in lists.
 */
handed_files?: number, };

export type ChangeKind = "added" | "removed" | "changed";

export type ChoiceView = { 
/**
 * Value.
 */
name: string, 
/**
 * Words.
 */
label: string, 
/**
 * Pinyin initials of the Chinese words, where there are so many choices that people search.
 */
initials?: string, };

export type Conflict = { 
/**
 * `answers.NAME`, `presence.NAME`, `materials.CODE.evidence` …
 */
path: string, 
/**
 * Label for people.
 */
label: string, 
/**
 * The rival values.
 */
versions: Array<ConflictVersion>, };

export type ConflictVersion = { 
/**
 * The value as stored.
 */
value: string, 
/**
 * The value in words.
 */
display: string, 
/**
 * Name of who wrote it, or the number when not known here.
 */
staff: string, 
/**
 * Label of the device, as far as known.
 */
device: string, 
/**
 * When, milliseconds.
 */
time: number, };

export type Contact = { 
/**
 * When it ended, milliseconds. Tries that follow each other with the same result and nothing to do are one.
 */
time: number, 
/**
 * `done`, or a code as in [`super::Strip::last_error`].
 */
result: string, 
/**
 * Items sent.
 */
sent_items: number, 
/**
 * Items received.
 */
received_items: number, 
/**
 * Files sent whole.
 */
sent_files: number, 
/**
 * Files received whole.
 */
received_files: number, 
/**
 * Bytes sent, headers apart.
 */
bytes_up: number, 
/**
 * Bytes received, headers apart.
 */
bytes_down: number, };

export type CorrectionPoint = { 
/**
 * Question name or material code.
 */
name: string, 
/**
 * What is wrong with it.
 */
words: string, };

export type CorrectionRequest = { 
/**
 * Words for the whole.
 */
message: string, 
/**
 * Questions, by name.
 */
fields: Array<CorrectionPoint>, 
/**
 * Materials, by code.
 */
materials: Array<CorrectionPoint>, 
/**
 * Last day, `2026-03-01`.
 */
due: string, };

export type CorrectionView = { 
/**
 * Event id in the case.
 */
id: string, 
/**
 * Who asked.
 */
staff: string, 
/**
 * When, milliseconds.
 */
time: number, 
/**
 * What.
 */
request: CorrectionRequest, 
/**
 * What still stands in the way of sending again, as in [`ApplicationView::missing`].
 */
missing: Array<string>, };

export type DayEnd = { 
/**
 * Applications of which something waits here, the newest first; at most 200.
 */
applications: Array<Unsent>, 
/**
 * How many there are.
 */
total: number, 
/**
 * Items of other devices that wait here for the district.
 */
carried_items: number, 
/**
 * Last successful contact, milliseconds.
 */
last_contact: number | null, };

export type Drive = { 
/**
 * Where it is: for [`BundleWriteRequest::folder`].
 */
path: string, 
/**
 * What it is called.
 */
name: string, 
/**
 * Bytes free on it.
 */
free: number, };

export type DriveList = { 
/**
 * By path; empty where the system does not tell (Windows, so far).
 */
drives: Array<Drive>, };

export type EditionChange = { 
/**
 * The version.
 */
version: number, 
/**
 * Questions.
 */
questions: Array<EditionLine>, 
/**
 * Materials.
 */
materials: Array<EditionLine>, 
/**
 * What has no place in it. It is kept, and can be read.
 */
left_over: Array<LeftOver>, };

export type EditionLine = { 
/**
 * How.
 */
kind: ChangeKind, 
/**
 * Its words.
 */
label: string, 
/**
 * What is answered to it now, in words.
 */
value: string, 
/**
 * What of it changed: `label`, `kind`, `hint`, `choices`, `required`, `check`, `kinds`, `defer`, `declare`, `exempt`,
 * `evidence`.
 */
parts: Array<string>, };

export type EditionRequest = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
 */
seen: Array<string>, 
/**
 * The version: a newer one, or the one it was begun under.
 */
version: number, };

export type Effect = "blocks" | "warns" | "auto_accept";

export type EnrolRequest = { 
/**
 * `https://center.example` or, on this machine only, `http://127.0.0.1:8600`.
 */
center: string, 
/**
 * The code from the district, any case, spaces and dashes ignored.
 */
code: string, };

export type Failure = { 
/**
 * Stable code.
 */
code: FailureCode, 
/**
 * For a log, in English, never personal data.
 */
message: string, 
/**
 * `wrong_pin`, `wait`: milliseconds until the next try is allowed.
 */
wait?: number, 
/**
 * `incomplete`: what stands in the way, as in [`crate::contract::ApplicationView::missing`].
 */
fields?: Array<string>, };

export type FailureCode = "not_enrolled" | "already_enrolled" | "locked_device" | "not_allowed" | "not_today" | "wrong_pin" | "wait" | "pin_locked" | "weak_pin" | "enrolment_code" | "not_found" | "file_elsewhere" | "locked" | "unseen" | "bad_request" | "picture_broken" | "picture_too_large" | "picture_heic" | "picture_pdf" | "picture_unknown" | "disk_full" | "incomplete" | "offline" | "refused" | "revoked" | "damaged" | "store";

export type Field = { 
/**
 * The value Automerge shows first; every device shows the same one.
 */
value: string, 
/**
 * Why a value that fails its check is kept all the same.
 */
note: string, 
/**
 * All values when two people wrote at the same time (two or more), else empty.
 */
versions: Array<Version>, };

export type FieldError = { 
/**
 * `missing`, `type`, `constraint`, `choice`, `id_length`, `id_date`, `id_check`, `id_character`.
 */
code: string, 
/**
 * Words in the language asked for.
 */
message: string, 
/**
 * A clerk may keep the value with a note.
 */
may_keep: boolean, };

export type FileOnWay = { 
/**
 * BLAKE3, hex.
 */
hash: string, 
/**
 * Id of the application that names it; empty when none is here.
 */
application: string, 
/**
 * Name of the material and number of the page, or what else it is.
 */
label: string, 
/**
 * Bytes.
 */
len: number, 
/**
 * Bytes the district has, as far as is known since the start of the program.
 */
sent: number, 
/**
 * A small picture of it has arrived.
 */
previewed: boolean, 
/**
 * What it does.
 */
state: FileState, 
/**
 * Why it failed: `unreadable` (damaged here), `too_large`, `center_full`, `locked`, `checksum`, `length`, or another
 * stable code. Empty when it did not.
 */
reason: string, };

export type FileRequest = { 
/**
 * Hash, hex.
 */
hash: string, 
/**
 * A JPEG no larger than this many pixels on its longer edge; `null` for the original.
 */
edge: number | null, };

export type FileState = "waiting" | "sending" | "failed" | "paused";

export type FormView = { 
/**
 * Title.
 */
title: string, 
/**
 * All questions in order, also those that are not relevant now. A group comes before its members.
 */
questions: Array<QuestionView>, 
/**
 * Names of relevant questions that stand in the way (missing or wrong), in order.
 */
incomplete: Array<string>, };

export type GuideReply = { 
/**
 * The next question, or the end.
 */
guide: GuideView, };

export type GuideRequest = { 
/**
 * Matter code.
 */
code: string, 
/**
 * Answers so far, by name, in order.
 */
answers: Array<string>, };

export type GuideView = { "at": "question", 
/**
 * Name of the step.
 */
step: string, 
/**
 * What is asked.
 */
question: string, 
/**
 * What may be answered.
 */
answers: Array<ChoiceView>, } | { "at": "end", 
/**
 * Whether it can be done.
 */
eligible: boolean, 
/**
 * Why not and what to do instead; may be empty when it can be done.
 */
message: string, 
/**
 * Answers for the form, by question.
 */
fill: { [key in string]: string }, 
/**
 * The personal list of what to bring: what these answers ask for, and what this way needs besides.
 */
materials: Array<MaterialView>, };

export type Handed = { 
/**
 * Name of the device that has it.
 */
to: string, 
/**
 * Since when, milliseconds.
 */
at: number, };

export type Language = "zh-CN" | "en";

export type LeftOver = { 
/**
 * The question or the material, in the words of the version it was given under.
 */
label: string, 
/**
 * The answer in words; empty for pages.
 */
value: string, 
/**
 * Files of the pages, hex.
 */
pages: Array<string>, };

export type Limit = { 
/**
 * How many; 0 means at once (即办).
 */
count: number, 
/**
 * Of what.
 */
unit: LimitUnit, };

export type LimitUnit = "working_days" | "days" | "months";

export type Link = "unknown" | "online" | "offline" | "syncing";

export type LockRequest = { 
/**
 * The screen alone: what waits for the district is still sent, and then the store is closed, too.
 */
sending: boolean, };

export type MaterialRecord = { 
/**
 * Evidence level (国办函〔2016〕108号): `A` `B` `C` `D`, or empty.
 */
evidence: Field, 
/**
 * 容缺: the day it is promised for, `2026-03-01`, or empty.
 */
deferred_until: Field, 
/**
 * 告知承诺 stands in: `true` or empty.
 */
declared: Field, 
/**
 * Pages in order, without the removed ones.
 */
pages: Array<Page>, 
/**
 * Pages taken out; never lost.
 */
removed: Array<Page>, };

export type MaterialRequest = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
 */
seen: Array<string>, 
/**
 * Material code.
 */
material: string, 
/**
 * `A` `B` `C` `D`.
 */
evidence: string | null, 
/**
 * A day, or empty to bring it now.
 */
deferred_until: string | null, 
/**
 * 告知承诺.
 */
declared: boolean | null, };

export type MaterialState = { 
/**
 * What the matter asks.
 */
asked: MaterialView, 
/**
 * What was done.
 */
record: MaterialRecord, 
/**
 * What is wrong, in words; empty when all is well.
 */
error: string, 
/**
 * Files of this material the center has verified, hex.
 */
verified: Array<string>, };

export type MaterialView = { 
/**
 * Identifier within the matter.
 */
code: string, 
/**
 * Name.
 */
name: string, 
/**
 * What to look for.
 */
hint: string, 
/**
 * Who issues it; empty when the workbook does not say.
 */
issuer: string, 
/**
 * Needed for these answers.
 */
required: boolean, 
/**
 * Whether it applies to these answers at all.
 */
relevant: boolean, 
/**
 * Number of copies.
 */
copies: number, 
/**
 * Sides that are photographed: 2 for a card.
 */
sides: number, 
/**
 * `original`, `copy`.
 */
kinds: Array<string>, 
/**
 * 容缺: latest day it may be promised for, `2026-03-01`; `None` when it may not be deferred.
 */
defer_until: string | null, 
/**
 * 告知承诺 may stand in.
 */
may_declare: boolean, 
/**
 * 容缺 in words: until when it may be brought; empty when the day says it all.
 */
defer_words: string, 
/**
 * 免于提交: where government holds it already and why it need not be brought, for these answers; empty when it must.
 */
exempt: string, 
/**
 * The lowest evidence level that is taken (国办函〔2016〕108号): `A` to `D`; empty for any.
 */
evidence: string, 
/**
 * File name of a sample picture in the catalogue; empty when there is none.
 */
sample: string, 
/**
 * Longest side of a photograph, in pixels, when it may be smaller than others.
 */
max_pixels: number | null, 
/**
 * Columns of its line whose values the district has not confirmed yet.
 */
unconfirmed: Array<string>, };

export type MatterList = { 
/**
 * Best first.
 */
matters: Array<MatterSummary>, 
/**
 * All that were found.
 */
total: number, 
/**
 * All tags in the catalogue.
 */
tags: Array<string>, 
/**
 * Catalogue version; 0 when none has arrived.
 */
catalogue: number, };

export type MatterReply = { 
/**
 * The matter.
 */
matter: MatterView, };

export type MatterRequest = { 
/**
 * Code.
 */
code: string, };

export type MatterSearch = { 
/**
 * Pinyin initials, a word, or a code; empty for all.
 */
query: string, 
/**
 * Only those with this tag; empty for all.
 */
tag: string, 
/**
 * At most this many; 0 for as many as fit on a page.
 */
limit?: number, 
/**
 * After this many.
 */
offset?: number, };

export type MatterSummary = { 
/**
 * Matter code.
 */
code: string, 
/**
 * Name in the language asked for.
 */
name: string, 
/**
 * Pinyin initials of the Chinese name: `glj` for 高龄津贴.
 */
initials: string, 
/**
 * Responsible department.
 */
department: string, 
/**
 * 事项类型 code.
 */
kind: string, 
/**
 * 承诺办结时限.
 */
promised: Limit, 
/**
 * 法定办结时限, when the law names one.
 */
statutory: Limit | null, 
/**
 * 马上办, 网上办, 就近办, 一次办.
 */
tags: Array<string>, 
/**
 * Other words people use for it.
 */
synonyms: Array<string>, 
/**
 * The matters of a bundle (一件事); empty for a single matter.
 */
parts: Array<PartView>, };

export type MatterView = { 
/**
 * The line in the list.
 */
summary: MatterSummary, 
/**
 * 设定依据.
 */
basis: string, 
/**
 * 受理条件.
 */
conditions: string, 
/**
 * 收费; empty means free.
 */
fee: string, 
/**
 * 服务对象.
 */
who: string, 
/**
 * 结果名称: what a person holds in the end.
 */
result: string, 
/**
 * 咨询电话.
 */
phone: string, 
/**
 * 基本编码.
 */
basic_code: string, 
/**
 * 办理形式 codes: `1` 窗口, `2` 电脑, `3` 移动, `4` 快递, `9` 其他.
 */
channels: Array<string>, 
/**
 * 通办范围: 本村, 本镇, 全区, 全市, 川渝, 跨省.
 */
coverage: Array<string>, 
/**
 * What is asked for.
 */
materials: Array<MaterialView>, 
/**
 * The flow at the authority, for the answers given so far.
 */
steps: Array<StepView>, 
/**
 * Whether a guide (智能引导) leads to it.
 */
guided: boolean, 
/**
 * Keys of the sheet `matter` whose values the district has not confirmed yet.
 */
unconfirmed: Array<string>, };

export type Mended = { 
/**
 * When.
 */
at: number, 
/**
 * Everything could be read or made again. Otherwise the district and devices nearby give back what they have, and
 * what had not been sent yet has to be looked at.
 */
complete: boolean, };

export type Neighbour = { 
/**
 * Names it in `neighbour_sync`: the device, or its address while nobody has answered there.
 */
id: string, 
/**
 * Its name as the district granted it; empty while nobody has answered there.
 */
name: string, 
/**
 * Where it was last seen, `192.168.1.5:41873`.
 */
address: string, 
/**
 * When an exchange with it last came to its end, milliseconds.
 */
last_contact: number | null, 
/**
 * How it stands.
 */
state: NeighbourState, 
/**
 * `refused` and `unreachable`: why, as a code: `unknown_device`, `revoked`, `not_granted` (it does not let us in),
 * `stranger` (we do not know who is there), `locked` (nobody is at it), `full` (it has no room), `offline`, `protocol`, `store`.
 */
reason: string | null, };

export type NeighbourAdd = { 
/**
 * As in [`NeighbourList::code`].
 */
code: string, };

export type NeighbourList = { 
/**
 * The switch: whether this device looks for neighbours and may be reached by them.
 */
enabled: boolean, 
/**
 * What another device scans or types to reach this one; `None` while it cannot be reached.
 */
code: string | null, 
/**
 * The same as a QR code: an SVG picture.
 */
code_qr: string | null, 
/**
 * Those met or found, by name.
 */
neighbours: Array<Neighbour>, 
/**
 * Items of others that wait here for the district.
 */
carried_items: number, };

export type NeighbourState = "found" | "syncing" | "level" | "carries" | "unreachable" | "refused";

export type NeighbourSync = { 
/**
 * As in [`Neighbour::id`].
 */
id: string, };

export type NeighboursSet = { 
/**
 * Whether this device looks for neighbours and may be reached by them.
 */
enabled: boolean, };

export type Nothing = Record<symbol, never>;

export type Offer = { 
/**
 * Question.
 */
question: string, 
/**
 * The value, as it would be stored.
 */
value: string, 
/**
 * The value in words.
 */
display: string, 
/**
 * Name of the matter it was said for.
 */
matter: string, 
/**
 * The day, `2026-03-01`.
 */
day: string, };

export type OffersRequest = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
 */
seen: Array<string>, 
/**
 * Only for these questions; `null` for all.
 */
questions: Array<string> | null, };

export type OpenRequest = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * The window, as in [`BeginRequest`].
 */
window?: string, };

export type Page = { 
/**
 * Identifier within the application, hex.
 */
id: string, 
/**
 * Hash of the picture file, hex.
 */
file: string, 
/**
 * Media type.
 */
media_type: string, 
/**
 * Length in bytes.
 */
len: number, 
/**
 * Clockwise turn for display: 0, 90, 180, 270.
 */
rotation: number, 
/**
 * Sorts pages; any number.
 */
position: number, 
/**
 * Who took it.
 */
staff: string, 
/**
 * When, milliseconds.
 */
time: number, };

export type PageAddRequest = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
 */
seen: Array<string>, 
/**
 * Material code.
 */
material: string, 
/**
 * The page this one replaces (retake): it moves to the removed pages.
 */
replaces: string | null, };

export type PageRequest = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
 */
seen: Array<string>, 
/**
 * Page id.
 */
page: string, 
/**
 * 0, 90, 180, 270.
 */
rotation: number | null, 
/**
 * Index among the material's pages, from 0.
 */
index: number | null, 
/**
 * Take out or put back.
 */
removed: boolean | null, };

export type PartState = { 
/**
 * Matter code.
 */
code: string, 
/**
 * What it is called within the bundle.
 */
label: string, 
/**
 * Whether these answers apply for it.
 */
relevant: boolean, 
/**
 * Its application, hex; `null` before the bundle is handed in, and while it has not come here.
 */
id: string | null, 
/**
 * Its 办件编号.
 */
number: string | null, 
/**
 * How far it has got.
 */
status: Status | null, 
/**
 * Last day for the decision, `2026-03-01`; empty before it is accepted.
 */
due: string, 
/**
 * Number of the result; empty when there is none.
 */
result: string, };

export type PartView = { 
/**
 * Code of the matter.
 */
code: string, 
/**
 * What it is called within the bundle.
 */
label: string, };

export type PersonAtDoor = { 
/**
 * Milliseconds until the next try is allowed, after wrong PINs; 0 when it is allowed now.
 */
wait: number, 
/**
 * Too many wrong PINs: a colleague lets them try again, or the district gives a new PIN.
 */
locked: boolean, 
/**
 * Staff number.
 */
number: string, 
/**
 * Name.
 */
name: string, 
/**
 * Role.
 */
role: Role, 
/**
 * For whom they stand in today (AB角), with the rights of both.
 */
stands_for?: StandsFor, };

export type PinChange = { 
/**
 * The PIN as it is.
 */
pin: string, 
/**
 * The new one: 6 to 12 digits, and not easy to guess.
 */
new: string, };

export type Preferences = { 
/**
 * `standard` | `large` | `largest` (标准 / 大字 / 特大).
 */
size: string, 
/**
 * `zh-CN` | `en`.
 */
language: Language, 
/**
 * Minutes without input after which the screen is locked: 1 to 30.
 */
idle_minutes: number, };

export type PresenceRequest = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
 */
seen: Array<string>, 
/**
 * `who`, `reason`, `name`, `id_number`, `id_number_note`, `phone`, `relation`.
 */
name: string, 
/**
 * As typed.
 */
value: string, };

export type QuestionKind = "text" | "integer" | "decimal" | "range" | "date" | "time" | "date_time" | "select_one" | "select_multiple" | "rank" | "note" | "geopoint" | "geotrace" | "geoshape" | "image" | "audio" | "video" | "file" | "barcode" | "acknowledge" | "group" | "repeat" | "calculate" | "hidden" | "metadata";

export type QuestionView = { 
/**
 * Name, unique in the form.
 */
name: string, 
/**
 * Type.
 */
kind: QuestionKind, 
/**
 * The innermost group it stands in.
 */
group: string | null, 
/**
 * Label with `${…}` filled in.
 */
label: string, 
/**
 * Hint.
 */
hint: string, 
/**
 * Further help, shown when asked for.
 */
guidance: string, 
/**
 * The picture beside the question, by the name of its file in the catalogue; empty when there is none.
 */
picture: string, 
/**
 * Parameters of the type: `start`, `end`, `step` of a range, `rows` of a text …
 */
parameters: { [key in string]: string }, 
/**
 * Appearance words: `multiline`, `id-number`, `numbers`, `minimal` …
 */
appearance: Array<string>, 
/**
 * Whether it is asked now.
 */
relevant: boolean, 
/**
 * Whether an answer is needed now.
 */
required: boolean, 
/**
 * Whether it cannot be typed; of a repeat, whether its rows follow from a count.
 */
readonly: boolean, 
/**
 * The answer, the default, or the computed value; empty when there is none.
 */
value: string, 
/**
 * Nobody typed the value: it is the default, or computed and open to be changed.
 */
preset: boolean, 
/**
 * The value in words (labels of the choices, a date as people write it).
 */
display: string, 
/**
 * Choices left by the choice filter.
 */
choices: Array<ChoiceView>, 
/**
 * What is wrong, when something is.
 */
error: FieldError | null, };

export type Receipt = { 
/**
 * 办件编号.
 */
number: string, 
/**
 * Matter name.
 */
matter: string, 
/**
 * Applicant's name.
 */
applicant: string, 
/**
 * ID number, masked.
 */
id_masked: string, 
/**
 * The person acting for the applicant, if any.
 */
agent: string, 
/**
 * When the papers were taken, milliseconds.
 */
received: number, 
/**
 * Who took them.
 */
staff: string, 
/**
 * Station name.
 */
station: string, 
/**
 * Station telephone.
 */
telephone: string, 
/**
 * Station address.
 */
address: string, 
/**
 * How far the application has got.
 */
status: Status, 
/**
 * Papers as they stood at 收件.
 */
materials: Array<ReceiptMaterial>, 
/**
 * The parts of a bundle, each with its own number; empty for a single matter.
 */
parts: Array<PartState>, 
/**
 * Pages that came after it, by paper and day.
 */
later: Array<ReceiptLater>, 
/**
 * QR code of the number, as SVG.
 */
qr: string, };

export type ReceiptLater = { 
/**
 * Name of the paper.
 */
name: string, 
/**
 * Pages brought.
 */
pages: number, 
/**
 * The day in China, `2026-03-01`.
 */
day: string, };

export type ReceiptMaterial = { 
/**
 * Name.
 */
name: string, 
/**
 * Pages taken.
 */
pages: number, 
/**
 * Evidence level, or empty.
 */
evidence: string, 
/**
 * Promised for this day, or empty.
 */
deferred_until: string, 
/**
 * A declaration stands in.
 */
declared: boolean, };

export type RefusedItem = { 
/**
 * Stable code.
 */
code: string, 
/**
 * Words.
 */
reason: string, 
/**
 * Who typed it: the name, or the number when the name is not known here.
 */
staff: string, 
/**
 * What was typed in it, as `label: value` lines.
 */
contents: Array<string>, };

export type RemovedRow = { 
/**
 * Its key: `member[k3]`.
 */
row: string, 
/**
 * Key of its repeat.
 */
repeat: string, 
/**
 * What was typed in it, as `label: value` lines.
 */
contents: Array<string>, };

export type ResolveRequest = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
 */
seen: Array<string>, 
/**
 * As in [`Conflict::path`].
 */
path: string, 
/**
 * The value chosen.
 */
value: string, };

export type ResultFile = { 
/**
 * Hash, hex.
 */
hash: string, 
/**
 * Name for people.
 */
name: string, 
/**
 * Media type.
 */
media_type: string, 
/**
 * Length in bytes.
 */
len: number, };

export type Right = "read_applications" | "take_applications" | "hand_over" | "choose_values" | "keep_device" | "read_cases" | "accept" | "decide" | "read_overview" | "read_stations" | "manage_stations" | "manage_catalogue" | "manage_people" | "read_logs";

export type Role = "village_clerk" | "agent" | "town_clerk" | "window" | "reviewer" | "chief_representative" | "supervisor" | "administrator";

export type RowAddRequest = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
 */
seen: Array<string>, 
/**
 * Key of the repeat: `member`, or `member[k3]/card` within a row.
 */
repeat: string, };

export type RowRequest = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
 */
seen: Array<string>, 
/**
 * Key of the row: `member[k3]`.
 */
row: string, 
/**
 * Take out or put back. What was typed in it stays.
 */
removed: boolean, };

export type SeenRequest = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * What the screen shows: [`ApplicationView::shows`] as it came.
 */
seen: Array<string>, };

export type Signature = { 
/**
 * Hash of the PNG, hex.
 */
file: string, 
/**
 * Length in bytes.
 */
len: number, 
/**
 * When, milliseconds.
 */
time: number, };

export type StaffList = { 
/**
 * In order of number.
 */
staff: Array<PersonAtDoor>, };

export type StaffView = { 
/**
 * Staff number.
 */
number: string, 
/**
 * Name.
 */
name: string, 
/**
 * Role.
 */
role: Role, 
/**
 * For whom they stand in today (AB角), with the rights of both.
 */
stands_for?: StandsFor, };

export type Stage = { 
/**
 * Its name in the workbook.
 */
name: string, 
/**
 * What it is called.
 */
label: Text, 
/**
 * Who has it: an office.
 */
office: Text, 
/**
 * Its last day, `2026-03-01`; empty when it has no limit of its own.
 */
due: string, 
/**
 * The clock of the decision stands still meanwhile (特别程序, such as 公示): its kind is the label, it begins and ends
 * with the stage.
 */
pauses: boolean, };

export type StandsFor = { 
/**
 * Staff number.
 */
number: string, 
/**
 * Name.
 */
name: string, 
/**
 * Role.
 */
role: Role, 
/**
 * Last day, `2026-03-01`.
 */
until: string, };

export type StationView = { 
/**
 * 12-digit division.
 */
division: string, 
/**
 * Name.
 */
name: string, 
/**
 * Town.
 */
town: string, 
/**
 * District.
 */
district: string, 
/**
 * Address.
 */
address: string, 
/**
 * Telephone.
 */
telephone: string, 
/**
 * Code of this device in application numbers.
 */
device_code: string, 
/**
 * Name of this device.
 */
device_label: string, };

export type Status = "draft" | "received" | "arrived" | "accepted" | "not_accepted" | "correction_asked" | "resubmitted" | "granted" | "refused" | "withdrawn";

export type StepView = { 
/**
 * Name within the matter.
 */
name: string, 
/**
 * Its words: 初审, 入户核查, 村公示 …
 */
label: string, 
/**
 * Who does it.
 */
office: string, 
/**
 * Within which time; `None` when the workbook does not say.
 */
limit: Limit | null, 
/**
 * The clock of the matter stands still meanwhile, as during a public notice (公示).
 */
pauses: boolean, 
/**
 * Columns of its line whose values the district has not confirmed yet.
 */
unconfirmed: Array<string>, };

export type Storage = { 
/**
 * Bytes free.
 */
free: number, 
/**
 * Bytes of photographs and other files.
 */
used_by_scans: number, 
/**
 * Bytes of the database.
 */
used_by_database: number, };

export type Strip = { 
/**
 * Whether this device belongs to a station.
 */
enrolled: boolean, 
/**
 * The district revoked this device, and it has wiped itself: nothing is on it any more.
 */
wiped: boolean, 
/**
 * The district revoked this device: it hands over what was written before, and then wipes itself.
 */
leaving: boolean, 
/**
 * Who has unlocked it.
 */
staff: StaffView | null, 
/**
 * What they may do; the screen shows no more than that.
 */
rights: Array<Right>, 
/**
 * The station.
 */
station: StationView | null, 
/**
 * What is known about the way to the district.
 */
link: Link, 
/**
 * Items not yet confirmed by the district.
 */
waiting_items: number, 
/**
 * Scans not yet verified there.
 */
waiting_files: number, 
/**
 * Which device nearby has all of those items, when one has.
 */
handed?: Handed, 
/**
 * Items of other devices that wait here for the district.
 */
carried_items: number, 
/**
 * Bytes of those scans still to send.
 */
waiting_bytes: number, 
/**
 * Of those scans, the ones that could not go at the last try; the page about sending says why.
 */
failed_files: number, 
/**
 * Which files go by themselves.
 */
mode: SyncMode, 
/**
 * Applications with rival values to choose from.
 */
conflicts: number, 
/**
 * Applications the authority wants something for.
 */
corrections: number, 
/**
 * Items the center refused and that nobody has looked at.
 */
refused: number, 
/**
 * Last successful contact, milliseconds.
 */
last_contact: number | null, 
/**
 * Why the last try failed, as a code: `offline`, `refused`, `busy`, `protocol`, `store`.
 */
last_error: string | null, 
/**
 * Bytes free where the data lies.
 */
disk_free: number, 
/**
 * The device's clock differs from the center's by this many seconds (only above 120).
 */
clock_off: number | null, };

export type SupportReport = { 
/**
 * Name for the file: `doorstep-2026-02-14.txt`.
 */
name: string, 
/**
 * Its text.
 */
text: string, };

export type SyncMode = "all" | "saver" | "paused";

export type SyncModeRequest = { 
/**
 * From now on.
 */
mode: SyncMode, };

export type SyncReport = { 
/**
 * `done`, or a code as in [`Strip::last_error`].
 */
result: string, 
/**
 * Items sent.
 */
sent_items: number, 
/**
 * Items received.
 */
received_items: number, 
/**
 * Files sent whole.
 */
sent_files: number, 
/**
 * Files received whole.
 */
received_files: number, };

export type SyncStatus = { 
/**
 * The way to the district.
 */
link: Link, 
/**
 * Why the last try failed, a code as in [`super::Strip::last_error`].
 */
last_error: string | null, 
/**
 * Which files go by themselves.
 */
mode: SyncMode, 
/**
 * `sync_send_now` was pressed: originals go too, until none waits.
 */
pressed: boolean, 
/**
 * Items not yet confirmed by the district.
 */
items_waiting: number, 
/**
 * The first files that wait, in the order in which they go; at most 50.
 */
files: Array<FileOnWay>, 
/**
 * All files that wait.
 */
files_waiting: number, 
/**
 * Their bytes.
 */
bytes_waiting: number, 
/**
 * Bytes of these that the district has already.
 */
bytes_sent: number, 
/**
 * Files that wait and could not go at the last try.
 */
files_failed: number, 
/**
 * Bytes each second over the last pieces; `null` when nothing has moved for a minute.
 */
rate_bytes_per_second: number | null, 
/**
 * How long the rest takes at that rate.
 */
eta_seconds: number | null, 
/**
 * The last contacts, newest first; at most 20.
 */
contacts: Array<Contact>, 
/**
 * The disk.
 */
storage: Storage, 
/**
 * What lay on the disk was damaged, and was mended.
 */
mended: Mended | null, };

export type Text = { 
/**
 * Always there.
 */
zh: string, 
/**
 * Empty when the workbook has none.
 */
en: string, };

export type TryAgainRequest = { 
/**
 * Staff number.
 */
staff: string, };

export type TypedKey = { 
/**
 * 32 bytes, hex.
 */
key: string, };

export type UnlockRequest = { 
/**
 * Staff number.
 */
staff: string, 
/**
 * PIN.
 */
pin: string, };

export type Unsent = { 
/**
 * Document id.
 */
id: string, 
/**
 * 办件编号.
 */
number: string | null, 
/**
 * Name of the matter.
 */
matter: string, 
/**
 * Applicant.
 */
applicant: string, 
/**
 * Saves without a receipt.
 */
items: number, 
/**
 * Scans without a receipt.
 */
files: number, 
/**
 * Bytes of these.
 */
bytes: number, 
/**
 * Of these, the ones that could not go at the last try.
 */
files_failed: number, 
/**
 * Which device nearby has all of those saves, when one has.
 */
handed?: Handed, };

export type Version = { 
/**
 * The value.
 */
value: string, 
/**
 * The note that was written with it.
 */
note: string, 
/**
 * Staff number of who wrote it.
 */
staff: string, 
/**
 * Hex of the device that wrote it.
 */
device: string, 
/**
 * When, milliseconds (to the second), by that device's clock.
 */
time: number, };

export type Whole = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * Its name.
 */
matter: string, };

export type WithdrawRequest = { 
/**
 * Document id, hex.
 */
id: string, 
/**
 * What the edit was made on: [`ApplicationView::shows`] or [`ApplicationView::written`] as it came.
 */
seen: Array<string>, 
/**
 * Why.
 */
reason: string, };

/** Every command: what it takes, what it gives, and whether bytes go with it. */
export interface Commands {
  strip: { args: Nothing, reply: Strip, bytes: false }
  enrol: { args: EnrolRequest, reply: StaffList, bytes: false }
  staff_list: { args: Nothing, reply: StaffList, bytes: false }
  unlock: { args: UnlockRequest, reply: Strip, bytes: false }
  lock: { args: LockRequest, reply: Nothing, bytes: false }
  pin_change: { args: PinChange, reply: Nothing, bytes: false }
  try_again: { args: TryAgainRequest, reply: StaffList, bytes: false }
  typed_key: { args: Nothing, reply: TypedKey, bytes: false }
  preferences: { args: Nothing, reply: Preferences, bytes: false }
  preferences_set: { args: Preferences, reply: Preferences, bytes: false }
  matters: { args: MatterSearch, reply: MatterList, bytes: false }
  matter: { args: MatterRequest, reply: MatterReply, bytes: false }
  guide: { args: GuideRequest, reply: GuideReply, bytes: false }
  catalogue_file: { args: CatalogueFileRequest, reply: Blob, bytes: false }
  begin: { args: BeginRequest, reply: ApplicationView, bytes: false }
  application: { args: OpenRequest, reply: ApplicationView, bytes: false }
  applications: { args: ApplicationSearch, reply: ApplicationList, bytes: false }
  answer_set: { args: AnswerRequest, reply: ApplicationView, bytes: false }
  presence_set: { args: PresenceRequest, reply: ApplicationView, bytes: false }
  row_add: { args: RowAddRequest, reply: ApplicationView, bytes: false }
  row_set: { args: RowRequest, reply: ApplicationView, bytes: false }
  material_set: { args: MaterialRequest, reply: ApplicationView, bytes: false }
  page_add: { args: PageAddRequest, reply: ApplicationView, bytes: true }
  page_set: { args: PageRequest, reply: ApplicationView, bytes: false }
  sign: { args: SeenRequest, reply: ApplicationView, bytes: true }
  receive: { args: SeenRequest, reply: ApplicationView, bytes: false }
  resubmit: { args: SeenRequest, reply: ApplicationView, bytes: false }
  withdraw: { args: WithdrawRequest, reply: ApplicationView, bytes: false }
  resolve: { args: ResolveRequest, reply: ApplicationView, bytes: false }
  offers_take: { args: OffersRequest, reply: ApplicationView, bytes: false }
  edition_look: { args: ApplicationRequest, reply: EditionChange, bytes: false }
  edition_set: { args: EditionRequest, reply: ApplicationView, bytes: false }
  receipt: { args: ApplicationRequest, reply: Receipt, bytes: false }
  file: { args: FileRequest, reply: Blob, bytes: false }
  sync_now: { args: Nothing, reply: SyncReport, bytes: false }
  bundle_export: { args: BundleExportRequest, reply: BundlePlan, bytes: false }
  bundle_drives: { args: Nothing, reply: DriveList, bytes: false }
  bundle_part: { args: BundlePartRequest, reply: Blob, bytes: false }
  bundle_write: { args: BundleWriteRequest, reply: BundleWritten, bytes: false }
  bundle_import: { args: Nothing, reply: BundleReport, bytes: true }
  bundle_read: { args: BundleReadRequest, reply: BundleReport, bytes: false }
  sync_status: { args: Nothing, reply: SyncStatus, bytes: false }
  day_end: { args: Nothing, reply: DayEnd, bytes: false }
  sync_mode: { args: SyncModeRequest, reply: SyncStatus, bytes: false }
  sync_send_now: { args: Nothing, reply: SyncStatus, bytes: false }
  sync_report: { args: Nothing, reply: SupportReport, bytes: false }
  neighbours: { args: Nothing, reply: NeighbourList, bytes: false }
  neighbours_set: { args: NeighboursSet, reply: NeighbourList, bytes: false }
  neighbour_add: { args: NeighbourAdd, reply: NeighbourList, bytes: false }
  neighbour_sync: { args: NeighbourSync, reply: NeighbourList, bytes: false }
  refused_seen: { args: ApplicationRequest, reply: ApplicationView, bytes: false }
}
