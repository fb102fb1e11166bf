//! Papers and their pages.

use doorstep_records::application::page_id;
use doorstep_records::{Application, Edit, Page};

use crate::contract::{ApplicationView, MaterialRequest, PageAddRequest, PageRequest};
use crate::picture;
use crate::{Failure, Station};

pub(crate) async fn material_set(station: &Station, request: MaterialRequest) -> Result<ApplicationView, Failure> {
    let code = request.material;
    if request
        .evidence
        .as_deref()
        .is_some_and(|level| !matches!(level, "" | "A" | "B" | "C" | "D"))
    {
        return Err(Failure::bad_request("no such evidence level"));
    }
    let evidence = request.evidence.map(|level| Edit::Evidence {
        material: code.clone(),
        level,
    });
    let deferred = request.deferred_until.map(|day| Edit::DeferredUntil {
        material: code.clone(),
        day: day.trim().to_owned(),
    });
    let declared = request.declared.map(|declared| Edit::Declared {
        material: code.clone(),
        declared,
    });
    let edits: Vec<Edit> = evidence.into_iter().chain(deferred).chain(declared).collect();
    station
        .change(&request.id, move |desk, id| {
            desk.ledger.material_of(id, &code)?;
            desk.ledger
                .save(id, &request.seen, &desk.staff.hand(), Vec::new(), |_, _| Ok(edits))
        })
        .await
}

pub(crate) async fn page_add(
    station: &Station,
    request: PageAddRequest,
    body: Vec<u8>,
) -> Result<ApplicationView, Failure> {
    let picture = picture::page(station, body).await?;
    station
        .change(&request.id, move |desk, application| {
            desk.ledger.material_of(application, &request.material)?;
            let page = Page {
                id: String::new(),
                file: picture.written.hash.to_string(),
                media_type: picture.media_type.clone(),
                len: picture.written.len,
                rotation: 0,
                position: 0.0,
                staff: desk.staff.hand(),
                time: desk.ledger.now(),
            };
            let actor = desk.ledger.actor().to_vec();
            desk.ledger.save(
                application,
                &request.seen,
                &desk.staff.hand(),
                vec![picture],
                |record, _| add(record, &actor, request.material, page, request.replaces),
            )
        })
        .await
}

/// A new page goes to the end, or to the place of the one it replaces.
fn add(
    record: &Application,
    actor: &[u8],
    material: String,
    mut page: Page,
    replaces: Option<String>,
) -> Result<Vec<Edit>, Failure> {
    let all = record.materials.values();
    page.id = page_id(all.map(|one| one.pages.len() + one.removed.len()).sum(), actor);
    let pages = record
        .materials
        .get(&material)
        .map(|material| material.pages.as_slice())
        .unwrap_or_default();
    let Some(replaced) = replaces else {
        page.position = pages.last().map_or(1.0, |last| last.position + 1.0);
        return Ok(vec![Edit::PageAdded { material, page }]);
    };
    let place = pages
        .iter()
        .find(|page| page.id == replaced)
        .ok_or_else(|| Failure::not_found("page"))?
        .position;
    page.position = place;
    Ok(vec![
        Edit::PageAdded { material, page },
        Edit::PageRemoved {
            page: replaced,
            removed: true,
        },
    ])
}

pub(crate) async fn page_set(station: &Station, request: PageRequest) -> Result<ApplicationView, Failure> {
    station
        .change(&request.id.clone(), move |desk, id| {
            desk.ledger
                .save(id, &request.seen, &desk.staff.hand(), Vec::new(), |record, _| {
                    turn(record, &request)
                })
        })
        .await
}

fn turn(record: &Application, request: &PageRequest) -> Result<Vec<Edit>, Failure> {
    let page = request.page.clone();
    let (material, _) = record.page(&page).ok_or_else(|| Failure::not_found("page"))?;
    let mut edits = Vec::new();
    if let Some(rotation) = request.rotation {
        edits.push(Edit::PageRotated {
            page: page.clone(),
            rotation,
        });
    }
    if let Some(removed) = request.removed {
        edits.push(Edit::PageRemoved {
            page: page.clone(),
            removed,
        });
    }
    if let Some(index) = request.index {
        let pages = record
            .materials
            .get(material)
            .map(|material| material.pages.as_slice())
            .unwrap_or_default();
        let others: Vec<f64> = pages
            .iter()
            .filter(|other| other.id != page)
            .map(|other| other.position)
            .collect();
        edits.push(Edit::PageMoved {
            page,
            position: between(&others, index as usize),
        });
    }
    Ok(edits)
}

/// A position that puts a page at `index` among others in order.
fn between(others: &[f64], index: usize) -> f64 {
    let before = index
        .min(others.len())
        .checked_sub(1)
        .and_then(|place| others.get(place));
    match (before, others.get(index)) {
        (Some(before), Some(after)) => before + (after - before) / 2.0,
        (None, Some(after)) => after - 1.0,
        (Some(before), None) => before + 1.0,
        (None, None) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn a_page_goes_between_its_neighbours() {
        let others = [1.0, 2.0, 3.0];
        assert!(between(&others, 0) < 1.0);
        assert_eq!(between(&others, 1), 1.5);
        assert!(between(&others, 3) > 3.0);
        assert!(between(&others, 99) > 3.0);
        assert_eq!(between(&[], 5), 1.0);
    }
}
