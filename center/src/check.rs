//! The center checks again what a station handed in: the form under its own catalogue, materials, presence,
//! signature, rival values.

use doorstep_matters::rule::BrokenRule;
use doorstep_matters::view::MatterView;
use doorstep_matters::{Context, FormView, Language, Matter, identity};
use doorstep_records::{Application, Case, CaseStep, MaterialRecord, deadline};
use doorstep_sync::Millis;

use crate::routes::{CheckProblem, ProblemPlace};
use crate::rules::standings;
use crate::words;

/// A form and its materials, evaluated for an application.
pub struct Evaluated {
    /// The form.
    pub form: FormView,
    /// The matter with its materials, and the flow that these answers go through.
    pub matter: MatterView,
    /// The rules of the matter that do not hold.
    pub rules: Vec<BrokenRule>,
}

/// What an application is evaluated in: the day on which it last arrived, so that a form does not change with the days it
/// lies in the queue.
pub fn context(application: &Application, case: &Case, now: Millis, language: Language) -> Context {
    let arrived = case
        .events
        .iter()
        .rfind(|event| matches!(event.step, CaseStep::Arrived));
    application.context(deadline::day(arrived.map_or(now, |event| event.time)), language)
}

/// Evaluates an application in its [`context`].
pub fn evaluate(matter: &Matter, application: &Application, case: &Case, now: Millis, language: Language) -> Evaluated {
    let context = context(application, case, now, language);
    let answers = application.plain_answers();
    let rules = if matter.rules.is_empty() {
        Vec::new()
    } else {
        matter.broken(&answers, &standings(application), &context)
    };
    Evaluated {
        form: matter.form.evaluate(&answers, &context),
        matter: matter.view(&answers, &context),
        rules,
    }
}

/// Everything that does not hold. `None` for a matter that no catalogue here has.
pub fn problems(evaluated: Option<&Evaluated>, application: &Application, language: Language) -> Vec<CheckProblem> {
    let mut found = Vec::new();
    let mut add = |place, name: &str, code: &str, words: String| {
        found.push(CheckProblem {
            place,
            name: name.to_owned(),
            code: code.to_owned(),
            words,
        });
    };
    match evaluated {
        None => add(
            ProblemPlace::Matter,
            &application.matter,
            "unknown_matter",
            words::unknown_matter(language),
        ),
        Some(Evaluated { form, matter, .. }) => {
            for question in form.questions.iter().filter(|question| question.relevant) {
                if let Some(error) = &question.error {
                    let words = words::about(&question.label, &error.message, language);
                    add(ProblemPlace::Answer, &question.name, &error.code, words);
                }
            }
            let nothing = MaterialRecord::default();
            for asked in matter.materials.iter().filter(|material| material.relevant) {
                let record = application.materials.get(&asked.code).unwrap_or(&nothing);
                if let Some(code) = material_problem(asked, record) {
                    let words = words::about(&asked.name, words::material_problem(code, language), language);
                    add(ProblemPlace::Material, &asked.code, code, words);
                }
            }
        }
    }
    for (name, code) in presence_problems(application) {
        let words = words::about(
            words::presence(name, language),
            words::presence_problem(code, language),
            language,
        );
        add(ProblemPlace::Presence, name, code, words);
    }
    if application.signatures.is_empty() {
        add(
            ProblemPlace::Signature,
            "signature",
            "missing",
            words::no_signature(language).to_owned(),
        );
    }
    for path in application.conflicts() {
        let label = words::path(&path, evaluated, language);
        let words = words::about(&label, words::conflict(language), language);
        add(ProblemPlace::Conflict, &path, "conflict", words);
    }
    found
}

fn material_problem(asked: &doorstep_matters::MaterialView, record: &MaterialRecord) -> Option<&'static str> {
    let deferred = record.deferred_until.value.as_str();
    let declared = record.declared.value == "true";
    if !record.pages.is_empty() {
        // Levels go from `A`, the strongest, to `D`.
        return match record.evidence.value.as_str() {
            "" => Some("no_evidence"),
            level if !asked.evidence.is_empty() && level > asked.evidence.as_str() => Some("weak_evidence"),
            _ => None,
        };
    }
    if !deferred.is_empty() {
        return match &asked.defer_until {
            None => Some("not_deferrable"),
            Some(last) if deferred > last.as_str() => Some("deferred_too_long"),
            Some(_) => None,
        };
    }
    if declared {
        return (!asked.may_declare).then_some("not_declarable");
    }
    asked.required.then_some("missing")
}

fn presence_problems(application: &Application) -> Vec<(&'static str, &'static str)> {
    let value = |name: &str| application.presence.get(name).map_or("", |field| field.value.trim());
    let mut wanted: Vec<&'static str> = match value("who") {
        "applicant" => Vec::new(),
        "agent" => vec!["reason", "name", "id_number", "phone"],
        "relative" => vec!["reason", "name", "id_number", "phone", "relation"],
        _ => vec!["who"],
    };
    wanted.retain(|name| *name == "who" || value(name).is_empty());
    let mut problems: Vec<_> = wanted.into_iter().map(|name| (name, "missing")).collect();
    let number = value("id_number");
    if value("who") != "applicant"
        && !number.is_empty()
        && value("id_number_note").is_empty()
        && identity::parse(number).is_err()
    {
        problems.push(("id_number", "id_number"));
    }
    problems
}
