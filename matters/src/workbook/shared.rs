//! The sheet `shared`: answers that nobody gives twice.

use std::collections::BTreeSet;

use super::known::Known;
use super::problem::Problems;
use super::table::Table;
use crate::matter::{Shared, Source};

const COLUMNS: [&str; 5] = ["question", "source", "from", "matter", "note"];

/// `codes`: of all matters of the catalogue; `None` when the matter is read by itself.
pub(super) fn read(
    table: &Table<'_>,
    known: &Known<'_>,
    codes: Option<&BTreeSet<String>>,
    problems: &mut Problems,
) -> Vec<Shared> {
    table.refuse_others(&COLUMNS, &[], problems);
    if !table.require(&["question", "source"], problems) {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut shared = Vec::new();
    for record in table.records() {
        let (question, matter) = (record.get("question"), record.get("matter"));
        let mut report = |column: &str, code: &str, problem: String, remedy: &str| {
            problems.add("shared", record.number(), column, code, problem, remedy);
        };
        let asked = match known.question(question) {
            Some(question) => question.is_asked(),
            None => known.names.contains(question),
        };
        if !asked {
            let problem = format!("表中没有名为 {question} 的问题可以预填");
            report(
                "question",
                "question_unknown",
                problem,
                "改成 survey 表中由人填写的问题",
            );
        }
        let source = match record.get("source") {
            "register" => Some(Source::Register),
            "application" => Some(Source::Application),
            _ => None,
        };
        if source.is_none() {
            let problem = format!("source 不能填“{}”", record.get("source"));
            report(
                "source",
                "source_unknown",
                problem,
                "可填 register（台账）、application（以前的办件）",
            );
        }
        if !matter.is_empty() && codes.is_some_and(|codes| !codes.contains(matter)) {
            let problem = format!("目录中没有编码为 {matter} 的事项");
            report(
                "matter",
                "matter_unknown",
                problem,
                "改成目录中的事项编码，哪个事项都行就留空",
            );
        }
        let from = Some(record.get("from"))
            .filter(|from| !from.is_empty())
            .unwrap_or(question);
        let line = Shared {
            question: question.to_owned(),
            source: source.unwrap_or(Source::Application),
            from: from.to_owned(),
            matter: Some(matter.to_owned()).filter(|matter| !matter.is_empty()),
        };
        if !seen.insert((question.to_owned(), record.get("source").to_owned(), matter.to_owned())) {
            report(
                "question",
                "name_twice",
                format!("{question} 的这个来源写了两次"),
                "只留一行",
            );
        }
        shared.push(line);
    }
    shared
}
