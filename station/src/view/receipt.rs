//! The receipt (材料接收凭证): what was taken, and plainly not an acceptance. What came later is said apart, since the paper
//! in the applicant's hands does not change.

use std::collections::BTreeMap;
use std::sync::Arc;

use doorstep_records::{Application, status};
use qrcode::QrCode;
use qrcode::render::svg;

use super::{Seen, materials};
use crate::contract::{Receipt, ReceiptLater, ReceiptMaterial, StationView};
use crate::ledger::People;
use crate::world::day_in_china;
use crate::{Failure, FailureCode};

/// The receipt of an application that was received; `then` is the application as it stood at 收件.
pub(crate) fn receipt(
    seen: &Seen,
    then: Application,
    people: &People,
    station: &StationView,
) -> Result<Receipt, Failure> {
    let record = &seen.application;
    let (Some(received), Some(number)) = (record.received(), &record.number) else {
        return Err(Failure::new(FailureCode::NotFound, "not received yet"));
    };
    let later = later(seen, &then);
    let then = Seen {
        application: Arc::new(then),
        today: day_in_china(received.time),
        ..seen.clone()
    };
    let (_, asked) = then.evaluated();
    let taken = materials::states(&then, &asked).into_iter().filter(|material| {
        let record = &material.record;
        !record.pages.is_empty() || !record.deferred_until.value.is_empty() || record.declared.value == "true"
    });
    let acts = record.presence.get("who").is_some_and(|who| who.value != "applicant");
    let agent = record
        .presence
        .get("name")
        .filter(|_| acts)
        .map(|name| name.value.clone());
    Ok(Receipt {
        number: number.clone(),
        matter: seen.matter.as_ref().map_or_else(
            || record.matter.clone(),
            |matter| matter.name.get(seen.language).to_owned(),
        ),
        applicant: record.applicant_name().to_owned(),
        id_masked: masked(record.applicant_id_number()),
        agent: agent.unwrap_or_default(),
        received: received.time,
        staff: people.name(&received.staff),
        station: station.name.clone(),
        telephone: station.telephone.clone(),
        address: station.address.clone(),
        status: status(record, &seen.case),
        materials: taken
            .map(|material| ReceiptMaterial {
                name: material.asked.name,
                pages: count(material.record.pages.len()),
                evidence: material.record.evidence.value,
                deferred_until: material.record.deferred_until.value,
                declared: material.record.declared.value == "true",
            })
            .collect(),
        parts: seen.parts.iter().filter(|part| part.relevant).cloned().collect(),
        later,
        qr: qr(number)?,
    })
}

/// Pages that are there now and were not at 收件, counted by day.
fn later(seen: &Seen, then: &Application) -> Vec<ReceiptLater> {
    let (_, asked) = seen.evaluated();
    let mut later = Vec::new();
    for material in materials::states(seen, &asked) {
        let handed_over = then.materials.get(&material.asked.code).map(|material| &material.pages);
        let mut days: BTreeMap<String, usize> = BTreeMap::new();
        for page in &material.record.pages {
            if !handed_over.is_some_and(|pages| pages.iter().any(|held| held.id == page.id)) {
                *days.entry(day_in_china(page.time)).or_default() += 1;
            }
        }
        later.extend(days.into_iter().map(|(day, pages)| ReceiptLater {
            name: material.asked.name.clone(),
            pages: count(pages),
            day,
        }));
    }
    later
}

fn count(pages: usize) -> u32 {
    u32::try_from(pages).unwrap_or(u32::MAX)
}

/// The number and nothing else: whoever finds the paper learns nothing about the person.
fn qr(number: &str) -> Result<String, Failure> {
    let code = QrCode::new(number).map_err(Failure::store)?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(200, 200).build())
}

/// First three and last four characters.
fn masked(id: &str) -> String {
    let characters: Vec<char> = id.chars().collect();
    let hidden = characters.len().saturating_sub(7);
    let shown = |place: usize| characters.len() > 10 && (place < 3 || place >= 3 + hidden);
    characters
        .iter()
        .enumerate()
        .map(|(place, c)| if shown(place) { *c } else { '*' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn the_middle_is_hidden() {
        assert_eq!(masked("500199194101010016"), "500***********0016");
        assert_eq!(masked("12345"), "*****");
        assert_eq!(masked(""), "");
    }
}
