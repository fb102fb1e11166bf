//! The handlers of [`crate::rpc`], one file per noun.

pub(crate) mod answers;
pub(crate) mod applications;
pub(crate) mod bundles;
pub(crate) mod editions;
pub(crate) mod files;
pub(crate) mod materials;
pub(crate) mod matters;
pub(crate) mod neighbours;
pub(crate) mod offers;
pub(crate) mod preferences;
pub(crate) mod receipts;
pub(crate) mod rows;
pub(crate) mod session;
pub(crate) mod steps;
pub(crate) mod sync;
