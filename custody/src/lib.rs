//! Who wrote what: the chain of custody of one application, checked anew from its signed items, without a store and without
//! a network. The center checks its own like that, and whoever has a file of it and the district's public key checks the
//! same by `doorstep-verify`.

mod chain;
mod evidence;
pub mod file;
mod flaw;
mod report;

pub use chain::{Chain, Fault, Granted, Link, check};
pub use evidence::{Evidence, Kept};
pub use flaw::Flaw;
pub use report::{moment, report};
