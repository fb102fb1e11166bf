//! Enrolment, unlocking, the strip.

use std::fmt;

use doorstep_matters::Language;
use doorstep_records::people::in_place_of;
use doorstep_records::{Right, Role};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use zeroize::Zeroize;

use super::{Handed, SyncMode};

/// No arguments, or nothing to say.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct Nothing {}

/// The status strip, always there.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct Strip {
    /// Whether this device belongs to a station.
    pub enrolled: bool,
    /// The district revoked this device, and it has wiped itself: nothing is on it any more.
    pub wiped: bool,
    /// The district revoked this device: it hands over what was written before, and then wipes itself.
    pub leaving: bool,
    /// Who has unlocked it.
    pub staff: Option<StaffView>,
    /// What they may do; the screen shows no more than that.
    pub rights: Vec<Right>,
    /// The station.
    pub station: Option<StationView>,
    /// What is known about the way to the district.
    pub link: Link,
    /// Items not yet confirmed by the district.
    pub waiting_items: u32,
    /// Scans not yet verified there.
    pub waiting_files: u32,
    /// Which device nearby has all of those items, when one has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub handed: Option<Handed>,
    /// Items of other devices that wait here for the district.
    pub carried_items: u32,
    /// Bytes of those scans still to send.
    #[ts(type = "number")]
    pub waiting_bytes: u64,
    /// Of those scans, the ones that could not go at the last try; the page about sending says why.
    pub failed_files: u32,
    /// Which files go by themselves.
    pub mode: SyncMode,
    /// Applications with rival values to choose from.
    pub conflicts: u32,
    /// Applications the authority wants something for.
    pub corrections: u32,
    /// Items the center refused and that nobody has looked at.
    pub refused: u32,
    /// Last successful contact, milliseconds.
    #[ts(type = "number | null")]
    pub last_contact: Option<u64>,
    /// Why the last try failed, as a code: `offline`, `refused`, `busy`, `protocol`, `store`.
    pub last_error: Option<String>,
    /// Bytes free where the data lies.
    #[ts(type = "number")]
    pub disk_free: u64,
    /// The device's clock differs from the center's by this many seconds (only above 120).
    #[ts(type = "number | null")]
    pub clock_off: Option<i64>,
}

/// The way to the district.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// Not tried since the start.
    Unknown,
    /// The last try reached the center.
    Online,
    /// The last try did not.
    Offline,
    /// Exchanging now.
    Syncing,
}

/// A staff member, for people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct StaffView {
    /// Staff number.
    pub number: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// For whom they stand in today (AB角), with the rights of both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub stands_for: Option<StandsFor>,
}

/// For whom somebody stands in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct StandsFor {
    /// Staff number.
    pub number: String,
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Last day, `2026-03-01`.
    pub until: String,
}

impl StaffView {
    /// What they may do here today.
    pub fn rights(&self) -> Vec<Right> {
        let mut rights = self.role.rights().to_vec();
        rights.extend(self.stands_for.iter().flat_map(|whom| whom.role.rights()));
        rights.sort();
        rights.dedup();
        rights
    }

    /// How they are named in what they write: with the one in whose place they write it.
    pub fn hand(&self) -> String {
        match &self.stands_for {
            Some(whom) => in_place_of(&self.number, &whom.number),
            None => self.number.clone(),
        }
    }
}

/// A station, for people.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct StationView {
    /// 12-digit division.
    pub division: String,
    /// Name.
    pub name: String,
    /// Town.
    pub town: String,
    /// District.
    pub district: String,
    /// Address.
    pub address: String,
    /// Telephone.
    pub telephone: String,
    /// Code of this device in application numbers.
    pub device_code: String,
    /// Name of this device.
    pub device_label: String,
}

/// Enrols this device with a one-time code.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct EnrolRequest {
    /// `https://center.example` or, on this machine only, `http://127.0.0.1:8600`.
    pub center: String,
    /// The code from the district, any case, spaces and dashes ignored.
    pub code: String,
}

/// Who can unlock this device.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct StaffList {
    /// In order of number.
    pub staff: Vec<PersonAtDoor>,
}

/// Somebody who can unlock this device, unless too many wrong PINs stand before it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct PersonAtDoor {
    /// Who.
    #[serde(flatten)]
    pub person: StaffView,
    /// Milliseconds until the next try is allowed, after wrong PINs; 0 when it is allowed now.
    #[ts(type = "number")]
    pub wait: u64,
    /// Too many wrong PINs: a colleague lets them try again, or the district gives a new PIN.
    pub locked: bool,
}

/// A PIN. Leaves the memory when it is dropped, and is printed nowhere.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pin(String);

impl Pin {
    /// What was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin")
    }
}

/// Unlocks.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct UnlockRequest {
    /// Staff number.
    pub staff: String,
    /// PIN.
    #[ts(type = "string")]
    pub pin: Pin,
}

/// Locks.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct LockRequest {
    /// The screen alone: what waits for the district is still sent, and then the store is closed, too.
    #[serde(default)]
    pub sending: bool,
}

/// Gives whoever is at the device another PIN, on this device.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct PinChange {
    /// The PIN as it is.
    #[ts(type = "string")]
    pub pin: Pin,
    /// The new one: 6 to 12 digits, and not easy to guess.
    #[ts(type = "string")]
    pub new: Pin,
}

/// Lets a colleague try again after too many wrong PINs.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct TryAgainRequest {
    /// Staff number.
    pub staff: String,
}

/// The key under which a page keeps what whoever is at the device typed and could not save, until they are back.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct TypedKey {
    /// 32 bytes, hex.
    pub key: String,
}

/// How the screen looks, kept on the device.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct Preferences {
    /// `standard` | `large` | `largest` (标准 / 大字 / 特大).
    pub size: String,
    /// `zh-CN` | `en`.
    pub language: Language,
    /// Minutes without input after which the screen is locked: 1 to 30.
    #[serde(default = "idle_minutes")]
    pub idle_minutes: u32,
}

/// As long as a person is away when the station says nothing else.
pub(crate) fn idle_minutes() -> u32 {
    5
}

/// What one sync run did.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SyncReport {
    /// `done`, or a code as in [`Strip::last_error`].
    pub result: String,
    /// Items sent.
    pub sent_items: u32,
    /// Items received.
    pub received_items: u32,
    /// Files sent whole.
    pub sent_files: u32,
    /// Files received whole.
    pub received_files: u32,
}
