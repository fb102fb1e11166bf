//! What the center promises, through its routes and its command line, with the demo district.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod access;
mod backup;
mod batches;
mod bundles;
mod catalogue;
mod console;
mod custody;
mod devices;
mod doctor;
mod erase;
mod factors;
mod files;
mod forget;
mod guarded;
mod load;
mod mutated;
mod openapi;
mod parcels;
mod people;
mod publishing;
mod rebuild;
mod rights;
mod rules;
mod support;
#[cfg(unix)]
mod tls;
mod transfer;
mod versions;
