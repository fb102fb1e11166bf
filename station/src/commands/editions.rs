//! A draft whose matter has been published anew.

use doorstep_records::Edit;

use crate::contract::{ApplicationRequest, ApplicationView, EditionChange, EditionRequest};
use crate::{Failure, Station, view};

pub(crate) async fn edition_look(station: &Station, request: ApplicationRequest) -> Result<EditionChange, Failure> {
    let language = station.language();
    let id = request.id.parse().map_err(|_| Failure::not_found("application"))?;
    station
        .work(move |desk| {
            let seen = desk.ledger.seen(id, language)?;
            let version = seen.newer.ok_or_else(|| Failure::not_found("newer version"))?;
            let matter = desk.ledger.matter(version, &seen.application.matter)?;
            let matter = matter.ok_or_else(|| Failure::not_found("newer version"))?;
            Ok(view::edition_change(&seen, &matter, version))
        })
        .await
}

pub(crate) async fn edition_set(station: &Station, request: EditionRequest) -> Result<ApplicationView, Failure> {
    let version = request.version;
    station
        .change(&request.id, move |desk, id| {
            let code = desk.ledger.record(id)?.matter.clone();
            if desk.ledger.matter(version, &code)?.is_none() {
                return Err(Failure::not_found("version of the catalogue"));
            }
            desk.ledger
                .save(id, &request.seen, &desk.staff.hand(), Vec::new(), |_, _| {
                    Ok(vec![Edit::Edition { version }])
                })
        })
        .await
}
