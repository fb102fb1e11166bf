//! The sheet `survey`: its lines, what encloses what, and how they are called.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::{is_name, is_tag, references, yes};
use super::choices::Lists;
use super::external::{Files, Lack, calls, load, stem};
use super::kind::{self, Line};
use super::problem::Problems;
use super::settings::Settings;
use super::table::{Record, Table};
use crate::form::{ExpressionError, Question};
use crate::view::QuestionKind;

/// The columns that mean something to a matter, or nothing to anybody.
const COLUMNS: [&str; 24] = [
    "type",
    "name",
    "required",
    "relevant",
    "constraint",
    "calculation",
    "trigger",
    "repeat_count",
    "default",
    "choice_filter",
    "readonly",
    "appearance",
    "parameters",
    "disabled",
    "rows",
    "autoplay",
    "doorstep::keep",
    "note",
    "notes",
    "Note",
    "comment",
    "comments",
    "Comment",
    "Comments",
];
const WORDED: [&str; 9] = [
    "label",
    "hint",
    "guidance_hint",
    "required_message",
    "constraint_message",
    "media::image",
    "media::big-image",
    "media::audio",
    "media::video",
];

/// What stands beside the survey.
pub(super) struct Beside<'a> {
    pub(super) settings: Settings,
    /// The other sheets whose words may name questions.
    pub(super) sheets: Vec<&'a Table<'a>>,
    /// The files of the catalogue; `None` when the workbook is read alone.
    pub(super) files: Option<Files<'a>>,
}

/// The questions with their rows, in order. Rows with a problem are left out or kept as far as they can be read, so
/// that one mistake does not report itself many times.
pub(super) fn read(
    table: &Table<'_>,
    beside: &Beside<'_>,
    lists: &mut Lists,
    problems: &mut Problems,
) -> Vec<(u32, Question)> {
    table.refuse_others(&COLUMNS, &WORDED, problems);
    let needed: &[&str] = if problems.is_plain() {
        &["type"]
    } else {
        &["type", "name", "label"]
    };
    if !table.require(needed, problems) {
        return Vec::new();
    }
    let counts = count_names(table);
    let mut names: BTreeSet<String> = counts.keys().cloned().collect();
    names.insert("instanceID".to_owned());
    let mut survey = Survey {
        sheet: table.sheet,
        beside,
        own_lists: lists.choices.keys().cloned().collect(),
        lists,
        names,
        bad: BTreeSet::new(),
        seen: BTreeSet::new(),
        open: vec![Open::default()],
        repeats: BTreeSet::new(),
        declared: BTreeSet::new(),
        sources: BTreeMap::new(),
        table_list: None,
        searches: Vec::new(),
        triggers: Vec::new(),
        questions: Vec::new(),
        problems,
    };
    survey.check_references(table, &counts, |base| !matches!(base, "type" | "name" | "trigger"));
    for sheet in &beside.sheets {
        let words_only = sheet.sheet == "choices";
        survey.check_references(sheet, &counts, |base| !words_only || matches!(base, "label" | "media"));
    }
    for record in table.records() {
        survey.row(&record);
    }
    survey.finish();
    survey.questions
}

/// The names of all lines that have one.
pub(super) fn names(table: &Table<'_>) -> BTreeSet<String> {
    count_names(table).into_keys().collect()
}

/// How often each name stands in the survey.
fn count_names(table: &Table<'_>) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for record in table.records().filter(|record| !yes(record.get("disabled"))) {
        let (written, name) = (record.get("type"), record.get("name"));
        let named = match kind::read(written) {
            Some(Line::End(_) | Line::Setting) => false,
            _ => !written.is_empty() && written != "audit" && !name.is_empty(),
        };
        if named {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
    }
    counts
}

/// A group that is open; the form itself is the first.
#[derive(Default)]
struct Open {
    row: u32,
    name: String,
    kind: Option<QuestionKind>,
    names: BTreeSet<String>,
}

pub(super) struct Survey<'a, 'p> {
    pub(super) sheet: &'a str,
    pub(super) beside: &'a Beside<'a>,
    pub(super) lists: &'a mut Lists,
    pub(super) names: BTreeSet<String>,
    /// Cells that name a question in a way that cannot be read, by row and heading.
    pub(super) bad: BTreeSet<(u32, String)>,
    /// Names so far.
    seen: BTreeSet<String>,
    open: Vec<Open>,
    repeats: BTreeSet<String>,
    /// Files that are declared, by name.
    declared: BTreeSet<String>,
    /// From which files the tables come that expressions read, by name.
    sources: BTreeMap<String, String>,
    /// The lists of the workbook itself.
    own_lists: BTreeSet<String>,
    /// In a group with the appearance `table-list`: the list that all of it uses, once the first question has named it.
    pub(super) table_list: Option<Option<String>>,
    /// Questions with lists, and whether they search them.
    pub(super) searches: Vec<(u32, String, bool)>,
    pub(super) triggers: Vec<(u32, String)>,
    pub(super) questions: Vec<(u32, Question)>,
    pub(super) problems: &'p mut Problems,
}

impl Survey<'_, '_> {
    fn row(&mut self, record: &Record<'_>) {
        let row = record.number();
        if yes(record.get("disabled")) {
            return self.warn(
                row,
                "disabled",
                "row_disabled",
                "这一行停用了，不会出现",
                "要用就清空 disabled",
            );
        }
        let written = record.get("type");
        if written.is_empty() {
            if record.get("name").is_empty() && record.in_any_language("label").is_none() {
                return self.warn(
                    row,
                    "type",
                    "type_missing",
                    "这一行没有类型，当作说明跳过",
                    "不用就删去",
                );
            }
            return self.report_type(row, written, "type_missing", "没有写题目类型".to_owned());
        }
        let Some(line) = kind::read(written) else {
            if kind::lacks_list(written) {
                let remedy = "写作 select_one 选项表名";
                return self.report(row, "type", "list_missing", "没有写用哪个选项表", remedy);
            }
            self.report_type(row, written, "type_unknown", format!("没有名为 {written} 的类型"));
            return self.frame(record, written);
        };
        if !record.get("save_to").is_empty() {
            let remedy = "删去 save_to：登记的内容由登记簿保存";
            self.report(row, "save_to", "entities_unsupported", "不支持实体（entities）", remedy);
        }
        if let Some(remedy) = kind::unserved(line) {
            self.problems.doubt(
                self.sheet,
                row,
                "type",
                "type_unsupported",
                format!("事项的表单暂不支持类型 {written}"),
                remedy,
            );
        }
        match line {
            Line::Setting => {}
            Line::End(kind) => self.close(row, kind),
            _ if written == "audit" => self.audit(record, line),
            _ => self.named(record, line),
        }
    }

    /// What seems to begin or end a group does so, however it is spelled: otherwise its other end would be a fault too.
    fn frame(&mut self, record: &Record<'_>, written: &str) {
        let word = written.to_lowercase();
        if word.starts_with("begin") {
            let kind = match word.contains("rep") {
                true => QuestionKind::Repeat,
                false => QuestionKind::Group,
            };
            self.named(record, Line::Begin(kind));
        } else if word.starts_with("end")
            && let Some(kind) = self.open.last().and_then(|open| open.kind)
        {
            self.close(record.number(), kind);
        }
    }

    /// What the device keeps of how the form was filled in: it has one name, and no place among the questions.
    fn audit(&mut self, record: &Record<'_>, line: Line<'_>) {
        let row = record.number();
        if !matches!(record.get("name"), "" | "audit") {
            self.report(row, "name", "name_shape", "audit 不能另取名称", "清空 name");
        } else if !self.declared.insert("audit".to_owned()) {
            self.report(row, "type", "name_twice", "有两行 audit", "只留一行");
        }
        self.parameters(record, line);
    }

    fn named(&mut self, record: &Record<'_>, line: Line<'_>) {
        let (row, written) = (record.number(), record.get("type"));
        let name = match record.get("name") {
            "" if written == "note" && self.problems.is_plain() => format!("generated_note_name_{row}"),
            name => name.to_owned(),
        };
        self.name(row, &name);
        let kind = match line {
            Line::Begin(kind) => kind,
            Line::Loop(list) => {
                self.known_list(row, list);
                QuestionKind::Group
            }
            Line::File(ending) => return self.file(row, &name, ending),
            _ => return self.question(record, line, name),
        };
        if kind == QuestionKind::Repeat {
            if name == self.beside.settings.root {
                let problem = format!("重复组不能与表单同名（{name}）");
                self.report(row, "name", "name_reserved", problem, "换一个名称");
            } else if !self.repeats.insert(name.clone()) {
                let problem = format!("有两个重复组都叫 {name}");
                self.report(row, "name", "name_twice", problem, "每个重复组用不同的名称");
            }
        }
        if record
            .get("appearance")
            .split_whitespace()
            .any(|word| word == "table-list")
        {
            self.table_list = Some(None);
        }
        self.question(record, Line::Begin(kind), name.clone());
        self.open.push(Open {
            row,
            name,
            kind: Some(kind),
            names: BTreeSet::new(),
        });
    }

    /// A line that ends a group or a repeat.
    fn close(&mut self, row: u32, ends: QuestionKind) {
        let written = closing(ends);
        match self.open.pop() {
            Some(Open {
                kind: Some(kind), name, ..
            }) => {
                self.table_list = None;
                if kind != ends {
                    let problem = format!("{name} 要用 {} 结束，这里写了 {written}", closing(kind));
                    self.report(row, "type", "group_close", problem, format!("改成 {}", closing(kind)));
                }
            }
            form => {
                self.open.extend(form);
                self.report(row, "type", "group_close", format!("多了一行 {written}"), "删去这一行");
            }
        }
    }

    /// What only the whole survey shows.
    fn finish(&mut self) {
        while let Some(Open {
            row,
            name,
            kind: Some(kind),
            ..
        }) = self.open.pop()
        {
            let remedy = format!("在组内最后一题的下面加一行 {}", closing(kind));
            self.report(row, "type", "group_open", format!("分组 {name} 没有结束"), remedy);
        }
        for (row, name) in std::mem::take(&mut self.triggers) {
            let source = self
                .questions
                .iter()
                .map(|(_, question)| question)
                .find(|question| question.name == name);
            match source {
                Some(question) if matches!(question.kind, QuestionKind::Group | QuestionKind::Repeat) => {
                    let error = ExpressionError::Question(name);
                    self.report(
                        row,
                        "trigger",
                        error.code(),
                        error.to_string(),
                        "写一道题目，不能写分组",
                    );
                }
                Some(question) if is_invisible(question) => {
                    let problem = format!("{name} 不在屏幕上，没有人会改它");
                    self.report(row, "trigger", "trigger_hidden", problem, "写一道有人填写的题目");
                }
                Some(_) => {}
                None => {
                    let error = ExpressionError::Question(name);
                    self.report(row, "trigger", error.code(), error.to_string(), error.remedy());
                }
            }
        }
        let searching = |list: &String, wanted: bool| {
            self.searches
                .iter()
                .find(|(_, other, searches)| other == list && *searches == wanted)
        };
        let mixed: Vec<(u32, String)> = (self.searches.iter())
            .filter(|(_, list, searches)| *searches && searching(list, false).is_some())
            .map(|(row, list, _)| (*row, list.clone()))
            .collect();
        for (row, list) in mixed {
            let problem = format!("选项表 {list} 有的题用 search()，有的题不用");
            self.report(row, "appearance", "list_conflict", problem, "各用各的选项表");
        }
        for list in std::mem::take(&mut self.own_lists) {
            let searched = self
                .searches
                .iter()
                .any(|(_, other, searches)| *other == list && *searches);
            if let Some(file) = self.sources.get(&list).filter(|_| !searched) {
                let problem = format!("选项表 {list} 与文件 {file} 同名");
                self.report(0, "", "list_conflict", problem, "给选项表换一个名称");
            }
        }
    }

    pub(super) fn report(
        &mut self,
        row: u32,
        column: &str,
        code: &str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.problems.add(self.sheet, row, column, code, problem, remedy);
    }

    pub(super) fn warn(&mut self, row: u32, column: &str, code: &str, problem: &str, remedy: &str) {
        self.problems.warn(self.sheet, row, column, code, problem, remedy);
    }

    fn report_type(&mut self, row: u32, written: &str, code: &str, problem: String) {
        let remedy = match kind::meant(written) {
            Some(meant) => format!("是否想写 {meant}？"),
            None => format!("可用的类型：{}", kind::SUPPORTED.join("、")),
        };
        self.report(row, "type", code, problem, remedy);
    }

    fn name(&mut self, row: u32, name: &str) {
        let plain = self.problems.is_plain();
        if name.is_empty() {
            return self.report(row, "name", "name_missing", "没有写 name", "填写以英文字母开头的名称");
        }
        if !(is_name(name) || plain && is_tag(name)) {
            let remedy = "以英文字母开头，只用字母、数字、下划线，不超过 64 个字符";
            return self.report(row, "name", "name_shape", format!("名称“{name}”写法不对"), remedy);
        }
        if name == "meta" {
            let remedy = "换一个名称";
            return self.report(row, "name", "name_reserved", "meta 留给表单自己用", remedy);
        }
        let again = !self.take_name(name);
        // Papers and letters name a question by its name alone, so a matter has each name once.
        if again || (!plain && self.seen.contains(name)) {
            self.report(
                row,
                "name",
                "name_twice",
                format!("名称 {name} 重复"),
                "每题用不同的名称",
            );
        }
        self.seen.insert(name.to_owned());
    }

    /// Takes a name in the group that is open; false when it was taken before.
    pub(super) fn take_name(&mut self, name: &str) -> bool {
        self.open
            .last_mut()
            .is_none_or(|open| open.names.insert(name.to_owned()))
    }

    /// The innermost group that is open.
    pub(super) fn group(&self) -> Option<String> {
        self.open
            .last()
            .filter(|open| open.kind.is_some())
            .map(|open| open.name.clone())
    }

    /// Reports lists that are not in the workbook.
    pub(super) fn known_list(&mut self, row: u32, list: &str) -> bool {
        let known = self.lists.choices.contains_key(list);
        if !known {
            let problem = format!("choices 表中没有选项表 {list}");
            let remedy = format!("在 choices 表加上 list_name 为 {list} 的选项");
            self.report(row, "type", "list_unknown", problem, remedy);
        }
        known
    }

    /// A line that declares a file whose table expressions read.
    fn file(&mut self, row: u32, name: &str, ending: &str) {
        if !self.declared.insert(name.to_owned()) {
            let problem = format!("文件 {name} 声明了两次");
            return self.report(row, "name", "name_twice", problem, "删去一行");
        }
        self.source(row, "name", &format!("{name}.{ending}"));
        if ending == "csv" {
            self.look_up_in(row, "name", name);
        }
    }

    /// Notes where a table comes from: one name cannot stand for two files.
    pub(super) fn source(&mut self, row: u32, column: &str, file: &str) {
        let before = self.sources.insert(stem(file).to_owned(), file.to_owned());
        if let Some(other) = before.filter(|other| other != file) {
            let problem = format!("文件 {file} 与 {other} 同名");
            self.report(row, column, "list_conflict", problem, "给其中一个文件换名");
        }
    }

    /// The tables that an expression reads are there.
    pub(super) fn tables(&mut self, record: &Record<'_>, column: &str) {
        let text = record.get(column);
        for name in calls(text, "pulldata") {
            if !self.problems.is_plain() && self.own_lists.contains(name) {
                continue;
            }
            self.source(record.number(), column, &format!("{name}.csv"));
            self.look_up_in(record.number(), column, name);
        }
        for name in calls(text, "instance") {
            if !self.problems.is_plain() && !self.lists.choices.contains_key(name) {
                self.look_up_in(record.number(), column, name);
            }
        }
    }

    fn look_up_in(&mut self, row: u32, column: &str, name: &str) {
        let file = format!("{name}.csv");
        let loaded = load(&file, "name", "label", true, self.beside.files, self.lists);
        if let Err(lack) = loaded {
            self.lacks(row, column, &file, lack);
        }
    }

    /// A matter is whole only with its files; a form by itself goes on without.
    pub(super) fn lacks(&mut self, row: u32, column: &str, file: &str, lack: Lack) {
        let (code, problem, remedy) = match lack {
            Lack::File => (
                "file_missing",
                format!("没有文件 {file}"),
                "把文件与工作簿一起放进事项目录".to_owned(),
            ),
            Lack::Unreadable => (
                "file_unreadable",
                format!("文件 {file} 读不出表格"),
                "另存为“CSV UTF-8”，第一行写列名".to_owned(),
            ),
            Lack::Column(name) => (
                "file_column",
                format!("文件 {file} 没有 {name} 列"),
                format!("加上 {name} 列，或在 parameters 写明 value=…、label=…"),
            ),
        };
        self.problems.doubt(self.sheet, row, column, code, problem, remedy);
    }

    /// Every `${name}` is well written and names one question.
    fn check_references(&mut self, table: &Table<'_>, counts: &BTreeMap<String, u32>, checked: impl Fn(&str) -> bool) {
        for record in table.records() {
            for (heading, text) in record.cells().filter(|(_, text)| text.contains("${")) {
                let base = heading.split("::").next().unwrap_or_default();
                if !checked(base) {
                    continue;
                }
                if text.contains("${last-saved#") {
                    // Other tools keep the form that was saved before under this name.
                    self.source(record.number(), heading, "__last-saved");
                    if !self.problems.is_plain() {
                        let problem = "事项不支持 ${last-saved#…}：这台电脑上的上一份申请是别人的";
                        let remedy = "要带出同一个人以前的回答，在 shared 表写明这道题";
                        self.problems
                            .add(table.sheet, record.number(), heading, "last_saved", problem, remedy);
                    }
                }
                let error = match references(text, !self.problems.is_plain()) {
                    None => Some((
                        "reference_shape",
                        "${…} 写法不对".to_owned(),
                        "写作 ${题目名称}，不留空格".to_owned(),
                    )),
                    Some(names) => names.into_iter().find_map(|name| match counts.get(name) {
                        Some(1) => None,
                        None if name == "instanceID" => None,
                        None => {
                            let error = ExpressionError::Question(name.to_owned());
                            Some((error.code(), error.to_string(), error.remedy()))
                        }
                        Some(_) => Some((
                            "question_ambiguous",
                            format!("有几道题都叫 {name}"),
                            "给其中一道题换名".to_owned(),
                        )),
                    }),
                };
                let Some((code, problem, remedy)) = error else { continue };
                // A fault in words is told at their column, whatever the language.
                let column = if WORDED.contains(&base) { base } else { heading };
                self.problems
                    .add(table.sheet, record.number(), column, code, problem, remedy);
                self.bad.insert((record.number(), heading.to_owned()));
            }
        }
    }
}

/// Whether nobody ever sees it, so that nobody changes it.
fn is_invisible(question: &Question) -> bool {
    let computed = question.calculation.is_some() || !question.trigger.is_empty();
    question.kind == QuestionKind::Calculate || (computed && question.label.is_empty() && question.hint.is_empty())
}

/// What ends a group or a repeat.
fn closing(kind: QuestionKind) -> &'static str {
    if kind == QuestionKind::Repeat {
        "end_repeat"
    } else {
        "end_group"
    }
}
