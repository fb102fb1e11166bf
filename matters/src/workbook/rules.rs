//! The sheet `rules`: pre-checks at the center.

use std::collections::BTreeSet;

use super::cell::{self, is_name};
use super::known::Known;
use super::problem::Problems;
use super::table::Table;
use crate::form::Expression;
use crate::rule::{Effect, Rule};

const COLUMNS: [&str; 4] = ["name", "expression", "effect", "note"];

pub(super) fn read(table: &Table<'_>, known: &Known<'_>, problems: &mut Problems) -> Vec<Rule> {
    table.refuse_others(&COLUMNS, &["message"], problems);
    if !table.require(&["name", "expression", "effect", "message"], problems) {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut rules = Vec::new();
    for record in table.records() {
        let name = record.get("name");
        let message = record.words("message");
        let effect = match record.get("effect") {
            "blocks" => Some(Effect::Blocks),
            "warns" => Some(Effect::Warns),
            "auto_accept" => Some(Effect::AutoAccept),
            _ => None,
        };
        let expression = cell::expression(&record, "expression", known.with_materials(), problems);
        let mut report = |column: &str, code: &str, problem: String, remedy: &str| {
            problems.add("rules", record.number(), column, code, problem, remedy);
        };
        if !is_name(name) {
            let problem = format!("规则名称“{name}”写法不对");
            report("name", "name_shape", problem, "以英文字母开头，只用字母、数字、下划线");
        } else if !seen.insert(name.to_owned()) {
            report(
                "name",
                "name_twice",
                format!("规则名称 {name} 重复"),
                "每条规则用不同的名称",
            );
        }
        if record.get("expression").is_empty() {
            report("expression", "value_missing", "没有写公式".into(), "写出应当成立的条件");
        }
        if effect.is_none() {
            let problem = format!("effect 不能填“{}”", record.get("effect"));
            let remedy =
                "可填 blocks（不成立时要写理由才能受理）、warns（不成立时提醒）、auto_accept（成立时自动受理）";
            report("effect", "effect_unknown", problem, remedy);
        }
        if message.zh.is_empty() && effect != Some(Effect::AutoAccept) {
            let problem = format!("规则 {name} 没有写提示");
            report("message", "message_missing", problem, "填写 message::中文 (zh)");
        }
        rules.push(Rule {
            name: name.to_owned(),
            expression: expression.unwrap_or_else(Expression::always),
            effect: effect.unwrap_or(Effect::Warns),
            message,
        });
    }
    rules
}
