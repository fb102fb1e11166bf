//! How the screen looks: a small file beside the database, readable while the device is locked.

use std::path::Path;

use doorstep_matters::Language;

use crate::Failure;
use crate::contract::Preferences;
use crate::files::replace;

const SIZES: [&str; 3] = ["standard", "large", "largest"];

/// What is kept, or the defaults.
pub(crate) fn load(data: &Path) -> Preferences {
    let kept = std::fs::read(data.join("preferences.json")).ok();
    let kept = kept.and_then(|text| serde_json::from_slice::<Preferences>(&text).ok());
    kept.unwrap_or_else(|| Preferences {
        size: "standard".into(),
        language: Language::default(),
    })
}

/// Keeps them.
pub(crate) fn keep(data: &Path, preferences: &Preferences) -> Result<(), Failure> {
    if !SIZES.contains(&preferences.size.as_str()) {
        return Err(Failure::bad_request("no such size"));
    }
    let text = serde_json::to_vec_pretty(preferences).map_err(Failure::store)?;
    Ok(replace(&data.join("preferences.json"), &text)?)
}
