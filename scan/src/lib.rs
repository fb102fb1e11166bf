//! A photograph becomes a checked page with a thumbnail.
//!
//! Everything that comes from a camera, a scanner or a file dialog goes through here before it is kept: what it is
//! ([`inspect`], reads headers alone), whether it is whole ([`check`], decodes all of it once), how it looks in small
//! ([`thumbnail`]). Memory is bounded, no input makes it panic, and the bytes given are never changed.

mod decode;
mod format;
mod inspect;
mod thumbnail;

pub use decode::check;
pub use format::{Format, PictureError};
pub use inspect::{Picture, inspect};
pub use thumbnail::thumbnail;

/// Largest file taken, bytes.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
/// Largest picture taken, pixels.
pub const MAX_PIXELS: u64 = 100_000_000;
