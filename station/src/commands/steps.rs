//! Signing, handing in, sending again, withdrawing.

use doorstep_records::Edit;
use doorstep_records::application::{ApplicationStep, Signature};

use crate::contract::{ApplicationRequest, ApplicationView, WithdrawRequest};
use crate::{Failure, FailureCode, Station, picture};

pub(crate) async fn sign(
    station: &Station,
    request: ApplicationRequest,
    body: Vec<u8>,
) -> Result<ApplicationView, Failure> {
    let drawn = picture::signature(station, body).await?;
    station
        .change(&request.id, move |desk, id| {
            let (file, len, time) = (drawn.written.hash.to_string(), drawn.written.len, desk.ledger.now());
            let edit = Edit::Signed {
                signature: Signature { file, len, time },
            };
            desk.ledger
                .save(id, &desk.staff.number, vec![drawn], |_, _| Ok(vec![edit]))
        })
        .await
}

pub(crate) async fn receive(station: &Station, request: ApplicationRequest) -> Result<ApplicationView, Failure> {
    let language = station.language();
    station
        .change(&request.id, move |desk, id| {
            complete(desk.ledger.view(id, language)?.missing)?;
            desk.ledger
                .save_numbered(id, &desk.staff.number, Vec::new(), |_, _, number| {
                    let step = Edit::Step {
                        step: ApplicationStep::Received,
                        note: String::new(),
                    };
                    Ok(vec![Edit::Numbered { number: number()? }, step])
                })
        })
        .await
}

pub(crate) async fn resubmit(station: &Station, request: ApplicationRequest) -> Result<ApplicationView, Failure> {
    let language = station.language();
    station
        .change(&request.id, move |desk, id| {
            let correction = desk.ledger.view(id, language)?.correction;
            let correction = correction.ok_or_else(|| Failure::new(FailureCode::Locked, "no correction is open"))?;
            complete(correction.missing)?;
            let edit = Edit::Step {
                step: ApplicationStep::Resubmitted,
                note: correction.id,
            };
            desk.ledger
                .save(id, &desk.staff.number, Vec::new(), |_, _| Ok(vec![edit]))
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
        .change(&request.id, |desk, id| {
            desk.ledger
                .save(id, &desk.staff.number, Vec::new(), |_, _| Ok(vec![edit]))
        })
        .await
}

fn complete(missing: Vec<String>) -> Result<(), Failure> {
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Failure {
            fields: Some(missing),
            ..Failure::new(FailureCode::Incomplete, "something stands in the way")
        }),
    }
}
