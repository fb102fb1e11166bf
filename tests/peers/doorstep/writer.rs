//! Who writes on a device: applications as items, one for each save.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use doorstep_records::application::Beginning;
use doorstep_records::{ApplicationDocument, Author, Edit, Page, kind};
use doorstep_station::{SystemClock, SystemRandom};
use doorstep_sync::payload::{Change, FileName};
use doorstep_sync::{Clock, Document, DocumentId, Envelope, FileHash, Item, Kind, Millis, Random, Scope, envelope};
use serde_json::Value;

use crate::device::Device;

/// Between two applications: three minutes.
const BETWEEN: Millis = 180_000;
/// Length said of a scan that is named and never sent.
const SCAN: u64 = 300_000;

/// A clerk at a device.
pub struct Writer {
    /// The device.
    pub device: Device,
    staff: String,
    actor: Vec<u8>,
    documents: Vec<(DocumentId, ApplicationDocument)>,
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom.fill(&mut bytes);
    bytes
}

/// The edit that sets a field of the content.
fn edit(key: &str, value: &str) -> Option<Edit> {
    let (group, name) = key.split_once('.')?;
    let (name, value) = (name.to_owned(), value.to_owned());
    match group {
        "answers" => Some(Edit::Answer {
            name,
            value,
            note: String::new(),
        }),
        "presence" => Some(Edit::Presence { name, value }),
        "pages" => Some(Edit::PageAdded {
            material: "M1".into(),
            page: page(&name, value, SCAN),
        }),
        _ => None,
    }
}

fn page(id: &str, file: String, len: u64) -> Page {
    Page {
        id: id.to_owned(),
        file,
        media_type: "image/jpeg".into(),
        len,
        rotation: 0,
        position: 0.0,
        staff: String::new(),
        time: 0,
    }
}

impl Writer {
    /// Somebody with the number `staff` at `device`.
    pub fn new(device: Device, staff: &str) -> Self {
        let actor = [&device.key.verifying_key().device().0[..], &random::<4>()].concat();
        Self {
            device,
            staff: staff.to_owned(),
            actor,
            documents: Vec::new(),
        }
    }

    /// Takes the content's applications: each in one save, or field by field where `history` is wanted.
    pub fn load(&mut self, content: &str, history: bool) -> Result<()> {
        let content: Value = serde_json::from_slice(&std::fs::read(content)?)?;
        let typed: Vec<String> = serde_json::from_value(content["typed"].clone())?;
        let typed = if history { typed } else { Vec::new() };
        let all: Vec<BTreeMap<String, String>> = serde_json::from_value(content["documents"].clone())?;
        let now = SystemClock.now();
        for (index, fields) in all.iter().enumerate() {
            let time = now - (all.len() - index) as Millis * BETWEEN;
            let first = fields.iter().filter(|(key, _)| !typed.contains(key));
            self.take_in(
                fields,
                first.filter_map(|(key, value)| edit(key, value)).collect(),
                time,
            )?;
            for (minute, key) in typed.iter().enumerate() {
                let value = fields.get(key).context("a typed key")?;
                let change = edit(key, value).context("a typed field")?;
                self.save(index, &[change], time + (minute as Millis + 1) * 5_000)?;
            }
        }
        self.device.replica.flush()
    }

    /// Changes one field in some of them.
    pub fn edit(&mut self, content: &str) -> Result<()> {
        let content: Value = serde_json::from_slice(&std::fs::read(content)?)?;
        let edits: Vec<(usize, String, String)> = serde_json::from_value(content["edits"].clone())?;
        let now = SystemClock.now();
        for (nth, (index, key, value)) in edits.iter().enumerate() {
            let time = now - (edits.len() - nth) as Millis * BETWEEN;
            self.save(*index, &[edit(key, value).context("an edited field")?], time)?;
        }
        self.device.replica.flush()
    }

    /// Takes pictures into one application.
    pub fn files(&mut self, folder: &str) -> Result<()> {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        paths.sort();
        let now = SystemClock.now();
        self.take_in(&BTreeMap::new(), Vec::new(), now)?;
        for (nth, path) in paths.into_iter().enumerate() {
            let bytes = std::fs::read(&path)?;
            let name = FileName {
                hash: FileHash::of(&bytes),
                len: bytes.len() as u64,
                media_type: "image/jpeg".into(),
            };
            let added = page(&format!("p{nth}"), name.hash.to_string(), name.len);
            let material = "M1".into();
            self.save_with(0, &[Edit::PageAdded { material, page: added }], vec![name.clone()], now)?;
            let scope = self.scope(now)?;
            self.device.replica.keep_file(name, scope, path);
        }
        self.device.replica.flush()
    }

    fn author(&self, time: Millis) -> Author {
        Author {
            actor: self.actor.clone(),
            staff: self.staff.clone(),
            time,
        }
    }

    /// A new application, begun and filled in one save.
    fn take_in(&mut self, fields: &BTreeMap<String, String>, edits: Vec<Edit>, time: Millis) -> Result<()> {
        let beginning = Beginning {
            matter: fields.get("matter").cloned().unwrap_or_default(),
            catalogue: 1,
            station: self.device.division.clone(),
        };
        let author = self.author(time);
        let (mut document, begun) = ApplicationDocument::create(&author, &beginning);
        let filled = document.edit(&author, &edits)?;
        let id = DocumentId(random());
        self.documents.push((id, document));
        let automerge = [begun.bytes, filled.bytes].concat();
        self.sign(id, Kind::Change, Change::of(automerge).to_bytes(), time)
    }

    fn save(&mut self, index: usize, edits: &[Edit], time: Millis) -> Result<()> {
        self.save_with(index, edits, Vec::new(), time)
    }

    fn save_with(&mut self, index: usize, edits: &[Edit], files: Vec<FileName>, time: Millis) -> Result<()> {
        let author = self.author(time);
        let (id, document) = self.documents.get_mut(index).context("an application")?;
        let (id, saved) = (*id, document.edit(&author, edits)?);
        ensure!(!saved.is_empty(), "an edit changes nothing");
        let automerge = saved.bytes;
        self.sign(id, Kind::Change, Change { automerge, files }.to_bytes(), time)
    }

    fn scope(&self, time: Millis) -> Result<Scope> {
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
        let day = jiff::Timestamp::from_millisecond(i64::try_from(time)?)?.to_zoned(zone);
        Scope::new(&self.device.division, &day.year().to_string()).map_err(|_| anyhow::anyhow!("scope"))
    }

    fn sign(&mut self, id: DocumentId, kind: Kind, payload: Vec<u8>, time: Millis) -> Result<()> {
        let envelope = Envelope {
            version: envelope::VERSION,
            kind,
            scope: self.scope(time)?,
            document: Some(Document {
                kind: kind::APPLICATION.to_owned(),
                id,
            }),
            device: self.device.key.verifying_key().device(),
            staff: self.staff.clone(),
            time,
            payload,
        };
        self.device
            .replica
            .write(Item::sign(&envelope, &self.device.key), &envelope)
    }
}
