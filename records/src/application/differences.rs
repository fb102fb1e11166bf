//! What became different.

use std::collections::BTreeMap;

use super::Application;

/// What became different between two readings of an application, as paths: `answers.NAME`, `materials.CODE.pages`,
/// `signature`, `step.received` …
pub fn differences(before: &Application, after: &Application) -> Vec<String> {
    let mut paths = Vec::new();
    if before.matter.is_empty() && !after.matter.is_empty() {
        paths.push("begun".to_owned());
    }
    let old: BTreeMap<_, _> = before.fields().collect();
    for (path, field) in after.fields() {
        let nothing = field.value.is_empty() && field.versions.is_empty();
        if old.get(&path).map_or(!nothing, |before| *before != field) {
            paths.push(path);
        }
    }
    if !before.matter.is_empty() && before.edition != after.edition {
        paths.push("edition".to_owned());
    }
    for (row, removed) in &after.rows {
        if before.rows.get(row).copied().unwrap_or_default() != *removed {
            paths.push(format!("rows.{row}"));
        }
    }
    for (code, material) in &after.materials {
        let earlier = before.materials.get(code);
        if earlier.map_or(!material.pages.is_empty(), |m| {
            m.pages != material.pages || m.removed != material.removed
        }) {
            paths.push(format!("materials.{code}.pages"));
        }
    }
    if before.signatures != after.signatures {
        paths.push("signature".to_owned());
    }
    if (&before.number, &before.other_numbers) != (&after.number, &after.other_numbers) {
        paths.push("number".to_owned());
    }
    for event in after.events.iter().filter(|event| !before.events.contains(event)) {
        let step = serde_json::to_value(event.step).ok();
        paths.push(format!(
            "step.{}",
            step.as_ref().and_then(|s| s.as_str()).unwrap_or_default()
        ));
    }
    paths
}
