//! The sheet `steps`: the flow at the authority, in order.

use std::collections::BTreeSet;

use super::cell::{self, is_name};
use super::known::Known;
use super::problem::Problems;
use super::table::Table;
use crate::calendar::Limit;
use crate::matter::FlowStep;

const COLUMNS: [&str; 5] = ["name", "days", "pauses", "relevant", "note"];

pub(super) fn read(table: &Table<'_>, known: &Known<'_>, problems: &mut Problems) -> Vec<FlowStep> {
    table.refuse_others(&COLUMNS, &["label", "office"], problems);
    if !table.require(&["name", "label"], problems) {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut steps = Vec::new();
    for record in table.records() {
        let (name, days) = (record.get("name"), record.get("days"));
        let (label, limit) = (record.words("label"), Limit::parse(days));
        let pauses = cell::truth(&record, "pauses", problems);
        let relevant = cell::expression(&record, "relevant", known.ground(), problems);
        let mut report = |column: &str, code: &str, problem: String, remedy: &str| {
            problems.add("steps", record.number(), column, code, problem, remedy);
        };
        if !is_name(name) {
            let problem = format!("环节名称“{name}”写法不对");
            report("name", "name_shape", problem, "以英文字母开头，只用字母、数字、下划线");
        } else if !seen.insert(name.to_owned()) {
            report(
                "name",
                "name_twice",
                format!("环节名称 {name} 重复"),
                "每个环节用不同的名称",
            );
        }
        if label.zh.is_empty() {
            report(
                "label",
                "label_missing",
                format!("环节 {name} 没有中文文字"),
                "填写 label::中文 (zh)",
            );
        }
        if limit.is_none() && !days.is_empty() {
            let problem = format!("时限“{days}”读不懂");
            report(
                "days",
                "limit_shape",
                problem,
                "写作 3、3 工作日、7 日、1 个月，没有规定就留空",
            );
        }
        steps.push(FlowStep {
            name: name.to_owned(),
            label,
            office: record.words("office"),
            limit,
            pauses,
            relevant,
        });
    }
    steps
}
