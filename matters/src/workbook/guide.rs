//! The sheet `guide`: one line an answer.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::is_name;
use super::known::Known;
use super::problem::Problems;
use super::table::{Record, Table};
use crate::form::{Answers, normalize};
use crate::guide::{Guide, GuideAnswer, GuideStep, Way};

/// Most lines; a person answers a few questions.
const MOST_LINES: usize = 500;
const COLUMNS: [&str; 6] = ["step", "answer", "go", "fill", "materials", "note"];

pub(super) fn read(table: &Table<'_>, known: &Known<'_>, problems: &mut Problems) -> Option<Guide> {
    table.refuse_others(&COLUMNS, &["question", "label", "message"], problems);
    if !table.require(&["step", "question", "answer", "label", "go"], problems) {
        return None;
    }
    if let Some(record) = table.records().nth(MOST_LINES) {
        let problem = format!("引导超过 {MOST_LINES} 行");
        problems.add(
            "guide",
            record.number(),
            "",
            "sheet_too_large",
            problem,
            "只问决定能不能办、要什么材料的问题",
        );
        return None;
    }
    let names: BTreeSet<&str> = table.records().map(|record| record.get("step")).collect();
    let mut steps: Vec<GuideStep> = Vec::new();
    let mut rows: BTreeMap<String, u32> = BTreeMap::new();
    for record in table.records() {
        let mut line = Line {
            record,
            known,
            problems: &mut *problems,
        };
        let name = record.get("step");
        if !is_name(name) {
            line.report(
                "step",
                "name_shape",
                format!("步骤名称“{name}”写法不对"),
                "以英文字母开头，只用字母、数字、下划线；合并的单元格请拆开，每行都填",
            );
        }
        if name.is_empty() {
            continue;
        }
        let place = steps.iter().position(|step| step.name == name).unwrap_or_else(|| {
            rows.insert(name.to_owned(), record.number());
            steps.push(GuideStep {
                name: name.to_owned(),
                question: Default::default(),
                answers: Vec::new(),
            });
            steps.len() - 1
        });
        let Some(step) = steps.get_mut(place) else { continue };
        if step.question.zh.is_empty() {
            step.question = record.words("question");
        }
        let answer = line.answer(&names);
        if step.answers.iter().any(|other| other.name == answer.name) {
            line.report(
                "answer",
                "name_twice",
                format!("这一步已有回答 {}", answer.name),
                "同一步的回答用不同的名称",
            );
        }
        step.answers.push(answer);
    }
    for step in &steps {
        if step.question.zh.is_empty() {
            let row = rows.get(&step.name).copied().unwrap_or(0);
            let problem = format!("步骤 {} 没有写问题", step.name);
            let remedy = "在这一步的第一行填写 question::中文 (zh)";
            problems.add("guide", row, "question", "label_missing", problem, remedy);
        }
    }
    let guide = Guide { steps };
    ways(&guide, &rows, problems);
    Some(guide)
}

struct Line<'a, 'p> {
    record: Record<'a>,
    known: &'p Known<'p>,
    problems: &'p mut Problems,
}

impl Line<'_, '_> {
    fn report(&mut self, column: &str, code: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.problems
            .add("guide", self.record.number(), column, code, problem, remedy);
    }

    fn answer(&mut self, steps: &BTreeSet<&str>) -> GuideAnswer {
        let record = self.record;
        let name = record.get("answer").to_owned();
        let label = record.words("label");
        let message = record.words("message");
        if !is_name(&name) {
            let problem = format!("回答的名称“{name}”写法不对");
            self.report(
                "answer",
                "name_shape",
                problem,
                "以英文字母开头，只用字母、数字、下划线",
            );
        }
        if label.zh.is_empty() {
            self.report("label", "label_missing", "回答没有中文文字", "填写 label::中文 (zh)");
        }
        let go = match record.get("go") {
            "eligible" => Way::Eligible,
            "not_eligible" => Way::NotEligible,
            step if steps.contains(step) && !step.is_empty() => Way::Step(step.to_owned()),
            other => {
                let problem = match other {
                    "" => "没有写去哪一步".to_owned(),
                    other => format!("没有名为 {other} 的步骤"),
                };
                let remedy = "填写另一步的名称，或者 eligible（可以办）、not_eligible（不能办）";
                self.report("go", "guide_way", problem, remedy);
                Way::NotEligible
            }
        };
        if record.get("go") == "not_eligible" && message.zh.is_empty() {
            let problem = "不能办，却没有说为什么、可以怎么办";
            self.report("message", "message_missing", problem, "填写 message::中文 (zh)");
        }
        GuideAnswer {
            name,
            label,
            go,
            fill: self.fill(),
            materials: self.materials(),
            message,
        }
    }

    /// `living=yes; age_group=80`.
    fn fill(&mut self) -> Answers {
        let mut fill = Answers::new();
        let text = self.record.get("fill");
        for pair in text
            .split([';', '；', '\n'])
            .map(str::trim)
            .filter(|pair| !pair.is_empty())
        {
            let Some((name, value)) = pair.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
                let problem = format!("“{pair}”读不懂");
                self.report("fill", "fill_shape", problem, "写作 问题=答案，几个之间用英文分号");
                continue;
            };
            let Some(question) = self.known.question(name) else {
                if !self.known.names.contains(name) {
                    let problem = format!("表中没有名为 {name} 的问题");
                    self.report("fill", "question_unknown", problem, "改成 survey 表中已有的名称");
                }
                continue;
            };
            let value = normalize(question.kind, value);
            if !question.is_asked() || !self.known.offers(question, &value) {
                let problem = format!("{name} 不能填“{value}”");
                self.report("fill", "choice_unknown", problem, "填写这道题选项表中的 name");
            }
            fill.insert(name.to_owned(), value);
        }
        fill
    }

    fn materials(&mut self) -> Vec<String> {
        let text = self.record.get("materials");
        let codes = text
            .split([' ', '、', '，', ',', ';', '；', '\n'])
            .filter(|code| !code.is_empty());
        let codes: Vec<String> = codes.map(str::to_owned).collect();
        for code in codes.iter().filter(|code| !self.known.materials.contains(*code)) {
            let problem = format!("materials 表中没有编码为 {code} 的材料");
            self.report("materials", "material_unknown", problem, "填写 materials 表中的 code");
        }
        codes
    }
}

/// Reports circles, and steps that no way leads to.
fn ways(guide: &Guide, rows: &BTreeMap<String, u32>, problems: &mut Problems) {
    let Some(first) = guide.steps.first() else { return };
    let next = |name: &str| {
        let answers = guide.step(name).map(|step| step.answers.as_slice()).unwrap_or_default();
        answers.iter().filter_map(|answer| match &answer.go {
            Way::Step(step) => Some(step.as_str()),
            _ => None,
        })
    };
    // Every step that can be reached from somewhere, itself included, without and with a circle.
    let reach = |from: &str| {
        let mut reached: BTreeSet<String> = BTreeSet::new();
        let mut open: Vec<String> = next(from).map(str::to_owned).collect();
        while let Some(step) = open.pop() {
            if reached.insert(step.clone()) {
                open.extend(next(&step).map(str::to_owned));
            }
        }
        reached
    };
    let row = |name: &str| rows.get(name).copied().unwrap_or(0);
    let reached = reach(&first.name);
    let mut told = BTreeSet::new();
    for step in &guide.steps {
        let beyond = reach(&step.name);
        if beyond.contains(&step.name) && !told.contains(&step.name) {
            // All steps of one circle are told once, where it begins.
            told.extend(beyond.into_iter().filter(|other| reach(other).contains(&step.name)));
            let problem = format!("从步骤 {} 会绕回到它自己，永远问不完", step.name);
            problems.add(
                "guide",
                row(&step.name),
                "go",
                "guide_circle",
                problem,
                "改正其中一行的 go",
            );
        }
        if step.name != first.name && !reached.contains(&step.name) {
            let problem = format!("没有一行的 go 通向步骤 {}", step.name);
            let remedy = "让前面的某个回答通向它，或者删去这一步";
            problems.add("guide", row(&step.name), "step", "guide_unreached", problem, remedy);
        }
    }
}
