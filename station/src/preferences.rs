//! How the screen looks: a small file beside the database, readable while the device is locked.

use std::ops::RangeInclusive;
use std::path::Path;

use doorstep_matters::Language;

use crate::Failure;
use crate::contract::{Preferences, idle_minutes};
use crate::files::replace;

const SIZES: [&str; 3] = ["standard", "large", "largest"];
/// Minutes without input before the screen is locked: long enough to read a page aloud, short enough that a laptop that
/// was left is not open for long.
const IDLE: RangeInclusive<u32> = 1..=30;

/// What is kept, or the defaults.
pub(crate) fn load(data: &Path) -> Preferences {
    let kept = std::fs::read(data.join("preferences.json")).ok();
    kept.and_then(|text| read(&text)).unwrap_or_else(|| Preferences {
        size: "standard".into(),
        language: Language::default(),
        idle_minutes: idle_minutes(),
    })
}

/// What the file says, when it can be made use of.
pub(crate) fn read(text: &[u8]) -> Option<Preferences> {
    let kept = serde_json::from_slice::<Preferences>(text).ok()?;
    IDLE.contains(&kept.idle_minutes).then_some(kept)
}

/// Keeps them.
pub(crate) fn keep(data: &Path, preferences: &Preferences) -> Result<(), Failure> {
    if !SIZES.contains(&preferences.size.as_str()) {
        return Err(Failure::bad_request("no such size"));
    }
    if !IDLE.contains(&preferences.idle_minutes) {
        return Err(Failure::bad_request("1 to 30 minutes"));
    }
    let text = serde_json::to_vec_pretty(preferences).map_err(Failure::store)?;
    Ok(replace(&data.join("preferences.json"), &text)?)
}
