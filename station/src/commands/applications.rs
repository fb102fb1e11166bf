//! Beginning, opening and finding applications.

use doorstep_matters::{Context, GuideView, Language};
use doorstep_records::Edit;
use doorstep_records::application::Beginning;

use crate::contract::{
    ApplicationList, ApplicationRequest, ApplicationSearch, ApplicationView, BeginRequest, OpenRequest,
};
use crate::ledger::Edition;
use crate::{Failure, Station};

pub(crate) async fn begin(station: &Station, request: BeginRequest) -> Result<ApplicationView, Failure> {
    let language = station.language();
    let view = station.work(move |desk| {
        let edition = desk
            .ledger
            .catalogue()?
            .filter(|edition| edition.matters.contains_key(&request.matter));
        let edition = edition.ok_or_else(|| Failure::not_found("matter"))?;
        let station = desk.ledger.station().division.clone();
        let filled = guided(&edition, &request, &desk.ledger.context(language));
        let beginning = Beginning {
            matter: request.matter,
            catalogue: edition.version,
            station,
        };
        let id = desk.ledger.begin(&desk.staff.hand(), &beginning, &request.window)?;
        if !filled.is_empty() {
            let seen = desk.ledger.view(id, language)?.shows;
            desk.ledger
                .save(id, &seen, &desk.staff.hand(), Vec::new(), |_, _| Ok(filled))?;
        }
        desk.ledger.view(id, language)
    });
    let view = view.await?;
    station.inner.link.wake();
    Ok(view)
}

/// What the answers to the guide fill in. Answers that the guide does not have fill in nothing.
fn guided(edition: &Edition, request: &BeginRequest, context: &Context) -> Vec<Edit> {
    let matter = edition.matters.get(&request.matter);
    let end = matter.and_then(|matter| matter.guided(&request.guide, context));
    let Some(GuideView::End {
        eligible: true, fill, ..
    }) = end
    else {
        return Vec::new();
    };
    let answer = |(name, value)| Edit::Answer {
        name,
        value,
        note: String::new(),
    };
    fill.into_iter().map(answer).collect()
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
