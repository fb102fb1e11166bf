//! One application with its case, opened for work.

use doorstep_records::application::ApplicationDocument;
use doorstep_records::{Application, Case, CaseDocument, CaseEvent, CaseStep, RecordError, Status, kind, status};
use doorstep_sync::payload::{Change, FileName};
use doorstep_sync::{Document, DocumentId, Kind, Millis, Scope};

use crate::center::Center;
use crate::error::ApiError;
use crate::store::{self, Connection, StoreError};

/// One application with its case.
pub struct Dossier {
    /// The id that both share.
    pub id: DocumentId,
    /// Where it belongs: the scope of its first item.
    pub scope: Scope,
    /// The application's document.
    pub document: ApplicationDocument,
    /// The application, read.
    pub application: Application,
    /// The case's document.
    pub case_document: CaseDocument,
    /// The case, read.
    pub case: Case,
}

impl Dossier {
    /// An application that nothing is known of yet.
    pub fn empty(id: DocumentId, scope: Scope) -> Self {
        Self {
            id,
            scope,
            document: ApplicationDocument::empty(),
            application: Application::default(),
            case_document: CaseDocument::empty(),
            case: Case::default(),
        }
    }

    /// The stored application; `None` when there is none.
    pub fn load(sql: &Connection, id: &DocumentId) -> store::Result<Option<Self>> {
        let damaged = |_: RecordError| StoreError::Damaged("a document");
        let application = store::documents::load(sql, kind::APPLICATION, id)?;
        let case = store::documents::load(sql, kind::CASE, id)?;
        let Some(scope) = application.as_ref().or(case.as_ref()).map(|(scope, _)| scope.clone()) else {
            return Ok(None);
        };
        let mut dossier = Self::empty(*id, scope);
        if let Some((_, bytes)) = application {
            dossier.document = ApplicationDocument::load(&bytes).map_err(damaged)?;
            dossier.application = dossier.document.view();
        }
        if let Some((_, bytes)) = case {
            dossier.case_document = CaseDocument::load(&bytes).map_err(damaged)?;
            dossier.case = dossier.case_document.view();
        }
        Ok(Some(dossier))
    }

    /// Saves both documents as they are now.
    pub fn save(&mut self, sql: &Connection) -> store::Result<()> {
        store::documents::save(sql, kind::APPLICATION, &self.id, &self.scope, &self.document.save())?;
        if !self.case.events.is_empty() {
            store::documents::save(sql, kind::CASE, &self.id, &self.scope, &self.case_document.save())?;
        }
        Ok(())
    }

    /// How far it has got.
    pub fn status(&self) -> Status {
        status(&self.application, &self.case)
    }

    /// The authority takes steps, in the name of `staff` (empty: by itself) who stands in for somebody or for nobody: one
    /// signed item, ready to go down.
    pub fn append(
        &mut self,
        center: &Center,
        sql: &Connection,
        steps: Vec<CaseStep>,
        staff: &str,
        stands_for: Option<&str>,
        now: Millis,
    ) -> Result<(), ApiError> {
        let paths: Vec<String> = steps.iter().map(|step| format!("case.{}", word(step))).collect();
        let events: Vec<CaseEvent> = steps
            .into_iter()
            .map(|step| CaseEvent {
                id: center.random_id(),
                step,
                staff: staff.to_owned(),
                stands_for: stands_for.map(str::to_owned),
                time: now,
            })
            .collect();
        let save = self
            .case_document
            .append(&center.author(staff, now), &events)
            .map_err(|error| match error {
                RecordError::Schema(words) => ApiError::bad_request(words),
                other => ApiError::bad_request(other.to_string()),
            })?;
        self.case = self.case_document.view();
        let payload = Change::of(save.bytes).to_bytes();
        let document = Document {
            kind: kind::CASE.to_owned(),
            id: self.id,
        };
        center.write_item(
            sql,
            Kind::Change,
            self.scope.clone(),
            Some(document),
            staff,
            payload,
            now,
            &paths,
        )?;
        Ok(())
    }
}

/// The word of a step, as it stands in JSON.
pub fn word(step: &CaseStep) -> &'static str {
    match step {
        CaseStep::Arrived => "arrived",
        CaseStep::Prechecked { .. } => "prechecked",
        CaseStep::Accepted { .. } => "accepted",
        CaseStep::StageBegun { .. } => "stage_begun",
        CaseStep::StageEnded { .. } => "stage_ended",
        CaseStep::MaterialVerified { .. } => "material_verified",
        CaseStep::NotAccepted { .. } => "not_accepted",
        CaseStep::CorrectionAsked { .. } => "correction_asked",
        CaseStep::Decided { .. } => "decided",
    }
}

/// What became different between two readings of an application, as paths: `answers.NAME`, `materials.CODE.pages`,
/// `signature`, `step.received` …
pub fn differences(before: &Application, after: &Application) -> Vec<String> {
    let mut paths = Vec::new();
    if before.matter.is_empty() && !after.matter.is_empty() {
        paths.push("begun".to_owned());
    }
    let old: std::collections::BTreeMap<_, _> = before.fields().collect();
    for (path, field) in after.fields() {
        let nothing = field.value.is_empty() && field.versions.is_empty();
        if old.get(&path).map_or(!nothing, |before| *before != field) {
            paths.push(path);
        }
    }
    if !before.matter.is_empty() && before.edition != after.edition {
        paths.push("edition".to_owned());
    }
    for (row, removed) in &after.rows {
        if before.rows.get(row).copied().unwrap_or_default() != *removed {
            paths.push(format!("rows.{row}"));
        }
    }
    for (code, material) in &after.materials {
        let earlier = before.materials.get(code);
        if earlier.map_or(!material.pages.is_empty(), |m| {
            m.pages != material.pages || m.removed != material.removed
        }) {
            paths.push(format!("materials.{code}.pages"));
        }
    }
    if before.signatures != after.signatures {
        paths.push("signature".to_owned());
    }
    if (&before.number, &before.other_numbers) != (&after.number, &after.other_numbers) {
        paths.push("number".to_owned());
    }
    for event in after.events.iter().filter(|event| !before.events.contains(event)) {
        let step = serde_json::to_value(event.step).ok();
        paths.push(format!(
            "step.{}",
            step.as_ref().and_then(|s| s.as_str()).unwrap_or_default()
        ));
    }
    paths
}

/// The files the authority issued in a case.
pub fn result_files(case: &Case) -> Vec<FileName> {
    let file = |event: &CaseEvent| match &event.step {
        CaseStep::Decided { file: Some(file), .. } => Some(FileName {
            hash: file.hash.parse().ok()?,
            len: file.len,
            media_type: file.media_type.clone(),
        }),
        _ => None,
    };
    case.events.iter().filter_map(file).collect()
}
