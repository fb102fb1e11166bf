//! What is asked for, with what was done about it and what is wrong.

use doorstep_matters::{Language, MaterialView};
use doorstep_records::MaterialRecord;

use super::application::States;
use super::{Seen, say};
use crate::contract::MaterialState;

/// Materials that apply, and those that something was done about.
pub(super) fn states(seen: &Seen, asked: &[MaterialView]) -> States {
    let record = |code: &str| seen.application.materials.get(code).cloned().unwrap_or_default();
    asked
        .iter()
        .map(|asked| (asked, record(&asked.code)))
        .filter(|(asked, record)| asked.relevant || !record.pages.is_empty() || !record.removed.is_empty())
        .map(|(asked, record)| MaterialState {
            error: error(asked, &record, &seen.today, seen.language),
            verified: record
                .pages
                .iter()
                .map(|page| page.file.clone())
                .filter(|file| seen.verified.contains(file))
                .collect(),
            asked: asked.clone(),
            record,
        })
        .collect()
}

/// Whether a paper is as well proven as the matter asks.
fn is_enough(record: &MaterialRecord, lowest: &str) -> bool {
    lowest.is_empty() || record.evidence.value.as_str() <= lowest
}

/// What is wrong with a material; empty when all is well.
fn error(asked: &MaterialView, record: &MaterialRecord, today: &str, language: Language) -> String {
    if !asked.relevant {
        return String::new();
    }
    let deferred = record.deferred_until.value.as_str();
    let declared = record.declared.value == "true";
    if !record.pages.is_empty() {
        return match record.evidence.value.as_str() {
            // The letters go down: A is the best.
            "A" | "B" | "C" | "D" if is_enough(record, &asked.evidence) => String::new(),
            "A" | "B" | "C" | "D" if asked.evidence == "A" => say(
                language,
                "这项材料要发证单位直接给的",
                "This paper must come from its issuer",
            ),
            "A" | "B" | "C" | "D" => say(
                language,
                "这项材料要看过原件",
                "The original of this paper must be seen",
            ),
            _ => say(
                language,
                "请选一项：和原件核对过吗？",
                "Choose one: has it been compared with the original?",
            ),
        };
    }
    if !deferred.is_empty() {
        return match &asked.defer_until {
            None => say(language, "这项材料不能以后补交", "This paper cannot be brought later"),
            // Days written `2026-03-01` sort as days.
            Some(latest) if deferred > latest.as_str() => say(
                language,
                &format!("最晚 {latest} 补交"),
                &format!("It can be promised for {latest} at the latest"),
            ),
            Some(_) if deferred < today => say(
                language,
                "说好补交的日子已经过了",
                "The day it was promised for has passed",
            ),
            Some(_) => String::new(),
        };
    }
    if declared && asked.may_declare {
        return String::new();
    }
    if declared {
        return say(
            language,
            "这项材料不能用书面承诺代替",
            "A declaration cannot stand in for this paper",
        );
    }
    if asked.required {
        return say(language, "还没有拍照", "Not photographed yet");
    }
    String::new()
}
