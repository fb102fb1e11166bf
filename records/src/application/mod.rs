//! An application (办件): one resident's request under one matter.
//!
//! The types here are what people see. How they lie in the document is said in [`keys`].

mod context;
mod differences;
mod document;
mod edit;
mod facts;
pub mod keys;
mod rows;
mod schema;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use differences::differences;
pub use document::{ApplicationDocument, Beginning};
pub use edit::{Edit, page_id};
pub use rows::{covers, row_word};

/// An application read from its document: everything, conflicts included.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Application {
    /// Matter code.
    pub matter: String,
    /// Catalogue version it was begun under.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub catalogue: u64,
    /// Catalogue version that holds for it: the one it was begun under, or the one its draft was moved to.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub edition: u64,
    /// The application of a bundle (一件事) that this is a part of, hex; empty when it is none.
    #[serde(default)]
    pub bundle: String,
    /// 12-digit division of the station that took it (收件地).
    pub station: String,
    /// Staff number of the first person asked (首问负责).
    pub first_responder: String,
    /// Hex of the device on which it was begun.
    #[serde(default)]
    pub device: String,
    /// When it was begun, milliseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub created: u64,
    /// 办件编号, made offline when the papers were taken.
    pub number: Option<String>,
    /// Further numbers, when two devices took the papers at the same time while neither knew of the other. All stay
    /// valid, because a receipt with each of them is in somebody's hands.
    #[serde(default)]
    pub other_numbers: Vec<String>,
    /// Answers by question name.
    pub answers: BTreeMap<String, Field>,
    /// Rows of repeats by key, `member[k3]`, and whether they were taken out. Rows that only answers speak of are there
    /// as well.
    #[serde(default)]
    pub rows: BTreeMap<String, bool>,
    /// Rows that somebody took out while another, of whom they had not heard, typed in them: `true` takes it out, `false`
    /// keeps it. A person chooses.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<BTreeMap<String, Field>>"))]
    pub contested: BTreeMap<String, Field>,
    /// Who is here: keys `who` (`applicant` | `agent` | `relative`), `reason`, `name`, `id_number`, `phone`,
    /// `relation`. Same conflict rule as answers.
    pub presence: BTreeMap<String, Field>,
    /// Materials by code.
    pub materials: BTreeMap<String, MaterialRecord>,
    /// The applicant's signatures, newest last. A new one does not remove the one before.
    pub signatures: Vec<Signature>,
    /// What the station did, in order of time.
    pub events: Vec<ApplicationEvent>,
}

/// A value with its rivals.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Field {
    /// The value Automerge shows first; every device shows the same one.
    pub value: String,
    /// Why a value that fails its check is kept all the same.
    pub note: String,
    /// All values when two people wrote at the same time (two or more), else empty.
    pub versions: Vec<Version>,
}

/// One of several values in one field.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Version {
    /// The value.
    pub value: String,
    /// The note that was written with it.
    #[serde(default)]
    pub note: String,
    /// Staff number of who wrote it.
    pub staff: String,
    /// Hex of the device that wrote it.
    pub device: String,
    /// When, milliseconds (to the second), by that device's clock.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub time: u64,
}

/// What was done about one material.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MaterialRecord {
    /// Evidence level (国办函〔2016〕108号): `A` `B` `C` `D`, or empty.
    pub evidence: Field,
    /// 容缺: the day it is promised for, `2026-03-01`, or empty.
    pub deferred_until: Field,
    /// 告知承诺 stands in: `true` or empty.
    pub declared: Field,
    /// Pages in order, without the removed ones.
    pub pages: Vec<Page>,
    /// Pages taken out; never lost.
    pub removed: Vec<Page>,
}

/// One captured page of a material.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page {
    /// Identifier within the application, hex.
    pub id: String,
    /// Hash of the picture file, hex.
    pub file: String,
    /// Media type.
    pub media_type: String,
    /// Length in bytes.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub len: u64,
    /// Clockwise turn for display: 0, 90, 180, 270.
    pub rotation: u16,
    /// Sorts pages; any number.
    pub position: f64,
    /// Who took it.
    pub staff: String,
    /// When, milliseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub time: u64,
}

/// A signature drawn on the screen.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Signature {
    /// Hash of the PNG, hex.
    pub file: String,
    /// Length in bytes.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub len: u64,
    /// When, milliseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub time: u64,
}

/// What a station did.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApplicationEvent {
    /// What.
    pub step: ApplicationStep,
    /// Staff number.
    pub staff: String,
    /// When, milliseconds, by the station's clock.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub time: u64,
    /// Free words (reason of a withdrawal), or the id of the correction that is answered.
    pub note: String,
}

/// Steps a station takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ApplicationStep {
    /// 收件: the station took the papers and handed over a receipt. Not acceptance.
    Received,
    /// A correction was answered and sent again.
    Resubmitted,
    /// The applicant withdrew, or the draft was set aside.
    Withdrawn,
}

impl Application {
    /// Names of the questions whose failing value is kept with a note.
    pub fn kept(&self) -> Vec<String> {
        self.answers
            .iter()
            .filter(|(_, f)| !f.note.is_empty())
            .map(|(k, _)| k.clone())
            .collect()
    }
    /// Every field with rival values: `answers.NAME`, `presence.NAME`, `materials.CODE.evidence` … Those in rows that were
    /// taken out wait until the row is put back. `rows.KEY`: [`Self::contested`].
    pub fn conflicts(&self) -> Vec<String> {
        self.rivals().map(|(path, _)| path).collect()
    }
    /// The fields of [`Self::conflicts`].
    pub fn rivals(&self) -> impl Iterator<Item = (String, &Field)> {
        let stands = |path: &str| {
            path.strip_prefix("answers.")
                .is_none_or(|key| self.row_out(key).is_none())
        };
        let contested = self.contested.iter();
        let contested = contested.filter(|(row, _)| self.row_out(row) == Some(row.as_str()));
        self.fields()
            .filter(move |(path, field)| !field.versions.is_empty() && stands(path))
            .chain(contested.map(|(row, field)| (keys::row(row), field)))
    }
    /// Every field with its path, as [`Self::conflicts`] and [`Edit::Chosen`] name it.
    pub fn fields(&self) -> impl Iterator<Item = (String, &Field)> {
        let answers = self.answers.iter().map(|(name, field)| (keys::answer(name), field));
        let presence = self.presence.iter().map(|(name, field)| (keys::presence(name), field));
        let materials = self.materials.iter().flat_map(|(code, material)| {
            [
                (keys::material(code, keys::EVIDENCE), &material.evidence),
                (keys::material(code, keys::DEFERRED_UNTIL), &material.deferred_until),
                (keys::material(code, keys::DECLARED), &material.declared),
            ]
        });
        answers.chain(presence).chain(materials)
    }
    /// A page and the material it belongs to, removed ones too.
    pub fn page(&self, id: &str) -> Option<(&str, &Page)> {
        self.materials.iter().find_map(|(code, material)| {
            let mut pages = material.pages.iter().chain(&material.removed);
            pages.find(|page| page.id == id).map(|page| (code.as_str(), page))
        })
    }
    /// The first 收件: what was there then is what the receipt says was handed over.
    pub fn received(&self) -> Option<&ApplicationEvent> {
        self.events.iter().find(|event| event.step == ApplicationStep::Received)
    }
    /// Whether a material was promised for a later day (容缺) and no declaration stands in: it may be brought after 收件.
    pub fn is_awaited(&self, material: &str) -> bool {
        self.materials
            .get(material)
            .is_some_and(|material| !material.deferred_until.value.is_empty() && material.declared.value != "true")
    }
    /// The applicant's name: answer `name`.
    pub fn applicant_name(&self) -> &str {
        self.answers.get("name").map_or("", |f| &f.value)
    }
    /// The applicant's ID number: answer `id_number`.
    pub fn applicant_id_number(&self) -> &str {
        self.answers.get("id_number").map_or("", |f| &f.value)
    }
    /// Every file the application names: pages (removed ones too) and signatures, as (hash hex, length).
    /// Each once, sorted.
    pub fn files(&self) -> Vec<(String, u64)> {
        let pages = self
            .materials
            .values()
            .flat_map(|material| material.pages.iter().chain(&material.removed));
        let pages = pages.map(|page| (page.file.clone(), page.len));
        let signatures = self
            .signatures
            .iter()
            .map(|signature| (signature.file.clone(), signature.len));
        pages.chain(signatures).collect::<BTreeSet<_>>().into_iter().collect()
    }
}
