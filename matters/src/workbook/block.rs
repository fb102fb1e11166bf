//! Blocks: questions that several matters share stand in a workbook of their own, which others include. What is included
//! becomes lines of the form, and keeps the place it came from.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::around::Around;
use super::file::Row;
use super::lines::{Line, Lines, MOST_INCLUDES, MOST_LINES, MOST_TEXT};
use super::problem::Problems;
use super::{Sheets, cell};

/// Blocks in blocks.
const DEEPEST: usize = 8;
/// What an `include` line may say; in a group of its own also what a group says.
const COLUMNS: [&str; 7] = ["type", "name", "label", "hint", "relevant", "appearance", "parameters"];
/// The sheets that includes touch.
const GATHERED: [&str; 4] = ["survey", "choices", "materials", "shared"];
/// The sheets of a block that join those of the form, and what names a line there.
const SHEETS: [(&str, &str); 2] = [("materials", "code"), ("shared", "question")];

/// The sheets of a workbook with everything it includes; `None` when that has no end.
pub(super) fn expand<'s>(sheets: &'s Sheets, around: &Around<'_>, problems: &mut Problems) -> Option<Cow<'s, Sheets>> {
    let includes = |row: &Row| row.cells.values().any(|text| included(text).is_some());
    if !sheets.get("survey").is_some_and(|rows| rows.iter().any(includes)) {
        return Some(Cow::Borrowed(sheets));
    }
    let mut expansion = Expansion {
        around,
        problems,
        path: Vec::new(),
        includes: 0,
        lines: 0,
        text: 0,
    };
    let gathered = expansion.gather(sheets, None);
    if expansion.is_too_large() {
        return None;
    }
    let mut whole = sheets.clone();
    whole.extend(gathered.into_iter().map(|(sheet, lines)| (sheet, lines.into_rows())));
    Some(Cow::Owned(whole))
}

/// Those sheets by name.
type Gathered = BTreeMap<&'static str, Lines>;

/// The block that a cell of the column `type` includes.
fn included(text: &str) -> Option<&str> {
    text.trim().strip_prefix("include ").map(str::trim)
}

struct Expansion<'a> {
    around: &'a Around<'a>,
    problems: &'a mut Problems,
    /// The blocks that are being included.
    path: Vec<String>,
    /// Lines that included something so far, the lines that came of it, and the bytes of text in them.
    includes: usize,
    lines: usize,
    text: usize,
}

impl Expansion<'_> {
    fn is_too_large(&self) -> bool {
        self.includes > MOST_INCLUDES || self.lines > MOST_LINES || self.text > MOST_TEXT
    }

    fn report(&mut self, row: u32, column: &str, code: &str, problem: impl Into<String>, remedy: impl Into<String>) {
        self.problems.add("survey", row, column, code, problem, remedy);
    }

    /// The sheets of a workbook (of a file with this number, or the one that is read) with what it includes.
    fn gather(&mut self, sheets: &Sheets, file: Option<usize>) -> Gathered {
        let mut gathered: Gathered = GATHERED
            .into_iter()
            .filter_map(|sheet| Some((sheet, Lines::of(sheet, sheets.get(sheet)?, file))))
            .collect();
        let survey = gathered.entry("survey").or_default();
        let lines = std::mem::take(&mut survey.lines);
        let mut names: BTreeSet<String> = lines.iter().map(|line| line.get("name").to_owned()).collect();
        let mut all = Vec::new();
        for line in lines {
            let Some(block) = included(line.get("type")).map(str::to_owned) else {
                all.push(line);
                continue;
            };
            let Some(mut parts) = self.block(&line, &block) else {
                continue;
            };
            let (begin, end) = self.group(line.clone());
            all.extend(begin);
            let own = parts.remove("survey").unwrap_or_default();
            for inner in own.lines {
                let name = inner.get("name").to_owned();
                if !name.is_empty() && !names.insert(name.clone()) {
                    let problem = format!("块“{block}”里的 {name} 与这里已有的名称重复");
                    let remedy = "在 parameters 列写 prefix=前缀_，或给其中一处改名";
                    self.report(line.row, "type", "include_name", problem, remedy);
                    // What groups hold keeps its place.
                    if !matches!(super::kind::read(inner.get("type")), Some(super::kind::Line::Begin(_))) {
                        continue;
                    }
                }
                all.push(inner);
            }
            all.extend(end);
            if let Some(choices) = parts.remove("choices") {
                self.lists(&line, &block, gathered.entry("choices").or_default(), choices);
            }
            for (sheet, key) in SHEETS {
                let Some(more) = parts.remove(sheet) else { continue };
                let into = gathered.entry(sheet).or_default();
                // A line that the workbook has itself stands instead of the block's.
                let known: BTreeSet<String> = into.lines.iter().map(|line| line.get(key).to_owned()).collect();
                let new = more.lines.into_iter().filter(|line| !known.contains(line.get(key)));
                into.lines.extend(new);
            }
        }
        gathered.entry("survey").or_default().lines = all;
        gathered
    }

    /// What a block brings, under the names that the line gives it.
    fn block(&mut self, line: &Line, block: &str) -> Option<Gathered> {
        for column in line.cells.keys() {
            let base = column.split("::").next().unwrap_or(column);
            if !COLUMNS.contains(&base) && base != "note" && !base.starts_with("备注") && !base.starts_with('#') {
                let problem = format!("include 行不能填 {column}");
                self.report(
                    line.row,
                    column,
                    "include_column",
                    problem,
                    "清空这一格；条件写在 relevant 列",
                );
            }
        }
        let around = self.around;
        let found = around
            .blocks
            .get(block)
            .and_then(|file| Some((*file, around.opened(*file)?)));
        let Some((file, opened)) = found else {
            let known: Vec<&str> = around.blocks.keys().map(String::as_str).collect();
            let problem = format!("没有名为“{block}”的块");
            self.report(
                line.row,
                "type",
                "block_unknown",
                problem,
                format!("目录中的块：{}", known.join("、")),
            );
            return None;
        };
        if self.path.iter().any(|outer| outer == block) || self.path.len() >= DEEPEST {
            let path = [self.path.as_slice(), &[block.to_owned()]].concat().join(" → ");
            let problem = format!("块互相包含，或者层数太多：{path}");
            self.report(
                line.row,
                "type",
                "include_circle",
                problem,
                format!("去掉其中一处 include，最多 {DEEPEST} 层"),
            );
            return None;
        }
        if self.is_too_large() {
            return None;
        }
        let rows = || GATHERED.iter().filter_map(|sheet| opened.sheets.get(sheet)).flatten();
        self.includes += 1;
        self.lines += rows().count();
        self.text += rows()
            .flat_map(|row| row.cells.values())
            .map(String::len)
            .sum::<usize>();
        if self.is_too_large() {
            let problem = format!(
                "包含的内容太多：最多 {MOST_INCLUDES} 处、{MOST_LINES} 行、{} MB 文字",
                MOST_TEXT >> 20
            );
            self.report(line.row, "type", "include_too_large", problem, "去掉多余的 include");
            return None;
        }
        let prefix = self.prefix(line);
        self.path.push(block.to_owned());
        let mut gathered = self.gather(&opened.sheets, Some(file));
        self.path.pop();
        if !prefix.is_empty() {
            rename(&mut gathered, &prefix);
        }
        Some(gathered)
    }

    /// `prefix=guardian_`.
    fn prefix(&mut self, line: &Line) -> String {
        let text = line.get("parameters");
        let prefix = text.strip_prefix("prefix=").map(str::trim).unwrap_or_default();
        if !text.is_empty() && !cell::is_name(prefix) {
            let problem = format!("include 的参数“{text}”读不懂");
            self.report(
                line.row,
                "parameters",
                "parameters_unknown",
                problem,
                "写作 prefix=guardian_",
            );
            return String::new();
        }
        prefix.to_owned()
    }

    /// The group that an include with a name stands in.
    fn group(&mut self, mut line: Line) -> (Option<Line>, Option<Line>) {
        if line.get("name").is_empty() {
            if !line.get("relevant").is_empty() {
                let problem = "没有 name 的 include 不能有 relevant";
                self.report(
                    line.row,
                    "relevant",
                    "include_relevant",
                    problem,
                    "给 include 写上 name 和 label，成为一组",
                );
            }
            return (None, None);
        }
        let mut end = Line {
            row: line.row,
            ..Line::default()
        };
        end.set("type", "end_group");
        line.set("type", "begin_group");
        line.set("parameters", "");
        (Some(line), Some(end))
    }

    /// The lists of a block join those of the form.
    fn lists(&mut self, line: &Line, block: &str, into: &mut Lines, more: Lines) {
        let (own, new) = (content(into), content(&more));
        let differs = |list: &&String| own.get(*list).is_some_and(|content| Some(content) != new.get(*list));
        let differing: Vec<String> = new.keys().filter(differs).cloned().collect();
        let known: BTreeSet<String> = own.into_keys().collect();
        for list in differing {
            let problem = format!("块“{block}”的选项表 {list} 与这里的同名选项表内容不同");
            self.report(
                line.row,
                "type",
                "list_differs",
                problem,
                "改成一样的内容，或者给其中一个改名",
            );
        }
        let lines = more.lines.into_iter();
        into.lines
            .extend(lines.filter(|line| !known.contains(line.get("list_name"))));
    }
}

/// What the lists of a sheet say, by name.
pub(super) fn content(lines: &Lines) -> BTreeMap<String, Vec<BTreeMap<&str, &str>>> {
    let mut lists: BTreeMap<String, Vec<BTreeMap<&str, &str>>> = BTreeMap::new();
    for line in &lines.lines {
        let cells = line.cells.iter().filter(|(heading, _)| *heading != "list_name");
        let cells = cells.map(|(heading, text)| (heading.as_str(), text.trim()));
        lists
            .entry(line.get("list_name").to_owned())
            .or_default()
            .push(cells.collect());
    }
    lists
}

/// Puts a prefix before every name of what a block brings, wherever it is mentioned.
fn rename(gathered: &mut Gathered, prefix: &str) {
    let survey = gathered
        .get("survey")
        .map(|lines| lines.lines.as_slice())
        .unwrap_or_default();
    let names: BTreeSet<String> = survey
        .iter()
        .map(|line| line.get("name").to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    for (sheet, lines) in gathered.iter_mut() {
        for line in &mut lines.lines {
            for text in line.cells.values_mut() {
                if let Some(renamed) = renamed(text, &names, prefix) {
                    *text = renamed;
                }
            }
            let named = match *sheet {
                "survey" => "name",
                "materials" => "code",
                "shared" => "question",
                _ => continue,
            };
            let name = line.get(named).to_owned();
            // A shared answer is looked for under the name it has without the prefix.
            if *sheet == "shared" && line.get("from").is_empty() {
                line.set("from", name.clone());
            }
            if !name.is_empty() {
                line.set(named, format!("{prefix}{name}"));
            }
        }
    }
}

/// A text with `${name}` under its new name; `None` when nothing changes.
fn renamed(text: &str, names: &BTreeSet<String>, prefix: &str) -> Option<String> {
    if !text.contains("${") {
        return None;
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inner, after)) = after.split_once('}') else {
            break;
        };
        let (saved, name) = match inner.trim().strip_prefix("last-saved#") {
            Some(name) => ("last-saved#", name),
            None => ("", inner.trim()),
        };
        let prefix = if names.contains(name) { prefix } else { "" };
        out.push_str(&format!("{before}${{{saved}{prefix}{name}}}"));
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}
