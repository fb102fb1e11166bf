//! The sheet `scenarios`: sample answers and what is expected for them.

use super::known::Known;
use super::problem::Problems;
use super::table::{Record, Table};
use crate::form::date;
use crate::rule::Standing;
use crate::scenario::{Line, MaterialState, Scenario};

/// Most lines: all of them are played when the workbook is checked.
const MOST_LINES: usize = 5_000;
const COLUMNS: [&str; 5] = ["scenario", "action", "name", "value", "note"];

/// The actions, for those who mistyped one.
const ACTIONS: &str = "today、station、answer、row、visible、hidden、value、choices、error、valid、complete、incomplete、\
                       material、brought、broken、holds、accepts、guide";

/// `rules`: names of the rules.
pub(super) fn read(table: &Table<'_>, known: &Known<'_>, rules: &[&str], problems: &mut Problems) -> Vec<Scenario> {
    table.refuse_others(&COLUMNS, &[], problems);
    if !table.require(&["scenario", "action", "name", "value"], problems) {
        return Vec::new();
    }
    if let Some(record) = table.records().nth(MOST_LINES) {
        let problem = format!("场景超过 {MOST_LINES} 行");
        problems.add(
            "scenarios",
            record.number(),
            "",
            "sheet_too_large",
            problem,
            "删去重复的场景",
        );
        return Vec::new();
    }
    let mut scenarios: Vec<Scenario> = Vec::new();
    for record in table.records() {
        let name = record.get("scenario");
        if !name.is_empty() || scenarios.is_empty() {
            scenarios.push(Scenario {
                name: name.to_owned(),
                lines: Vec::new(),
            });
        }
        let mut cells = Cells {
            record,
            known,
            rules,
            problems: &mut *problems,
        };
        if let [first] = scenarios.as_slice()
            && name.is_empty()
            && first.name.is_empty()
            && first.lines.is_empty()
        {
            cells.report(
                "scenario",
                "name_missing",
                "没有写场景的名称",
                "在每个场景的第一行写名称",
            );
        }
        let Some(line) = cells.line() else { continue };
        if let Some(scenario) = scenarios.last_mut() {
            scenario.lines.push((record.number(), line));
        }
    }
    scenarios
}

struct Cells<'a, 'p> {
    record: Record<'a>,
    known: &'p Known<'p>,
    rules: &'p [&'p str],
    problems: &'p mut Problems,
}

impl Cells<'_, '_> {
    fn report(&mut self, column: &str, code: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.problems
            .add("scenarios", self.record.number(), column, code, problem, remedy);
    }

    fn line(&mut self) -> Option<Line> {
        let value = self.record.get("value").to_owned();
        Some(match self.record.get("action") {
            "today" if date::parse(&value).is_some() => Line::Today(value),
            "today" => return self.value("写一个日期，例如 2026-02-14"),
            "station" if is_division(&value) => Line::Station(value),
            "station" => return self.value("写 12 位区划代码"),
            "answer" => Line::Answer(self.question()?, value),
            "row" if is_word(&value) => Line::Row(self.question()?, value),
            "row" => return self.value("写一个由字母和数字组成的词，例如 k1"),
            "visible" => Line::Visible(self.question()?),
            "hidden" => Line::Hidden(self.question()?),
            "value" => Line::Value(self.question()?, value),
            "choices" => Line::Choices(self.question()?, value.split_whitespace().map(str::to_owned).collect()),
            "error" => Line::Error(self.question()?, value),
            "valid" => Line::Valid(self.question()?),
            "complete" => Line::Complete,
            "incomplete" => Line::Incomplete,
            "material" => {
                let state = match value.as_str() {
                    "needed" => MaterialState::Needed,
                    "optional" => MaterialState::Optional,
                    "exempt" => MaterialState::Exempt,
                    "hidden" => MaterialState::Hidden,
                    _ => return self.value("可填 needed、optional、exempt、hidden"),
                };
                Line::Material(self.material()?, state)
            }
            "brought" => {
                let standings = [Standing::Given, Standing::Deferred, Standing::Declared];
                let standing = standings.into_iter().find(|standing| standing.word() == value);
                match (standing, value.as_str()) {
                    (None, "" | "missing") => Line::Brought(self.material()?, Standing::Missing),
                    (None, _) => return self.value("可填 given、deferred、declared、missing"),
                    (Some(standing), _) => Line::Brought(self.material()?, standing),
                }
            }
            "broken" => Line::Broken(self.rule()?),
            "holds" => Line::Holds(self.rule()?),
            "accepts" => match value.as_str() {
                "yes" => Line::Accepts(true),
                "no" => Line::Accepts(false),
                _ => return self.value("填 yes 或 no"),
            },
            "guide" => {
                let answers = self.record.get("name").split_whitespace().map(str::to_owned).collect();
                match value.as_str() {
                    "eligible" => Line::Guide(answers, true),
                    "not_eligible" => Line::Guide(answers, false),
                    _ => return self.value("填 eligible 或 not_eligible，name 列写各步的回答"),
                }
            }
            other => {
                let problem = format!("没有名为“{other}”的动作");
                self.report("action", "action_unknown", problem, format!("可用：{ACTIONS}"));
                return None;
            }
        })
    }

    fn value<T>(&mut self, remedy: &str) -> Option<T> {
        let value = self.record.get("value");
        let problem = format!("{} 的 value 不能是“{value}”", self.record.get("action"));
        self.report("value", "scenario_value", problem, remedy);
        None
    }

    /// The key of a question: its name, with rows and groups around it where there are some.
    fn question(&mut self) -> Option<String> {
        let key = self.record.get("name");
        let last = key.rsplit(['/', ':']).next().unwrap_or(key);
        let name = last.split('[').next().unwrap_or(last);
        if !self.known.names.contains(name) {
            let problem = format!("表中没有名为 {name} 的问题");
            self.report(
                "name",
                "question_unknown",
                problem,
                "改成 survey 表中已有的名称，行里的写作 member[k1]/name",
            );
            return None;
        }
        Some(key.to_owned())
    }

    fn material(&mut self) -> Option<String> {
        let code = self.record.get("name");
        if !self.known.materials.contains(code) {
            let problem = format!("materials 表中没有编码为 {code} 的材料");
            self.report("name", "material_unknown", problem, "填写 materials 表中的 code");
            return None;
        }
        Some(code.to_owned())
    }

    fn rule(&mut self) -> Option<String> {
        let name = self.record.get("name");
        if !self.rules.contains(&name) {
            let problem = format!("rules 表中没有名为 {name} 的规则");
            self.report("name", "rule_unknown", problem, "填写 rules 表中的 name");
            return None;
        }
        Some(name.to_owned())
    }
}

fn is_division(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
