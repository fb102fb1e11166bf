//! In which order a form is computed, what has to be computed again when something changes, and what goes round in
//! circles.
//!
//! Three things are computed of a question: whether it is relevant, how many rows it has (of a repeat), and its value.
//! Each of them is a [`Task`]; a task needs others, and the plan is an order in which every task comes after what it
//! needs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::layout::{Layout, Place};
use super::question::Question;
use super::tree::{Axis, Expression, Node, Path, Start, Step, Test};

/// What is computed of a question.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Aspect {
    /// Whether it is asked.
    Relevant,
    /// How many rows a repeat has.
    Rows,
    /// What it says.
    Value,
    /// What else a screen shows of it: whether it must be answered, its choices, its words. Computed when it is shown.
    Shown,
}

const ASPECTS: [Aspect; 4] = [Aspect::Relevant, Aspect::Rows, Aspect::Value, Aspect::Shown];

/// One thing computed of one question.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Task {
    /// The question.
    pub place: Place,
    /// What is computed of it.
    pub aspect: Aspect,
}

impl Task {
    fn index(self) -> usize {
        self.place as usize * ASPECTS.len() + self.aspect as usize
    }

    fn at(index: usize) -> Task {
        Task {
            place: (index / ASPECTS.len()) as Place,
            aspect: ASPECTS.get(index % ASPECTS.len()).copied().unwrap_or(Aspect::Shown),
        }
    }
}

/// What must be computed again, and where.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Dependent {
    /// What.
    pub task: Task,
    /// Only in the row of this repeat that the change is in; everywhere when there is none.
    pub within: Option<Place>,
}

/// The order of a form and who depends on whom.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    order: Vec<Task>,
    ranks: Vec<u32>,
    dependents: Vec<Vec<Dependent>>,
    /// By name: the questions that are computed when it is answered.
    waiting: BTreeMap<String, Vec<Place>>,
}

impl Plan {
    /// The plan of a form, or the circles that make one impossible, each as the places of its members.
    pub fn new(layout: &Layout, questions: &[Question]) -> Result<Plan, Vec<Vec<Place>>> {
        let count = questions.len() * ASPECTS.len();
        let mut needs: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); count];
        let mut dependents: Vec<BTreeSet<Dependent>> = vec![BTreeSet::new(); count];
        for (place, question) in (0..).zip(questions) {
            let reader = Reader {
                layout,
                place,
                itself: false,
            };
            for (task, need) in reader.needs(question, questions) {
                if let Some(needs) = needs.get_mut(task.index()) {
                    needs.insert(need.task.index());
                }
                let dependent = Dependent {
                    task,
                    within: need.within,
                };
                if let Some(dependents) = dependents.get_mut(need.task.index()) {
                    dependents.insert(dependent);
                }
            }
        }
        let mut waiting: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for (place, question) in (0..).zip(questions) {
            for name in &question.trigger {
                waiting.entry(name.clone()).or_default().push(place);
            }
        }
        let order = order(&needs, &dependents)?;
        let mut ranks = vec![0; count];
        for (rank, index) in (0..).zip(&order) {
            if let Some(slot) = ranks.get_mut(*index) {
                *slot = rank;
            }
        }
        Ok(Plan {
            order: order.into_iter().map(Task::at).collect(),
            ranks,
            dependents: dependents.into_iter().map(Vec::from_iter).collect(),
            waiting,
        })
    }

    /// What is computed when the question `name` is answered, and only then (`trigger`).
    pub fn waiting(&self, name: &str) -> &[Place] {
        self.waiting.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Everything, each after what it needs.
    pub fn order(&self) -> &[Task] {
        &self.order
    }

    /// Where a task stands in the order.
    pub fn rank(&self, task: Task) -> u32 {
        self.ranks.get(task.index()).copied().unwrap_or_default()
    }

    /// The task at a rank.
    pub fn at(&self, rank: u32) -> Option<Task> {
        self.order.get(rank as usize).copied()
    }

    /// What has to be computed again when a task came out differently.
    pub fn dependents(&self, task: Task) -> &[Dependent] {
        self.dependents.get(task.index()).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Tasks so that needs come first, as far as possible in the order of the sheet.
fn order(needs: &[BTreeSet<usize>], dependents: &[BTreeSet<Dependent>]) -> Result<Vec<usize>, Vec<Vec<Place>>> {
    let mut open: Vec<usize> = needs.iter().map(BTreeSet::len).collect();
    let free = |(index, open): (usize, &usize)| (*open == 0).then_some(Reverse(index));
    let mut ready: BinaryHeap<Reverse<usize>> = open.iter().enumerate().filter_map(free).collect();
    let mut done = vec![false; needs.len()];
    let mut order = Vec::with_capacity(needs.len());
    let mut circles = Vec::new();
    loop {
        while let Some(Reverse(index)) = ready.pop() {
            if std::mem::replace(done.get_mut(index).unwrap_or(&mut true), true) {
                continue;
            }
            order.push(index);
            let freed: BTreeSet<usize> = dependents
                .get(index)
                .into_iter()
                .flatten()
                .map(|dependent| dependent.task.index())
                .collect();
            for task in freed {
                if let Some(open) = open.get_mut(task) {
                    *open = open.saturating_sub(1);
                    if *open == 0 {
                        ready.push(Reverse(task));
                    }
                }
            }
        }
        let Some(circle) = circle(needs, &done) else { break };
        // Named and taken as done, so that every circle is found.
        ready.extend(circle.iter().map(|index| Reverse(*index)));
        let mut places: Vec<Place> = circle.iter().map(|index| Task::at(*index).place).collect();
        places.dedup();
        if places.len() > 1 && places.first() == places.last() {
            places.pop();
        }
        circles.push(places);
    }
    if circles.is_empty() { Ok(order) } else { Err(circles) }
}

/// Walks from need to need among what is not done until it meets a task again.
fn circle(needs: &[BTreeSet<usize>], done: &[bool]) -> Option<Vec<usize>> {
    let open = |index: &usize| done.get(*index) == Some(&false);
    let mut path: Vec<usize> = Vec::new();
    let mut next = (0..needs.len()).find(|index| open(index));
    while let Some(index) = next {
        if let Some(start) = path.iter().position(|seen| *seen == index) {
            return Some(path.split_off(start));
        }
        path.push(index);
        next = needs
            .get(index)
            .and_then(|needs| needs.iter().copied().find(|need| open(need)));
    }
    // Not reached: an open task always has an open need. Should it be, what was walked counts as the circle.
    (!path.is_empty()).then_some(path)
}

/// Reads what one question needs.
#[derive(Clone, Copy)]
struct Reader<'a> {
    layout: &'a Layout,
    place: Place,
    /// Whether `.` is a need: whether a question is asked cannot hang on its own answer. In a value it is what was
    /// answered before, and what is shown comes after the value in any case.
    itself: bool,
}

/// A node of the form without its rows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spot {
    Document,
    Form,
    Place(Place),
    /// In a list, where nothing ever changes.
    List,
}

impl Reader<'_> {
    fn needs(&self, question: &Question, questions: &[Question]) -> Vec<(Task, Dependent)> {
        let own = |aspect| Task {
            place: self.place,
            aspect,
        };
        let here = self.layout.row(self.place);
        let mut needs = vec![
            (
                own(Aspect::Rows),
                task(self.place, Aspect::Relevant, self.layout.home(self.place)),
            ),
            (own(Aspect::Value), task(self.place, Aspect::Relevant, here)),
            (own(Aspect::Value), task(self.place, Aspect::Rows, here)),
            (own(Aspect::Shown), task(self.place, Aspect::Value, here)),
        ];
        if let Some(parent) = self.layout.parent(self.place) {
            let row = self.layout.row(parent);
            needs.push((own(Aspect::Relevant), task(parent, Aspect::Relevant, row)));
            needs.push((
                own(Aspect::Relevant),
                task(parent, Aspect::Rows, self.layout.home(parent)),
            ));
        }
        let mut read = |aspect, expression: &Option<Expression>| {
            if let Some(expression) = expression {
                let mut found = Vec::new();
                let reader = Reader {
                    itself: aspect == Aspect::Relevant,
                    ..*self
                };
                reader.node(&expression.root, &[Spot::Place(self.place)], false, &mut found);
                needs.extend(found.into_iter().map(|need| (own(aspect), need)));
            }
        };
        read(Aspect::Relevant, &question.relevant);
        read(Aspect::Rows, &question.count);
        // What a trigger computes hangs on nothing else.
        read(
            Aspect::Value,
            &question.calculation.clone().filter(|_| question.trigger.is_empty()),
        );
        read(Aspect::Value, &question.default);
        // A computed value may be typed over unless this holds.
        read(
            Aspect::Value,
            &question.readonly.clone().filter(|_| question.calculation.is_some()),
        );
        read(Aspect::Shown, &question.required);
        read(Aspect::Shown, &question.readonly);
        read(Aspect::Shown, &question.constraint);
        read(Aspect::Shown, &question.seed);
        let mut found = Vec::new();
        if let Some(filter) = &question.choice_filter {
            self.node(&filter.root, &[Spot::List], true, &mut found);
        }
        let named = question.label.questions().chain(question.hint.questions());
        for name in named.chain(question.repeated()) {
            self.question(name, &mut found);
        }
        needs.extend(found.into_iter().map(|need| (own(Aspect::Shown), need)));
        // What stands in a group that is locked is locked.
        let around = std::iter::successors(self.layout.parent(self.place), |place| self.layout.parent(*place));
        let locked = around.filter(|place| {
            questions
                .get(*place as usize)
                .is_some_and(|group| group.readonly.is_some())
        });
        needs.extend(locked.map(|place| (own(Aspect::Shown), task(place, Aspect::Shown, self.layout.row(place)))));
        needs
    }

    /// What an expression needs: `from` is where its paths begin, `inside` that it stands in brackets or in a filter, where
    /// that is something else than the question itself.
    fn node(&self, node: &Node, from: &[Spot], inside: bool, found: &mut Vec<Dependent>) {
        match node {
            Node::Number(_) | Node::Text(_) => {}
            Node::Path(path) => {
                let (spots, within) = self.path(path, from, inside, found);
                let itself = !inside && matches!(path.start, Start::Here) && spots == [Spot::Place(self.place)];
                if self.itself || !itself {
                    spots.into_iter().for_each(|spot| self.need(spot, within, found));
                }
            }
            Node::Negate(node) | Node::Regex(node, _) => self.node(node, from, inside, found),
            Node::Chain(first, more) => {
                self.node(first, from, inside, found);
                more.iter().for_each(|(_, node)| self.node(node, from, inside, found));
            }
            Node::Call(name, _, arguments) => {
                let before = found.len();
                arguments.iter().for_each(|node| self.node(node, from, inside, found));
                if name == "indexed-repeat" {
                    // It looks into other rows than its own.
                    found.iter_mut().skip(before).for_each(|need| need.within = None);
                }
                if let (true, Some(Node::Text(text))) = (name == "jr:choice-name", arguments.get(1))
                    && let Some(name) = super::tree::quoted_question(text)
                {
                    self.question(name, found);
                }
            }
        }
    }

    fn question(&self, name: &str, found: &mut Vec<Dependent>) {
        for place in self.layout.places(name).iter().copied() {
            self.need(Spot::Place(place), self.shared(place), found);
        }
    }

    /// The repeat whose rows a question and the one it names by `${…}` share.
    fn shared(&self, other: Place) -> Option<Place> {
        let outside = if self.layout.repeats(other) {
            self.layout.parent(other)?
        } else {
            other
        };
        self.layout.shared_row(self.place, outside)
    }

    fn need(&self, spot: Spot, within: Option<Place>, found: &mut Vec<Dependent>) {
        let Spot::Place(place) = spot else { return };
        // Of everything it matters whether it is there, of a question what it says, of a repeat how many there are.
        found.push(task(place, Aspect::Relevant, within));
        match (self.layout.repeats(place), self.layout.members(Some(place)).is_empty()) {
            (true, _) => found.push(task(place, Aspect::Rows, within)),
            (false, false) => {}
            (false, true) => found.push(task(place, Aspect::Value, within)),
        }
    }

    /// Where a path leads, and the repeat whose row it never leaves.
    fn path(&self, path: &Path, from: &[Spot], inside: bool, found: &mut Vec<Dependent>) -> (Vec<Spot>, Option<Place>) {
        let simple = path
            .steps
            .iter()
            .all(|step| step.predicates.is_empty() && matches!(step.axis, Axis::Child | Axis::Parent | Axis::Itself));
        let mut within = None;
        let mut spots: Vec<Spot> = match &path.start {
            Start::Question(name) => {
                let places = self.layout.places(name);
                if let ([place], true) = (places, path.steps.is_empty()) {
                    within = self.shared(*place);
                }
                places.iter().map(|place| Spot::Place(*place)).collect()
            }
            Start::LastSaved(_) => Vec::new(),
            Start::Root => vec![Spot::Document],
            Start::Here => from.to_vec(),
            Start::Value(node) => self.value(node, from, inside, found),
        };
        let begins_here = match &path.start {
            Start::Here => !inside,
            Start::Value(node) => matches!(node.as_ref(), Node::Call(name, ..) if name == "current"),
            _ => false,
        };
        if begins_here && simple {
            within = self.layout.row(self.place);
        }
        for step in &path.steps {
            let mut next = BTreeSet::new();
            for spot in spots {
                if let (Spot::Place(place), true) = (spot, begins_here && simple && step.axis == Axis::Parent)
                    && self.layout.repeats(place)
                    && self.layout.rows(place).any(|row| Some(row) == within)
                {
                    // Out of the row.
                    within = self.layout.home(place);
                }
                next.extend(self.step(spot, step));
            }
            spots = next.into_iter().collect();
            for predicate in &step.predicates {
                self.node(predicate, &spots, true, found);
            }
        }
        (spots, within)
    }

    /// Where a path begins that stands behind an expression in parentheses or a call.
    fn value(&self, node: &Node, from: &[Spot], inside: bool, found: &mut Vec<Dependent>) -> Vec<Spot> {
        match node {
            Node::Call(name, ..) if name == "current" => vec![Spot::Place(self.place)],
            Node::Call(name, ..) if name == "instance" => vec![Spot::List],
            Node::Path(path) => {
                let (spots, within) = self.path(path, from, inside, found);
                spots.iter().for_each(|spot| self.need(*spot, within, found));
                spots
            }
            Node::Chain(first, more) => std::iter::once(first.as_ref())
                .chain(more.iter().map(|(_, node)| node))
                .flat_map(|node| self.value(node, from, inside, found))
                .collect(),
            Node::Call(_, _, arguments) => arguments
                .iter()
                .flat_map(|node| self.value(node, from, inside, found))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn step(&self, spot: Spot, step: &Step) -> Vec<Spot> {
        let children = |spot| match spot {
            Spot::Document => vec![Spot::Form],
            Spot::Form => self
                .layout
                .members(None)
                .iter()
                .map(|place| Spot::Place(*place))
                .collect(),
            Spot::Place(place) => self
                .layout
                .members(Some(place))
                .iter()
                .map(|place| Spot::Place(*place))
                .collect(),
            Spot::List => vec![Spot::List],
        };
        let parent = |spot| match spot {
            Spot::Document => None,
            Spot::Form => Some(Spot::Document),
            Spot::Place(place) => Some(self.layout.parent(place).map_or(Spot::Form, Spot::Place)),
            Spot::List => Some(Spot::List),
        };
        let all = || (0..self.layout.len()).map(Spot::Place).collect::<Vec<_>>();
        let ancestors = || {
            std::iter::successors(parent(spot), |spot| match spot {
                Spot::List => None,
                spot => parent(*spot),
            })
        };
        let mut reached = match step.axis {
            Axis::Itself => vec![spot],
            Axis::Parent => parent(spot).into_iter().collect(),
            Axis::Child => children(spot),
            Axis::Ancestor => ancestors().collect(),
            Axis::AncestorOrSelf => std::iter::once(spot).chain(ancestors()).collect(),
            Axis::Descendant | Axis::DescendantOrSelf => match spot {
                Spot::Place(place) => {
                    let mut inside: Vec<Spot> = self.layout.inside(place).map(Spot::Place).collect();
                    inside.extend((step.axis == Axis::DescendantOrSelf).then_some(spot));
                    inside
                }
                Spot::List => vec![Spot::List],
                Spot::Document | Spot::Form => {
                    let mut every = all();
                    every.extend([Spot::Form, Spot::Document]);
                    every
                }
            },
            // Siblings may be rows of the same repeat, so it is among them.
            Axis::FollowingSibling | Axis::PrecedingSibling => parent(spot).map(children).unwrap_or_default(),
            Axis::Following | Axis::Preceding if spot != Spot::List => all(),
            _ => Vec::new(),
        };
        reached.retain(|spot| match (&step.test, spot) {
            (_, Spot::List) | (Test::Any, _) => true,
            (Test::Nothing, _) => false,
            (Test::Name(name), Spot::Place(place)) => {
                self.layout.name(*place) == Some(name.rsplit(':').next().unwrap_or(name))
            }
            (Test::Name(_), Spot::Form) => true,
            (Test::Name(_), Spot::Document) => false,
        });
        reached
    }
}

fn task(place: Place, aspect: Aspect, within: Option<Place>) -> Dependent {
    Dependent {
        task: Task { place, aspect },
        within,
    }
}
