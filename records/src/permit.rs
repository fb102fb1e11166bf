//! What may still be edited, and when.

use crate::application::{ApplicationStep, Edit, covers};
use crate::changes::RecordError;
use crate::{Application, Case, CorrectionRequest, Page, Status, status};

/// Whether an edit may be made now. A draft is open; once handed in, an application is [`RecordError::Locked`] but for
/// what an open correction names, for the pages of a paper that was promised for later (容缺), for choosing among rival
/// values, and for a withdrawal. It judges what people do here: what others did before they could know is merged all
/// the same, since refusing it would lose it.
pub fn permit(application: &Application, case: &Case, edit: &Edit) -> Result<(), RecordError> {
    let status = status(application, case);
    let asked = case.open_correction(application).map(|(_, request)| request);
    let allowed = match edit {
        Edit::Step {
            step: ApplicationStep::Withdrawn,
            ..
        } => !status.is_final(),
        _ if status == Status::Draft => true,
        _ if status.is_final() => false,
        // A row is a person's to choose only while it is contested.
        Edit::Chosen { path, .. } if path.starts_with("rows.") => application.conflicts().contains(path),
        Edit::AnswerChosen { .. } | Edit::PresenceChosen { .. } | Edit::Chosen { .. } => true,
        Edit::Step { step, note } => match (step, case.open_correction(application)) {
            (ApplicationStep::Resubmitted, Some((event, _))) => event.id == *note,
            _ => false,
        },
        Edit::Answer { name: key, .. } | Edit::Row { row: key, .. } => {
            asked.is_some_and(|request| request.fields.iter().any(|field| covers(&field.name, key)))
        }
        Edit::Evidence { material, .. } | Edit::PageAdded { material, .. } => {
            names(asked, material) || application.is_awaited(material)
        }
        Edit::DeferredUntil { material, .. } | Edit::Declared { material, .. } => names(asked, material),
        Edit::PageRotated { page, .. } | Edit::PageMoved { page, .. } | Edit::PageRemoved { page, .. } => {
            let (material, page) = application.page(page).ok_or(RecordError::NotFound)?;
            names(asked, material) || (application.is_awaited(material) && came_after(application, page))
        }
        Edit::Signed { .. } => asked.is_some(),
        Edit::Presence { .. } => asked.is_some(),
        Edit::Numbered { .. } | Edit::Edition { .. } => false,
    };
    if allowed { Ok(()) } else { Err(RecordError::Locked) }
}

/// What was handed over at 收件 stays as the receipt says.
fn came_after(application: &Application, page: &Page) -> bool {
    application.received().is_some_and(|received| page.time > received.time)
}

fn names(asked: Option<&CorrectionRequest>, material: &str) -> bool {
    asked.is_some_and(|request| request.materials.iter().any(|point| point.name == material))
}
