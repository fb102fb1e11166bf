//! Finding out what is needed.

use std::collections::BTreeSet;

use doorstep_matters::initials::pinyin;
use doorstep_matters::{Context, Matter, MatterSummary};

use crate::contract::{MatterList, MatterReply, MatterRequest, MatterSearch};
use crate::{Failure, Station};

pub(crate) async fn matters(station: &Station, search: MatterSearch) -> Result<MatterList, Failure> {
    let language = station.language();
    station
        .work(move |desk| {
            let Some(edition) = desk.ledger.catalogue()? else {
                return Ok(MatterList {
                    matters: Vec::new(),
                    tags: Vec::new(),
                    catalogue: 0,
                });
            };
            let tags: BTreeSet<&String> = edition.matters.values().flat_map(|matter| &matter.tags).collect();
            let tagged = edition
                .matters
                .values()
                .filter(|matter| search.tag.is_empty() || matter.tags.contains(&search.tag));
            let mut found: Vec<(u8, MatterSummary)> = tagged
                .filter_map(|matter| {
                    let summary = matter.summary(language);
                    Some((rank(matter, &summary.initials, &search.query)?, summary))
                })
                .collect();
            found.sort_by(|a, b| (a.0, &a.1.initials).cmp(&(b.0, &b.1.initials)));
            let matters = found.into_iter().map(|(_, summary)| summary).collect();
            Ok(MatterList {
                matters,
                tags: tags.into_iter().cloned().collect(),
                catalogue: edition.version,
            })
        })
        .await
}

/// How well a matter fits what was typed: 0 is best, `None` not at all.
fn rank(matter: &Matter, initials: &str, query: &str) -> Option<u8> {
    let query: String = query.to_lowercase().split_whitespace().collect();
    let (name, english) = (
        matter.name.zh.to_lowercase(),
        matter.name.en.to_lowercase().replace(' ', ""),
    );
    if initials.starts_with(&query) || name.starts_with(&query) || matter.code.to_lowercase() == query {
        Some(0)
    } else if name.contains(&query)
        || initials.contains(&query)
        || english.contains(&query)
        || pinyin(&name).contains(&query)
    {
        Some(1)
    } else {
        // A word from what the matter is about, or a tag.
        let about = [&matter.conditions.zh, &matter.department.zh, &matter.conditions.en];
        about
            .into_iter()
            .chain(&matter.tags)
            .any(|text| text.to_lowercase().contains(&query))
            .then_some(2)
    }
}

pub(crate) async fn matter(station: &Station, request: MatterRequest) -> Result<MatterReply, Failure> {
    let language = station.language();
    station
        .work(move |desk| {
            let edition = desk
                .ledger
                .catalogue()?
                .ok_or_else(|| Failure::not_found("catalogue"))?;
            let matter = edition
                .matters
                .get(&request.code)
                .ok_or_else(|| Failure::not_found("matter"))?;
            let context = Context {
                today: desk.ledger.today(),
                station: desk.ledger.station().division.clone(),
                language,
                ..Context::default()
            };
            Ok(MatterReply {
                matter: matter.view(&Default::default(), &context),
            })
        })
        .await
}
