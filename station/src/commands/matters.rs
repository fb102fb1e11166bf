//! Finding out what is needed.

use std::collections::BTreeSet;

use doorstep_matters::{Context, Matter};

use crate::contract::{
    CatalogueFileRequest, GuideReply, GuideRequest, MatterList, MatterReply, MatterRequest, MatterSearch,
};
use crate::rpc::Reply;
use crate::station::Desk;
use crate::{Failure, Station};

/// Matters of a page when nothing else is asked.
const PAGE: u32 = 60;
/// Matters of a page at most.
const MOST: u32 = 200;

pub(crate) async fn matters(station: &Station, search: MatterSearch) -> Result<MatterList, Failure> {
    let language = station.language();
    station
        .work(move |desk| {
            let Some(edition) = desk.ledger.catalogue()? else {
                return Ok(MatterList {
                    matters: Vec::new(),
                    total: 0,
                    tags: Vec::new(),
                    catalogue: 0,
                });
            };
            let tags: BTreeSet<&String> = edition.matters.values().flat_map(|matter| &matter.tags).collect();
            let found = edition.finder().find(&search.query, &search.tag);
            let limit = if search.limit == 0 {
                PAGE
            } else {
                search.limit.min(MOST)
            };
            let page = found.iter().skip(search.offset as usize).take(limit as usize);
            Ok(MatterList {
                matters: page.map(|matter| matter.summary(language)).collect(),
                total: u32::try_from(found.len()).unwrap_or(u32::MAX),
                tags: tags.into_iter().cloned().collect(),
                catalogue: edition.version,
            })
        })
        .await
}

pub(crate) async fn matter(station: &Station, request: MatterRequest) -> Result<MatterReply, Failure> {
    about(station, request.code, |matter, context| {
        Some(MatterReply {
            matter: matter.view(&Default::default(), context),
        })
    })
    .await
}

pub(crate) async fn guide(station: &Station, request: GuideRequest) -> Result<GuideReply, Failure> {
    about(station, request.code, move |matter, context| {
        let guide = matter.guided(&request.answers, context)?;
        Some(GuideReply { guide })
    })
    .await
}

/// What a matter of the newest catalogue says, before anything is begun.
async fn about<T: Send + 'static>(
    station: &Station,
    code: String,
    say: impl FnOnce(&Matter, &Context) -> Option<T> + Send + 'static,
) -> Result<T, Failure> {
    let language = station.language();
    station
        .work(move |desk| {
            let edition = desk
                .ledger
                .catalogue()?
                .ok_or_else(|| Failure::not_found("catalogue"))?;
            let matter = edition.matters.get(&code).ok_or_else(|| Failure::not_found("matter"))?;
            say(matter, &desk.ledger.context(language)).ok_or_else(|| Failure::not_found("guide, or such an answer"))
        })
        .await
}

pub(crate) async fn catalogue_file(station: &Station, request: CatalogueFileRequest) -> Result<Reply, Failure> {
    station
        .work(move |desk: &mut Desk| {
            let version = match &request.id {
                Some(id) => {
                    let id = id.parse().map_err(|_| Failure::not_found("application"))?;
                    desk.ledger.record(id)?.edition
                }
                None => desk.ledger.catalogue()?.map_or(0, |edition| edition.version),
            };
            let hash = desk.ledger.catalogue_file(version, &request.name)?;
            let held = match hash {
                Some(hash) => desk.ledger.file(&hash)?,
                None => None,
            };
            let (held, bytes) = held.ok_or_else(|| Failure::not_found("file of the catalogue"))?;
            Ok(Reply::Bytes {
                media_type: held.name.media_type,
                bytes,
            })
        })
        .await
}
