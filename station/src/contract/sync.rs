//! How far each piece has got: what the page about sending shows.

use doorstep_sync::Millis;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Link;

/// Which files go by themselves. Texts always do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SyncMode {
    /// All.
    #[default]
    All,
    /// Small pictures ahead of the originals, and what a person asked to see; originals go when `sync_send_now` is
    /// pressed.
    Saver,
    /// None, in neither direction.
    Paused,
}

/// Chooses which files go by themselves.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SyncModeRequest {
    /// From now on.
    pub mode: SyncMode,
}

/// What waits, why, how much, how long; and the last contacts.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SyncStatus {
    /// The way to the district.
    pub link: Link,
    /// Why the last try failed, a code as in [`super::Strip::last_error`].
    pub last_error: Option<String>,
    /// Which files go by themselves.
    pub mode: SyncMode,
    /// `sync_send_now` was pressed: originals go too, until none waits.
    pub pressed: bool,
    /// Items not yet confirmed by the district.
    pub items_waiting: u32,
    /// The first files that wait, in the order in which they go; at most 50.
    pub files: Vec<FileOnWay>,
    /// All files that wait.
    pub files_waiting: u32,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes_waiting: u64,
    /// Bytes of these that the district has already.
    #[ts(type = "number")]
    pub bytes_sent: u64,
    /// Files that wait and could not go at the last try.
    pub files_failed: u32,
    /// Bytes each second over the last pieces; `null` when nothing has moved for a minute.
    #[ts(type = "number | null")]
    pub rate_bytes_per_second: Option<u64>,
    /// How long the rest takes at that rate.
    #[ts(type = "number | null")]
    pub eta_seconds: Option<u64>,
    /// The last contacts, newest first; at most 20.
    pub contacts: Vec<Contact>,
    /// The disk.
    pub storage: Storage,
    /// What lay on the disk was damaged, and was mended.
    pub mended: Option<Mended>,
}

/// What lay on the disk was damaged, and was mended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct Mended {
    /// When.
    #[ts(type = "number")]
    pub at: Millis,
    /// Everything could be read or made again. Otherwise the district and devices nearby give back what they have, and
    /// what had not been sent yet has to be looked at.
    pub complete: bool,
}

/// A file on its way to the district.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct FileOnWay {
    /// BLAKE3, hex.
    pub hash: String,
    /// Id of the application that names it; empty when none is here.
    pub application: String,
    /// Name of the material and number of the page, or what else it is.
    pub label: String,
    /// Bytes.
    #[ts(type = "number")]
    pub len: u64,
    /// Bytes the district has, as far as is known since the start of the program.
    #[ts(type = "number")]
    pub sent: u64,
    /// A small picture of it has arrived.
    pub previewed: bool,
    /// What it does.
    pub state: FileState,
    /// Why it failed: `unreadable` (damaged here), `too_large`, `center_full`, `locked`, `checksum`, `length`, or another
    /// stable code. Empty when it did not.
    pub reason: String,
}

/// What a file on its way does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// Its turn comes.
    Waiting,
    /// It goes now.
    Sending,
    /// It could not go at the last try; it is tried again, and others go on.
    Failed,
    /// It does not go by itself in this mode.
    Paused,
}

/// A contact with the district, or a try.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, TS)]
pub struct Contact {
    /// When it ended, milliseconds. Tries that follow each other with the same result and nothing to do are one.
    #[ts(type = "number")]
    pub time: u64,
    /// `done`, or a code as in [`super::Strip::last_error`].
    pub result: String,
    /// Items sent.
    pub sent_items: u32,
    /// Items received.
    pub received_items: u32,
    /// Files sent whole.
    pub sent_files: u32,
    /// Files received whole.
    pub received_files: u32,
    /// Bytes sent, headers apart.
    #[ts(type = "number")]
    pub bytes_up: u64,
    /// Bytes received, headers apart.
    #[ts(type = "number")]
    pub bytes_down: u64,
}

/// The disk the data lies on.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct Storage {
    /// Bytes free.
    #[ts(type = "number")]
    pub free: u64,
    /// Bytes of photographs and other files.
    #[ts(type = "number")]
    pub used_by_scans: u64,
    /// Bytes of the database.
    #[ts(type = "number")]
    pub used_by_database: u64,
}

/// A report for whoever helps: versions, counts, codes and times, and nothing of a person.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SupportReport {
    /// Name for the file: `doorstep-2026-02-14.txt`.
    pub name: String,
    /// Its text.
    pub text: String,
}
