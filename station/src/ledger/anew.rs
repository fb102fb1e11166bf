//! What was typed on top of a refused item, as edits that write it anew.

use std::collections::BTreeMap;

use doorstep_records::application::keys;
use doorstep_records::{Application, ApplicationEvent, Edit, Page};

/// What `before` holds and `now` lacks, but for what the refused item itself brought: as edits, each with the staff number
/// of who made it. `typed`: who typed into a field last, by its path; `last`: who saved last.
pub(super) fn written_after<'a>(
    before: &'a Application,
    now: &Application,
    refused: &Application,
    typed: &'a BTreeMap<String, String>,
    last: &'a str,
) -> Vec<(&'a str, Edit)> {
    let mut edits: Vec<(&str, Edit)> = Vec::new();
    let mut type_again = |path: String, edit: Edit| edits.extend(typed.get(&path).map(|staff| (staff.as_str(), edit)));
    for (name, field) in &before.answers {
        let edit = Edit::Answer {
            name: name.clone(),
            value: field.value.clone(),
            note: field.note.clone(),
        };
        type_again(keys::answer(name), edit);
    }
    for (row, removed) in &before.rows {
        let edit = Edit::Row {
            row: row.clone(),
            removed: *removed,
        };
        type_again(keys::row(row), edit);
    }
    for (name, field) in &before.presence {
        let edit = Edit::Presence {
            name: name.clone(),
            value: field.value.clone(),
        };
        type_again(keys::presence(name), edit);
    }
    for (code, record) in &before.materials {
        let material = || code.clone();
        let edit = Edit::Evidence {
            material: material(),
            level: record.evidence.value.clone(),
        };
        type_again(keys::material(code, keys::EVIDENCE), edit);
        let edit = Edit::DeferredUntil {
            material: material(),
            day: record.deferred_until.value.clone(),
        };
        type_again(keys::material(code, keys::DEFERRED_UNTIL), edit);
        let edit = Edit::Declared {
            material: material(),
            declared: record.declared.value == "true",
        };
        type_again(keys::material(code, keys::DECLARED), edit);
    }
    for (code, record) in &before.materials {
        let standing = record.pages.iter().map(|page| (page, false));
        for (page, removed) in standing.chain(record.removed.iter().map(|page| (page, true))) {
            edits.extend(turned(page, removed, now, refused).into_iter().map(|edit| (last, edit)));
            if now.page(&page.id).is_some() || refused.page(&page.id).is_some() {
                continue;
            }
            let added = Edit::PageAdded {
                material: code.clone(),
                page: page.clone(),
            };
            edits.push((&page.staff, added));
            if removed {
                let out = Edit::PageRemoved {
                    page: page.id.clone(),
                    removed,
                };
                edits.push((&page.staff, out));
            }
        }
    }
    let signatures = before.signatures.iter();
    let signed =
        signatures.filter(|signature| !now.signatures.contains(signature) && !refused.signatures.contains(signature));
    edits.extend(signed.map(|signature| {
        let signature = signature.clone();
        (last, Edit::Signed { signature })
    }));
    if before.edition != now.edition && before.edition != refused.edition {
        let version = before.edition;
        edits.push((last, Edit::Edition { version }));
    }
    // One save for each person; steps follow, in their order.
    edits.sort_by_key(|(staff, _)| *staff);
    let known = |event: &ApplicationEvent| now.events.contains(event) || refused.events.contains(event);
    let steps: Vec<&ApplicationEvent> = before.events.iter().filter(|event| !known(event)).collect();
    let steps_by = steps.first().map_or(last, |event| event.staff.as_str());
    let numbers = before.number.iter().chain(&before.other_numbers);
    let known = |number: &String| now.number.as_ref() == Some(number) || refused.number.as_ref() == Some(number);
    edits.extend(numbers.filter(|number| !known(number)).map(|number| {
        let number = number.clone();
        (steps_by, Edit::Numbered { number })
    }));
    edits.extend(steps.into_iter().map(|event| {
        let (step, note) = (event.step, event.note.clone());
        (event.staff.as_str(), Edit::Step { step, note })
    }));
    edits
}

/// How a page that is there `now`, too, was turned, moved, taken out or put back, but for what the refused item did.
fn turned(page: &Page, removed: bool, now: &Application, refused: &Application) -> Vec<Edit> {
    let state = |application: &Application| {
        let (material, held) = application.page(&page.id)?;
        let removed = application
            .materials
            .get(material)
            .is_some_and(|material| material.removed.contains(held));
        Some((held.rotation, held.position, removed))
    };
    let Some(is) = state(now) else { return Vec::new() };
    let refused = state(refused).unwrap_or(is);
    let mut edits = Vec::new();
    let id = || page.id.clone();
    if page.rotation != is.0 && page.rotation != refused.0 {
        edits.push(Edit::PageRotated {
            page: id(),
            rotation: page.rotation,
        });
    }
    if page.position != is.1 && page.position != refused.1 {
        edits.push(Edit::PageMoved {
            page: id(),
            position: page.position,
        });
    }
    if removed != is.2 && removed != refused.2 {
        edits.push(Edit::PageRemoved { page: id(), removed });
    }
    edits
}
