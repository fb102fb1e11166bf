//! The answers of a form as a tree: the rows of its repeats, and what is known of every question in each.
//!
//! Everything in one row, but for the rows of repeats within it, lies in one [`Block`]; the form itself is the block 0.
//! A node of the tree is a block and the place of a question.

use std::cell::Cell as Counter;
use std::collections::BTreeMap;

use super::layout::{Layout, Place};
use super::value::Value;

/// The number of a block.
pub type BlockId = u32;

/// The block of what stands in no repeat.
pub const FORM: BlockId = 0;

/// Most rows of one repeat, and most rows in all.
pub const MOST_ROWS: usize = 20_000;
/// Most questions in all rows together: a screen shows each of them.
const MOST_STATES: usize = 500_000;
/// Most that one computation of a form may cost: nodes looked at, and bytes of text made. Ten thousand rows that each look
/// at all others stay below it; it takes some seconds.
const MOST_WORK: u64 = 1 << 27;

/// A question in a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cell {
    /// The row, or the form itself.
    pub block: BlockId,
    /// The question.
    pub place: Place,
}

/// What is known of a question in a row.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// As it is shown and stored, relevant or not.
    pub text: String,
    /// As expressions see it when it is relevant.
    pub value: Value,
    /// Whether it is asked now, as everything around it is.
    pub relevant: bool,
}

/// A row of a repeat, or the form itself.
#[derive(Clone, Debug)]
pub struct Block {
    /// Whose row it is; `None` for the form itself and for rows that are gone.
    pub repeat: Option<Place>,
    /// The block around it.
    pub outer: BlockId,
    /// What names the row among its siblings, whatever becomes of them.
    pub key: String,
    /// Its place among its siblings, from 0.
    pub position: u32,
    /// The rows of the repeats directly in it.
    rows: BTreeMap<Place, Vec<BlockId>>,
    first: Place,
    states: Vec<State>,
}

/// All blocks of a form.
#[derive(Clone, Debug)]
pub struct Instance {
    blocks: Vec<Block>,
    free: Vec<BlockId>,
    /// Questions in all blocks together.
    states: usize,
    /// What computing has cost so far.
    work: Counter<u64>,
}

impl Instance {
    /// A form without rows.
    pub fn new(layout: &Layout) -> Self {
        Instance {
            blocks: vec![Block {
                repeat: None,
                outer: FORM,
                key: String::new(),
                position: 0,
                rows: BTreeMap::new(),
                first: 0,
                states: vec![State::default(); layout.len() as usize],
            }],
            free: Vec::new(),
            states: layout.len() as usize,
            work: Counter::new(0),
        }
    }

    /// Notes what something cost; false when that is more than a form may cost. From then on paths lead nowhere and texts
    /// are empty, so that whatever a workbook asks for comes to an end, within bounded memory.
    pub fn spend(&self, work: usize) -> bool {
        self.work.set(self.work.get().saturating_add(work as u64));
        !self.is_spent()
    }

    /// Whether the form cost more than it may.
    pub fn is_spent(&self) -> bool {
        self.work.get() > MOST_WORK
    }

    /// A new computation begins.
    pub fn rest(&self) {
        self.work.set(0);
    }

    /// A block.
    pub fn block(&self, id: BlockId) -> Option<&Block> {
        self.blocks.get(id as usize)
    }

    /// The rows of a repeat in a block.
    pub fn rows(&self, block: BlockId, repeat: Place) -> &[BlockId] {
        self.block(block)
            .and_then(|block| block.rows.get(&repeat))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// What is known of a question in a row.
    pub fn state(&self, cell: Cell) -> Option<&State> {
        let block = self.block(cell.block)?;
        block.states.get(cell.place.checked_sub(block.first)? as usize)
    }

    /// The same, to change it.
    pub fn state_mut(&mut self, cell: Cell) -> Option<&mut State> {
        let block = self.blocks.get_mut(cell.block as usize)?;
        block.states.get_mut(cell.place.checked_sub(block.first)? as usize)
    }

    /// Where a row of this key is, or belongs: rows stand in the order of their keys, shorter ones first, so that 10
    /// comes after 9.
    fn place_of(&self, outer: BlockId, repeat: Place, key: &str) -> usize {
        let before = |id: &BlockId| {
            self.block(*id)
                .is_some_and(|row| (row.key.len(), row.key.as_str()) < (key.len(), key))
        };
        self.rows(outer, repeat).partition_point(before)
    }

    /// The row of that key.
    pub fn row(&self, outer: BlockId, repeat: Place, key: &str) -> Option<BlockId> {
        let id = *self.rows(outer, repeat).get(self.place_of(outer, repeat, key))?;
        self.block(id).is_some_and(|row| row.key == key).then_some(id)
    }

    /// Adds a row with this key, where its key belongs; `None` when there are too many.
    pub fn add_row(&mut self, layout: &Layout, outer: BlockId, repeat: Place, key: &str) -> Option<BlockId> {
        let at = self.place_of(outer, repeat, key);
        let states = layout.inside(repeat).end.saturating_sub(repeat) as usize;
        if self.blocks.len() - self.free.len() > MOST_ROWS || self.states + states > MOST_STATES {
            return None;
        }
        self.states += states;
        let block = Block {
            repeat: Some(repeat),
            outer,
            key: key.to_owned(),
            position: 0,
            rows: BTreeMap::new(),
            first: repeat,
            states: vec![State::default(); states],
        };
        let id = match self.free.pop() {
            Some(id) => id,
            None => self.blocks.len() as BlockId,
        };
        match self.blocks.get_mut(id as usize) {
            Some(slot) => *slot = block,
            None => self.blocks.push(block),
        }
        if let Some(outer) = self.blocks.get_mut(outer as usize) {
            outer.rows.entry(repeat).or_default().insert(at, id);
        }
        self.number(outer, repeat, at);
        Some(id)
    }

    /// Takes a row out, with everything in it.
    pub fn remove_row(&mut self, row: BlockId) {
        let Some(Block {
            repeat: Some(repeat),
            outer,
            position,
            ..
        }) = self.block(row).cloned()
        else {
            return;
        };
        let mut gone = vec![row];
        while let Some(id) = gone.pop() {
            if let Some(block) = self.blocks.get_mut(id as usize) {
                gone.extend(block.rows.values().flatten());
                self.states -= block.states.len();
                block.rows.clear();
                block.states.clear();
                block.repeat = None;
            }
            self.free.push(id);
        }
        if let Some(rows) = self
            .blocks
            .get_mut(outer as usize)
            .and_then(|outer| outer.rows.get_mut(&repeat))
        {
            rows.retain(|id| *id != row);
        }
        self.number(outer, repeat, position as usize);
    }

    fn number(&mut self, outer: BlockId, repeat: Place, from: usize) {
        let ids: Vec<BlockId> = self.rows(outer, repeat).get(from..).unwrap_or_default().to_vec();
        for (id, position) in ids.into_iter().zip(from..) {
            if let Some(block) = self.blocks.get_mut(id as usize) {
                block.position = position as u32;
            }
        }
    }

    /// The block of the innermost row of `repeat` around `block`, itself included; the form for `None`.
    pub fn around(&self, block: BlockId, repeat: Option<Place>) -> Option<BlockId> {
        let Some(repeat) = repeat else { return Some(FORM) };
        let mut id = block;
        loop {
            let here = self.block(id)?;
            if here.repeat == Some(repeat) {
                return Some(id);
            }
            if id == FORM {
                return None;
            }
            id = here.outer;
        }
    }

    /// Every cell of the question at `place` within `block`, in the order of the form.
    pub fn cells(&self, layout: &Layout, block: BlockId, place: Place) -> Vec<Cell> {
        let top = self.block(block).and_then(|block| block.repeat);
        let mut repeats: Vec<Place> = layout.rows(place).take_while(|repeat| Some(*repeat) != top).collect();
        let mut blocks = vec![block];
        while let Some(repeat) = repeats.pop() {
            blocks = blocks
                .iter()
                .flat_map(|block| self.rows(*block, repeat))
                .copied()
                .collect();
        }
        blocks.into_iter().map(|block| Cell { block, place }).collect()
    }

    /// The rows around a block from the outermost inwards, as repeat and key.
    pub fn path(&self, block: BlockId) -> Vec<(Place, &str)> {
        let mut path = Vec::new();
        let mut id = block;
        while let Some(Block {
            repeat: Some(repeat),
            outer,
            key,
            ..
        }) = self.block(id)
        {
            path.push((*repeat, key.as_str()));
            id = *outer;
        }
        path.reverse();
        path
    }
}
