//! Makes the wire's dictionary from items of simulated stations: `cargo run -p doorstep-harness --example
//! train_dictionary`. The same source gives the same bytes, but documents and messages move on, and a dictionary in use
//! never does: a better one is another version. A test of `sync` keeps the bytes of each.

use std::path::Path;

use anyhow::{Context, Result};
use doorstep_harness::chance::Chance;
use doorstep_harness::papers::{Desk, TRAINING, case, catalogue, scope};
use doorstep_sync::wire::{Cursor, PROTOCOL, SyncRequest, SyncResponse};
use doorstep_sync::{Fingerprint, Item, Print, Scope, SigningKey};

/// Bytes of the dictionary.
const SIZE: usize = 32 * 1024;
/// Stations, each with one application: what repeats among them is the form of items, not a key or a place.
const STATIONS: u64 = 500;
/// 2 March 2026.
const BEGINNING: u64 = 1_772_413_200_000;

fn main() -> Result<()> {
    let (matters, mut chance, mut samples) = (catalogue()?, Chance::new(2), Vec::new());
    for seed in 0..STATIONS {
        let division = format!(
            "5{:05}{:03}2{:02}",
            chance.below(100_000),
            chance.below(200),
            chance.below(40)
        );
        let now = BEGINNING + chance.below(300) * 86_400_000;
        let mut desk = Desk::new(key(&mut chance), &division, now, &TRAINING, seed);
        let matter = chance.pick(&matters).context("an empty catalogue")?;
        let (paper, items) = desk.application(matter)?;
        let held = [scope(&division)?, Scope::new(&division, "0").ok().context("scope")?];
        for batch in batches(&mut chance, items.clone()) {
            samples.push(request(&mut chance, &held, batch).uncompressed());
        }
        let center = key(&mut chance);
        for batch in batches(&mut chance, case(&center, &mut desk, &paper, &items)?) {
            samples.push(response(&mut chance, &held, batch, now).uncompressed());
        }
    }
    let dictionary = zstd::dict::from_samples(&samples, SIZE)?;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sync/dictionary/2.zdict");
    std::fs::write(path, dictionary)?;
    Ok(())
}

fn key(chance: &mut Chance) -> SigningKey {
    let mut seed = [0; 32];
    seed.fill_with(|| chance.below(256) as u8);
    SigningKey::from_seed(&seed)
}

/// Items as they go together: mostly one or a few.
fn batches(chance: &mut Chance, items: Vec<Item>) -> Vec<Vec<Item>> {
    let (mut batches, mut items) = (Vec::new(), items.into_iter().peekable());
    while items.peek().is_some() {
        let size = if chance.percent(50) { 1 } else { 2 + chance.below(12) };
        batches.push(items.by_ref().take(size as usize).collect());
    }
    batches
}

fn prints(chance: &mut Chance, held: &[Scope]) -> Vec<(Scope, Print)> {
    let print = |chance: &mut Chance| Print::Whole(Fingerprint([chance.below(256) as u8; 32]));
    held.iter().map(|scope| (scope.clone(), print(chance))).collect()
}

fn cursor(chance: &mut Chance) -> Cursor {
    Cursor {
        epoch: chance.draw(),
        position: chance.below(20_000),
    }
}

fn request(chance: &mut Chance, held: &[Scope], items: Vec<Item>) -> SyncRequest {
    SyncRequest {
        version: PROTOCOL,
        cursor: cursor(chance),
        fingerprints: prints(chance, held),
        items,
        offsets: Vec::new(),
        repair: Vec::new(),
    }
}

fn response(chance: &mut Chance, held: &[Scope], items: Vec<Item>, now: u64) -> SyncResponse {
    SyncResponse {
        version: PROTOCOL,
        now,
        items,
        cursor: cursor(chance),
        more: false,
        fingerprints: if chance.percent(30) {
            prints(chance, held)
        } else {
            Vec::new()
        },
        offsets: Vec::new(),
        repair: Vec::new(),
    }
}
