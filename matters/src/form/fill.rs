//! A form with answers: everything computed, and computed again where an answer changes.

use std::collections::BTreeSet;

use super::evaluate::Scope;
use super::instance::{BlockId, Cell, FORM, Instance, MOST_ROWS, State};
use super::key;
use super::layout::Place;
use super::node::{Ref, World};
use super::plan::{Aspect, Dependent, Task};
use super::question::Question;
use super::tree::Expression;
use super::value::Value;
use super::{Answers, Context, Form, date};
use crate::view::QuestionKind;

/// A form with answers: every value and what is relevant.
pub struct Evaluation<'a> {
    pub(super) form: &'a Form,
    pub(super) context: &'a Context,
    pub(super) answers: Answers,
    pub(super) instance: Instance,
}

impl Form {
    /// Computes values and relevance.
    pub fn values<'a>(&'a self, answers: &Answers, context: &'a Context) -> Evaluation<'a> {
        let mut evaluation = Evaluation {
            form: self,
            context,
            answers: answers.clone(),
            instance: Instance::new(&self.layout),
        };
        evaluation.add_known_rows();
        for task in self.plan.order() {
            for cell in evaluation.cells(*task, FORM) {
                evaluation.compute(*task, cell);
            }
        }
        evaluation
    }
}

impl Evaluation<'_> {
    /// Takes an answer and computes what depends on it. Returns the keys of the questions that a screen shows otherwise
    /// now, in the order of the form; none for a key that the form does not have.
    pub fn answer(&mut self, key: &str, text: &str) -> Vec<String> {
        let Some(cell) = key::parse(key).and_then(|key| self.find(&key)) else {
            return Vec::new();
        };
        self.instance.rest();
        let same = self.state(cell).is_some_and(|state| state.text == text);
        self.answers.insert(key.to_owned(), text.to_owned());
        let mut work = BTreeSet::from([self.entry(Aspect::Value, cell)]);
        let mut shown = self.recompute_cells(&mut work, BTreeSet::from([cell]));
        if !same {
            for cell in self.triggered(cell) {
                let mut work = BTreeSet::from([self.entry(Aspect::Value, cell)]);
                shown.extend(self.recompute_cells(&mut work, BTreeSet::from([cell])));
            }
        }
        self.keys(shown)
    }

    /// How many rows, counted from the first, someone answered in.
    fn answered_rows(&self, whole: Cell) -> usize {
        let begin = format!("{}[", self.key(whole));
        let rows = self
            .answers
            .range(begin.clone()..)
            .take_while(|(key, _)| key.starts_with(&begin));
        let numbers = rows.filter_map(|(key, _)| key.get(begin.len()..)?.split_once(']')?.0.parse::<usize>().ok());
        numbers.max().unwrap_or(0).min(MOST_ROWS)
    }

    /// Whether computing the form cost more than it may: what it says then is not to be relied on.
    pub fn is_too_costly(&self) -> bool {
        self.instance.is_spent()
    }

    /// The answers, rows without any among them.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    // ── Computing ──

    /// Everything a task has to be computed for within a block.
    fn cells(&self, task: Task, block: BlockId) -> Vec<Cell> {
        let layout = &self.form.layout;
        let place = task.place;
        if !layout.repeats(place) {
            return self.instance.cells(layout, block, place);
        }
        let own = self
            .instance
            .block(block)
            .is_some_and(|block| block.repeat == Some(place));
        let wholes: Vec<Cell> = match layout.parent(place) {
            _ if own => Vec::new(),
            // The repeat as a whole stands in each block of what is around it.
            Some(parent) => {
                let around = self.instance.cells(layout, block, parent);
                around
                    .into_iter()
                    .map(|cell| Cell {
                        block: cell.block,
                        place,
                    })
                    .collect()
            }
            None => vec![Cell { block: FORM, place }],
        };
        match task.aspect {
            Aspect::Rows => wholes,
            Aspect::Relevant | Aspect::Shown => {
                let mut all = wholes;
                all.extend(self.instance.cells(layout, block, place));
                all
            }
            Aspect::Value => Vec::new(),
        }
    }

    /// Computes one thing; whether it came out differently.
    fn compute(&mut self, task: Task, cell: Cell) -> bool {
        let form = self.form;
        let Some(question) = form.question_at(cell.place) else {
            return false;
        };
        match task.aspect {
            Aspect::Relevant => self.compute_relevance(question, cell),
            Aspect::Rows => form.layout.repeats(cell.place) && !self.compute_rows(question, cell).is_empty(),
            Aspect::Value => self.compute_value(question, cell),
            Aspect::Shown => true,
        }
    }

    fn compute_relevance(&mut self, question: &Question, cell: Cell) -> bool {
        let around = match self.world().parent(Ref::Cell(cell)) {
            Some(Ref::Cell(parent)) => self.state(parent).is_some_and(|state| state.relevant),
            _ => true,
        };
        let relevant = around
            && question
                .relevant
                .as_ref()
                .is_none_or(|expression| self.holds_at(expression, cell));
        let Some(state) = self.instance.state_mut(cell) else {
            return false;
        };
        std::mem::replace(&mut state.relevant, relevant) != relevant
    }

    /// Brings the rows of a repeat to the number they should have; the blocks that came, or the whole when some went.
    fn compute_rows(&mut self, question: &Question, whole: Cell) -> Vec<BlockId> {
        let rows: Vec<BlockId> = self.instance.rows(whole.block, whole.place).to_vec();
        let Some(count) = &question.count else {
            if !rows.is_empty() {
                return Vec::new();
            }
            // In a row that follows from a count, those that answers speak of could not come before it.
            let key = self.key(whole);
            let mut words = self.known_words(&key);
            // A repeat begins with one row, unless someone took that out.
            if words.is_empty() && !self.answers.contains_key(&key) {
                words.insert("1".to_owned());
            }
            let rows: Vec<BlockId> = words.iter().map_while(|word| self.insert_row(whole, word)).collect();
            return rows.into_iter().map(|row| self.awake(row, whole)).collect();
        };
        let wanted = self.scope(Ref::Cell(whole)).evaluate(count).number();
        let wanted = if wanted.is_nan() {
            // Nobody says how many: those that are there, or that someone answered in, stay.
            rows.len().max(self.answered_rows(whole))
        } else {
            wanted.clamp(0.0, MOST_ROWS as f64) as usize
        };
        let mut changed = Vec::new();
        // Rows beyond the count are not there, but their answers stay: the count may come back.
        for row in rows.iter().skip(wanted).rev() {
            self.instance.remove_row(*row);
            changed.push(*row);
        }
        for number in rows.len()..wanted {
            let Some(row) = self.insert_row(whole, &(number + 1).to_string()) else {
                break;
            };
            changed.push(self.awake(row, whole));
        }
        changed
    }

    /// A row that has just come is as relevant as its repeat.
    fn awake(&mut self, row: BlockId, whole: Cell) -> BlockId {
        if let Some(question) = self.form.question_at(whole.place) {
            self.compute_relevance(
                question,
                Cell {
                    block: row,
                    place: whole.place,
                },
            );
        }
        row
    }

    fn compute_value(&mut self, question: &Question, cell: Cell) -> bool {
        let relevant = self.state(cell).is_some_and(|state| state.relevant);
        let content = self.content_of(question, cell, relevant);
        let text = stored_text(question.kind, &content);
        let value = match content.single() {
            _ if !relevant => Value::empty(),
            // As text it would be true whatever it says.
            Value::Boolean(truth) => Value::Boolean(*truth),
            _ => typed(question.kind, &text),
        };
        if relevant && !text.is_empty() && question.calculation.as_ref().is_some_and(|expression| expression.once) {
            self.settle(cell, &text);
        }
        let Some(state) = self.instance.state_mut(cell) else {
            return false;
        };
        if state.text == text && state.value == value {
            return false;
        }
        state.text = text;
        state.value = value;
        true
    }

    /// The answer, the computed value, or the default. A computed value never hides what a person typed, unless the
    /// question cannot be typed.
    fn content_of(&self, question: &Question, cell: Cell, relevant: bool) -> Value {
        if matches!(
            question.kind,
            QuestionKind::Note | QuestionKind::Group | QuestionKind::Repeat
        ) {
            return Value::empty();
        }
        if let Some(metadata) = question.metadata {
            return Value::Text(self.context.filled.value(metadata).to_owned());
        }
        let key = self.key(cell);
        let answer = self.answers.get(&key);
        let computed = |expression: &Expression| self.computed(question, cell, expression);
        // What a trigger computes has become an answer when it came.
        if let Some(calculation) = question.calculation.as_ref().filter(|_| question.trigger.is_empty()) {
            let fixed = matches!(question.kind, QuestionKind::Calculate | QuestionKind::Hidden)
                || question
                    .readonly
                    .as_ref()
                    .is_some_and(|readonly| self.holds_at(readonly, cell));
            return match answer.filter(|answer| !fixed && !answer.is_empty()) {
                Some(answer) => Value::Text(answer.clone()),
                None if relevant => computed(calculation),
                None => Value::empty(),
            };
        }
        match (answer, &question.default) {
            (Some(answer), _) => Value::Text(answer.clone()),
            (None, Some(default)) => self.offered(question, computed(default)),
            (None, None) => Value::empty(),
        }
    }

    /// What an expression of a question says now.
    pub(super) fn computed(&self, question: &Question, cell: Cell, expression: &Expression) -> Value {
        let key = self.key(cell);
        let stored = self.answers.get(&key).map(String::as_str).unwrap_or_default();
        let answer = typed(question.kind, stored);
        let scope = Scope {
            stored,
            answer: Some(&answer),
            ..self.scope(Ref::Cell(cell))
        };
        scope.evaluate(expression)
    }

    // ── Computing again ──

    fn entry(&self, aspect: Aspect, cell: Cell) -> (u32, Cell) {
        let task = Task {
            place: cell.place,
            aspect,
        };
        (self.form.plan.rank(task), cell)
    }

    /// Computes what waits and what depends on it, each after what it needs and once.
    pub(super) fn recompute(&mut self, mut work: BTreeSet<(u32, Cell)>, shown: BTreeSet<Cell>) -> Vec<String> {
        self.instance.rest();
        let shown = self.recompute_cells(&mut work, shown);
        self.keys(shown)
    }

    fn recompute_cells(&mut self, work: &mut BTreeSet<(u32, Cell)>, mut shown: BTreeSet<Cell>) -> BTreeSet<Cell> {
        let form = self.form;
        while let Some((rank, cell)) = work.pop_first() {
            let Some(task) = form.plan.at(rank) else { continue };
            if self
                .instance
                .block(cell.block)
                .is_none_or(|block| cell.block != FORM && block.repeat.is_none())
            {
                continue;
            }
            if task.aspect == Aspect::Rows && form.layout.repeats(cell.place) {
                let Some(question) = form.question_at(cell.place) else {
                    continue;
                };
                let changed = self.compute_rows(question, cell);
                for row in &changed {
                    self.arrived(*row, cell.place, work);
                }
                if !changed.is_empty() {
                    shown.insert(cell);
                    self.counted(cell, work);
                }
                continue;
            }
            if self.compute(task, cell) {
                shown.insert(cell);
                for dependent in form.plan.dependents(task) {
                    self.wake(dependent, cell.block, work);
                }
            }
        }
        shown
    }

    /// The keys of cells, in the order of the form.
    fn keys(&self, cells: BTreeSet<Cell>) -> Vec<String> {
        let mut cells: Vec<Ref> = cells.into_iter().map(Ref::Cell).collect();
        self.world().sort(&mut cells);
        let keys = cells.into_iter().filter_map(|node| match node {
            Ref::Cell(cell) if self.state(cell).is_some() => Some(self.key(cell)),
            _ => None,
        });
        keys.collect()
    }

    fn wake(&self, dependent: &Dependent, block: BlockId, work: &mut BTreeSet<(u32, Cell)>) {
        let base = match dependent.within {
            None => FORM,
            // A repeat as a whole lies outside its rows.
            Some(repeat) => self.instance.around(block, Some(repeat)).unwrap_or(block),
        };
        let rank = self.form.plan.rank(dependent.task);
        work.extend(self.cells(dependent.task, base).into_iter().map(|cell| (rank, cell)));
    }

    /// A row came: everything in it is computed.
    pub(super) fn arrived(&self, row: BlockId, repeat: Place, work: &mut BTreeSet<(u32, Cell)>) {
        let form = self.form;
        for place in std::iter::once(repeat).chain(form.layout.inside(repeat)) {
            for aspect in [Aspect::Relevant, Aspect::Rows, Aspect::Value] {
                let task = Task { place, aspect };
                let rank = form.plan.rank(task);
                work.extend(self.cells(task, row).into_iter().map(|cell| (rank, cell)));
            }
        }
    }

    /// There are more or fewer rows: whoever counts them, and whoever looks into all of them, is computed again.
    pub(super) fn counted(&self, whole: Cell, work: &mut BTreeSet<(u32, Cell)>) {
        let plan = &self.form.plan;
        let outside = |dependent: &&Dependent| {
            dependent
                .within
                .is_none_or(|within| within != whole.place && !self.form.layout.inside(whole.place).contains(&within))
        };
        let rows = Task {
            place: whole.place,
            aspect: Aspect::Rows,
        };
        for dependent in plan.dependents(rows) {
            self.wake(dependent, whole.block, work);
        }
        for place in self.form.layout.inside(whole.place) {
            for aspect in [Aspect::Relevant, Aspect::Rows, Aspect::Value] {
                for dependent in plan.dependents(Task { place, aspect }).iter().filter(outside) {
                    self.wake(dependent, whole.block, work);
                }
            }
        }
    }

    // ── Looking ──

    pub(super) fn world(&self) -> World<'_> {
        World {
            layout: &self.form.layout,
            instance: &self.instance,
            lists: &self.form.tables,
        }
    }

    pub(super) fn scope(&self, node: Ref) -> Scope<'_> {
        Scope::new(self.form, self.context, self.world(), node)
    }

    pub(super) fn state(&self, cell: Cell) -> Option<&State> {
        self.instance.state(cell)
    }

    /// Whether an expression holds for these answers, seen from the form itself.
    pub fn holds(&self, expression: &Expression) -> bool {
        self.scope(Ref::Form).evaluate(expression).truth()
    }

    /// Whether an expression of a question holds.
    pub(super) fn holds_at(&self, expression: &Expression, cell: Cell) -> bool {
        self.scope(Ref::Cell(cell)).evaluate(expression).truth()
    }

    fn only(&self, name: &str) -> Option<&State> {
        self.state(key::parse(name).and_then(|key| self.find(&key))?)
    }

    /// The value of a question, whether it is relevant or not: what was answered, is computed, or stands by default.
    pub fn text(&self, key: &str) -> &str {
        self.only(key).map(|state| state.text.as_str()).unwrap_or_default()
    }

    /// Whether a question is asked now.
    pub fn is_relevant(&self, key: &str) -> bool {
        self.only(key).is_some_and(|state| state.relevant)
    }
}

impl Scope<'_> {
    pub(super) fn evaluate(&self, expression: &Expression) -> Value {
        expression.root.value(self)
    }
}

/// An answer as expressions see it.
pub(super) fn typed(kind: QuestionKind, text: &str) -> Value {
    match kind {
        QuestionKind::Integer | QuestionKind::Decimal | QuestionKind::Range => {
            let number = super::value::text_number(text);
            if number.is_nan() {
                Value::Text(text.to_owned())
            } else {
                Value::Number(number)
            }
        }
        QuestionKind::Date => Value::date_or_text(text),
        _ => Value::Text(text.to_owned()),
    }
}

/// A computed value as it is shown and stored: nothing for NaN, a day for a number in a date question, a whole number where
/// one is asked (JavaRosa and xforms-engine cut off what stands behind the point).
pub(super) fn stored_text(kind: QuestionKind, value: &Value) -> String {
    match value.single() {
        Value::Number(number) if kind == QuestionKind::Date => {
            date::from_days(*number).map(|day| day.to_string()).unwrap_or_default()
        }
        Value::Number(number) if number.is_nan() => String::new(),
        Value::Number(number) if kind == QuestionKind::Integer => Value::Number(number.trunc()).text(),
        other => other.text(),
    }
}
