//! Bundles: what comes from devices on sticks, and what goes back to them. See [`doorstep_sync::bundle`] for the form.

mod give;
mod take;

pub use give::Ready;
pub(crate) use give::Shelf;
pub use take::import_path;
