//! The sheet `survey`.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::{self, is_name, no, yes};
use super::choices::Lists;
use super::kind::{self, Known};
use super::problem::Problems;
use super::table::{Record, Table};
use crate::form::{Expression, ExpressionError, Ground, Question, Words, normalize};
use crate::text::Text;
use crate::view::QuestionKind;

const COLUMNS: [&str; 13] = [
    "type",
    "name",
    "required",
    "relevant",
    "constraint",
    "calculation",
    "repeat_count",
    "default",
    "choice_filter",
    "readonly",
    "appearance",
    "doorstep::keep",
    "note",
];
const WORDED: [&str; 4] = ["label", "hint", "required_message", "constraint_message"];

/// The questions with their rows, in order. Rows with a problem are left out or kept as far as they can be read, so
/// that one mistake does not report itself many times.
pub(super) fn read(table: &Table<'_>, lists: &Lists, problems: &mut Problems) -> Vec<(u32, Question)> {
    table.refuse_others(&COLUMNS, &WORDED, problems);
    if !table.require(&["type", "name", "label"], problems) {
        return Vec::new();
    }
    let mut sheet = Survey {
        sheet: table.sheet,
        lists,
        names: BTreeSet::new(),
        groups: Vec::new(),
        questions: Vec::new(),
        problems,
    };
    let names = table
        .records()
        .map(|record| record.get("name").to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    for record in table.records() {
        sheet.row(&record, &names);
    }
    while let Some((row, name, kind)) = sheet.groups.pop() {
        let end = closing(kind);
        sheet.problems.add(
            table.sheet,
            row,
            "type",
            "group_open",
            format!("分组 {name} 没有结束"),
            format!("在组内最后一题的下面加一行 {end}"),
        );
    }
    sheet.questions
}

struct Survey<'a> {
    sheet: &'static str,
    lists: &'a Lists,
    names: BTreeSet<String>,
    /// Groups and repeats that are open, with their rows.
    groups: Vec<(u32, String, QuestionKind)>,
    questions: Vec<(u32, Question)>,
    problems: &'a mut Problems,
}

impl Survey<'_> {
    fn row(&mut self, record: &Record<'_>, names: &BTreeSet<String>) {
        let row = record.number();
        let written = record.get("type");
        let mut words = written.split_whitespace();
        let first = words.next().unwrap_or_default().to_lowercase();
        let (first, list) = match (first.as_str(), words.next()) {
            ("begin" | "end", Some(what)) => (format!("{first}_{}", what.to_lowercase()), None),
            ("select", Some("one")) => ("select_one".to_owned(), words.next()),
            ("select", Some("multiple")) => ("select_multiple".to_owned(), words.next()),
            (_, list) => (first, list),
        };
        if matches!(first.as_str(), "end_group" | "end_repeat") {
            return self.close(row, &first);
        }
        let name = record.get("name");
        let Some(kind) = self.kind(row, &first, written) else {
            return;
        };
        if let Some(extra) = words.next() {
            self.report(
                row,
                "type",
                "type_unsupported",
                format!("暂不支持 {extra}"),
                "“其他”请自己加一个选项和一道文字题",
            );
        }
        self.name(row, name);
        let list = matches!(kind, QuestionKind::SelectOne | QuestionKind::SelectMultiple)
            .then(|| self.list(row, list))
            .flatten();
        let label = record.words("label");
        if label.zh.is_empty() && kind != QuestionKind::Calculate {
            self.report(
                row,
                "label",
                "label_missing",
                format!("{name} 没有中文文字"),
                "填写 label::中文 (zh)",
            );
        }
        let mut question = Question {
            name: name.to_owned(),
            kind,
            group: self.groups.last().map(|(_, name, _)| name.clone()),
            list,
            label: self.words(row, "label", &label, names),
            hint: self.words(row, "hint", &record.words("hint"), names),
            guidance: Words::default(),
            media: BTreeMap::new(),
            parameters: BTreeMap::new(),
            metadata: None,
            appearance: record.get("appearance").split_whitespace().map(str::to_owned).collect(),
            relevant: self.expression(record, "relevant", names),
            required: self.condition(record, "required", names),
            required_message: record.words("required_message"),
            constraint: self.expression(record, "constraint", names),
            constraint_message: record.words("constraint_message"),
            keep: cell::truth(record, "doorstep::keep", self.problems),
            calculation: self.expression(record, "calculation", names),
            trigger: Vec::new(),
            default: None,
            randomize: false,
            seed: None,
            count: self.expression(record, "repeat_count", names),
            choice_filter: self.expression(record, "choice_filter", names),
            readonly: self.condition(record, "readonly", names),
        };
        question.default = self.default(record, &question, names);
        if kind == QuestionKind::Calculate && record.get("calculation").is_empty() {
            self.report(
                row,
                "calculation",
                "calculation_missing",
                format!("{name} 没有公式"),
                "填写 calculation",
            );
        }
        if matches!(kind, QuestionKind::Group | QuestionKind::Repeat) {
            self.groups.push((row, name.to_owned(), kind));
        }
        self.questions.push((row, question));
    }

    /// A line that ends a group or a repeat.
    fn close(&mut self, row: u32, written: &str) {
        match self.groups.pop() {
            None => self.report(row, "type", "group_close", format!("多了一行 {written}"), "删去这一行"),
            Some((_, name, kind)) if closing(kind) != written => {
                let problem = format!("{name} 要用 {} 结束，这里写了 {written}", closing(kind));
                self.report(row, "type", "group_close", problem, format!("改成 {}", closing(kind)));
            }
            Some(_) => {}
        }
    }

    fn report(&mut self, row: u32, column: &str, code: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.problems.add(self.sheet, row, column, code, problem, remedy);
    }

    fn kind(&mut self, row: u32, word: &str, written: &str) -> Option<QuestionKind> {
        let (code, problem) = match kind::of(word) {
            Known::Kind(kind) => return Some(kind),
            Known::Later => ("type_unsupported", format!("暂不支持类型 {written}")),
            Known::Not if word.is_empty() => ("type_missing", "没有写题目类型".to_owned()),
            Known::Not => ("type_unknown", format!("没有名为 {written} 的类型")),
        };
        self.report(
            row,
            "type",
            code,
            problem,
            format!("可用的类型：{}", kind::SUPPORTED.join("、")),
        );
        None
    }

    fn name(&mut self, row: u32, name: &str) {
        if name.is_empty() {
            self.report(row, "name", "name_missing", "没有写 name", "填写以英文字母开头的名称");
        } else if !is_name(name) {
            self.report(
                row,
                "name",
                "name_shape",
                format!("名称“{name}”写法不对"),
                "以英文字母开头，只用字母、数字、下划线，不超过 64 个字符",
            );
        } else if !self.names.insert(name.to_owned()) {
            self.report(
                row,
                "name",
                "name_twice",
                format!("名称 {name} 重复"),
                "每题用不同的名称",
            );
        }
    }

    fn list(&mut self, row: u32, list: Option<&str>) -> Option<String> {
        match list {
            Some(list) if self.lists.choices.contains_key(list) => return Some(list.to_owned()),
            Some(list) => {
                self.report(
                    row,
                    "type",
                    "list_unknown",
                    format!("choices 表中没有选项表 {list}"),
                    format!("在 choices 表加上 list_name 为 {list} 的选项"),
                );
            }
            None => self.report(
                row,
                "type",
                "list_missing",
                "没有写用哪个选项表",
                "写作 select_one 选项表名",
            ),
        }
        None
    }

    fn words(&mut self, row: u32, column: &str, text: &Text, names: &BTreeSet<String>) -> Words {
        let words = Words::new(text);
        for name in words.questions().filter(|name| !names.contains(*name)) {
            let error = ExpressionError::Question(name.to_owned());
            self.problems
                .add(self.sheet, row, column, error.code(), error.to_string(), error.remedy());
        }
        words
    }

    /// An expression, `yes`, or `no` (which is none).
    fn condition(&mut self, record: &Record<'_>, column: &str, names: &BTreeSet<String>) -> Option<Expression> {
        match record.get(column) {
            text if yes(text) => Some(Expression::always()),
            text if no(text) => None,
            _ => self.expression(record, column, names),
        }
    }

    /// A default is a fixed answer, or an expression when it mentions a question or calls a function.
    fn default(&mut self, record: &Record<'_>, question: &Question, names: &BTreeSet<String>) -> Option<Expression> {
        let text = record.get("default");
        if text.is_empty() {
            return None;
        }
        if text.contains("${") || (text.contains('(') && text.ends_with(')')) {
            return self.expression(record, "default", names);
        }
        let text = normalize(question.kind, text);
        let known = |value: &str| {
            let choices = question.list.as_deref().and_then(|list| self.lists.choices.get(list));
            choices.is_none_or(|choices| choices.iter().any(|choice| choice.name == value))
        };
        if !text.split_whitespace().all(known) && question.list.is_some() {
            self.report(
                record.number(),
                "default",
                "choice_unknown",
                format!("默认值 {text} 不在选项中"),
                "改成选项表中的 name",
            );
        }
        Some(Expression::fixed(&text))
    }

    fn expression(&mut self, record: &Record<'_>, column: &str, names: &BTreeSet<String>) -> Option<Expression> {
        let ground = Ground {
            questions: names,
            columns: (column == "choice_filter").then_some(&self.lists.columns),
            current: true,
        };
        cell::expression(record, column, ground, self.problems)
    }
}

/// What ends a group or a repeat.
fn closing(kind: QuestionKind) -> &'static str {
    if kind == QuestionKind::Repeat {
        "end_repeat"
    } else {
        "end_group"
    }
}
