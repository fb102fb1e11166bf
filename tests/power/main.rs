//! The power goes at any moment of a working day, at a station and at the center, and takes what was not durable yet or
//! tears it: nothing that was said to be safe is lost, and every database opens. `make power-cuts SEEDS=10000` cuts more
//! often; `SEED=3` repeats the cuts of one day.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::path::Path;
use std::process::Command;

use doorstep_harness::power::full::{self, Whose};
use doorstep_harness::power::{self, Lost, Recorded, day};
use doorstep_harness::process::binary;

/// Cuts of an ordinary test run.
const CUTS: u64 = 24;
/// Cuts in one day.
const CUTS_A_DAY: u64 = 250;
/// What is done in one day.
const STEPS: u32 = 60;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok().filter(|text| !text.is_empty());
    text.map(|text| text.parse().unwrap())
}

/// Runs a day over the layer, whose disk is `root`; what it printed.
fn run(folder: &Path, root: &Path, args: &[&str]) -> String {
    let layer = power::layer(folder).unwrap();
    let mut day = Command::new(binary("examples/day").expect("cargo build -p doorstep-harness --examples"));
    day.arg(folder)
        .args(args)
        .env("DOORSTEP_LAYER_ROOM", full::room(folder));
    let worked = power::over_layer(&mut day, &layer, root, &day::log(folder))
        .output()
        .unwrap();
    assert!(
        worked.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&worked.stderr)
    );
    String::from_utf8(worked.stdout).unwrap()
}

fn record(folder: &Path, seed: u64) -> Recorded {
    run(
        folder,
        &day::district(folder),
        &["work", &seed.to_string(), &STEPS.to_string()],
    );
    Recorded::read(folder).unwrap()
}

#[test]
fn a_full_disk_refuses_the_edit_and_harms_nothing_before() {
    for (whose, name) in [(Whose::Station, "station"), (Whose::Center, "center")] {
        let root = tempfile::tempdir().unwrap();
        full::unbounded(root.path()).unwrap();
        let said = run(root.path(), &full::disk(root.path(), whose), &["full", name]);
        let refused: u32 = said.trim().parse().unwrap();
        println!("{name}: full {refused} times");
        assert!(refused > 20, "{name}: the disk was full only {refused} times");
    }
}

#[test]
fn a_power_cut_at_any_moment_loses_nothing_that_was_said_to_be_safe() {
    let one = number("SEED");
    let cuts = number("SEEDS").unwrap_or(if one.is_some() { CUTS_A_DAY } else { CUTS });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let first = one.or(number("FIRST_SEED")).unwrap_or(1);
    let (mut lost, mut done, mut seed) = (Lost::default(), 0, first);
    while done < cuts {
        let now = CUTS_A_DAY.min(cuts - done);
        let root = tempfile::tempdir().unwrap();
        let recorded = record(root.path(), seed);
        match runtime.block_on(recorded.cut(seed, now, root.path())) {
            Ok(more) => lost += more,
            Err(error) => {
                let kept = root.keep();
                panic!(
                    "repeat with SEED={seed} SEEDS={now} (kept in {}): {error:#}",
                    kept.display()
                );
            }
        }
        done += now;
        println!("day {seed}: {} deeds, {now} power cuts", recorded.deeds());
        seed += 1;
    }
    println!("{done} power cuts: {lost:?}");
    // Names wait for their folder so seldom that a few cuts may all miss it; `power::disk`'s own test loses some.
    assert!(
        lost.writes > 0 && lost.torn > 0 && (lost.names > 0 || cuts < CUTS_A_DAY),
        "the disk kept everything: {lost:?}"
    );
}
