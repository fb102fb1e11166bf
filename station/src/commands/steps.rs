//! Signing, handing in, sending again, withdrawing.

use doorstep_records::Edit;
use doorstep_records::application::{ApplicationStep, Signature};

use crate::contract::{ApplicationView, SeenRequest, WithdrawRequest};
use crate::ledger::is_divided;
use crate::{Failure, FailureCode, Station, picture};

pub(crate) async fn sign(station: &Station, request: SeenRequest, body: Vec<u8>) -> Result<ApplicationView, Failure> {
    let drawn = picture::signature(station, body).await?;
    station
        .change(&request.id, move |desk, id| {
            let (file, len, time) = (drawn.written.hash.to_string(), drawn.written.len, desk.ledger.now());
            let edit = Edit::Signed {
                signature: Signature { file, len, time },
            };
            desk.ledger
                .save(id, &request.seen, &desk.staff.hand(), vec![drawn], |_, _| {
                    Ok(vec![edit])
                })
        })
        .await
}

pub(crate) async fn receive(station: &Station, request: SeenRequest) -> Result<ApplicationView, Failure> {
    let language = station.language();
    station
        .change(&request.id.clone(), move |desk, id| {
            let view = desk.ledger.view(id, language)?;
            complete(&view, &request.seen, &view.missing)?;
            let matter = desk.ledger.matter_of(id)?;
            if !matter.parts.is_empty() {
                let seen = desk.ledger.seen(id, language)?;
                let shares = matter.split(&seen.application.plain_answers(), &seen.context());
                return desk
                    .ledger
                    .divide(id, &request.seen, &desk.staff.hand(), &matter, &shares);
            }
            desk.ledger
                .save_numbered(id, &request.seen, &desk.staff.hand(), Vec::new(), |_, _, number| {
                    let step = Edit::Step {
                        step: ApplicationStep::Received,
                        note: String::new(),
                    };
                    Ok(vec![Edit::Numbered { number: number()? }, step])
                })
        })
        .await
}

pub(crate) async fn resubmit(station: &Station, request: SeenRequest) -> Result<ApplicationView, Failure> {
    let language = station.language();
    station
        .change(&request.id.clone(), move |desk, id| {
            let view = desk.ledger.view(id, language)?;
            let correction = view.correction.as_ref();
            let correction = correction.ok_or_else(|| Failure::new(FailureCode::Locked, "no correction is open"))?;
            complete(&view, &request.seen, &correction.missing)?;
            let edit = Edit::Step {
                step: ApplicationStep::Resubmitted,
                note: correction.id.clone(),
            };
            desk.ledger
                .save(id, &request.seen, &desk.staff.hand(), Vec::new(), |_, _| Ok(vec![edit]))
        })
        .await
}

pub(crate) async fn withdraw(station: &Station, request: WithdrawRequest) -> Result<ApplicationView, Failure> {
    let note = request.reason.trim().to_owned();
    if note.is_empty() {
        return Err(Failure::bad_request("a withdrawal has a reason"));
    }
    let edit = Edit::Step {
        step: ApplicationStep::Withdrawn,
        note,
    };
    station
        .change(&request.id, move |desk, id| {
            let matter = desk.ledger.matter_of(id);
            if matter.is_ok_and(|matter| desk.ledger.record(id).is_ok_and(|record| is_divided(&matter, &record))) {
                return Err(Failure::new(FailureCode::Locked, "a bundle is withdrawn part by part"));
            }
            desk.ledger
                .save(id, &request.seen, &desk.staff.hand(), Vec::new(), |_, _| Ok(vec![edit]))
        })
        .await
}

/// Nothing is missing, and who hands in has seen all that is handed in.
fn complete(view: &ApplicationView, seen: &[String], missing: &[String]) -> Result<(), Failure> {
    if view.shows != seen {
        return Err(Failure::new(FailureCode::Unseen, "changed since it was shown"));
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Failure {
            fields: Some(missing.to_vec()),
            ..Failure::new(FailureCode::Incomplete, "something stands in the way")
        }),
    }
}
