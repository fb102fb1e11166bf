//! What one item does to the document it belongs to.

use std::panic::{AssertUnwindSafe, catch_unwind};

use doorstep_records::RecordError;
use doorstep_records::application::differences;
use doorstep_sync::DeviceId;
use doorstep_sync::payload::Change;

use crate::dossier::Dossier;

/// What an item does when it is taken.
pub enum Effect {
    /// It fits; what it changed.
    Taken(Vec<String>),
    /// It builds on changes that have not come.
    Waits,
    /// It does not fit: code and reason.
    Refused(&'static str, String),
}

/// A document of another scope.
pub fn other_scope() -> Effect {
    Effect::Refused("scope", "the document belongs to another scope".into())
}

/// Changes of an application.
pub fn change_application(dossier: &mut Dossier, device: &DeviceId, change: &Change) -> Effect {
    // Reading is contained like merging: an item made by hand must not stop the batch it comes in.
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let mut fork = dossier.document.clone();
        fork.apply(&device.0, &change.automerge)?;
        let application = fork.view();
        Ok((fork, application))
    }));
    judge(attempt.map(|result| {
        result.map(|(document, application)| {
            let changed = differences(&dossier.application, &application);
            dossier.document = document;
            dossier.application = application;
            changed
        })
    }))
}

/// Changes of a case, which the center signed.
pub fn change_case(dossier: &mut Dossier, device: &DeviceId, change: &Change) -> Effect {
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let mut fork = dossier.case_document.clone();
        fork.apply(&device.0, &change.automerge)?;
        let case = fork.view();
        Ok((fork, case))
    }));
    judge(attempt.map(|result| {
        result.map(|(document, case)| {
            let new = case.events.iter().filter(|event| !dossier.case.events.contains(event));
            let changed = new.map(|event| format!("case.{}", event.step.word())).collect();
            dossier.case_document = document;
            dossier.case = case;
            changed
        })
    }))
}

fn judge(attempt: std::thread::Result<Result<Vec<String>, RecordError>>) -> Effect {
    match attempt {
        Ok(Ok(changed)) => Effect::Taken(changed),
        Ok(Err(RecordError::MissingDependencies)) => Effect::Waits,
        Ok(Err(RecordError::Schema(words))) => Effect::Refused("schema", words),
        Ok(Err(RecordError::Actor)) => Effect::Refused("actor", RecordError::Actor.to_string()),
        Ok(Err(error)) => Effect::Refused("malformed", error.to_string()),
        Err(_) => Effect::Refused("malformed", "reading it failed".into()),
    }
}
