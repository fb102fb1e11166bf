//! Rival values: what two people wrote while they did not know of each other.

use super::application::Names;
use super::{Seen, labels};
use crate::contract::{Conflict, ConflictVersion};
use crate::ledger::People;

/// Every field with rivals, each value with who and when.
pub(super) fn conflicts(seen: &Seen, names: &Names<'_>, people: &People) -> Vec<Conflict> {
    seen.application
        .rivals()
        .map(|(path, field)| Conflict {
            label: labels::label(names, &path),
            versions: field
                .versions
                .iter()
                .map(|version| ConflictVersion {
                    display: display(seen, names, &path, &version.value),
                    value: version.value.clone(),
                    staff: people.name(&version.staff),
                    device: people.device(&version.device),
                    time: version.time,
                })
                .collect(),
            path,
        })
        .collect()
}

/// An answer in words is what the form shows when it stands there.
fn display(seen: &Seen, names: &Names<'_>, path: &str, value: &str) -> String {
    let as_answered = path
        .strip_prefix("answers.")
        .zip(seen.matter.as_ref())
        .and_then(|(name, matter)| {
            let mut answers = seen.application.plain_answers();
            answers.insert(name.to_owned(), value.to_owned());
            let form = matter.form.evaluate(&answers, &seen.context());
            form.questions
                .into_iter()
                .find(|question| question.name == name)
                .map(|question| question.display)
        });
    match as_answered {
        Some(words) if !words.is_empty() => words,
        _ => labels::display(names, path, value),
    }
}
