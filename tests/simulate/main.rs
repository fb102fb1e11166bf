//! Many simulated districts: `make simulate SEEDS=10000 JOBS=2`. A seed that fails is said with the command that repeats it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use doorstep_harness::network::{self, Coverage, District};

/// Seeds of an ordinary test run.
const SEEDS: u64 = 200;
/// From so many seeds on, every fault must have happened.
const ENOUGH: u64 = 200;
/// After so many violations there is enough to look at.
const MOST_VIOLATIONS: usize = 10;

fn number(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .filter(|text| !text.is_empty())
        .map(|text| text.parse().unwrap())
}

/// Databases in memory where the machine has a place for that.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.unwrap()
}

/// One seed, in a folder of its own; what went wrong, in words.
fn run(seed: u64, template: &Path, folder: PathBuf) -> Result<Coverage, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let ran = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(network::run(seed, template, &folder))
    }));
    let _ = std::fs::remove_dir_all(&folder);
    match ran {
        Ok(Ok(coverage)) => Ok(coverage),
        Ok(Err(error)) => Err(format!("{error:#}")),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(format!("panicked: {}", text.unwrap_or_default()))
        }
    }
}

#[test]
fn every_seed_keeps_every_promise() {
    let one = number("SEED");
    let first = one.or(number("FIRST_SEED")).unwrap_or(1);
    let count = if one.is_some() {
        1
    } else {
        number("SEEDS").unwrap_or(SEEDS)
    };
    let root = folder();
    let template = root.path().join("template");
    District::make(&template).unwrap();
    let begun = Instant::now();
    let next = AtomicU64::new(first);
    let coverage = Mutex::new(Coverage::default());
    let violations = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + count || violations.lock().unwrap().len() >= MOST_VIOLATIONS {
                return;
            }
            match run(seed, &template, root.path().join(format!("seed-{seed}"))) {
                Ok(one) => coverage.lock().unwrap().add(&one),
                Err(words) => {
                    println!("seed {seed}: {words}\n  repeat it: make simulate SEED={seed}");
                    violations.lock().unwrap().push(seed);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let processors = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
        for _ in 0..number("JOBS").unwrap_or(processors) {
            scope.spawn(work);
        }
    });
    let coverage = coverage.into_inner().unwrap();
    let violations = violations.into_inner().unwrap();
    println!(
        "{coverage}{} violations in {:.1} s",
        violations.len(),
        begun.elapsed().as_secs_f64()
    );
    assert!(
        violations.is_empty(),
        "seeds {violations:?} break a promise; repeat one: make simulate SEED={}",
        violations[0]
    );
    if count >= ENOUGH {
        assert_eq!(coverage.missing(), Vec::<String>::new(), "never happened");
    }
}
