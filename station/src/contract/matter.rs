//! Finding out what is needed.

use doorstep_matters::MatterSummary;
use doorstep_matters::guide::GuideView;
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
    /// At most this many; 0 for as many as fit on a page.
    #[serde(default)]
    #[ts(as = "Option<u32>", optional)]
    pub limit: u32,
    /// After this many.
    #[serde(default)]
    #[ts(as = "Option<u32>", optional)]
    pub offset: u32,
}

/// Matters found.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct MatterList {
    /// Best first.
    pub matters: Vec<MatterSummary>,
    /// All that were found.
    pub total: u32,
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

/// A way through the guide of a matter (智能引导). Nothing of it is kept anywhere.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct GuideRequest {
    /// Matter code.
    pub code: String,
    /// Answers so far, by name, in order.
    pub answers: Vec<String>,
}

/// Where a way through the guide has come to.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct GuideReply {
    /// The next question, or the end.
    pub guide: GuideView,
}

/// A picture or another file of the catalogue, by its name there.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CatalogueFileRequest {
    /// File name, as the workbook says it.
    pub name: String,
    /// The application on whose screen it is shown: the file is that of the version it goes by. `null` for the newest.
    pub id: Option<String>,
}
