//! The rows of repeats: which there are, how they are named, how one comes and goes.

use std::collections::{BTreeMap, BTreeSet};

use super::fill::Evaluation;
use super::instance::{BlockId, Cell, FORM};
use super::key::{self, Key};
use super::layout::Place;
use super::{Form, Question};

impl Form {
    /// The question that an answer of this key belongs to, or the repeat of a row, whatever rows there are now.
    pub fn keyed(&self, key: &str) -> Option<&Question> {
        let key = key::parse(key)?;
        let mut home = None;
        for (name, _) in &key.rows {
            let repeat = self
                .layout
                .keyed(name, home)
                .filter(|place| self.layout.repeats(*place))?;
            home = Some(repeat);
        }
        let place = match &key.name {
            Some(name) => self.layout.keyed(name, home)?,
            None => home?,
        };
        self.question_at(place)
    }
}

impl Evaluation<'_> {
    /// Adds an empty row with this key to the repeat `key`; what a screen shows otherwise now. Nothing happens when the
    /// row is there, or there are too many.
    pub fn add_row(&mut self, repeat: &str, row: &str) -> Vec<String> {
        let Some(whole) = key::parse(repeat).and_then(|key| self.find(&key)) else {
            return Vec::new();
        };
        if !self.form.layout.repeats(whole.place) || self.instance.row(whole.block, whole.place, row).is_some() {
            return Vec::new();
        }
        let Some(block) = self.insert_row(whole, row) else {
            return Vec::new();
        };
        // With the row that was there from the beginning: it is one among several now.
        for row in self.instance.rows(whole.block, whole.place).to_vec() {
            let key = self.key(Cell {
                block: row,
                place: whole.place,
            });
            self.answers.entry(key).or_default();
        }
        let mut work = BTreeSet::new();
        self.arrived(block, whole.place, &mut work);
        self.counted(whole, &mut work);
        self.recompute(work, BTreeSet::from([whole]))
    }

    /// Takes a row out, with every answer in it.
    pub fn remove_row(&mut self, row: &str) -> Vec<String> {
        let Some(cell) = key::parse(row).and_then(|key| self.find(&key)) else {
            return Vec::new();
        };
        let Some(outer) = self
            .instance
            .block(cell.block)
            .filter(|block| block.repeat == Some(cell.place))
            .map(|block| block.outer)
        else {
            return Vec::new();
        };
        let whole = Cell {
            block: outer,
            place: cell.place,
        };
        let inside = format!("{row}/");
        self.answers.retain(|key, _| key != row && !key.starts_with(&inside));
        self.answers.insert(self.key(whole), String::new());
        self.instance.remove_row(cell.block);
        let mut work = BTreeSet::new();
        self.counted(whole, &mut work);
        self.recompute(work, BTreeSet::from([whole]))
    }

    pub(super) fn insert_row(&mut self, whole: Cell, row: &str) -> Option<BlockId> {
        self.instance.add_row(&self.form.layout, whole.block, whole.place, row)
    }

    /// What names the rows of the repeat `key` that answers speak of.
    pub(super) fn known_words(&self, key: &str) -> BTreeSet<String> {
        let start = format!("{key}[");
        let inside = self
            .answers
            .range(start.clone()..)
            .map(|(key, _)| key.strip_prefix(&start));
        let words = inside.map_while(|rest| rest).filter_map(|rest| rest.split_once(']'));
        words.map(|(word, _)| word.to_owned()).collect()
    }

    /// The rows that answers speak of. Those of repeats with a count follow from the count.
    pub(super) fn add_known_rows(&mut self) {
        let keys: BTreeSet<Vec<(String, String)>> = self
            .answers
            .keys()
            .filter(|key| key.contains('['))
            .filter_map(|key| Some(key::parse(key)?.rows))
            .collect();
        let mut known: BTreeMap<(BlockId, Place, String), BlockId> = BTreeMap::new();
        for rows in keys {
            let mut block = FORM;
            for (name, row) in rows {
                let Some(place) = self.repeat_in(block, &name) else {
                    break;
                };
                if self
                    .form
                    .question_at(place)
                    .is_some_and(|question| question.count.is_some())
                {
                    break;
                }
                let entry = (block, place, row);
                block = match known.get(&entry) {
                    Some(id) => *id,
                    None => {
                        let Some(id) = self.insert_row(Cell { block, place }, &entry.2) else {
                            return;
                        };
                        known.insert(entry, id);
                        id
                    }
                };
            }
        }
    }

    /// The repeat of that name directly in a block.
    fn repeat_in(&self, block: BlockId, name: &str) -> Option<Place> {
        let layout = &self.form.layout;
        layout
            .keyed(name, self.instance.block(block)?.repeat)
            .filter(|place| layout.repeats(*place))
    }

    /// Where a key leads.
    pub(super) fn find(&self, key: &Key) -> Option<Cell> {
        let mut block = FORM;
        for (name, row) in &key.rows {
            let place = self.repeat_in(block, name)?;
            block = self.instance.row(block, place, row)?;
        }
        let own = self.instance.block(block)?.repeat;
        match &key.name {
            None => Some(Cell { block, place: own? }),
            Some(name) => Some(Cell {
                block,
                place: self.form.layout.keyed(name, own)?,
            }),
        }
    }

    /// The key under which an answer of a cell is kept.
    pub(super) fn key(&self, cell: Cell) -> String {
        let layout = &self.form.layout;
        let mut key = String::new();
        for (repeat, row) in self.instance.path(cell.block) {
            key.push_str(&format!("{}[{row}]/", layout.key(repeat)));
        }
        if self.is_row(cell) {
            key.pop();
        } else {
            key.push_str(layout.key(cell.place));
        }
        key
    }

    pub(super) fn is_row(&self, cell: Cell) -> bool {
        self.instance
            .block(cell.block)
            .is_some_and(|block| block.repeat == Some(cell.place))
    }
}
