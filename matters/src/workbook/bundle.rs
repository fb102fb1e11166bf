//! A bundle (一件事): its own questions first, then of each matter, in order, what is not there yet by name. What several
//! matters ask is asked once, as soon as one of them needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::around::Around;
use super::block::{self, content};
use super::cell::{no, yes};
use super::kind::{self, Line as Type};
use super::lines::{Line, Lines, origin};
use super::problem::Problems;
use super::table::Table;
use super::{Sheets, table};
use crate::bundle::Part;
use crate::form::Ground;
use crate::text::Text;

const COLUMNS: [&str; 3] = ["matter", "relevant", "note"];

/// A part while the bundle is put together.
struct Piece {
    part: Part,
    /// Its condition as written; empty for always.
    condition: String,
    row: u32,
    survey: Lines,
    choices: Lines,
    materials: Lines,
    shared: Lines,
}

/// Puts what the matters of a bundle ask for into its sheets.
pub(super) fn merge(mut sheets: Sheets, around: &Around<'_>, problems: &mut Problems) -> (Sheets, Vec<Part>) {
    let mut pieces = Vec::new();
    if let Some(table) = table(&sheets, "matters", true, problems) {
        pieces = read(&table, around, problems);
        conditions(&table, &mut pieces, &sheets, problems);
    }
    let own = |sheet: &str| Lines::of(sheet, sheets.get(sheet).map(Vec::as_slice).unwrap_or_default(), None);
    let (mut survey, mut choices) = (own("survey"), own("choices"));
    let (mut materials, mut shared) = (own("materials"), own("shared"));
    let mut merger = Merger::new(&survey, &choices, problems);
    let mut trees = Vec::new();
    for (place, piece) in pieces.iter_mut().enumerate() {
        merger.lists(piece, place, &mut choices);
        let tree = parse(&mut std::mem::take(&mut piece.survey.lines).into_iter());
        let fresh = merger.fresh(tree, place, None, piece);
        trees.push((place, fresh));
    }
    let conditions: Vec<&str> = pieces.iter().map(|piece| piece.condition.as_str()).collect();
    survey.lines = merger.finish(std::mem::take(&mut survey.lines), trees, &pieces, &conditions);
    merge_materials(&mut materials, &mut pieces);
    for piece in &mut pieces {
        let known: BTreeSet<String> = shared
            .lines
            .iter()
            .map(|line| line.get("question").to_owned())
            .collect();
        let new = std::mem::take(&mut piece.shared.lines).into_iter();
        shared
            .lines
            .extend(new.filter(|line| !known.contains(line.get("question"))));
    }
    for (name, lines) in [
        ("survey", survey),
        ("choices", choices),
        ("materials", materials),
        ("shared", shared),
    ] {
        if !lines.lines.is_empty() || sheets.contains_key(name) {
            sheets.insert(name, lines.into_rows());
        }
    }
    (sheets, pieces.into_iter().map(|piece| piece.part).collect())
}

/// The sheet `matters`.
fn read(table: &Table<'_>, around: &Around<'_>, problems: &mut Problems) -> Vec<Piece> {
    table.refuse_others(&COLUMNS, &["label"], problems);
    if !table.require(&["matter"], problems) {
        return Vec::new();
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for record in table.records() {
        let code = record.get("matter");
        let mut report = |code: &str, problem: String, remedy: &str| {
            problems.add("matters", record.number(), "matter", code, problem, remedy);
        };
        if pieces.iter().any(|piece| piece.part.code == code) {
            report("name_twice", format!("事项 {code} 写了两次"), "只留一行");
            continue;
        }
        let Some((file, matter)) = around.matters.get(code) else {
            // A matter that is there and could not be read is told where it is wrong.
            if !around.codes.contains(code) {
                let problem = format!("目录中没有编码为“{code}”的事项");
                report(
                    "matter_unknown",
                    problem,
                    "改成目录中的事项编码；一件事不能包含另一件一件事",
                );
            }
            continue;
        };
        let Some(opened) = around.opened(*file) else { continue };
        let Some(whole) = block::expand(&opened.sheets, around, &mut Problems::default()) else {
            continue;
        };
        let lines = |sheet: &str| {
            let rows = whole.get(sheet).map(Vec::as_slice).unwrap_or_default();
            Lines::of(sheet, rows, Some(*file))
        };
        let label = record.words("label");
        pieces.push(Piece {
            part: Part {
                code: code.to_owned(),
                relevant: None,
                label: if label.zh.is_empty() {
                    matter.name.clone()
                } else {
                    label
                },
                matter: Arc::clone(matter),
            },
            condition: record.get("relevant").to_owned(),
            row: record.number(),
            survey: lines("survey"),
            choices: lines("choices"),
            materials: lines("materials"),
            shared: lines("shared"),
        });
    }
    if pieces.is_empty() && problems.is_empty() && table.records().next().is_none() {
        problems.add(
            "matters",
            0,
            "",
            "sheet_empty",
            "没有写包含哪些事项",
            "每行写一个事项编码",
        );
    }
    pieces
}

/// The conditions of the parts, over all questions of the bundle.
fn conditions(table: &Table<'_>, pieces: &mut [Piece], sheets: &Sheets, problems: &mut Problems) {
    let own = Lines::of(
        "survey",
        sheets.get("survey").map(Vec::as_slice).unwrap_or_default(),
        None,
    );
    let lines = pieces.iter().map(|piece| &piece.survey).chain([&own]);
    let names: BTreeSet<String> = lines
        .flat_map(|lines| &lines.lines)
        .map(|line| line.get("name").to_owned())
        .filter(|name| !name.is_empty())
        .collect();
    let ground = Ground {
        questions: &names,
        columns: None,
        current: false,
        materials: None,
    };
    for record in table.records() {
        let relevant = super::cell::expression(&record, "relevant", ground, problems);
        let Some(piece) = pieces.iter_mut().find(|piece| piece.row == record.number()) else {
            continue;
        };
        if relevant.is_none() {
            piece.condition.clear();
        }
        piece.part.relevant = relevant;
    }
}

/// A line of a survey with what stands in it.
struct Node {
    line: Line,
    /// The line that ends it.
    end: Option<Line>,
    repeats: bool,
    members: Vec<Node>,
}

/// The lines up to the end of the group they stand in.
fn parse(lines: &mut impl Iterator<Item = Line>) -> Vec<Node> {
    parse_until_end(lines).0
}

fn parse_until_end(lines: &mut impl Iterator<Item = Line>) -> (Vec<Node>, Option<Line>) {
    let mut nodes = Vec::new();
    while let Some(line) = lines.next() {
        match kind::read(line.get("type")) {
            Some(Type::End(_)) => return (nodes, Some(line)),
            Some(Type::Begin(kind)) => {
                let (members, end) = parse_until_end(lines);
                nodes.push(Node {
                    line,
                    end,
                    repeats: kind == crate::view::QuestionKind::Repeat,
                    members,
                });
            }
            _ => nodes.push(Node {
                line,
                end: None,
                repeats: false,
                members: Vec::new(),
            }),
        }
    }
    (nodes, None)
}

/// A question that is asked already.
struct Asked {
    /// What it is: its type, with the choices it offers.
    kind: String,
    calculation: String,
    /// The repeat it stands in.
    home: Option<String>,
    /// Where it stands, in words.
    place: String,
    /// The parts that ask it; none for the bundle's own.
    users: BTreeSet<usize>,
}

struct Merger<'p> {
    asked: BTreeMap<String, Asked>,
    /// What parts add to repeats that are there, by repeat.
    more: BTreeMap<String, Vec<Node>>,
    /// Choices by list, of the bundle.
    lists: BTreeMap<String, Vec<BTreeMap<String, String>>>,
    problems: &'p mut Problems,
}

impl<'p> Merger<'p> {
    fn new(survey: &Lines, choices: &Lines, problems: &'p mut Problems) -> Self {
        let mut merger = Merger {
            asked: BTreeMap::new(),
            more: BTreeMap::new(),
            lists: owned(choices),
            problems,
        };
        // Groups that are not closed are told when the form is read.
        let mut repeats: Vec<Option<String>> = Vec::new();
        for line in &survey.lines {
            let home = repeats.iter().rev().flatten().next().cloned();
            match kind::read(line.get("type")) {
                Some(Type::Begin(kind)) => {
                    let repeats_here = kind == crate::view::QuestionKind::Repeat;
                    repeats.push(repeats_here.then(|| line.get("name").to_owned()));
                }
                Some(Type::End(_)) => {
                    repeats.pop();
                    continue;
                }
                _ => {}
            }
            merger.know(line, home, None);
        }
        merger
    }

    fn know(&mut self, line: &Line, home: Option<String>, user: Option<(usize, &str)>) {
        let name = line.get("name");
        if !name.is_empty() {
            let (_, row) = origin(line.row);
            let whose = user.map(|(_, code)| format!("事项 {code} 的 ")).unwrap_or_default();
            let asked = Asked {
                kind: self.kind(line),
                calculation: line.get("calculation").to_owned(),
                home,
                place: format!("{whose}survey 第 {row} 行"),
                users: user.into_iter().map(|(place, _)| place).collect(),
            };
            self.asked.entry(name.to_owned()).or_insert(asked);
        }
    }

    /// What a line is: its type, and in place of its list what can be chosen.
    fn kind(&self, line: &Line) -> String {
        match kind::read(line.get("type")) {
            Some(Type::Select(select)) => {
                let choices = self.lists.get(select.list).map(Vec::as_slice).unwrap_or_default();
                let names: BTreeSet<&str> = choices
                    .iter()
                    .filter_map(|c| c.get("name"))
                    .map(String::as_str)
                    .collect();
                format!("{:?} {names:?}", select.kind)
            }
            Some(Type::Begin(kind)) => format!("{kind:?}"),
            _ => line.get("type").split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    /// The lists of a part join those of the bundle; a list of the same name with other content gets a name of its own.
    fn lists(&mut self, piece: &mut Piece, place: usize, into: &mut Lines) {
        let mut renamed: BTreeMap<String, String> = BTreeMap::new();
        for (list, content) in owned(&piece.choices) {
            match self.lists.get(&list) {
                Some(known) if *known == content => {}
                Some(_) => {
                    let name = format!("{list}_{}", place + 1);
                    self.lists.insert(name.clone(), content);
                    renamed.insert(list, name);
                }
                None => {
                    self.lists.insert(list, content);
                }
            }
        }
        let known: BTreeSet<String> = into.lines.iter().map(|line| line.get("list_name").to_owned()).collect();
        for mut line in std::mem::take(&mut piece.choices.lines) {
            let list = line.get("list_name").to_owned();
            if let Some(name) = renamed.get(&list) {
                line.set("list_name", name.clone());
            } else if known.contains(&list) {
                continue;
            }
            into.lines.push(line);
        }
        for line in piece.survey.lines.iter_mut().filter(|_| !renamed.is_empty()) {
            for (list, name) in &renamed {
                let words: Vec<&str> = line.get("type").split_whitespace().collect();
                let new = |word: &str| if word == list { name.clone() } else { word.to_owned() };
                let words: Vec<String> = words.into_iter().map(new).collect();
                line.set("type", words.join(" "));
                for text in line.cells.values_mut() {
                    *text = text.replace(&format!("instance('{list}')"), &format!("instance('{name}')"));
                }
            }
        }
    }

    /// Of what a part asks, what is not asked yet.
    fn fresh(&mut self, nodes: Vec<Node>, place: usize, home: Option<&str>, piece: &Piece) -> Vec<Node> {
        let mut fresh = Vec::new();
        for mut node in nodes {
            let name = node.line.get("name").to_owned();
            let group = node.end.is_some() && !node.repeats;
            if group {
                node.members = self.fresh(node.members, place, home, piece);
                if node.members.is_empty() {
                    continue;
                }
                // Another part, or the bundle, has a group of that name: what is new gets one of its own.
                if self.asked.contains_key(&name) {
                    node.line.set("name", format!("{name}_{}", place + 1));
                }
                self.know(&node.line, home.map(str::to_owned), Some((place, &piece.part.code)));
                fresh.push(node);
                continue;
            }
            let kind = self.kind(&node.line);
            let Some(asked) = self.asked.get_mut(&name).filter(|_| !name.is_empty()) else {
                self.know(&node.line, home.map(str::to_owned), Some((place, &piece.part.code)));
                if node.repeats {
                    node.members = self.fresh(node.members, place, Some(&name), piece);
                }
                fresh.push(node);
                continue;
            };
            if asked.kind != kind || asked.home.as_deref() != home {
                let (code, place) = (&piece.part.code, &asked.place);
                let problem = format!("{name} 在事项 {code} 里与一件事已有的同名问题（{place}）不是同一类型");
                let remedy = "改成一样的类型和选项，或者改名";
                self.problems
                    .add("survey", node.line.row, "type", "bundle_type", problem, remedy);
                continue;
            }
            if asked.calculation != node.line.get("calculation") {
                let problem = format!("{name} 的公式与已有的同名问题不同，一件事里用前面的那个");
                self.problems.warn(
                    "survey",
                    node.line.row,
                    "calculation",
                    "bundle_calculation",
                    problem,
                    "改成一样的公式",
                );
            }
            asked.users.insert(place);
            if node.repeats {
                let members = self.fresh(node.members, place, Some(&name), piece);
                self.more.entry(name).or_default().extend(members);
            }
        }
        fresh
    }

    /// The parts that need something of a node; `None` when it is the bundle's own.
    fn users(&self, node: &Node) -> BTreeSet<usize> {
        let own = self
            .asked
            .get(node.line.get("name"))
            .map(|asked| asked.users.clone())
            .unwrap_or_default();
        let more = self
            .more
            .get(node.line.get("name"))
            .into_iter()
            .flatten()
            .filter(|_| node.repeats);
        node.members
            .iter()
            .chain(more)
            .fold(own, |users, member| users.union(&self.users(member)).copied().collect())
    }

    /// All lines: the bundle's own, and a group for each part that brings something.
    fn finish(
        mut self,
        own: Vec<Line>,
        trees: Vec<(usize, Vec<Node>)>,
        pieces: &[Piece],
        conditions: &[&str],
    ) -> Vec<Line> {
        let mut lines = Vec::new();
        let mut open: Vec<Option<String>> = Vec::new();
        for line in own {
            match kind::read(line.get("type")) {
                Some(Type::Begin(_)) => open.push(Some(line.get("name").to_owned())),
                Some(Type::End(_)) => {
                    let name = open.pop().flatten().unwrap_or_default();
                    for node in self.more.remove(&name).unwrap_or_default() {
                        self.flatten(node, &BTreeSet::new(), conditions, &mut lines);
                    }
                }
                _ => {}
            }
            lines.push(line);
        }
        for (place, nodes) in trees.into_iter().filter(|(_, nodes)| !nodes.is_empty()) {
            let Some(piece) = pieces.get(place) else { continue };
            let mut group = Line {
                row: piece.row,
                ..Line::default()
            };
            group.set("type", "begin_group");
            group.set("name", format!("part_{}", place + 1));
            let Text { zh, en } = &piece.part.label;
            group.set("label::中文 (zh)", zh.clone());
            group.set("label::English (en)", en.clone());
            let mut end = Line {
                row: piece.row,
                ..Line::default()
            };
            end.set("type", "end_group");
            let part = Node {
                line: group,
                end: Some(end),
                repeats: false,
                members: nodes,
            };
            self.flatten(part, &BTreeSet::new(), conditions, &mut lines);
        }
        lines
    }

    /// Writes a node that stands in what the parts `around` need: where others need it, it has a condition of its own.
    fn flatten(&mut self, mut node: Node, around: &BTreeSet<usize>, conditions: &[&str], lines: &mut Vec<Line>) {
        let users = self.users(&node);
        if users != *around && !users.is_empty() {
            let any = any_of(users.iter().filter_map(|place| conditions.get(*place).copied()));
            let relevant = all_of(node.line.get("relevant"), &any);
            node.line.set("relevant", relevant);
        }
        let name = node.line.get("name").to_owned();
        lines.push(node.line);
        let more = if node.repeats { self.more.remove(&name) } else { None };
        for member in node.members.into_iter().chain(more.into_iter().flatten()) {
            self.flatten(member, &users, conditions, lines);
        }
        lines.extend(node.end);
    }
}

/// Materials by code: what one matter asks for is asked for when that matter is applied for, once.
fn merge_materials(into: &mut Lines, pieces: &mut [Piece]) {
    let own: BTreeSet<String> = into.lines.iter().map(|line| line.get("code").to_owned()).collect();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for piece in pieces {
        for mut line in std::mem::take(&mut piece.materials.lines) {
            let code = line.get("code").to_owned();
            if own.contains(&code) {
                continue;
            }
            let relevant = all_of(line.get("relevant"), &piece.condition);
            let required = match line.get("required") {
                text if text.is_empty() || yes(text) => "true()".to_owned(),
                text if no(text) => "false()".to_owned(),
                text => text.to_owned(),
            };
            let required = all_of(&required, &relevant);
            let before = places.get(&code).and_then(|place| into.lines.get_mut(*place));
            if let Some(known) = before {
                let any = any_of([known.get("relevant"), relevant.as_str()]);
                known.set("relevant", any);
                let any = any_of([known.get("required"), required.as_str()]);
                known.set("required", any);
                let count = |line: &Line| line.get("copies").parse::<u32>().unwrap_or(1);
                if count(&line) > count(known) {
                    known.set("copies", line.get("copies").to_owned());
                }
                continue;
            }
            line.set("relevant", relevant);
            line.set("required", required);
            places.insert(code, into.lines.len());
            into.lines.push(line);
        }
    }
}

/// Both; an empty one always holds.
fn all_of(one: &str, other: &str) -> String {
    match (one, other) {
        ("", other) => other.to_owned(),
        (one, "") => one.to_owned(),
        (one, other) => format!("({one}) and ({other})"),
    }
}

/// One of them; an empty one always holds.
fn any_of<'c>(conditions: impl IntoIterator<Item = &'c str>) -> String {
    let conditions: BTreeSet<&str> = conditions.into_iter().collect();
    if conditions.contains("") {
        return String::new();
    }
    match conditions.len() {
        1 => conditions.into_iter().collect(),
        _ => conditions
            .iter()
            .map(|one| format!("({one})"))
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

fn owned(lines: &Lines) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let plain = |cells: BTreeMap<&str, &str>| cells.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
    content(lines)
        .into_iter()
        .map(|(list, choices)| (list, choices.into_iter().map(plain).collect()))
        .collect()
}
