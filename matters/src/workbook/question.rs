//! A question of the survey with all its columns.

use super::cell::{self, is_reference, no, references, yes};
use super::choices::{self, Lists};
use super::default::is_dynamic;
use super::external::{ending, load};
use super::kind::{self, Line, Select};
use super::parameters::{self, Parameters};
use super::survey::Survey;
use super::table::Record;
use crate::form::{Choice, Expression, Ground, Question, Words, normalize};
use crate::text::Text;
use crate::view::QuestionKind;

/// The words in `appearance` that mean something, here or to other tools.
const APPEARANCES: &str = "multiline numbers id-number thousands-sep bearing url masked minimal autocomplete quick \
    columns columns-pack columns-flex columns-1 columns-2 columns-3 columns-4 columns-5 columns-6 columns-7 columns-8 \
    no-buttons likert image-map map horizontal horizontal-compact compact label list-nolabel list field-list table-list \
    month-year year no-calendar ethiopian coptic islamic bikram-sambat myanmar persian buddhist vertical no-ticks picker \
    rating placement-map maps hide-input counter new annotate draw signature new-front new-rear front randomized \
    printer intent quickcompact pages w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 cards";

impl Survey<'_, '_> {
    /// Reads a line that has a name.
    pub(super) fn question(&mut self, record: &Record<'_>, line: Line<'_>, name: String) {
        let (row, plain) = (record.number(), self.problems.is_plain());
        let written = record.get("type");
        let (kind, metadata) = match line {
            Line::Question(kind) | Line::Begin(kind) => (kind, None),
            Line::Metadata(metadata) => (QuestionKind::Metadata, Some(metadata)),
            Line::Select(select) => (select.kind, None),
            Line::Loop(_) | Line::End(_) | Line::File(_) | Line::Setting => return,
        };
        let parameters = self.parameters(record, line);
        let list = match line {
            Line::Select(select) => self.list(record, select, &parameters),
            _ => None,
        };
        let words = |column: &str| {
            if plain {
                record.any_words(column)
            } else {
                record.words(column)
            }
        };
        let label = words("label");
        let mut question = Question {
            name,
            kind,
            group: self.group(),
            list,
            label: Words::new(&label),
            hint: Words::new(&words("hint")),
            guidance: Words::new(&words("guidance_hint")),
            media: choices::media(record),
            appearance: record.get("appearance").split_whitespace().map(str::to_owned).collect(),
            metadata,
            relevant: self.relevant(record),
            required: self.condition(record, "required"),
            required_message: words("required_message"),
            constraint: self.expression(record, "constraint", false),
            constraint_message: words("constraint_message"),
            keep: cell::truth(record, "doorstep::keep", self.problems),
            calculation: self.expression(record, "calculation", false),
            trigger: self.trigger(record),
            default: None,
            count: self.expression(record, "repeat_count", false),
            choice_filter: self.expression(record, "choice_filter", true),
            randomize: parameters.get("randomize").is_some_and(|value| value == "true"),
            seed: self.seed(&parameters),
            parameters,
            readonly: self.condition(record, "readonly"),
        };
        if question.constraint.is_none() {
            question.constraint = kind::constraint(written).and_then(|text| Expression::parse(text).ok());
        }
        question.default = self.default(record, &question);
        let dynamic = is_dynamic(record.get("default"), kind);
        if written == "calculate" && record.get("calculation").is_empty() && !dynamic {
            let problem = format!("{} 没有公式", question.name);
            self.report(row, "calculation", "calculation_missing", problem, "填写 calculation");
        }
        if written == "background-geopoint" && (question.trigger.is_empty() || question.calculation.is_some()) {
            let remedy = "填写 trigger，清空 calculation";
            self.report(
                row,
                "trigger",
                "trigger_missing",
                "background-geopoint 由另一题触发",
                remedy,
            );
        }
        self.label(record, &question, &label);
        self.shown(record, &question);
        self.push(record, question);
    }

    /// The question, and those that come with it.
    fn push(&mut self, record: &Record<'_>, mut question: Question) {
        let (row, plain) = (record.number(), self.problems.is_plain());
        let (name, group) = (question.name.clone(), question.group.clone());
        // A count that is computed has a question of its own, as other tools have it.
        if plain && question.count.is_some() && !is_reference(record.get("repeat_count")) {
            let counted = format!("{name}_count");
            self.take_generated(row, &counted);
            let calculation = question.count.take();
            question.count = Expression::parse(&format!("${{{counted}}}")).ok();
            self.names.insert(counted.clone());
            self.questions.push((
                row,
                generated(counted, QuestionKind::Calculate, group.clone(), calculation),
            ));
        }
        let or_other = matches!(kind::read(record.get("type")), Some(Line::Select(select)) if select.or_other);
        self.questions.push((row, question));
        if or_other {
            let other = format!("{name}_other");
            self.take_generated(row, &other);
            let mut question = generated(other.clone(), QuestionKind::Text, group, None);
            question.label = Words::new(&Text {
                zh: "请写明“其他”是什么".into(),
                en: "Specify other.".into(),
            });
            question.relevant = Expression::parse(&format!("selected(../{name}, 'other')")).ok();
            self.names.insert(other);
            self.questions.push((row, question));
        }
    }

    fn take_generated(&mut self, row: u32, name: &str) {
        if !self.take_name(name) {
            let problem = format!("名称 {name} 留给这一题自动加上的题目");
            self.report(row, "name", "name_twice", problem, "给同名的那一题换名");
        }
    }

    /// What is shown needs words.
    fn label(&mut self, record: &Record<'_>, question: &Question, label: &Text) {
        let row = record.number();
        let bare = matches!(
            question.kind,
            QuestionKind::Group | QuestionKind::Calculate | QuestionKind::Hidden | QuestionKind::Metadata
        );
        if !self.problems.is_plain() {
            if label.zh.is_empty() && !bare {
                let problem = format!("{} 没有中文文字", question.name);
                self.report(row, "label", "label_missing", problem, "填写 label::中文 (zh)");
            }
            return;
        }
        let silent = label.zh.is_empty() && question.hint.is_empty() && question.media.is_empty();
        let column_of_labels = record.get("appearance") == "label";
        let seen = !is_unseen(record, question);
        if question.kind == QuestionKind::Repeat && silent {
            self.warn(row, "label", "label_missing", "重复组没有文字", "填写 label");
        } else if silent && !bare && question.kind != QuestionKind::Repeat && !column_of_labels && seen {
            let problem = format!("{} 没有文字", question.name);
            self.report(row, "label", "label_missing", problem, "填写 label 或 hint");
        }
    }

    /// What screens make of it.
    fn shown(&mut self, record: &Record<'_>, question: &Question) {
        let row = record.number();
        let big = question.media.contains_key("big-image") && !question.media.contains_key("image");
        if big && !is_unseen(record, question) {
            let remedy = "先填写 media::image";
            self.report(row, "media::big-image", "media_alone", "只有大图，没有小图", remedy);
        }
        for (heading, _) in record.cells() {
            let kind = heading.strip_prefix("media::").and_then(|rest| rest.split("::").next());
            if kind.is_some_and(|kind| !matches!(kind, "image" | "big-image" | "audio" | "video")) {
                let remedy = "用 media::image、media::audio 或 media::video";
                self.report(
                    row,
                    heading,
                    "column_unsupported",
                    format!("没有 {heading} 这种附件"),
                    remedy,
                );
            }
        }
        if self.problems.is_plain() {
            return;
        }
        if !question.media.is_empty() {
            let remedy = "把要看的内容写进 label 或 hint";
            self.warn(
                row,
                "media::image",
                "media_not_shown",
                "题旁的图片和声音还不会显示",
                remedy,
            );
        }
        let unknown = (question.appearance.iter()).find(|word| !APPEARANCES.split(' ').any(|known| known == *word));
        if let Some(word) = unknown {
            let problem = format!("不认识外观 {word}，按一般样子显示");
            self.warn(
                row,
                "appearance",
                "appearance_unknown",
                &problem,
                "改正或清空 appearance",
            );
        }
    }

    /// The parameters of a line, checked.
    pub(super) fn parameters(&mut self, record: &Record<'_>, line: Line<'_>) -> Parameters {
        let row = record.number();
        let Some(given) = parameters::parse(record.get("parameters")) else {
            let remedy = "写作 参数=值，多个之间用空格隔开，例如 start=0 end=10 step=2";
            self.report(row, "parameters", "parameters_shape", "参数写法不对", remedy);
            return Parameters::new();
        };
        match parameters::check(record.get("type"), line, record.get("appearance"), given, self.lists) {
            Ok(parameters) => parameters,
            Err((problem, remedy)) => {
                self.report(row, "parameters", "parameters_wrong", problem, remedy);
                Parameters::new()
            }
        }
    }

    fn seed(&mut self, parameters: &Parameters) -> Option<Expression> {
        Expression::parse(parameters.get("seed")?).ok()
    }

    /// The list a question chooses from; `None` when it is not there or comes from answers.
    fn list(&mut self, record: &Record<'_>, select: Select<'_>, parameters: &Parameters) -> Option<String> {
        let row = record.number();
        let searches = record
            .get("appearance")
            .split_once("search(")
            .is_some_and(|(_, rest)| rest.contains(')'));
        if searches && !self.problems.is_plain() {
            let remedy = "用 choice_filter 筛选";
            self.report(row, "appearance", "appearance_unsupported", "不支持 search()", remedy);
        }
        let file = ending(select.list);
        if select.from_file && (file.is_none() || select.list.matches('.').count() != 1) {
            let problem = format!("{} 不是列表文件的名称", select.list);
            self.report(row, "type", "list_file", problem, "文件名以 .csv 结尾");
            return None;
        }
        if select.or_other && !record.get("choice_filter").is_empty() {
            let remedy = "自己加一个“其他”选项和一道文字题";
            self.report(
                row,
                "choice_filter",
                "or_other",
                "or_other 不能与 choice_filter 同用",
                remedy,
            );
        }
        if select.external {
            return self.external(row, select.list);
        }
        if references(select.list, false).is_some_and(|names| !names.is_empty()) {
            if select.or_other {
                self.report(row, "type", "or_other", "or_other 要有选项表", "自己加一道文字题");
            }
            return Some(select.list.to_owned());
        }
        if let Some(ending) = file {
            return self.list_file(row, select, ending, searches, parameters);
        }
        if !self.known_list(row, select.list) {
            return None;
        }
        self.table_list(record, select.list);
        self.searches.push((row, select.list.to_owned(), searches));
        let spaced = self.lists.choices.get(select.list).into_iter().flatten();
        let spaced = spaced
            .map(|choice| choice.name.as_str())
            .find(|name| name.contains(' '));
        if let (Some(name), QuestionKind::SelectMultiple, true) = (spaced, select.kind, self.problems.is_plain()) {
            let problem = format!("多选的选项 name“{name}”中有空格");
            self.report(row, "type", "choice_name", problem, "改用下划线");
        }
        if select.or_other {
            add_other(self.lists, select.list);
        }
        Some(select.list.to_owned())
    }

    fn external(&mut self, row: u32, list: &str) -> Option<String> {
        let Some(choices) = self.lists.external.get(list) else {
            let problem = format!("external_choices 表中没有选项表 {list}");
            self.report(
                row,
                "type",
                "list_unknown",
                problem,
                "在 external_choices 表加上这张选项表",
            );
            return None;
        };
        // A list of the sheet `choices` may have the same name.
        let key = format!("{list}?external");
        self.lists.choices.insert(key.clone(), choices.clone());
        Some(key)
    }

    fn list_file(
        &mut self,
        row: u32,
        select: Select<'_>,
        ending: &str,
        searches: bool,
        parameters: &Parameters,
    ) -> Option<String> {
        if searches {
            let remedy = "删去 search()，或者改用选项表";
            self.report(
                row,
                "appearance",
                "appearance_unsupported",
                "文件中的选项不能用 search()",
                remedy,
            );
        }
        if select.or_other {
            self.report(
                row,
                "type",
                "or_other",
                "文件中的选项不能用 or_other",
                "在文件中加上“其他”",
            );
        }
        self.source(row, "type", select.list);
        if ending != "csv" {
            let problem = format!("暂不支持 .{ending} 列表文件");
            self.problems
                .doubt(self.sheet, row, "type", "list_file", problem, "改用 .csv 文件");
            return None;
        }
        let column = |name: &str| parameters.get(name).map_or(name_of(name), String::as_str).to_owned();
        let (value, label) = (column("value"), column("label"));
        match load(select.list, &value, &label, false, self.beside.files, self.lists) {
            Ok(list) => Some(list),
            Err(lack) => {
                self.lacks(row, "type", select.list, lack);
                None
            }
        }
    }

    /// All questions of a `table-list` share one list.
    fn table_list(&mut self, record: &Record<'_>, list: &str) {
        let problem = match &mut self.table_list {
            None => return,
            Some(Some(first)) if first == list => return,
            Some(Some(first)) => format!("同一张表格里的题用了两张选项表：{first} 和 {list}"),
            Some(shared) => {
                *shared = Some(list.to_owned());
                if record.get("choice_filter").is_empty() {
                    return;
                }
                "table-list 里的题不能有 choice_filter".to_owned()
            }
        };
        self.report(
            record.number(),
            "type",
            "table_list",
            problem,
            "各题用同一张选项表，不加筛选",
        );
    }

    fn relevant(&mut self, record: &Record<'_>) -> Option<Expression> {
        match record.get("relevant") {
            text if yes(text) => None,
            text if no(text) => Some(Expression::fixed("")),
            _ => self.expression(record, "relevant", false),
        }
    }

    /// An expression, `yes`, or `no` (which is none).
    fn condition(&mut self, record: &Record<'_>, column: &str) -> Option<Expression> {
        match record.get(column) {
            text if yes(text) => Some(Expression::always()),
            text if no(text) => None,
            _ => self.expression(record, column, false),
        }
    }

    /// The questions whose change computes this one again.
    fn trigger(&mut self, record: &Record<'_>) -> Vec<String> {
        let (row, text) = (record.number(), record.get("trigger"));
        if text.is_empty() {
            return Vec::new();
        }
        let parts: Option<Vec<Vec<&str>>> = text.split(',').map(|part| references(part, false)).collect();
        let Some(parts) = parts.filter(|parts| text.contains("${") && parts.iter().all(|names| names.len() <= 1))
        else {
            let remedy = "写作 ${题目名称}，多题之间用逗号隔开";
            self.report(row, "trigger", "reference_shape", "trigger 写法不对", remedy);
            return Vec::new();
        };
        let names: Vec<String> = parts.into_iter().flatten().map(str::to_owned).collect();
        self.triggers.extend(names.iter().map(|name| (row, name.clone())));
        names
    }

    /// A default is a fixed answer, or an expression when it calculates something.
    fn default(&mut self, record: &Record<'_>, question: &Question) -> Option<Expression> {
        let text = record.get("default");
        if text.is_empty() {
            return None;
        }
        if is_dynamic(text, question.kind) {
            return self.expression(record, "default", false);
        }
        if question.kind == QuestionKind::Image && !text.starts_with("jr://") {
            return Some(Expression::fixed(&format!("jr://images/{text}")));
        }
        let text = normalize(question.kind, text);
        let known = |value: &str| {
            let choices = question.list.as_deref().and_then(|list| self.lists.choices.get(list));
            choices.is_none_or(|choices| choices.iter().any(|choice| choice.name == value))
        };
        if question.list.is_some() && !known(&text) && !text.split_whitespace().all(known) {
            let (problem, remedy) = (format!("默认值 {text} 不在选项中"), "改成选项表中的 name");
            self.problems.doubt(
                self.sheet,
                record.number(),
                "default",
                "choice_unknown",
                problem,
                remedy,
            );
        }
        Some(Expression::fixed(&text))
    }

    fn expression(&mut self, record: &Record<'_>, column: &str, filter: bool) -> Option<Expression> {
        if self.bad.contains(&(record.number(), column.to_owned())) {
            return None;
        }
        self.tables(record, column);
        let ground = Ground {
            questions: &self.names,
            columns: filter.then_some(&self.lists.columns),
            current: true,
            lists: None,
            materials: None,
        };
        cell::expression(record, column, ground, self.problems)
    }
}

/// Whether it is computed and has no words to be seen by.
fn is_unseen(record: &Record<'_>, question: &Question) -> bool {
    let computed = !record.get("calculation").is_empty() || !question.trigger.is_empty();
    computed && question.label.is_empty() && question.hint.is_empty()
}

/// The columns of a file with choices, when nothing else is said.
fn name_of(parameter: &str) -> &'static str {
    if parameter == "value" { "name" } else { "label" }
}

/// The choice “other”, unless the list has one.
fn add_other(lists: &mut Lists, list: &str) {
    let choices = lists.choices.entry(list.to_owned()).or_default();
    if choices.iter().all(|choice| choice.name != "other") {
        choices.push(Choice {
            name: "other".into(),
            label: Text {
                zh: "其他".into(),
                en: "Other".into(),
            },
            media: Default::default(),
            columns: Default::default(),
        });
    }
}

/// A question that stands in no line of its own.
fn generated(name: String, kind: QuestionKind, group: Option<String>, calculation: Option<Expression>) -> Question {
    Question {
        name,
        kind,
        group,
        list: None,
        label: Words::default(),
        hint: Words::default(),
        guidance: Words::default(),
        media: Default::default(),
        appearance: Vec::new(),
        parameters: Parameters::new(),
        metadata: None,
        relevant: None,
        required: None,
        required_message: Text::default(),
        constraint: None,
        constraint_message: Text::default(),
        keep: false,
        calculation,
        trigger: Vec::new(),
        default: None,
        count: None,
        choice_filter: None,
        randomize: false,
        seed: None,
        readonly: None,
    }
}
