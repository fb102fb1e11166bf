//! Rows of repeats that were taken out, with what was typed in them.

use doorstep_matters::FormView;
use doorstep_records::Application;

use super::application::Names;
use super::{Seen, labels, say};
use crate::contract::RemovedRow;

/// Every row that was taken out and in which something was typed, in order; rows within it belong to it.
pub(super) fn removed(seen: &Seen, names: &Names<'_>) -> Vec<RemovedRow> {
    let record = &seen.application;
    let out: Vec<&String> = record
        .rows
        .keys()
        .filter(|row| record.row_out(row) == Some(row.as_str()))
        .collect();
    let Some(form) = whole(seen).filter(|_| !out.is_empty()) else {
        return Vec::new();
    };
    let names = Names { form: &form, ..*names };
    let rows = out.into_iter().filter_map(|row| {
        let contents = contents(record, &names, row);
        let (repeat, _) = row.rsplit_once('[')?;
        (!contents.is_empty()).then(|| RemovedRow {
            row: row.clone(),
            repeat: repeat.to_owned(),
            contents,
        })
    });
    rows.collect()
}

/// The form as if no row had ever been taken out: so their questions have labels, and choices have words.
pub(super) fn whole(seen: &Seen) -> Option<FormView> {
    let matter = seen.matter.as_ref()?;
    let answers = seen.application.answers_with_rows_out();
    Some(matter.form.evaluate(&answers, &seen.context()))
}

/// What was typed in a row, as `label: value` lines; `names` has the rows that were taken out.
pub(super) fn contents(record: &Application, names: &Names<'_>, row: &str) -> Vec<String> {
    let inside = |key: &str| key.strip_prefix(row).is_some_and(|rest| rest.starts_with('/'));
    let questions = names.form.questions.iter().filter(|question| inside(&question.name));
    let lines = questions.filter_map(|question| {
        let field = record.answers.get(&question.name)?;
        let said = match field.versions.as_slice() {
            [] => vec![field.value.as_str()],
            rivals => rivals.iter().map(|version| version.value.as_str()).collect(),
        };
        let path = format!("answers.{}", question.name);
        let words = said
            .into_iter()
            .filter(|value| !value.is_empty())
            .map(|value| match value == question.value {
                true => question.display.clone(),
                false => labels::display(names, &path, value),
            });
        let words = words.collect::<Vec<_>>().join(&say(names.language, " 或 ", " or "));
        let colon = say(names.language, "：", ": ");
        (!words.is_empty()).then(|| format!("{}{colon}{words}", question.label))
    });
    lines.collect()
}
