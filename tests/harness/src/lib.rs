//! N stations and a center, as real processes or on a simulated network, for scenarios and benches.

pub mod catalogue;
pub mod chance;
pub mod clerk;
pub mod model;
pub mod network;
pub mod papers;
pub mod picture;
pub mod power;
pub mod process;
pub mod proxy;
pub mod screen;
pub mod simulation;
