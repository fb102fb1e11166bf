//! The bars, measured on this machine: `cargo bench -p doorstep-harness`. Prints a table and writes `target/bench.json`.
//! Nothing is asserted: a slow machine is no failure. `DOORSTEP_BENCH_APPLICATIONS` sets how many applications are listed
//! and searched (10,000 when it is not set).

// A process that was started for a figure says it on standard output.
#![allow(clippy::print_stdout)]

mod carried;
mod crowd;
mod district;
mod figures;
mod finding;
mod forms;
mod light;
mod many;
mod saved;
mod sending;
mod signing;

use anyhow::{Context, Result, bail};
use district::District;
use figures::Figures;
use signing::Cost;

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo bench` adds a flag of its own.
    let arguments = arguments.iter().filter(|argument| !argument.starts_with("--"));
    let arguments: Vec<&str> = arguments.map(String::as_str).collect();
    // A figure about a process needs a process: this program starts itself.
    match arguments.as_slice() {
        ["center", data] => runtime.block_on(crowd::child(data)),
        ["crowd"] => runtime.block_on(only_crowd()),
        ["finding"] => {
            let mut figures = Figures::default();
            finding::measure(&mut figures);
            Ok(())
        }
        ["forms"] => forms::measure(&mut Figures::default()),
        ["list", data, staff, pin] => runtime.block_on(many::child(data, staff, pin)),
        ["sending"] => runtime.block_on(only_sending()),
        ["sync", data, staff, pin, applications] => runtime.block_on(sending::child(data, staff, pin, applications)),
        ["save", data, staff, pin, saves] => runtime.block_on(saved::child(data, staff, pin, saves)),
        [] => runtime.block_on(measure()),
        _ => bail!("cargo bench -p doorstep-harness takes no arguments but `crowd`, `finding`, `forms` or `sending`"),
    }
}

/// A folder on the disk that the project lies on: temporary folders are memory on many machines.
fn folder() -> Result<(std::path::PathBuf, tempfile::TempDir)> {
    // Fails only when a provider was installed before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let target = std::env::current_exe()?
        .ancestors()
        .nth(3)
        .context("target folder")?
        .to_owned();
    let root = tempfile::tempdir_in(&target)?;
    Ok((target, root))
}

/// The center under load and nothing else: `cargo bench -p doorstep-harness -- crowd`.
async fn only_crowd() -> Result<()> {
    let (_, root) = folder()?;
    let mut figures = Figures::default();
    crowd::measure(&mut figures, root.path()).await?;
    eprintln!("\n{}", figures.table());
    Ok(())
}

/// The memory of a station and nothing else: `cargo bench -p doorstep-harness -- sending`.
async fn only_sending() -> Result<()> {
    let (_, root) = folder()?;
    let (mut figures, count) = (Figures::default(), applications());
    let mut district = District::open(&root.path().join("sending")).await?;
    let waiting = sending::prepare(&mut district, "sending").await?;
    many::prepare(&mut figures, &mut district, "many", count).await?;
    let cost = Cost::measure(&mut figures)?;
    sending::measure(&mut figures, &district, &cost, &waiting, count)?;
    eprintln!("\n{}", figures.table());
    Ok(())
}

fn applications() -> usize {
    let asked = std::env::var("DOORSTEP_BENCH_APPLICATIONS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(10_000)
}

async fn measure() -> Result<()> {
    let count = applications();
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
    let today = jiff::Timestamp::now().to_zoned(zone).date().to_string();
    let (target, root) = folder()?;
    let mut figures = Figures::default();
    finding::measure(&mut figures);
    forms::measure(&mut figures)?;
    let cost = Cost::measure(&mut figures)?;

    let mut small = District::open(&root.path().join("small")).await?;
    carried::application(&mut figures, &mut small, &cost, &today).await?;
    let station = small.station("saved", small.address).await?;
    saved::field(&mut figures, &mut small, &station).await?;
    saved::photograph(&mut figures, &station).await?;
    drop(station);
    match saved::fsyncs(&small, "saved")? {
        Some(count) => figures.note("fsync and fdatasync for one field saved", count, ""),
        None => eprintln!("· no strace here: fsyncs are not counted"),
    }

    let mut large = District::open(&root.path().join("large")).await?;
    let waiting = sending::prepare(&mut large, "sending").await?;
    many::prepare(&mut figures, &mut large, "many", count).await?;
    many::measure(&mut figures, &large, "many")?;
    sending::measure(&mut figures, &large, &cost, &waiting, count)?;

    crowd::measure(&mut figures, root.path()).await?;

    let path = target.join("bench.json");
    std::fs::write(&path, serde_json::to_vec_pretty(&figures.json())?)?;
    eprintln!("\n{}\n\n{}", figures.table(), path.display());
    Ok(())
}
