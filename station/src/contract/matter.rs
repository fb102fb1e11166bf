//! Finding out what is needed.

use doorstep_matters::MatterSummary;
use doorstep_matters::view::MatterView;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Looks for matters.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct MatterSearch {
    /// Pinyin initials, a word, or a code; empty for all.
    pub query: String,
    /// Only those with this tag; empty for all.
    pub tag: String,
}

/// Matters found.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct MatterList {
    /// Best first.
    pub matters: Vec<MatterSummary>,
    /// All tags in the catalogue.
    pub tags: Vec<String>,
    /// Catalogue version; 0 when none has arrived.
    #[ts(type = "number")]
    pub catalogue: u64,
}

/// One matter.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct MatterRequest {
    /// Code.
    pub code: String,
}

/// Everything needed, told once (一次性告知).
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct MatterReply {
    /// The matter.
    pub matter: MatterView,
}
