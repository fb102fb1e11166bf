//! What a station does.

mod commands;
pub mod contract;
mod failure;
pub mod rpc;

pub use failure::{Failure, FailureCode};

/// A station.
#[derive(Clone)]
pub struct Station;
