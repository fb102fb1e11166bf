//! What a station promises, through its commands, against a small district in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod books;
mod commands;
mod conflicts;
mod damage;
mod deferred;
mod district;
mod durability;
mod editions;
mod exchange;
mod forget;
mod http;
mod keys;
mod leaving;
mod matters;
mod near;
mod parts;
mod pictures;
mod pins;
mod privacy;
mod refusals;
mod roles;
mod rows;
mod search;
mod sending;
mod settled;
mod wipe;
mod workbook;
mod world;
