//! Every command of the station, once. Served by Tauri IPC and by the loopback binary from this list; the TypeScript
//! of the screen is made from it. A command without a handler of the same name in its file does not compile, nor one that
//! does not say which right it takes.

mod typescript;

pub use typescript::typescript;

use doorstep_records::Right;
use serde_json::Value;

use crate::contract::*;
use crate::{Failure, FailureCode, Station, commands};

/// What can be asked while the screen is locked.
const AT_THE_DOOR: [&str; 7] = [
    "strip",
    "enrol",
    "staff_list",
    "unlock",
    "lock",
    "preferences",
    "preferences_set",
];

/// JSON or bytes out.
#[derive(Debug)]
pub enum Reply {
    /// A value of [`crate::contract`], as it goes out.
    Json(String),
    /// A file.
    Bytes {
        /// Media type.
        media_type: String,
        /// Content.
        bytes: Vec<u8>,
    },
}

macro_rules! commands {
    ($($(#[$doc:meta])* $file:ident::$name:ident($request:ident $(, $bytes:ident)?) -> $reply:ident, needs $right:ident;)*) => {
        /// Every command, with the right that it takes; `None`: it is for everybody, unlocked or not.
        pub const COMMANDS: &[(&str, Option<Right>)] = &[$((stringify!($name), commands!(@needs $right)),)*];

        /// Runs the command `name`. `body` is for commands that take bytes, and ignored by others.
        pub async fn call(station: &Station, name: &str, args: Value, body: Vec<u8>) -> Result<Reply, Failure> {
            station.asked();
            if !AT_THE_DOOR.contains(&name) && station.is_left() {
                return Err(Failure::new(FailureCode::LockedDevice, "locked"));
            }
            match name {
                $(stringify!($name) => {
                    if let Some(right) = commands!(@needs $right)
                        && !station.admit(Some(right)).await?
                    {
                        return Err(station.inner.closed());
                    }
                    let request: $request = read(args)?;
                    $(let $bytes = body;)?
                    commands!(@reply $reply commands::$file::$name(station, request $(, $bytes)?).await?)
                })*
                _ => Err(Failure::not_found("command")),
            }
        }

        fn declare(list: &mut typescript::Declarations) {
            $(list.command::<$request, commands!(@type $reply)>(stringify!($name), commands!(@bytes $($bytes)?));)*
        }
    };
    (@needs nothing) => { None };
    (@needs $right:ident) => { Some(Right::$right) };
    (@reply bytes $value:expr) => { Ok($value) };
    (@reply $reply:ident $value:expr) => {{
        let reply: $reply = $value;
        serde_json::to_string(&reply).map(Reply::Json).map_err(Failure::store)
    }};
    (@type bytes) => { typescript::Bytes };
    (@type $reply:ident) => { $reply };
    (@bytes) => { false };
    (@bytes $bytes:ident) => { true };
}

commands! {
    session::strip(Nothing) -> Strip, needs nothing;
    session::enrol(EnrolRequest) -> StaffList, needs nothing;
    session::staff_list(Nothing) -> StaffList, needs nothing;
    session::unlock(UnlockRequest) -> Strip, needs nothing;
    session::lock(LockRequest) -> Nothing, needs nothing;
    session::pin_change(PinChange) -> Nothing, needs nothing;
    session::try_again(TryAgainRequest) -> StaffList, needs nothing;
    session::typed_key(Nothing) -> TypedKey, needs nothing;
    preferences::preferences(Nothing) -> Preferences, needs nothing;
    preferences::preferences_set(Preferences) -> Preferences, needs nothing;
    matters::matters(MatterSearch) -> MatterList, needs nothing;
    matters::matter(MatterRequest) -> MatterReply, needs nothing;
    matters::guide(GuideRequest) -> GuideReply, needs nothing;
    matters::catalogue_file(CatalogueFileRequest) -> bytes, needs nothing;
    applications::begin(BeginRequest) -> ApplicationView, needs TakeApplications;
    applications::application(OpenRequest) -> ApplicationView, needs ReadApplications;
    applications::applications(ApplicationSearch) -> ApplicationList, needs ReadApplications;
    answers::answer_set(AnswerRequest) -> ApplicationView, needs TakeApplications;
    answers::presence_set(PresenceRequest) -> ApplicationView, needs TakeApplications;
    rows::row_add(RowAddRequest) -> ApplicationView, needs TakeApplications;
    rows::row_set(RowRequest) -> ApplicationView, needs TakeApplications;
    materials::material_set(MaterialRequest) -> ApplicationView, needs TakeApplications;
    materials::page_add(PageAddRequest, bytes) -> ApplicationView, needs TakeApplications;
    materials::page_set(PageRequest) -> ApplicationView, needs TakeApplications;
    steps::sign(SeenRequest, bytes) -> ApplicationView, needs TakeApplications;
    steps::receive(SeenRequest) -> ApplicationView, needs TakeApplications;
    steps::resubmit(SeenRequest) -> ApplicationView, needs TakeApplications;
    steps::withdraw(WithdrawRequest) -> ApplicationView, needs TakeApplications;
    answers::resolve(ResolveRequest) -> ApplicationView, needs ChooseValues;
    offers::offers_take(OffersRequest) -> ApplicationView, needs TakeApplications;
    editions::edition_look(ApplicationRequest) -> EditionChange, needs ReadApplications;
    editions::edition_set(EditionRequest) -> ApplicationView, needs TakeApplications;
    receipts::receipt(ApplicationRequest) -> Receipt, needs ReadApplications;
    files::file(FileRequest) -> bytes, needs ReadApplications;
    sync::sync_now(Nothing) -> SyncReport, needs HandOver;
    bundles::bundle_export(BundleExportRequest) -> BundlePlan, needs HandOver;
    bundles::bundle_drives(Nothing) -> DriveList, needs HandOver;
    bundles::bundle_part(BundlePartRequest) -> bytes, needs HandOver;
    bundles::bundle_write(BundleWriteRequest) -> BundleWritten, needs HandOver;
    bundles::bundle_import(Nothing, bytes) -> BundleReport, needs HandOver;
    bundles::bundle_read(BundleReadRequest) -> BundleReport, needs HandOver;
    sync::sync_status(Nothing) -> SyncStatus, needs HandOver;
    sync::day_end(Nothing) -> DayEnd, needs HandOver;
    sync::sync_mode(SyncModeRequest) -> SyncStatus, needs KeepDevice;
    sync::sync_send_now(Nothing) -> SyncStatus, needs HandOver;
    sync::sync_report(Nothing) -> SupportReport, needs HandOver;
    neighbours::neighbours(Nothing) -> NeighbourList, needs HandOver;
    neighbours::neighbours_set(NeighboursSet) -> NeighbourList, needs HandOver;
    neighbours::neighbour_add(NeighbourAdd) -> NeighbourList, needs HandOver;
    neighbours::neighbour_sync(NeighbourSync) -> NeighbourList, needs HandOver;
    applications::refused_seen(ApplicationRequest) -> ApplicationView, needs ReadApplications;
}

/// `null` stands for no arguments.
fn read<T: serde::de::DeserializeOwned>(args: Value) -> Result<T, Failure> {
    let args = if args.is_null() {
        Value::Object(Default::default())
    } else {
        args
    };
    // The error names a field and a type; serde may quote a wrong value, so the words stop at the field's type.
    serde_json::from_value(args).map_err(|_| Failure::bad_request("arguments do not fit the command"))
}
