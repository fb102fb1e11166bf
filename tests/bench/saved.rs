//! One field saved durably, against one bare commit of SQLite; a photograph shown in small.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use doorstep_harness::clerk;
use doorstep_harness::picture;
use doorstep_harness::screen::{Screen, made_on};
use doorstep_station::rpc::{self, Reply};
use serde_json::{Value, json};

use crate::district::{District, Station};
use crate::figures::{Figures, percentile};

const SAVES: usize = 500;
/// Bytes of a page in the database's log.
const FRAME: f64 = 4_096.0 + 24.0;

/// Saves fields and commits bare rows by turns, so that both meet the same disk.
pub async fn field(figures: &mut Figures, district: &mut District, station: &Station) -> Result<()> {
    let bare = rusqlite::Connection::open(district.place("bare.db"))?;
    bare.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB)",
    )?;
    let row = vec![7u8; 2_048];
    let mut view = clerk::begin(station, "glj").await?;
    let log = district.place("saved").join("station.db-wal");
    let before = std::fs::metadata(&log)?.len();
    let (mut saves, mut commits) = (Vec::new(), Vec::new());
    for n in 0..SAVES {
        saves.push(save(station, &mut view, n).await?);
        let started = Instant::now();
        bare.execute("INSERT INTO t (b) VALUES (?1)", [&row])?;
        commits.push(started.elapsed().as_secs_f64() * 1e3);
    }
    for percent in [50, 99] {
        let (saved, committed) = (percentile(&mut saves, percent), percentile(&mut commits, percent));
        figures.note(format!("one field saved, p{percent}"), saved, "ms");
        figures.note(
            format!("one bare SQLite FULL commit of 2 KB, p{percent}"),
            committed,
            "ms",
        );
        figures.under(
            format!("field saved / bare commit, p{percent}"),
            saved / committed,
            "×",
            3.0,
        );
    }
    let written = std::fs::metadata(&log)?.len().saturating_sub(before) as f64;
    figures.note(
        "pages of the database written for one field saved",
        written / FRAME / SAVES as f64,
        "",
    );
    Ok(())
}

/// Milliseconds until a field is on the disk. `view` is what the screen shows.
async fn save(station: &Station, view: &mut Value, n: usize) -> Result<f64> {
    let (name, value) = match n % 3 {
        0 => ("name", format!("王{n}桃花")),
        1 => ("phone", format!("139{n:08}")),
        _ => ("household_address", format!("{n}组12号")),
    };
    let args = made_on(view, json!({"name": name, "value": value, "note": ""}));
    let started = Instant::now();
    let reply = rpc::call(&station.0, "answer_set", args, Vec::new()).await?;
    let took = started.elapsed().as_secs_f64() * 1e3;
    if let Reply::Json(text) = reply {
        *view = serde_json::from_str(&text)?;
    }
    Ok(took)
}

/// How often the disk is told to write for one save: counted by `strace` over a process that saves a hundred fields,
/// less one that saves none. `None` when there is no `strace`.
pub fn fsyncs(district: &District, name: &str) -> Result<Option<f64>> {
    let (staff, pin) = district.staff()?;
    let mut counts = Vec::new();
    for saves in ["0", "100"] {
        let mut command = Command::new("strace");
        command
            .args(["-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", "signal=none", "-o"])
            .arg(district.place("strace.txt"));
        let child = command
            .arg(std::env::current_exe()?)
            .arg("save")
            .arg(district.place(name))
            .args([&staff, &pin])
            .arg(saves);
        match child.status() {
            Ok(status) if status.success() => {
                let trace = std::fs::read_to_string(district.place("strace.txt"))?;
                counts.push(
                    trace
                        .lines()
                        .filter(|line| line.contains("sync(") && !line.contains("resumed"))
                        .count(),
                );
            }
            _ => return Ok(None),
        }
    }
    let (none, hundred) = (counts.first().context("count")?, counts.get(1).context("count")?);
    Ok(Some((*hundred as f64 - *none as f64) / 100.0))
}

/// The process whose writes are counted.
pub async fn child(data: &str, staff: &str, pin: &str, saves: &str) -> Result<()> {
    let station = Station(doorstep_station::Station::open(std::path::Path::new(data)).await?);
    station.call("unlock", json!({"staff": staff, "pin": pin})).await?;
    let mut view = clerk::begin(&station, "glj").await?;
    for n in 0..saves.parse()? {
        save(&station, &mut view, n).await?;
    }
    Ok(())
}

/// A photograph of 12 megapixels, until its thumbnail is there.
pub async fn photograph(figures: &mut Figures, station: &Station) -> Result<()> {
    let mut view = clerk::begin(station, "glj").await?;
    let code = view["materials"][0]["asked"]["code"].clone();
    let (mut added, mut shown, mut size) = (Vec::new(), Vec::new(), 0);
    for seed in 0..7 {
        let picture = picture::photograph(4_000, 3_000, seed)?;
        size = picture.len();
        let page = made_on(&view, json!({"material": code, "replaces": null}));
        let started = Instant::now();
        view = station.ask("page_add", page, picture).await?;
        let whole = started.elapsed().as_secs_f64() * 1e3;
        let pages = view["materials"][0]["record"]["pages"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let hash = pages.last().context("page")?["file"].clone();
        station.call("file", json!({"hash": hash, "edge": 320})).await?;
        added.push(whole);
        shown.push(started.elapsed().as_secs_f64() * 1e3);
    }
    figures.note("a photograph of 12 megapixels", size as f64 / 1e6, "MB");
    figures.note("taken and safe on the disk, median", percentile(&mut added, 50), "ms");
    figures.under(
        "taken, safe, and its thumbnail shown, median",
        percentile(&mut shown, 50),
        "ms",
        300.0,
    );
    Ok(())
}
