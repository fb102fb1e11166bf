//! The flow at the authority after acceptance: one stage after the other, as the sheet `steps` of the matter has them.

use doorstep_matters::calendar::{Limit, add_limit};
use doorstep_matters::view::StepView;
use doorstep_matters::{Language, Matter};
use doorstep_records::{Case, CaseStep, Stage};

use crate::check::Evaluated;
use crate::routes::FlowStage;

/// The stage that follows on `current` (the first one when there is none) for these answers, beginning `today`.
pub fn next(matter: &Matter, evaluated: &Evaluated, current: Option<&str>, today: &str) -> Option<Stage> {
    let step = coming(matter, evaluated, current).first().copied()?;
    let words = matter.steps.iter().find(|known| known.name == step.name)?;
    Some(Stage {
        name: step.name.clone(),
        label: words.label.clone(),
        office: words.office.clone(),
        due: step
            .limit
            .and_then(|limit: Limit| add_limit(today, limit))
            .unwrap_or_default(),
        pauses: step.pauses,
    })
}

/// The stages after `current` that these answers go through.
fn coming<'e>(matter: &Matter, evaluated: &'e Evaluated, current: Option<&str>) -> Vec<&'e StepView> {
    let place = |name: &str| matter.steps.iter().position(|step| step.name == name);
    let after = match current.map(place) {
        None => 0,
        Some(Some(at)) => at + 1,
        // A stage of another version of the catalogue: nobody can say what follows.
        Some(None) => return Vec::new(),
    };
    let follows = |step: &&StepView| place(&step.name).is_some_and(|at| at >= after);
    evaluated.matter.steps.iter().filter(follows).collect()
}

/// The whole flow as a reviewer reads it: what was done and by whom, where it is, what comes. Empty before acceptance.
pub fn view(matter: Option<&Matter>, evaluated: Option<&Evaluated>, case: &Case, language: Language) -> Vec<FlowStage> {
    let mut flow: Vec<FlowStage> = Vec::new();
    let mut over = false;
    for event in &case.events {
        match &event.step {
            CaseStep::StageBegun { stage } => flow.push(FlowStage {
                name: stage.name.clone(),
                label: stage.label.get(language).to_owned(),
                office: stage.office.get(language).to_owned(),
                due: stage.due.clone(),
                limit: None,
                pauses: stage.pauses,
                begun: Some(event.time),
                ended: None,
                staff: String::new(),
                opinion: String::new(),
            }),
            CaseStep::StageEnded { opinion, .. } => {
                if let Some(last) = flow.last_mut() {
                    last.ended = Some(event.time);
                    last.staff = event.staff.clone();
                    last.opinion = opinion.clone();
                }
            }
            CaseStep::NotAccepted { .. } | CaseStep::Decided { .. } => over = true,
            _ => {}
        }
    }
    if let (false, Some(matter), Some(evaluated)) = (over, matter, evaluated)
        && let Some(current) = flow.last().map(|stage| stage.name.clone())
    {
        let follows = coming(matter, evaluated, Some(&current));
        flow.extend(follows.into_iter().map(|step| FlowStage {
            name: step.name.clone(),
            label: step.label.clone(),
            office: step.office.clone(),
            due: String::new(),
            limit: step.limit,
            pauses: step.pauses,
            begun: None,
            ended: None,
            staff: String::new(),
            opinion: String::new(),
        }));
    }
    flow
}
