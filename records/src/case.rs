//! A case: what the authority does about an application. Written by the center alone.

use serde::{Deserialize, Serialize};

use crate::changes::{Author, RecordError, Save};

/// A case read from its document.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Case {
    /// Everything that happened, oldest first.
    pub events: Vec<CaseEvent>,
}

/// One thing the authority did.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CaseEvent {
    /// Identifier within the case, hex.
    pub id: String,
    /// What.
    pub step: CaseStep,
    /// Name of the reviewer; empty for an automatic step.
    pub staff: String,
    /// When, milliseconds, by the center's clock.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub time: u64,
}

/// Steps of the authority, with what each one says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CaseStep {
    /// It reached the authority (and, after a correction, reached it again).
    Arrived,
    /// The form engine checked it again.
    Prechecked {
        /// What does not hold, in words; empty when all is well.
        problems: Vec<String>,
    },
    /// 受理.
    Accepted {
        /// Last day for the decision, `2026-03-01`.
        due: String,
    },
    /// 不予受理.
    NotAccepted {
        /// Why.
        reason: String,
        /// Where to turn (remedies).
        remedies: String,
    },
    /// 补正.
    CorrectionAsked {
        /// What is asked.
        request: CorrectionRequest,
    },
    /// 办结.
    Decided {
        /// Granted or refused.
        granted: bool,
        /// Result number (certificate number), may be empty.
        number: String,
        /// Reason; needed when refused.
        reason: String,
        /// Remedies; needed when refused.
        remedies: String,
        /// Result file as hash hex, when there is one.
        file: Option<ResultFile>,
    },
}

/// A file the authority issued.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResultFile {
    /// Hash, hex.
    pub hash: String,
    /// Name for people.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// Length in bytes.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub len: u64,
}

/// What the authority wants once more.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CorrectionRequest {
    /// Words for the whole.
    pub message: String,
    /// Questions, by name.
    pub fields: Vec<CorrectionPoint>,
    /// Materials, by code.
    pub materials: Vec<CorrectionPoint>,
    /// Last day, `2026-03-01`.
    pub due: String,
}

/// One thing wanted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CorrectionPoint {
    /// Question name or material code.
    pub name: String,
    /// What is wrong with it.
    pub words: String,
}

/// The Automerge document of a case.
pub struct CaseDocument;

impl CaseDocument {
    /// An empty case.
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
    /// Appends events as one save.
    pub fn append(&mut self, _author: &Author, _events: &[CaseEvent]) -> Result<Save, RecordError> {
        todo!()
    }
    /// Takes the changes of one item signed by the center, on a fork.
    pub fn apply(&mut self, _center: &[u8; 16], _changes: &[u8]) -> Result<(), RecordError> {
        todo!()
    }
    /// Reads everything.
    pub fn view(&self) -> Case {
        todo!()
    }
}

impl Case {
    /// The correction that is open: asked and not yet answered by a `Resubmitted` that names its event id.
    pub fn open_correction(&self, _application: &crate::Application) -> Option<(&CaseEvent, &CorrectionRequest)> {
        todo!()
    }
}
