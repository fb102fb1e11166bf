//! Devices of the same station or town on the same local network.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The neighbours of this device, and how others reach it.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct NeighbourList {
    /// The switch: whether this device looks for neighbours and may be reached by them.
    pub enabled: bool,
    /// What another device scans or types to reach this one; `None` while it cannot be reached.
    pub code: Option<String>,
    /// The same as a QR code: an SVG picture.
    pub code_qr: Option<String>,
    /// Those met or found, by name.
    pub neighbours: Vec<Neighbour>,
    /// Items of others that wait here for the district.
    pub carried_items: u32,
}

/// Another device.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct Neighbour {
    /// Names it in `neighbour_sync`: the device, or its address while nobody has answered there.
    pub id: String,
    /// Its name as the district granted it; empty while nobody has answered there.
    pub name: String,
    /// Where it was last seen, `192.168.1.5:41873`.
    pub address: String,
    /// When an exchange with it last came to its end, milliseconds.
    #[ts(type = "number | null")]
    pub last_contact: Option<u64>,
    /// How it stands.
    pub state: NeighbourState,
    /// `refused` and `unreachable`: why, as a code: `unknown_device`, `revoked`, `not_granted` (it does not let us in),
    /// `stranger` (we do not know who is there), `locked` (nobody is at it), `full` (it has no room), `offline`, `protocol`, `store`.
    pub reason: Option<String>,
}

/// How a neighbour stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NeighbourState {
    /// Found or added, and not asked yet.
    Found,
    /// Exchanging now.
    Syncing,
    /// Both hold the same.
    Level,
    /// It is of another station and carries what we sealed for the district; the two exchange nothing else.
    Carries,
    /// The last exchange with it broke off, or nobody answered.
    Unreachable,
    /// One of the two does not take the other for a device of this district.
    Refused,
}

/// Where what waits here lies too.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
pub struct Handed {
    /// Name of the device that has it.
    pub to: String,
    /// Since when, milliseconds.
    #[ts(type = "number")]
    pub at: u64,
}

/// Adds a neighbour by the code it shows.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct NeighbourAdd {
    /// As in [`NeighbourList::code`].
    pub code: String,
}

/// Turns the neighbourhood on or off.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct NeighboursSet {
    /// Whether this device looks for neighbours and may be reached by them.
    pub enabled: bool,
}

/// Exchanges with one neighbour now.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct NeighbourSync {
    /// As in [`Neighbour::id`].
    pub id: String,
}
