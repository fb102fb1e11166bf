//! How the questions of several matters become one form: what is asked already is not asked again, and is asked as soon as
//! one of the matters needs it.

use std::collections::{BTreeMap, BTreeSet};

use super::block::content;
use super::bundle::Piece;
use super::kind::{self, Line as Type};
use super::lines::{Line, Lines, origin};
use super::problem::Problems;
use crate::text::Text;
use crate::view::QuestionKind;

/// How deeply groups stand in each other.
pub(super) fn depth(lines: &Lines) -> usize {
    let (mut now, mut most) = (0_usize, 0);
    for line in &lines.lines {
        match kind::read(line.get("type")) {
            Some(Type::Begin(_)) => now += 1,
            Some(Type::End(_)) => now = now.saturating_sub(1),
            _ => {}
        }
        most = most.max(now);
    }
    most
}

/// A line of a survey with what stands in it.
pub(super) struct Node {
    line: Line,
    /// The line that ends it.
    end: Option<Line>,
    repeats: bool,
    members: Vec<Node>,
}

/// The lines up to the end of the group they stand in.
pub(super) fn parse(lines: &mut impl Iterator<Item = Line>) -> Vec<Node> {
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
                    repeats: kind == QuestionKind::Repeat,
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

pub(super) struct Merger<'p> {
    asked: BTreeMap<String, Asked>,
    /// What parts add to repeats that are there, by repeat.
    more: BTreeMap<String, Vec<Node>>,
    /// Choices by list, of the bundle.
    lists: BTreeMap<String, Vec<BTreeMap<String, String>>>,
    problems: &'p mut Problems,
}

impl<'p> Merger<'p> {
    pub(super) fn new(survey: &Lines, choices: &Lines, problems: &'p mut Problems) -> Self {
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
                    let repeats_here = kind == QuestionKind::Repeat;
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
    pub(super) fn lists(&mut self, piece: &mut Piece, place: usize, into: &mut Lines) {
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
                for text in line.cells.values_mut().filter(|text| text.contains("instance(")) {
                    *text = text.replace(&format!("instance('{list}')"), &format!("instance('{name}')"));
                }
            }
        }
    }

    /// Of what a part asks, what is not asked yet.
    pub(super) fn fresh(&mut self, nodes: Vec<Node>, place: usize, home: Option<&str>, piece: &Piece) -> Vec<Node> {
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
    pub(super) fn finish(
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

/// Both; an empty one always holds.
pub(super) fn all_of(one: &str, other: &str) -> String {
    match (one, other) {
        ("", other) => other.to_owned(),
        (one, "") => one.to_owned(),
        (one, other) => format!("({one}) and ({other})"),
    }
}

/// One of them; an empty one always holds.
pub(super) fn any_of<'c>(conditions: impl IntoIterator<Item = &'c str>) -> String {
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
