//! New applications of a batch, opened before the database is asked to write: by all processors, and while others write.

use std::collections::HashMap;
use std::thread;

use doorstep_records::kind;
use doorstep_sync::payload::Change;
use doorstep_sync::{DocumentId, Item, ItemId, Kind};

use crate::apply::{Effect, change_application};
use crate::dossier::Dossier;
use crate::store::{self, Connection};

/// Fewer than this are opened sooner than a thread begins.
const FEW: usize = 16;

/// What single items make of applications that nobody has here, should they be taken.
#[derive(Default)]
pub struct Ahead(HashMap<ItemId, (Dossier, Vec<String>)>);

impl Ahead {
    /// Opens what `items` begin. Nothing is decided by that: an item counts as if it had been opened when it is taken.
    pub fn of(sql: &Connection, items: &[Item]) -> store::Result<Self> {
        let mut named: HashMap<DocumentId, Vec<(&Item, Dossier, Change)>> = HashMap::new();
        for item in items {
            let Ok(envelope) = item.open() else { continue };
            let Some(document) = envelope.document.filter(|_| envelope.kind == Kind::Change) else {
                continue;
            };
            let Ok(change) = Change::from_bytes(&envelope.payload) else {
                continue;
            };
            if document.kind != kind::APPLICATION
                || store::documents::load(sql, kind::APPLICATION, &document.id)?.is_some()
            {
                continue;
            }
            let beginning = (item, Dossier::empty(document.id, envelope.scope), change);
            named.entry(document.id).or_default().push(beginning);
        }
        // What one item builds on another of the same batch is left to the order in which they are taken.
        let mut single: Vec<_> = named.into_values().filter(|all| all.len() == 1).flatten().collect();
        if single.len() < FEW {
            return Ok(Self::default());
        }
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let share = single.len().div_ceil(threads);
        let mut opened = HashMap::new();
        thread::scope(|scope| {
            let mut working = Vec::new();
            while !single.is_empty() {
                let part = single.split_off(single.len().saturating_sub(share));
                working.push(scope.spawn(|| part.into_iter().filter_map(open).collect::<Vec<_>>()));
            }
            // What a thread could not finish is opened when it is taken.
            opened.extend(working.into_iter().filter_map(|thread| thread.join().ok()).flatten());
        });
        Ok(Self(opened))
    }

    /// The application that an item begins, and what it changed.
    pub fn take(&mut self, item: &ItemId) -> Option<(Dossier, Vec<String>)> {
        self.0.remove(item)
    }
}

fn open((item, mut dossier, change): (&Item, Dossier, Change)) -> Option<(ItemId, (Dossier, Vec<String>))> {
    let device = item.open().ok()?.device;
    match change_application(&mut dossier, &device, &change) {
        Effect::Taken(changed) => Some((item.id(), (dossier, changed))),
        _ => None,
    }
}
