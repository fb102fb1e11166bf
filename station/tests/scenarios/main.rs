//! What a station promises, through its commands, against a small district in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod commands;
mod conflicts;
mod deferred;
mod district;
mod durability;
mod exchange;
mod http;
mod near;
mod pictures;
mod pins;
mod privacy;
mod refusals;
mod search;
mod sending;
mod world;
