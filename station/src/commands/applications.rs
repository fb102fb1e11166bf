//! Beginning, opening and finding applications.

use doorstep_matters::Language;
use doorstep_records::application::Beginning;

use crate::contract::{
    ApplicationList, ApplicationRequest, ApplicationSearch, ApplicationView, BeginRequest, OpenRequest,
};
use crate::{Failure, Station};

pub(crate) async fn begin(station: &Station, request: BeginRequest) -> Result<ApplicationView, Failure> {
    let language = station.language();
    let view = station.work(move |desk| {
        let edition = desk
            .ledger
            .catalogue()?
            .filter(|edition| edition.matters.contains_key(&request.matter));
        let catalogue = edition.ok_or_else(|| Failure::not_found("matter"))?.version;
        let station = desk.ledger.station().division.clone();
        let id = desk.ledger.begin(
            &desk.staff.number,
            &Beginning {
                matter: request.matter,
                catalogue,
                station,
            },
            &request.window,
        )?;
        desk.ledger.view(id, language)
    });
    let view = view.await?;
    station.inner.link.wake();
    Ok(view)
}

pub(crate) async fn application(station: &Station, request: OpenRequest) -> Result<ApplicationView, Failure> {
    let language = station.language();
    let id = request.id.parse().map_err(|_| Failure::not_found("application"))?;
    let view = station.work(move |desk| {
        let view = desk.ledger.view(id, language)?;
        desk.ledger.show(id, &request.window);
        Ok(view)
    });
    view.await
}

pub(crate) async fn applications(station: &Station, search: ApplicationSearch) -> Result<ApplicationList, Failure> {
    let english = station.language() == Language::English;
    station.work(move |desk| Ok(desk.ledger.list(&search, english)?)).await
}

pub(crate) async fn refused_seen(station: &Station, request: ApplicationRequest) -> Result<ApplicationView, Failure> {
    station
        .change(&request.id, |desk, id| {
            desk.ledger.refusals_seen(&id)?;
            Ok(Vec::new())
        })
        .await
}
