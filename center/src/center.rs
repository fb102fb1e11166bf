//! The center.
/// The center.
pub struct Center {}
