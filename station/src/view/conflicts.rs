//! Rival values: what two people wrote while they did not know of each other.

use super::application::Names;
use super::{Seen, labels, rows, say};
use crate::contract::{Conflict, ConflictVersion};
use crate::ledger::People;

/// Every field with rivals, each value with who and when.
pub(super) fn conflicts(seen: &Seen, names: &Names<'_>, people: &People) -> Vec<Conflict> {
    // Rows that were taken out have words only in the form that still has them.
    let contested = !seen.application.contested.is_empty();
    let whole = contested.then(|| rows::whole(seen)).flatten();
    let names = &Names {
        form: whole.as_ref().unwrap_or(names.form),
        ..*names
    };
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

/// An answer in words is what the form shows when it stands there; of a row, whether it goes or what stays with it.
fn display(seen: &Seen, names: &Names<'_>, path: &str, value: &str) -> String {
    if let Some(row) = path.strip_prefix("rows.") {
        let typed = rows::contents(&seen.application, names, row);
        return match value {
            "true" => say(names.language, "删去这一行", "Take the row out"),
            _ => say(
                names.language,
                &format!("保留这一行（{}）", typed.join("；")),
                &format!("Keep the row ({})", typed.join("; ")),
            ),
        };
    }
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
