//! Reads a document into what people see.

use std::collections::BTreeMap;

use automerge::ScalarValue;

use super::keys::{self, Key};
use super::{Application, ApplicationEvent, Field, MaterialRecord, Page, Signature, Version, facts};
use crate::document::{Document, Entry};

/// A page with what was changed about it since.
#[derive(Default)]
struct PageState {
    added: Option<(String, Page)>,
    rotation: Option<u16>,
    position: Option<f64>,
    removed: bool,
}

pub(super) fn read(document: &Document) -> Application {
    let mut view = Application::default();
    let mut numbers = Vec::new();
    let mut pages: BTreeMap<String, PageState> = BTreeMap::new();
    let mut signatures: Vec<(String, Signature)> = Vec::new();
    let mut events: Vec<(String, ApplicationEvent)> = Vec::new();
    let (mut rows_out, mut typed_in_rows) = (Vec::new(), Vec::new());
    for (key, rivals) in document.entries() {
        let (Some(kind), Some(shown)) = (Key::parse(&key), rivals.last()) else {
            continue;
        };
        match kind {
            Key::Matter => {
                view.matter = text(shown);
                view.device = shown.written().device;
            }
            Key::Catalogue => view.catalogue = whole(shown).unwrap_or_default(),
            Key::Station => view.station = text(shown),
            Key::FirstResponder => view.first_responder = text(shown),
            Key::Created => view.created = whole(shown).unwrap_or_default(),
            Key::Bundle => view.bundle = text(shown),
            // One device may have moved it further than the other.
            Key::Edition => view.edition = rivals.iter().filter_map(whole).max().unwrap_or_default(),
            Key::Number(number) => numbers.push((shown.written().time, number.to_owned())),
            Key::Answer(name) => {
                view.answers.insert(name.to_owned(), field(&rivals));
                if name.contains('[') {
                    typed_in_rows.push((name.to_owned(), rivals));
                }
            }
            Key::Row(row) => {
                view.rows.insert(row.to_owned(), all_out(&rivals));
                if all_out(&rivals) {
                    rows_out.push((row.to_owned(), rivals));
                }
            }
            Key::Presence(name) => {
                view.presence.insert(name.to_owned(), field(&rivals));
            }
            Key::Material(code, part) => {
                let material = view.materials.entry(code.to_owned()).or_default();
                match part {
                    keys::EVIDENCE => material.evidence = field(&rivals),
                    keys::DEFERRED_UNTIL => material.deferred_until = field(&rivals),
                    _ => material.declared = field(&rivals),
                }
            }
            Key::Page(id) => {
                let added = shown
                    .value
                    .as_bytes()
                    .and_then(|bytes| facts::read_page(id, bytes, &shown.written()));
                pages.entry(id.to_owned()).or_default().added = added;
            }
            Key::PageRotation(id) => {
                let turn = whole(shown).and_then(|turn| u16::try_from(turn).ok());
                pages.entry(id.to_owned()).or_default().rotation = turn;
            }
            Key::PagePosition(id) => pages.entry(id.to_owned()).or_default().position = shown.value.as_f64(),
            Key::PageRemoved(id) => pages.entry(id.to_owned()).or_default().removed = all_out(&rivals),
            Key::Signature(_) => signatures.extend(rivals.iter().filter_map(|rival| {
                let signature = facts::read_signature(rival.value.as_bytes()?, &rival.written())?;
                Some((key.clone(), signature))
            })),
            Key::Event(_) => events.extend(rivals.iter().filter_map(|rival| {
                let event = facts::read_event(rival.value.as_bytes()?, &rival.written())?;
                Some((key.clone(), event))
            })),
        }
    }
    if view.edition == 0 {
        view.edition = view.catalogue;
    }
    numbers.sort();
    let mut numbers = numbers.into_iter().map(|(_, number)| number);
    view.number = numbers.next();
    view.other_numbers = numbers.collect();
    signatures.sort_by(|a, b| (a.1.time, &a.0).cmp(&(b.1.time, &b.0)));
    view.signatures = signatures.into_iter().map(|(_, signature)| signature).collect();
    view.signatures.dedup();
    events.sort_by(|a, b| (a.1.time, &a.0).cmp(&(b.1.time, &b.0)));
    view.events = events.into_iter().map(|(_, event)| event).collect();
    view.contested = contested(document, &rows_out, &typed_in_rows);
    place_pages(&mut view.materials, pages);
    if !view.bundle.is_empty() {
        view.materials.values_mut().for_each(show_once);
    }
    view
}

fn place_pages(materials: &mut BTreeMap<String, MaterialRecord>, pages: BTreeMap<String, PageState>) {
    for PageState {
        added,
        rotation,
        position,
        removed,
    } in pages.into_values()
    {
        let Some((material, mut page)) = added else { continue };
        page.rotation = rotation.unwrap_or(page.rotation);
        page.position = position.unwrap_or(page.position);
        let material = materials.entry(material).or_default();
        if removed {
            material.removed.push(page)
        } else {
            material.pages.push(page)
        }
    }
    for material in materials.values_mut() {
        for pages in [&mut material.pages, &mut material.removed] {
            pages.sort_by(|a, b| a.position.total_cmp(&b.position).then_with(|| a.id.cmp(&b.id)));
        }
    }
}

/// Two devices that divide one bundle while apart both give a part the pages of it, each under a name of its own: they are
/// shown once, under the name that comes first, which every device knows as soon as it knows both.
fn show_once(material: &mut MaterialRecord) {
    let taken = |page: &Page| (page.file.clone(), page.staff.clone(), page.time);
    let mut first: BTreeMap<_, String> = BTreeMap::new();
    for page in material.pages.iter().chain(&material.removed) {
        let id = first.entry(taken(page)).or_insert_with(|| page.id.clone());
        if page.id < *id {
            id.clone_from(&page.id);
        }
    }
    for pages in [&mut material.pages, &mut material.removed] {
        pages.retain(|page| first.get(&taken(page)) == Some(&page.id));
    }
}

/// One says out, another says stay: it stays.
fn all_out(rivals: &[Entry<'_>]) -> bool {
    rivals.iter().all(|rival| *rival.value == ScalarValue::Boolean(true))
}

/// Rows that somebody took out without having seen what another typed in them meanwhile.
fn contested(
    document: &Document,
    out: &[(String, Vec<Entry<'_>>)],
    typed: &[(String, Vec<Entry<'_>>)],
) -> BTreeMap<String, Field> {
    let mut contested = BTreeMap::new();
    for (row, taken_out) in out {
        let inside = |key: &str| key.strip_prefix(row.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let unseen = document.unseen_by(taken_out);
        let says = |entry: &Entry<'_>| facts::read_text(&entry.value).is_some_and(|(text, _)| !text.is_empty());
        let late = typed
            .iter()
            .filter(|(key, _)| inside(key))
            .flat_map(|(_, entries)| entries);
        let late = late.filter(|entry| says(entry) && entry.change().is_some_and(|change| unseen.contains(&change)));
        // Of each device what it typed last.
        let mut stays: BTreeMap<String, Version> = BTreeMap::new();
        for entry in late {
            let version = version(entry, "false".into(), String::new());
            let known = stays.get(&version.device).map(|known| known.time);
            if known.is_none_or(|known| known < version.time) {
                stays.insert(version.device.clone(), version);
            }
        }
        if stays.is_empty() {
            continue;
        }
        let value = "true".to_owned();
        let goes = taken_out
            .iter()
            .map(|entry| version(entry, value.clone(), String::new()));
        let versions = goes.chain(stays.into_values()).collect();
        contested.insert(
            row.clone(),
            Field {
                value,
                versions,
                ..Field::default()
            },
        );
    }
    contested
}

fn version(entry: &Entry<'_>, value: String, note: String) -> Version {
    let written = entry.written();
    Version {
        value,
        note,
        staff: written.staff,
        device: written.device,
        time: written.time,
    }
}

fn field(rivals: &[Entry<'_>]) -> Field {
    let texts: Vec<_> = rivals
        .iter()
        .rev()
        .filter_map(|rival| Some((facts::read_text(&rival.value)?, rival)))
        .collect();
    let Some(((value, note), _)) = texts.first() else {
        return Field::default();
    };
    // Two people who wrote the same have nothing to choose.
    let agree = texts.iter().all(|(text, _)| text.0 == *value && text.1 == *note);
    let rival = |((value, note), rival): &((String, String), &Entry<'_>)| version(rival, value.clone(), note.clone());
    let versions = if agree {
        Vec::new()
    } else {
        texts.iter().map(rival).collect()
    };
    Field {
        value: value.clone(),
        note: note.clone(),
        versions,
    }
}

fn text(entry: &Entry<'_>) -> String {
    entry.value.as_str().unwrap_or_default().to_owned()
}

fn whole(entry: &Entry<'_>) -> Option<u64> {
    match *entry.value {
        ScalarValue::Uint(number) => Some(number),
        _ => None,
    }
}
