//! What another version of its matter means for a draft: what is asked otherwise, and which answers have no place any more.

use std::collections::BTreeMap;

use doorstep_matters::view::{FormView, QuestionKind, QuestionView};
use doorstep_matters::{MaterialView, Matter};

use super::Seen;
use crate::contract::{ChangeKind, EditionChange, EditionLine, LeftOver};

/// What changes for an application when it goes on with `matter`, of catalogue `version`.
pub(crate) fn change(seen: &Seen, matter: &Matter, version: u64) -> EditionChange {
    let (form, materials) = seen.evaluated();
    let (answers, context) = (seen.application.plain_answers(), seen.context());
    let (new_form, new_materials) = matter.evaluate(&answers, &context);
    EditionChange {
        version,
        questions: compare(&questions(&form), &questions(&new_form), question_parts, |question| {
            (question.label.clone(), said(question))
        }),
        materials: compare(&asked(&materials), &asked(&new_materials), material_parts, |material| {
            (material.name.clone(), String::new())
        }),
        left_over: without_place(seen, matter, &form, &materials),
    }
}

/// Answers and pages that the version in force has no place for, in the words of the one they were given under.
pub(super) fn left_over(seen: &Seen) -> Vec<LeftOver> {
    let (Some(matter), Some(began)) = (&seen.matter, &seen.began) else {
        return Vec::new();
    };
    let (form, materials) = began.evaluate(&seen.application.plain_answers(), &seen.context());
    without_place(seen, matter, &form, &materials)
}

fn without_place(seen: &Seen, matter: &Matter, form: &FormView, materials: &[MaterialView]) -> Vec<LeftOver> {
    let record = &seen.application;
    let gone = |name: &str| {
        // An answer in a row is kept under its rows.
        matter.form.keyed(name).is_none()
    };
    let answers = record
        .answers
        .iter()
        .filter(|(name, field)| !field.value.is_empty() && gone(name))
        .map(|(name, field)| {
            let question = form.questions.iter().find(|question| question.name == *name);
            LeftOver {
                label: question.map_or_else(|| name.clone(), |question| question.label.clone()),
                value: question.map_or_else(|| field.value.clone(), said),
                pages: Vec::new(),
            }
        });
    let pages = record
        .materials
        .iter()
        .filter(|(code, material)| {
            !material.pages.is_empty() && !matter.materials.iter().any(|known| known.code == **code)
        })
        .map(|(code, material)| LeftOver {
            label: materials
                .iter()
                .find(|known| known.code == *code)
                .map_or_else(|| code.clone(), |known| known.name.clone()),
            value: String::new(),
            pages: material.pages.iter().map(|page| page.file.clone()).collect(),
        });
    answers.chain(pages).collect()
}

fn said(question: &QuestionView) -> String {
    match question.display.is_empty() {
        true => question.value.clone(),
        false => question.display.clone(),
    }
}

fn questions(form: &FormView) -> BTreeMap<&str, &QuestionView> {
    let asked = form.questions.iter().filter(|question| {
        !question.label.is_empty() && !matches!(question.kind, QuestionKind::Group | QuestionKind::Repeat)
    });
    asked.map(|question| (question.name.as_str(), question)).collect()
}

fn asked(materials: &[MaterialView]) -> BTreeMap<&str, &MaterialView> {
    materials
        .iter()
        .map(|material| (material.code.as_str(), material))
        .collect()
}

/// What of a question is otherwise, as codes of [`EditionLine::parts`].
fn question_parts(before: &QuestionView, after: &QuestionView) -> Vec<(&'static str, bool)> {
    vec![
        ("label", before.label != after.label),
        ("kind", before.kind != after.kind),
        ("hint", before.hint != after.hint),
        ("choices", before.choices != after.choices),
        (
            "required",
            (before.relevant, before.required) != (after.relevant, after.required),
        ),
        (
            "check",
            before.error.as_ref().map(|error| &error.message) != after.error.as_ref().map(|error| &error.message),
        ),
    ]
}

fn material_parts(before: &MaterialView, after: &MaterialView) -> Vec<(&'static str, bool)> {
    vec![
        ("label", before.name != after.name),
        ("hint", before.hint != after.hint),
        ("kinds", before.kinds != after.kinds || before.copies != after.copies),
        (
            "required",
            (before.relevant, before.required) != (after.relevant, after.required),
        ),
        ("defer", before.defer_until != after.defer_until),
        ("declare", before.may_declare != after.may_declare),
        ("exempt", before.exempt != after.exempt),
        ("evidence", before.evidence != after.evidence),
    ]
}

fn compare<T>(
    before: &BTreeMap<&str, &T>,
    after: &BTreeMap<&str, &T>,
    parts: impl Fn(&T, &T) -> Vec<(&'static str, bool)>,
    words: impl Fn(&T) -> (String, String),
) -> Vec<EditionLine> {
    let line = |kind, of: &T, parts: Vec<String>| {
        let (label, value) = words(of);
        EditionLine {
            kind,
            label,
            value,
            parts,
        }
    };
    let mut lines = Vec::new();
    for (name, new) in after {
        match before.get(name) {
            None => lines.push(line(ChangeKind::Added, new, Vec::new())),
            Some(old) => {
                let otherwise = parts(old, new).into_iter().filter(|(_, changed)| *changed);
                let otherwise: Vec<String> = otherwise.map(|(part, _)| part.to_owned()).collect();
                if !otherwise.is_empty() {
                    lines.push(line(ChangeKind::Changed, new, otherwise));
                }
            }
        }
    }
    let gone = before.iter().filter(|(name, _)| !after.contains_key(*name));
    lines.extend(gone.map(|(_, old)| line(ChangeKind::Removed, old, Vec::new())));
    lines
}
