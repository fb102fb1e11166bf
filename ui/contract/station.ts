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
 * `signature`, `conflicts`, `matter_unknown`.
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
refused: Array<RefusedItem>, };

export type Attention = "conflict" | "refused";

export type BeginRequest = { 
/**
 * Matter code.
 */
matter: string, 
/**
 * The window that asks, by a name it made up: it is given back what it began and left empty, and no other window is.
 */
window?: string, };

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
 * When, milliseconds, by the center's clock.
 */
time: number, };

export type CaseStep = { "kind": "arrived" } | { "kind": "prechecked", 
/**
 * What does not hold, in words; empty when all is well.
 */
problems: Array<string>, } | { "kind": "accepted", 
/**
 * Last day for the decision, `2026-03-01`.
 */
due: string, } | { "kind": "not_accepted", 
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
file: ResultFile | null, };

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

export type ChoiceView = { 
/**
 * Value.
 */
name: string, 
/**
 * Words.
 */
label: string, };

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

export type FailureCode = "not_enrolled" | "already_enrolled" | "locked_device" | "wrong_pin" | "wait" | "enrolment_code" | "not_found" | "file_elsewhere" | "locked" | "unseen" | "bad_request" | "picture_broken" | "picture_too_large" | "picture_heic" | "picture_pdf" | "picture_unknown" | "disk_full" | "incomplete" | "offline" | "refused" | "store";

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

export type Link = "unknown" | "online" | "offline" | "syncing";

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
may_declare: boolean, };

export type MatterList = { 
/**
 * Best first.
 */
matters: Array<MatterSummary>, 
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
tag: string, };

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
 * Promised working days; 0 means at once.
 */
promised_days: number, 
/**
 * Statutory working days.
 */
statutory_days: number | null, 
/**
 * 马上办, 网上办, 就近办, 一次办.
 */
tags: Array<string>, };

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
 * What is asked for.
 */
materials: Array<MaterialView>, };

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

export type Preferences = { 
/**
 * `standard` | `large` | `largest` (标准 / 大字 / 特大).
 */
size: string, 
/**
 * `zh-CN` | `en`.
 */
language: Language, };

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

export type QuestionKind = "text" | "integer" | "decimal" | "date" | "select_one" | "select_multiple" | "note" | "group" | "repeat" | "calculate";

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
 * Whether it can be typed.
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

export type Role = "village_clerk" | "agent" | "town_clerk";

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
staff: Array<StaffView>, 
/**
 * Milliseconds until the next try is allowed, after wrong PINs; 0 when it is allowed now.
 */
wait: number, };

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
role: Role, };

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
 * Who has unlocked it.
 */
staff: StaffView | null, 
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
storage: Storage, };

export type UnlockRequest = { 
/**
 * Staff number.
 */
staff: string, 
/**
 * PIN.
 */
pin: string, };

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
  lock: { args: Nothing, reply: Nothing, bytes: false }
  preferences: { args: Nothing, reply: Preferences, bytes: false }
  preferences_set: { args: Preferences, reply: Preferences, bytes: false }
  matters: { args: MatterSearch, reply: MatterList, bytes: false }
  matter: { args: MatterRequest, reply: MatterReply, bytes: false }
  begin: { args: BeginRequest, reply: ApplicationView, bytes: false }
  application: { args: OpenRequest, reply: ApplicationView, bytes: false }
  applications: { args: ApplicationSearch, reply: ApplicationList, bytes: false }
  answer_set: { args: AnswerRequest, reply: ApplicationView, bytes: false }
  presence_set: { args: PresenceRequest, reply: ApplicationView, bytes: false }
  material_set: { args: MaterialRequest, reply: ApplicationView, bytes: false }
  page_add: { args: PageAddRequest, reply: ApplicationView, bytes: true }
  page_set: { args: PageRequest, reply: ApplicationView, bytes: false }
  sign: { args: SeenRequest, reply: ApplicationView, bytes: true }
  receive: { args: SeenRequest, reply: ApplicationView, bytes: false }
  resubmit: { args: SeenRequest, reply: ApplicationView, bytes: false }
  withdraw: { args: WithdrawRequest, reply: ApplicationView, bytes: false }
  resolve: { args: ResolveRequest, reply: ApplicationView, bytes: false }
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
  sync_mode: { args: SyncModeRequest, reply: SyncStatus, bytes: false }
  sync_send_now: { args: Nothing, reply: SyncStatus, bytes: false }
  sync_report: { args: Nothing, reply: SupportReport, bytes: false }
  neighbours: { args: Nothing, reply: NeighbourList, bytes: false }
  neighbours_set: { args: NeighboursSet, reply: NeighbourList, bytes: false }
  neighbour_add: { args: NeighbourAdd, reply: NeighbourList, bytes: false }
  neighbour_sync: { args: NeighbourSync, reply: NeighbourList, bytes: false }
  refused_seen: { args: ApplicationRequest, reply: ApplicationView, bytes: false }
}
