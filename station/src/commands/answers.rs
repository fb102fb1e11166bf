//! What is typed.

use doorstep_matters::Language;
use doorstep_records::Edit;
use doorstep_records::permit::permit;

use crate::contract::{AnswerRequest, ApplicationView, PresenceRequest, ResolveRequest};
use crate::view::normalize_presence;
use crate::{Failure, Station};

pub(crate) async fn answer_set(station: &Station, request: AnswerRequest) -> Result<ApplicationView, Failure> {
    station
        .change(&request.id.clone(), move |desk, id| {
            let matter = desk.ledger.matter_of(id)?;
            let question = matter.form.keyed(&request.name).filter(|question| question.is_asked());
            question.ok_or_else(|| Failure::not_found("question"))?;
            let value = matter.form.normalize(&request.name, &request.value);
            let today = desk.ledger.today();
            desk.ledger.save(
                id,
                &request.seen,
                &desk.staff.hand(),
                Vec::new(),
                |application, case| {
                    let context = application.context(today, Language::Chinese);
                    let answers = application.plain_answers();
                    // What this answer makes the form settle is saved with it; in a correction what was asked for.
                    let settled = matter.form.settled(&answers, &context, &request.name, &value);
                    let note = String::new();
                    let settled = settled.into_iter().map(|(name, value)| Edit::Answer {
                        name,
                        value,
                        note: note.clone(),
                    });
                    let settled = settled.filter(|edit| permit(application, case, edit).is_ok());
                    let typed = Edit::Answer {
                        name: request.name,
                        value,
                        note: request.note.trim().to_owned(),
                    };
                    Ok(std::iter::once(typed).chain(settled).collect())
                },
            )
        })
        .await
}

pub(crate) async fn presence_set(station: &Station, request: PresenceRequest) -> Result<ApplicationView, Failure> {
    let value = normalize_presence(&request.name, &request.value);
    let value = value.ok_or_else(|| Failure::bad_request("no such presence field or value"))?;
    let edit = Edit::Presence {
        name: request.name,
        value,
    };
    station
        .change(&request.id, move |desk, id| {
            desk.ledger
                .save(id, &request.seen, &desk.staff.hand(), Vec::new(), |_, _| Ok(vec![edit]))
        })
        .await
}

pub(crate) async fn resolve(station: &Station, request: ResolveRequest) -> Result<ApplicationView, Failure> {
    let edit = Edit::Chosen {
        path: request.path,
        value: request.value,
    };
    station
        .change(&request.id, move |desk, id| {
            desk.ledger
                .save(id, &request.seen, &desk.staff.hand(), Vec::new(), |_, _| Ok(vec![edit]))
        })
        .await
}
