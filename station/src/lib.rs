//! What a station does.

pub mod contract;
pub mod rpc;
