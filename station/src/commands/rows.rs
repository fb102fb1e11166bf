//! Rows of repeats: one more person of the household, one more piece of land.

use doorstep_matters::Matter;
use doorstep_matters::view::QuestionKind;
use doorstep_records::{Application, Edit};

use crate::contract::{ApplicationView, RowAddRequest, RowRequest};
use crate::{Failure, Station};

pub(crate) async fn row_add(station: &Station, request: RowAddRequest) -> Result<ApplicationView, Failure> {
    station
        .change(&request.id.clone(), move |desk, id| {
            let repeat = request.repeat;
            people_add(&*desk.ledger.matter_of(id)?, &repeat, false)?;
            let word = desk.ledger.row_word();
            desk.ledger
                .save(id, &request.seen, &desk.staff.hand(), Vec::new(), |record, _| {
                    Ok(add(record, &repeat, &word))
                })
        })
        .await
}

/// The row with which a repeat begins is named by no document: it is from now on, or it would go when another comes.
fn add(record: &Application, repeat: &str, word: &str) -> Vec<Edit> {
    let mut keys = record.rows.keys().chain(record.answers.keys());
    let begun = keys.any(|key| key.strip_prefix(repeat).is_some_and(|rest| rest.starts_with('[')));
    let first = (!begun).then_some("1");
    let row = |word: &str| Edit::Row {
        row: format!("{repeat}[{word}]"),
        removed: false,
    };
    first.into_iter().chain([word]).map(row).collect()
}

pub(crate) async fn row_set(station: &Station, request: RowRequest) -> Result<ApplicationView, Failure> {
    station
        .change(&request.id.clone(), move |desk, id| {
            people_add(&*desk.ledger.matter_of(id)?, &request.row, true)?;
            let edit = Edit::Row {
                row: request.row,
                removed: request.removed,
            };
            desk.ledger
                .save(id, &request.seen, &desk.staff.hand(), Vec::new(), |_, _| Ok(vec![edit]))
        })
        .await
}

/// Whether a key is that of a repeat, or of a row of one, whose rows people add: others follow from a count.
fn people_add(matter: &Matter, key: &str, row: bool) -> Result<(), Failure> {
    let repeat = matter.form.keyed(key).filter(|question| {
        question.kind == QuestionKind::Repeat && question.count.is_none() && key.ends_with(']') == row
    });
    repeat.map(drop).ok_or_else(|| Failure::not_found("repeat"))
}
