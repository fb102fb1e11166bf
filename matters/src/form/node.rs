//! What a path can reach: the questions of the form with their rows, and the lists with their lines and columns.

use super::instance::{BlockId, Cell, FORM, Instance};
use super::layout::{Layout, Place};
use super::list::Lists;
use super::tree::{Axis, Test};
use super::value::Value;

/// A node.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Ref {
    /// What the form hangs in: where `/` begins.
    Document,
    /// The form itself, `/data`.
    Form,
    /// A question, a group, or a row of a repeat.
    Cell(Cell),
    /// What a list hangs in: `instance('towns')`.
    List(u32),
    /// The root of a list.
    ListRoot(u32),
    /// A line of a list.
    Line(u32, u32),
    /// A column of a line.
    Column(u32, u32, u32),
}

/// Everything there is to walk through.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// How questions lie in each other.
    pub layout: &'a Layout,
    /// The answers.
    pub instance: &'a Instance,
    /// The lists.
    pub lists: &'a Lists,
}

impl World<'_> {
    /// What hangs directly in a node.
    pub fn children(&self, node: Ref, keep: &mut impl FnMut(Ref)) {
        match node {
            Ref::Document => keep(Ref::Form),
            Ref::Form => self.members(FORM, None, keep),
            Ref::Cell(cell) => self.members(cell.block, Some(cell.place), keep),
            Ref::List(list) => keep(Ref::ListRoot(list)),
            Ref::ListRoot(list) => (0..self.lists.lines(list)).for_each(|line| keep(Ref::Line(list, line))),
            Ref::Line(list, line) => {
                (0..self.lists.columns(list)).for_each(|column| keep(Ref::Column(list, line, column)));
            }
            Ref::Column(..) => {}
        }
    }

    fn members(&self, block: BlockId, place: Option<Place>, keep: &mut impl FnMut(Ref)) {
        for place in self.layout.members(place).iter().copied() {
            self.here(block, place, keep);
        }
    }

    /// The question at `place` directly in a block: itself, or all its rows.
    fn here(&self, block: BlockId, place: Place, keep: &mut impl FnMut(Ref)) {
        if self.layout.repeats(place) {
            for row in self.instance.rows(block, place) {
                keep(Ref::Cell(Cell { block: *row, place }));
            }
        } else {
            keep(Ref::Cell(Cell { block, place }));
        }
    }

    /// What a node hangs in.
    pub fn parent(&self, node: Ref) -> Option<Ref> {
        Some(match node {
            Ref::Document | Ref::List(_) => return None,
            Ref::Form => Ref::Document,
            Ref::Cell(cell) => match self.layout.parent(cell.place) {
                None => Ref::Form,
                Some(parent) => Ref::Cell(Cell {
                    block: self.outside(cell),
                    place: parent,
                }),
            },
            Ref::ListRoot(list) => Ref::List(list),
            Ref::Line(list, _) => Ref::ListRoot(list),
            Ref::Column(list, line, _) => Ref::Line(list, line),
        })
    }

    /// The block in which what is around a cell lies.
    fn outside(&self, cell: Cell) -> BlockId {
        let block = self.instance.block(cell.block);
        block
            .filter(|block| block.repeat == Some(cell.place))
            .map_or(cell.block, |block| block.outer)
    }

    fn is(&self, node: Ref, test: &Test) -> bool {
        self.instance.spend(1);
        match test {
            Test::Any => true,
            Test::Nothing => false,
            Test::Name(name) => match node {
                Ref::Cell(cell) => self.layout.name(cell.place) == Some(local(name)),
                // Authors call the form `data` or by a name of its own; what is not the name of a question means it.
                Ref::Form => self.layout.places(local(name)).is_empty(),
                Ref::ListRoot(_) => name == "root",
                Ref::Line(..) => name == "item",
                Ref::Column(list, _, column) => self.lists.column(list, column) == Some(name.as_str()),
                Ref::Document | Ref::List(_) => false,
            },
        }
    }

    /// The nodes that a step reaches from `node`, nearest first; none once the form has cost more than it may.
    pub fn step(&self, node: Ref, axis: Axis, test: &Test) -> Vec<Ref> {
        let mut found = Vec::new();
        if self.instance.is_spent() {
            return found;
        }
        let mut keep = |node: Ref| {
            if self.is(node, test) {
                found.push(node);
            }
        };
        match axis {
            Axis::Itself => keep(node),
            Axis::Parent => self.parent(node).into_iter().for_each(keep),
            Axis::Child => {
                if let Test::Name(name) = test {
                    return self.named(node, name);
                }
                self.children(node, &mut keep);
            }
            Axis::Ancestor => self.ancestors(node).for_each(keep),
            Axis::AncestorOrSelf => std::iter::once(node).chain(self.ancestors(node)).for_each(keep),
            Axis::Descendant => self.below(node, &mut keep),
            Axis::DescendantOrSelf => {
                keep(node);
                self.below(node, &mut keep);
            }
            Axis::FollowingSibling => self.beside(node, true).into_iter().for_each(keep),
            Axis::PrecedingSibling => self.beside(node, false).into_iter().for_each(keep),
            Axis::Following => self.after(node, true, &mut keep),
            Axis::Preceding => self.after(node, false, &mut keep),
            Axis::Attribute | Axis::Namespace => {}
        }
        found
    }

    /// The children of this name. Found by name and not by looking at all, because a list has thousands of lines and a
    /// form hundreds of questions.
    fn named(&self, node: Ref, name: &str) -> Vec<Ref> {
        let mut found = Vec::new();
        match node {
            Ref::Form | Ref::Cell(_) => {
                let (block, parent) = match node {
                    Ref::Cell(cell) => (cell.block, Some(cell.place)),
                    _ => (FORM, None),
                };
                for place in self.layout.places(local(name)).iter().copied() {
                    if self.layout.parent(place) == parent {
                        self.here(block, place, &mut |node| found.push(node));
                    }
                }
                self.instance.spend(found.len());
            }
            Ref::Line(list, line) => {
                found.extend(
                    self.lists
                        .place(list, name)
                        .map(|column| Ref::Column(list, line, column)),
                );
            }
            _ => self.children(node, &mut |child| {
                if self.is(child, &Test::Name(name.to_owned())) {
                    found.push(child);
                }
            }),
        }
        found
    }

    fn ancestors(&self, node: Ref) -> impl Iterator<Item = Ref> {
        std::iter::successors(self.parent(node), |node| self.parent(*node))
    }

    fn below(&self, node: Ref, keep: &mut impl FnMut(Ref)) {
        let mut open = Vec::new();
        self.children(node, &mut |child| open.push(child));
        open.reverse();
        while let Some(node) = open.pop() {
            keep(node);
            let before = open.len();
            self.children(node, &mut |child| open.push(child));
            open.get_mut(before..).unwrap_or_default().reverse();
        }
    }

    /// The siblings after or before a node, nearest first.
    fn beside(&self, node: Ref, after: bool) -> Vec<Ref> {
        let Some(parent) = self.parent(node) else {
            return Vec::new();
        };
        let mut all = Vec::new();
        self.children(parent, &mut |child| all.push(child));
        self.instance.spend(all.len());
        let Some(own) = all.iter().position(|child| *child == node) else {
            return Vec::new();
        };
        if after {
            all.split_off(own + 1)
        } else {
            all.truncate(own);
            all.reverse();
            all
        }
    }

    fn after(&self, node: Ref, after: bool, keep: &mut impl FnMut(Ref)) {
        for around in std::iter::once(node).chain(self.ancestors(node)) {
            for sibling in self.beside(around, after) {
                let mut inside = vec![sibling];
                self.below(sibling, &mut |node| inside.push(node));
                if !after {
                    inside.reverse();
                }
                inside.into_iter().for_each(&mut *keep);
            }
        }
    }

    /// Where a node stands among its siblings of the same name, from 1.
    pub fn position(&self, node: Ref) -> usize {
        match node {
            Ref::Cell(cell) => match self.instance.block(cell.block) {
                Some(block) if block.repeat == Some(cell.place) => block.position as usize + 1,
                _ => 1,
            },
            Ref::Line(_, line) => line as usize + 1,
            _ => 1,
        }
    }

    /// The name of a node.
    pub fn name(&self, node: Ref) -> &str {
        match node {
            Ref::Document | Ref::List(_) => "",
            Ref::Form => "data",
            Ref::Cell(cell) => self.layout.name(cell.place).unwrap_or_default(),
            Ref::ListRoot(_) => "root",
            Ref::Line(..) => "item",
            Ref::Column(list, _, column) => self.lists.column(list, column).unwrap_or_default(),
        }
    }

    /// What a node says. A group says everything in it, one after the other, as XPath has it.
    pub fn value(&self, node: Ref) -> Value {
        match node {
            Ref::Cell(cell) if self.layout.members(Some(cell.place)).is_empty() => match self.instance.state(cell) {
                Some(state) if state.relevant => state.value.clone(),
                _ => Value::empty(),
            },
            Ref::Column(list, line, column) => Value::Text(self.lists.text(list, line, column).to_owned()),
            Ref::Document | Ref::Form | Ref::Cell(_) | Ref::List(_) | Ref::ListRoot(_) | Ref::Line(..) => {
                let mut text = String::new();
                self.below(node, &mut |node| match node {
                    Ref::Cell(cell) if self.layout.members(Some(cell.place)).is_empty() => {
                        text.push_str(&self.value(node).text());
                    }
                    Ref::Column(list, line, column) => text.push_str(self.lists.text(list, line, column)),
                    _ => {}
                });
                Value::Text(text)
            }
        }
    }

    /// Whether a node counts: what is not asked now does not.
    pub fn counts(&self, node: Ref) -> bool {
        match node {
            Ref::Cell(cell) => self.instance.state(cell).is_some_and(|state| state.relevant),
            _ => true,
        }
    }

    /// The order of the form; lists come after it, each in its own order.
    pub fn sort(&self, nodes: &mut Vec<Ref>) {
        nodes.sort_by_cached_key(|node| self.order(*node));
        nodes.dedup();
    }

    fn order(&self, node: Ref) -> (u64, Vec<(u64, u64)>) {
        match node {
            Ref::Document => (0, Vec::new()),
            Ref::Form => (1, Vec::new()),
            Ref::Cell(cell) => {
                let mut steps = vec![(u64::from(cell.place), 0)];
                let mut id = cell.block;
                while let Some(block) = self.instance.block(id)
                    && let Some(repeat) = block.repeat
                {
                    if steps.last().is_some_and(|(place, _)| *place == u64::from(repeat)) {
                        steps.pop();
                    }
                    steps.push((u64::from(repeat), u64::from(block.position) + 1));
                    id = block.outer;
                }
                steps.reverse();
                (2, steps)
            }
            Ref::List(list) => (3 + u64::from(list), vec![]),
            Ref::ListRoot(list) => (3 + u64::from(list), vec![(0, 0)]),
            Ref::Line(list, line) => (3 + u64::from(list), vec![(1 + u64::from(line), 0)]),
            Ref::Column(list, line, column) => {
                (3 + u64::from(list), vec![(1 + u64::from(line), 1 + u64::from(column))])
            }
        }
    }
}

/// A name without its prefix: forms have only one namespace of their own.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}
