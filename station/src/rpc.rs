//! Every command of the station, once. Served by Tauri IPC and by the loopback binary from this list; the TypeScript
//! of the screen is made from it. A command without a handler of the same name in its file does not compile.

mod typescript;

pub use typescript::typescript;

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
    ($($(#[$doc:meta])* $file:ident::$name:ident($request:ident $(, $bytes:ident)?) -> $reply:ident;)*) => {
        /// Runs the command `name`. `body` is for commands that take bytes, and ignored by others.
        pub async fn call(station: &Station, name: &str, args: Value, body: Vec<u8>) -> Result<Reply, Failure> {
            station.asked();
            if !AT_THE_DOOR.contains(&name) && station.is_left() {
                return Err(Failure::new(FailureCode::LockedDevice, "locked"));
            }
            match name {
                $(stringify!($name) => {
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
    session::strip(Nothing) -> Strip;
    session::enrol(EnrolRequest) -> StaffList;
    session::staff_list(Nothing) -> StaffList;
    session::unlock(UnlockRequest) -> Strip;
    session::lock(LockRequest) -> Nothing;
    session::pin_change(PinChange) -> Nothing;
    session::try_again(TryAgainRequest) -> StaffList;
    session::typed_key(Nothing) -> TypedKey;
    preferences::preferences(Nothing) -> Preferences;
    preferences::preferences_set(Preferences) -> Preferences;
    matters::matters(MatterSearch) -> MatterList;
    matters::matter(MatterRequest) -> MatterReply;
    matters::guide(GuideRequest) -> GuideReply;
    matters::catalogue_file(CatalogueFileRequest) -> bytes;
    applications::begin(BeginRequest) -> ApplicationView;
    applications::application(OpenRequest) -> ApplicationView;
    applications::applications(ApplicationSearch) -> ApplicationList;
    answers::answer_set(AnswerRequest) -> ApplicationView;
    answers::presence_set(PresenceRequest) -> ApplicationView;
    rows::row_add(RowAddRequest) -> ApplicationView;
    rows::row_set(RowRequest) -> ApplicationView;
    materials::material_set(MaterialRequest) -> ApplicationView;
    materials::page_add(PageAddRequest, bytes) -> ApplicationView;
    materials::page_set(PageRequest) -> ApplicationView;
    steps::sign(SeenRequest, bytes) -> ApplicationView;
    steps::receive(SeenRequest) -> ApplicationView;
    steps::resubmit(SeenRequest) -> ApplicationView;
    steps::withdraw(WithdrawRequest) -> ApplicationView;
    answers::resolve(ResolveRequest) -> ApplicationView;
    offers::offers_take(OffersRequest) -> ApplicationView;
    editions::edition_look(ApplicationRequest) -> EditionChange;
    editions::edition_set(EditionRequest) -> ApplicationView;
    receipts::receipt(ApplicationRequest) -> Receipt;
    files::file(FileRequest) -> bytes;
    sync::sync_now(Nothing) -> SyncReport;
    bundles::bundle_export(BundleExportRequest) -> BundlePlan;
    bundles::bundle_drives(Nothing) -> DriveList;
    bundles::bundle_part(BundlePartRequest) -> bytes;
    bundles::bundle_write(BundleWriteRequest) -> BundleWritten;
    bundles::bundle_import(Nothing, bytes) -> BundleReport;
    bundles::bundle_read(BundleReadRequest) -> BundleReport;
    sync::sync_status(Nothing) -> SyncStatus;
    sync::sync_mode(SyncModeRequest) -> SyncStatus;
    sync::sync_send_now(Nothing) -> SyncStatus;
    sync::sync_report(Nothing) -> SupportReport;
    neighbours::neighbours(Nothing) -> NeighbourList;
    neighbours::neighbours_set(NeighboursSet) -> NeighbourList;
    neighbours::neighbour_add(NeighbourAdd) -> NeighbourList;
    neighbours::neighbour_sync(NeighbourSync) -> NeighbourList;
    applications::refused_seen(ApplicationRequest) -> ApplicationView;
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
