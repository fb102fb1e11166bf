//! Moves signed items and files between any two peers.
//!
//! This crate knows nothing of government: an item's document kind and payload are opaque to it, except for the
//! payloads that sync itself needs (`file`, `grant`, `revoke`, `receipt`, `catalogue`, `look`). It does no I/O outside [`client`].

pub mod auth;
pub mod backoff;
pub mod bundle;
pub mod client;
pub mod envelope;
pub mod fingerprint;
pub mod id;
pub mod item;
pub mod key;
pub mod looks;
pub mod origin;
pub mod payload;
pub mod preview;
pub mod protocol;
pub mod repair;
pub mod replica;
pub mod scope;
pub mod serve;
pub mod trust;
pub mod tus;
pub mod wire;
pub mod world;

pub use envelope::{Document, Envelope, Kind};
pub use fingerprint::{Fingerprint, Print};
pub use id::{BundleId, DeviceId, DocumentId, FileHash, ItemId};
pub use item::{Item, ItemError};
pub use key::{SigningKey, VerifyingKey};
pub use scope::{Scope, ScopePattern};
pub use trust::{Code, Grants};
pub use world::{Clock, Millis, Random};
