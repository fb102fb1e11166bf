//! An application (办件): one resident's request under one matter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::changes::{Author, RecordError, Save};

/// An application read from its document: everything, conflicts included.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Application {
    /// Matter code.
    pub matter: String,
    /// Catalogue version the form was filled under.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub catalogue: u64,
    /// 12-digit division of the station that took it (收件地).
    pub station: String,
    /// Staff number of the first person asked (首问负责).
    pub first_responder: String,
    /// When it was begun, milliseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub created: u64,
    /// 办件编号, made offline when the papers were taken.
    pub number: Option<String>,
    /// Answers by question name.
    pub answers: BTreeMap<String, Field>,
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

/// The Automerge document of an application. Fields: see `ARCHITECTURE.md`.
pub struct ApplicationDocument;

/// What a new application starts with.
#[derive(Clone, PartialEq, Debug)]
pub struct Beginning {
    /// Matter code.
    pub matter: String,
    /// Catalogue version.
    pub catalogue: u64,
    /// 12-digit division of the station.
    pub station: String,
}

/// An edit. One save may hold several.
#[derive(Clone, PartialEq, Debug)]
pub enum Edit {
    /// An answer; `value` empty clears it. `note` says why a failing value is kept.
    Answer { name: String, value: String, note: String },
    /// Who is here: see [`Application::presence`].
    Presence { name: String, value: String },
    /// Evidence level of a material.
    Evidence { material: String, level: String },
    /// 容缺 date, or empty.
    DeferredUntil { material: String, day: String },
    /// 告知承诺.
    Declared { material: String, declared: bool },
    /// A new page (`id` made by the caller).
    PageAdded { material: String, page: Page },
    /// Turn a page.
    PageRotated { page: String, rotation: u16 },
    /// Move a page.
    PageMoved { page: String, position: f64 },
    /// Take a page out, or put it back.
    PageRemoved { page: String, removed: bool },
    /// A signature.
    Signed { signature: Signature },
    /// The number, with 收件.
    Numbered { number: String },
    /// A step.
    Step { step: ApplicationStep, note: String },
    /// A person chose among rival answers (writes the chosen value over all of them).
    AnswerChosen { name: String, value: String },
    /// The same for a presence field.
    PresenceChosen { name: String, value: String },
}

impl ApplicationDocument {
    /// A new document and its first save.
    pub fn create(_author: &Author, _beginning: &Beginning) -> (Self, Save) {
        todo!()
    }
    /// An empty document, to be filled by [`Self::apply`].
    pub fn empty() -> Self {
        todo!()
    }
    /// Loads what [`Self::save`] wrote.
    pub fn load(_bytes: &[u8]) -> Result<Self, RecordError> {
        todo!()
    }
    /// The whole document, compact.
    pub fn save(&mut self) -> Vec<u8> {
        todo!()
    }
    /// Applies edits as one save. Nothing is applied when one fails.
    pub fn edit(&mut self, _author: &Author, _edits: &[Edit]) -> Result<Save, RecordError> {
        todo!()
    }
    /// Takes the changes of one item, on a fork: the document is unchanged when they are refused. `device` is the
    /// item's author: every change's actor must begin with it. Known changes are taken again without effect.
    pub fn apply(&mut self, _device: &[u8; 16], _changes: &[u8]) -> Result<(), RecordError> {
        todo!()
    }
    /// Reads everything.
    pub fn view(&self) -> Application {
        todo!()
    }
    /// Hex of the current heads, sorted.
    pub fn heads(&mut self) -> Vec<String> {
        todo!()
    }
}

impl Application {
    /// The plain answers, as the form engine takes them.
    pub fn plain_answers(&self) -> BTreeMap<String, String> {
        self.answers.iter().map(|(k, f)| (k.clone(), f.value.clone())).collect()
    }
    /// Names of the questions whose failing value is kept with a note.
    pub fn kept(&self) -> Vec<String> {
        self.answers.iter().filter(|(_, f)| !f.note.is_empty()).map(|(k, _)| k.clone()).collect()
    }
    /// Whether any field has rival values: `answers.NAME`, `presence.NAME`, `materials.CODE.evidence` …
    pub fn conflicts(&self) -> Vec<String> {
        todo!()
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
    pub fn files(&self) -> Vec<(String, u64)> {
        todo!()
    }
}
