//! The district's key is followed by another, with real processes: a device that was away goes on, one that joins later
//! reads what was signed before, and what was sealed on a stick for the former key is still taken.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use doorstep_harness::clerk::{self, Person};
use doorstep_harness::process::{Center, Station, binary, free_port};
use doorstep_harness::screen::Screen;
use serde_json::{Value, json};

async fn received(station: &Station, number: u32) -> Result<Value> {
    let view = clerk::begin(station, "glj").await?;
    let person = Person {
        name: format!("试验{number}"),
        id_number: clerk::id_number("19400214", number),
        phone: format!("1390000000{number}"),
    };
    let today = jiff::Zoned::now().date().to_string();
    let view = clerk::fill(station, view, &person, &today).await?;
    let view = clerk::bring(station, view, 1, u64::from(number)).await?;
    Ok(station.call("receive", json!({"id": view["id"]})).await?)
}

fn rotate(data: &Path) -> Result<String> {
    let said = Command::new(binary("doorstep-center")?)
        .args(["rotate-key", "--data"])
        .arg(data)
        .output()?;
    ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    Ok(String::from_utf8(said.stdout)?.trim().to_owned())
}

async fn join(center: &Center, folder: &Path, code: usize) -> Result<Station> {
    let station = Station::start(folder, free_port()?).await?;
    let place = center.demo()?["stations"][0].clone();
    let code = place["enrolment_codes"][code].as_str().context("code")?;
    station.enrol(&center.process.url, code).await?;
    let staff = &place["staff"][0];
    let text = |field: &str| staff[field].as_str().context("staff").map(str::to_owned);
    station.unlock(&text("number")?, &text("pin")?).await?;
    station.settle(50).await?;
    Ok(station)
}

async fn key(center: &Center, station: &Station, id: &Value) -> Result<()> {
    let view = station.call("application", json!({"id": id})).await?;
    let chain = &view["chain"];
    ensure!(
        chain["saved"] == chain["reached"] && chain["files"] == chain["verified"],
        "{chain}"
    );
    ensure!(
        view["refused"].as_array().is_none_or(Vec::is_empty),
        "{}",
        view["refused"]
    );
    ensure!(center.data.join("center.key.1").exists(), "the former key is kept");
    Ok(())
}

async fn scenario(root: &Path) -> Result<()> {
    let mut center = Center::start(&root.join("center"), free_port()?).await?;
    let one = join(&center, &root.join("one"), 0).await?;
    let before = received(&one, 1).await?;
    one.settle(50).await?;
    // It goes onto a stick for the key that signs now, and is not sent.
    center.process.kill();
    let late = received(&one, 2).await?;
    let stick = root.join("stick");
    std::fs::create_dir(&stick)?;
    let plan = one.call("bundle_export", json!({"part_bytes": null})).await?;
    for part in 1..=plan["names"].as_array().context("names")?.len() {
        let args = json!({"bundle": plan["bundle"], "part": part, "folder": stick});
        one.call("bundle_write", args).await?;
    }
    let first = rotate(&center.data)?;
    let second = rotate(&center.data)?;
    ensure!(first != second && second.len() == 64, "{first} {second}");
    let taken = Command::new(binary("doorstep-center")?)
        .args(["import", "--data"])
        .args([&center.data, &stick])
        .output()?;
    ensure!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    center.restart().await?;
    // Nobody gives it another key while it is served.
    ensure!(rotate(&center.data).is_err(), "two programs at once");
    let after = received(&one, 3).await?;
    one.settle(50).await?;
    for view in [&before, &late, &after] {
        key(&center, &one, &view["id"]).await?;
    }
    // Whoever joins now trusts the third key, and reads what the first one signed.
    let two = join(&center, &root.join("two"), 1).await?;
    for view in [&before, &late, &after] {
        let seen = two.call("application", json!({"id": view["id"]})).await?;
        ensure!(
            seen["status"] == "arrived" || seen["status"] == "prechecked",
            "{}",
            seen["status"]
        );
    }
    let report = two.call("sync_now", json!({})).await?;
    ensure!(report["result"] == "done", "{report}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_key_follows_and_nobody_is_left_behind() {
    let root = tempfile::tempdir().unwrap();
    if let Err(error) = scenario(root.path()).await {
        panic!("data kept in {}: {error:#}", root.keep().display());
    }
}
