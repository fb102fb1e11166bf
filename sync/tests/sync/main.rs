//! The protocol between devices and a center, all in memory: what is sent, what survives, what it costs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// What it costs is told with the result.
#![allow(clippy::print_stdout)]

mod center;
mod clock;
mod cuts;
mod device;
mod downloads;
mod epoch;
mod exchange;
mod fixtures;
mod hostile;
mod http;
mod link;
mod mutation;
mod repair;
mod sizes;
mod succession;
mod uploads;
mod versions;

use doorstep_sync::{Scope, SigningKey};

/// Where the tests take place in time: the center's clock.
pub const NOON: u64 = 1_767_000_000_000;

/// The village the devices of the tests work in.
pub fn village() -> Scope {
    "500199101201/2026".parse().unwrap()
}

/// A key made of one number.
pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}
