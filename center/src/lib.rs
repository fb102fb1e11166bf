//! The district end: takes in what devices send, lets people review it, and gives back what became of it.
//!
//! [`center::Center::open`] opens a center over a folder, [`router`] serves it; nothing else is needed to call it in
//! process.

mod access;
mod accounts;
mod admission;
mod ahead;
mod apply;
pub mod backup;
mod bundles;
mod catalogue;
pub mod center;
mod check;
mod compared;
mod custody;
mod deeds;
pub mod demo;
mod desk;
mod disk;
mod district;
mod dossier;
mod enrolment;
pub mod error;
mod events;
mod exchange;
mod flow;
mod forget;
mod intake;
mod key;
mod known_browser;
mod limiter;
mod metrics;
mod password;
mod picture;
mod project;
mod rebuild;
mod review;
pub mod rights;
pub mod routes;
mod rules;
mod seal;
mod second_factor;
mod serve;
mod siblings;
mod signing;
mod since;
mod staff;
mod stand_ins;
mod store;
mod succession;
mod supervision;
mod tidings;
mod tls;
mod upload;
mod words;
pub mod world;
mod writing;

pub use axum_server::Handle;
pub use bundles::{Ready, import_path};
pub use catalogue::blank::blank;
pub use catalogue::command::CatalogueCommand;
pub use catalogue::{PublishError, read_files};
pub use center::{Center, Config, OpenError};
pub use custody::Checked;
pub use routes::router;
pub use serve::serve;
