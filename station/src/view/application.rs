//! One application, everything a screen needs.

use std::collections::BTreeMap;

use doorstep_matters::view::{FormView, QuestionKind};
use doorstep_matters::{MaterialView, MatterSummary};
use doorstep_records::application::covers;
use doorstep_records::{Application, CorrectionRequest, Status, status};

use super::{Seen, conflicts, edition, labels, materials, presence, rows};
use crate::contract::{ApplicationView, CorrectionView, MaterialState, RefusedItem};
use crate::ledger::{People, is_divided};

/// Puts everything together.
pub(crate) fn application(seen: &Seen, people: &People) -> ApplicationView {
    let (form, asked) = seen.evaluated();
    let record = &seen.application;
    let status = status(record, &seen.case);
    let materials = materials::states(seen, &asked);
    let presence_errors = presence::errors(record, seen.language);
    let open = seen.case.open_correction(record);
    let divided = seen.matter.as_ref().is_some_and(|matter| is_divided(matter, record));
    let (editable_fields, editable_materials) = match seen.aside || divided {
        true => (Vec::new(), Vec::new()),
        false => editable(record, status, open.map(|(_, request)| request), &form, &asked),
    };
    let names = Names {
        form: &form,
        materials: &asked,
        language: seen.language,
    };
    let conflicts = conflicts::conflicts(seen, &names, people);
    let removed_rows = rows::removed(seen, &names);
    let mut missing = Vec::new();
    let mut stands = |code: &str, holds: bool| {
        if holds {
            missing.push(code.to_owned())
        }
    };
    stands("matter_unknown", seen.matter.is_none());
    stands("answers", !form.incomplete.is_empty());
    stands("presence", !presence_errors.is_empty());
    stands("materials", materials.iter().any(|material| !material.error.is_empty()));
    stands("conflicts", !conflicts.is_empty());
    stands(
        "parts",
        !seen.parts.is_empty() && !seen.parts.iter().any(|part| part.relevant),
    );
    stands("signature", record.signatures.is_empty());
    let correction = open.map(|(event, request)| CorrectionView {
        id: event.id.clone(),
        staff: event.staff.clone(),
        time: event.time,
        request: request.clone(),
        missing: missing.iter().filter(|code| *code != "signature").cloned().collect(),
    });
    let told = |(path, value): &(String, String)| labels::line(&names, path, value);
    let late: Vec<String> = seen.late.iter().map(told).collect();
    let refused = seen.refused.iter().map(|(refused, staff)| RefusedItem {
        staff: people.name(staff),
        code: refused.code.clone(),
        reason: refused.reason.clone(),
        contents: refused
            .contents
            .iter()
            .map(|(path, value)| labels::line(&names, path, value))
            .collect(),
    });
    ApplicationView {
        id: seen.id.to_string(),
        shows: seen.heads.clone(),
        written: Vec::new(),
        matter: summary(seen),
        number: record.number.clone(),
        other_numbers: record.other_numbers.clone(),
        status,
        notes: notes(record),
        removed_rows,
        presence: record.presence.clone(),
        presence_errors,
        materials,
        signature: record.signatures.last().cloned(),
        conflicts,
        missing,
        editable_fields,
        editable_materials,
        correction,
        chain: seen.chain.clone(),
        events: record.events.clone(),
        case: seen.case.events.clone(),
        people: staff_names(seen, people),
        created: record.created,
        refused: refused.collect(),
        form,
        newer: seen.newer,
        moved: (record.edition != record.catalogue).then_some(record.catalogue),
        left_over: edition::left_over(seen),
        offers: seen.offers.clone(),
        parts: seen.parts.clone(),
        late,
        whole: seen.whole.clone(),
    }
}

/// Where labels come from.
pub(super) struct Names<'a> {
    pub form: &'a FormView,
    pub materials: &'a [MaterialView],
    pub language: doorstep_matters::Language,
}

fn notes(record: &Application) -> BTreeMap<String, String> {
    let noted = record.answers.iter().filter(|(_, field)| !field.note.is_empty());
    noted.map(|(name, field)| (name.clone(), field.note.clone())).collect()
}

/// Questions and materials that can be changed now; of repeats, those to which rows can be added.
fn editable(
    record: &Application,
    status: Status,
    correction: Option<&CorrectionRequest>,
    form: &FormView,
    asked: &[MaterialView],
) -> (Vec<String>, Vec<String>) {
    let typed = form
        .questions
        .iter()
        .filter(|question| !question.readonly && (question.kind.is_asked() || question.kind == QuestionKind::Repeat));
    let fields = typed.map(|question| question.name.clone());
    let codes = asked.iter().map(|material| material.code.clone());
    if status == Status::Draft {
        return (fields.collect(), codes.collect());
    }
    if status.is_final() {
        return (Vec::new(), Vec::new());
    }
    let asks_field =
        |name: &String| correction.is_some_and(|request| request.fields.iter().any(|point| covers(&point.name, name)));
    let asks_material =
        |code: &String| correction.is_some_and(|request| request.materials.iter().any(|point| point.name == *code));
    (
        fields.filter(asks_field).collect(),
        codes
            .filter(|code| asks_material(code) || record.is_awaited(code))
            .collect(),
    )
}

fn summary(seen: &Seen) -> MatterSummary {
    match &seen.matter {
        Some(matter) => matter.summary(seen.language),
        // The catalogue it was begun under has not come: its code is all there is.
        None => MatterSummary {
            code: seen.application.matter.clone(),
            name: seen.application.matter.clone(),
            ..MatterSummary::default()
        },
    }
}

fn staff_names(seen: &Seen, people: &People) -> BTreeMap<String, String> {
    let record = &seen.application;
    let pages = record
        .materials
        .values()
        .flat_map(|material| material.pages.iter().chain(&material.removed));
    let versions = record
        .fields()
        .flat_map(|(_, field)| &field.versions)
        .map(|version| version.staff.clone());
    let numbers = std::iter::once(record.first_responder.clone())
        .chain(record.events.iter().map(|event| event.staff.clone()))
        .chain(pages.map(|page| page.staff.clone()));
    numbers
        .chain(versions.collect::<Vec<_>>())
        .map(|number| (number.clone(), people.name(&number)))
        .collect()
}

/// Kept here so that the type is named once.
pub(super) type States = Vec<MaterialState>;
