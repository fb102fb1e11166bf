//! Who is let in when more ask than can be served at once: a line for each kind of work, and room for bodies.

mod gate;
mod room;

use std::sync::Arc;
use std::time::Duration;

use doorstep_sync::Random;

pub use gate::{Gate, Limits, Turn};
pub use room::{Held, Room};

use crate::error::ApiError;

/// Exchanges of items. A commit serves all that are worked on together; whoever is let in has waited so little that the
/// answer comes within two seconds.
pub const ITEMS: Limits = Limits {
    turns: 8,
    share: 2,
    line: 512,
    own_line: 8,
    patience: Duration::from_millis(600),
};
/// Pieces of files: they wait for the disk, and nobody waits for them as for an exchange.
pub const FILES: Limits = Limits {
    turns: 8,
    share: 2,
    line: 512,
    own_line: 8,
    patience: Duration::from_millis(3_000),
};
/// Whoever asks for a turn hears that there is none, and when to come back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Busy(pub Duration);

impl From<Busy> for ApiError {
    fn from(busy: Busy) -> Self {
        let seconds = busy.0.as_millis().div_ceil(1000).max(1);
        Self {
            retry_after: Some(u64::try_from(seconds).unwrap_or(u64::MAX)),
            ..Self::new(
                axum::http::StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "too many ask at once",
            )
        }
    }
}

/// The two lines, and the room for bodies.
pub struct Admission {
    /// Exchanges of items.
    pub items: Arc<Gate>,
    /// Pieces of files.
    pub files: Arc<Gate>,
    /// For bodies that are held in memory.
    pub room: Arc<Room>,
}

impl Admission {
    /// Lines that are empty.
    pub fn new(random: &Arc<dyn Random>) -> Self {
        Self {
            items: Gate::new(ITEMS, random.clone()),
            files: Gate::new(FILES, random.clone()),
            room: Arc::default(),
        }
    }

    /// The line for requests to `path`.
    pub fn gate(&self, path: &str) -> &Arc<Gate> {
        if path.starts_with("/files") {
            &self.files
        } else {
            &self.items
        }
    }
}
