//! What became different since a moment of a case: since a correction was asked for, since somebody signed.

use std::collections::BTreeMap;

use doorstep_records::application::{ApplicationDocument, differences};
use doorstep_records::{Application, kind};
use doorstep_sync::Kind;
use doorstep_sync::payload::Change;

use crate::routes::Difference;
use crate::store::items::Logged;

/// What is different from the application as it was here when the newest correction was asked for; empty when none was.
pub fn correction(items: &[Logged], now: &Application) -> Vec<Difference> {
    let Some(asked) = last(items, "case.correction_asked") else {
        return Vec::new();
    };
    let before = known(items, asked);
    let mut values: BTreeMap<String, String> = before
        .fields()
        .map(|(path, field)| (path, field.value.clone()))
        .collect();
    let difference = |path: String| Difference {
        before: values.remove(&path).unwrap_or_default(),
        path,
    };
    differences(&before, now).into_iter().map(difference).collect()
}

/// Fields, rows and the version of the form that are not as they were when the newest signature arrived, as paths; empty
/// when nobody signed.
pub fn signature(items: &[Logged], now: &Application) -> Vec<String> {
    let Some(signed) = last(items, "signature") else {
        return Vec::new();
    };
    let mut changed = differences(&known(items, signed), now);
    let fields: BTreeMap<String, _> = now.fields().collect();
    changed.retain(|path| fields.contains_key(path) || path == "edition" || path.starts_with("rows."));
    changed
}

/// The same for the application of the bundle that a part was divided from, by its `items` alone: a part begins with the
/// signature and all that was typed after it, in one change, and what is typed into the whole later is in no part.
pub fn signature_of_whole(items: &[Logged]) -> Vec<String> {
    signature(items, &known(items, items.len()))
}

/// Place of the newest item that changed `path`.
fn last(items: &[Logged], path: &str) -> Option<usize> {
    items
        .iter()
        .rposition(|logged| logged.changed.iter().any(|changed| changed == path))
}

/// The application as it was known here once the item at `place` had come. The log holds changes after those they build
/// on, so every stored one applies; one that no longer does is told of when the views are made again.
fn known(items: &[Logged], place: usize) -> Application {
    let mut document = ApplicationDocument::empty();
    for logged in items.iter().take(place + 1) {
        let Ok(envelope) = logged.item.open() else { continue };
        let application = envelope
            .document
            .is_some_and(|document| document.kind == kind::APPLICATION);
        if envelope.kind == Kind::Change
            && application
            && let Ok(change) = Change::from_bytes(&envelope.payload)
            && document.apply(&envelope.device.0, &change.automerge).is_err()
        {
            tracing::error!(item = %logged.id, "a stored item does not apply");
        }
    }
    document.view()
}
