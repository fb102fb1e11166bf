//! Bundles: items and files on a stick. A bundle is gathered once, then fetched or written part by part, so that a page
//! shows how far it is and may stop at any part; the next bundle brings whatever has no receipt by then.
//!
//! Two ways, for the app and for a browser: `bundle_write` and `bundle_read` take a path on this machine (a typed or
//! chosen folder of the stick); `bundle_part` gives a part as bytes to be saved as a download, `bundle_import` takes a
//! chosen file's bytes.

use doorstep_sync::bundle::{FileState, Stopped};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::bundle::{Imported, Ready};

/// Files and places named in one report.
const MOST_NAMED: usize = 100;

/// Drives that somebody plugged in.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct DriveList {
    /// By path; empty where the system does not tell (Windows, so far).
    pub drives: Vec<Drive>,
}

/// A drive that can be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Drive {
    /// Where it is: for [`BundleWriteRequest::folder`].
    pub path: String,
    /// What it is called.
    pub name: String,
    /// Bytes free on it.
    #[ts(type = "number")]
    pub free: u64,
}

/// Gathers a bundle for the center.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct BundleExportRequest {
    /// Bytes of a part at most, from 131072 on; `null`: 16 MiB.
    #[ts(type = "number | null")]
    pub part_bytes: Option<u64>,
}

/// A bundle that is ready, until another is gathered or the program ends.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BundlePlan {
    /// Id.
    pub bundle: String,
    /// Names of its parts, in order; part 1 is the first.
    pub names: Vec<String>,
    /// Items in it.
    #[ts(type = "number")]
    pub items: u64,
    /// Files in it.
    #[ts(type = "number")]
    pub files: u64,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// One part as bytes.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BundlePartRequest {
    /// [`BundlePlan::bundle`].
    pub bundle: String,
    /// From 1.
    pub part: u32,
}

/// One part into a folder.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BundleWriteRequest {
    /// [`BundlePlan::bundle`].
    pub bundle: String,
    /// From 1.
    pub part: u32,
    /// The folder, as a whole path. `disk_full`: parts written before stay good; go on with this part on another stick.
    pub folder: String,
}

/// A part that lies on the stick.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BundleWritten {
    /// Its name.
    pub name: String,
}

/// Takes in what lies at a path.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BundleReadRequest {
    /// A part, or a folder of parts, as a whole path.
    pub path: String,
}

/// A file of a bundle that is not here whole.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BundleFile {
    /// Which.
    pub hash: String,
    /// Its length.
    #[ts(type = "number")]
    pub len: u64,
    /// Bytes that are here; the rest comes with a later bundle or over the network.
    #[ts(type = "number")]
    pub kept: u64,
    /// Why it was not taken, as a code; empty when only bytes are missing.
    pub code: String,
}

/// A place where something could not be taken.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BundleDamage {
    /// The part, when it is known.
    pub part: Option<u32>,
    /// First byte.
    #[ts(type = "number")]
    pub at: u64,
    /// `damaged`, `short`, `other_receiver`, `unknown_sender`, `signature`, `malformed`.
    pub code: String,
}

/// A part of which nothing could be read.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BundleUnread {
    /// Its name; empty when it came as bytes.
    pub name: String,
    /// `not_a_bundle`, `newer`, `other_receiver`, `unknown_sender`, `unreadable`.
    pub code: String,
}

/// What was read, and what was not.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct BundleReport {
    /// Bundle id; empty when nothing could be opened.
    pub bundle: String,
    /// When it was made, by the center's clock, milliseconds.
    #[ts(type = "number")]
    pub made: u64,
    /// Parts in all; 0 when that is not known.
    pub parts: u32,
    /// Parts of which something was read.
    pub seen: Vec<u32>,
    /// Parts that were not read.
    pub missing: Vec<u32>,
    /// Items read, known ones included.
    #[ts(type = "number")]
    pub items: u64,
    /// Items that the parts read should hold.
    #[ts(type = "number")]
    pub items_expected: u64,
    /// Items that were not taken.
    #[ts(type = "number")]
    pub refused: u64,
    /// Files that are here whole and verified.
    #[ts(type = "number")]
    pub files_whole: u64,
    /// Files that are not: the first hundred.
    pub files_rest: Vec<BundleFile>,
    /// How many they are.
    #[ts(type = "number")]
    pub files_rest_count: u64,
    /// Damage: the first hundred places.
    pub damaged: Vec<BundleDamage>,
    /// Parts of which nothing could be read.
    pub unread: Vec<BundleUnread>,
    /// Why it stopped before the end: `disk_full`, `store`, `unreadable`; empty when it did not.
    pub stopped: String,
    /// Everything the bundle holds is here.
    pub complete: bool,
}

impl From<&Ready> for BundlePlan {
    fn from(ready: &Ready) -> Self {
        let plan = &ready.plan;
        let names = (1..=plan.parts()).map(|part| doorstep_sync::bundle::part_name(&ready.stem, part));
        Self {
            bundle: plan.bundle.to_string(),
            names: names.collect(),
            items: plan.items(),
            files: plan.files(),
            bytes: plan.bytes(),
        }
    }
}

impl From<Imported> for BundleReport {
    fn from(imported: Imported) -> Self {
        let Imported { report, unread } = imported;
        let rest = report.rest().take(MOST_NAMED).map(|(hash, len, state)| BundleFile {
            hash: hash.to_string(),
            len,
            kept: match state {
                FileState::Partial(kept) => *kept,
                _ => 0,
            },
            code: match state {
                FileState::Refused(code) => code.clone(),
                _ => String::new(),
            },
        });
        let damaged = report.damage.iter().take(MOST_NAMED).map(|damage| BundleDamage {
            part: damage.part,
            at: damage.at,
            code: damage.harm.as_str().to_owned(),
        });
        let stopped = match &report.stopped {
            None => "",
            Some(Stopped::Full) => "disk_full",
            Some(Stopped::Store(_)) => "store",
            Some(Stopped::Unreadable(_)) => "unreadable",
        };
        Self {
            bundle: report.bundle.map(|id| id.to_string()).unwrap_or_default(),
            made: report.made,
            parts: report.parts,
            seen: report.seen.iter().copied().collect(),
            missing: report.missing_parts(),
            items: report.items,
            items_expected: report.items_expected,
            refused: report.refused,
            files_whole: report.whole() as u64,
            files_rest: rest.collect(),
            files_rest_count: report.rest().count() as u64,
            damaged: damaged.collect(),
            complete: unread.is_empty() && report.complete(),
            unread: unread
                .into_iter()
                .map(|(name, error)| BundleUnread {
                    name,
                    code: error.code().to_owned(),
                })
                .collect(),
            stopped: stopped.to_owned(),
        }
    }
}
