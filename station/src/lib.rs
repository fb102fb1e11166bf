//! What a station does: it takes applications with no network, keeps everything encrypted on its disk, and brings it to
//! the district whenever there is a way.
//!
//! [`rpc`] lists every command once. [`http`] serves the list on loopback; the shell serves it to its window.

mod bundle;
mod commands;
pub mod contract;
mod door;
mod drives;
mod failure;
mod files;
pub mod http;
mod keys;
mod ledger;
mod link;
mod mend;
mod near;
pub mod outside;
mod picture;
mod preferences;
pub mod rpc;
mod station;
mod store;
mod upkeep;
mod view;
mod wipe;
mod world;

pub use failure::{Failure, FailureCode};
pub use keys::PinCost;
pub use link::{Answer, Center, Internet, Stream};
pub use near::{Announcement, Discovery, Mdns, Sighting, Tell, Vicinity};
pub use station::{Station, StationConfig};
pub use upkeep::Health;
pub use world::{SystemClock, SystemRandom};
