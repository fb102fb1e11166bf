//! A station whose disk is a value.
//!
//! Ten thousand seeds cannot each open databases under SQLCipher with keys from Argon2id: a real station costs about a
//! second a seed, most of it the form and the views behind its commands. What stands here keeps the rules of the real
//! ledger (what is taken, set aside, tried again, what a receipt settles, what one transaction holds) over maps, around
//! the real protocol, the real grants and the real documents. The center of these simulations is the real one.

mod bundle;
mod disk;
mod documents;
mod forget;
mod host;
mod near;
mod receive;
mod replica;
mod save;
mod station;

pub use bundle::Ready;
pub use disk::{Disk, Held, State, Upload};
pub use documents::{Opened, fold};
pub use near::{Refused, Toward};
pub use save::Photo;
pub use station::{Station, Trip};
