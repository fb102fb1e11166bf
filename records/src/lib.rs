//! The documents: an application (written by stations) and its case (written by the center alone), as views over
//! signed items; and the rules that read them: status, deadlines, numbers.

pub mod application;
pub mod case;
pub mod changes;
pub mod deadline;
mod document;
pub mod number;
pub mod people;
pub mod permit;
pub mod rights;
pub mod status;

pub use application::{Application, ApplicationDocument, ApplicationEvent, Edit, Field, MaterialRecord, Page};
pub use case::{Case, CaseDocument, CaseEvent, CaseStep, CorrectionRequest, Stage};
pub use changes::{Author, RecordError, Save};
pub use people::{Staff, StandIn, StationDetails};
pub use rights::{Deciders, Right, Role};
pub use status::{Status, status};

/// Document kinds, as they stand in items and grants.
pub mod kind {
    /// Written by stations, towns and agents.
    pub const APPLICATION: &str = "application";
    /// Written by the center alone.
    pub const CASE: &str = "case";
}
