//! The district end: takes in what devices send, lets people review it, and gives back what became of it.

pub mod center;
pub mod error;
pub mod rights;
pub mod routes;
