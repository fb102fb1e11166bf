//! The center burns down, with real processes: a backup made while it was served is put back, and stations bring what it
//! lacks, with no human help.

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
    let view = station.call("receive", json!({"id": view["id"]})).await?;
    station.settle(50).await?;
    Ok(view["id"].clone())
}

fn run(name: &str, data: &Path, other: &Path) -> Result<String> {
    let said = Command::new(binary("doorstep-center")?)
        .args([name, "--data"])
        .args([data, other])
        .output()?;
    ensure!(
        said.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&said.stderr)
    );
    Ok(String::from_utf8(said.stdout)?)
}

async fn scenario(root: &Path) -> Result<()> {
    let mut center = Center::start(&root.join("center"), free_port()?).await?;
    let station = Station::start(&root.join("station"), free_port()?).await?;
    let demo = std::fs::read(center.data.join("demo-accounts.json"))?;
    let place = center.demo()?["stations"][0].clone();
    let code = place["enrolment_codes"][0].as_str().context("code")?;
    station.enrol(&center.process.url, code).await?;
    let text = |field: &str| place["staff"][0][field].as_str().context("staff");
    station.unlock(text("number")?, text("pin")?).await?;
    station.settle(50).await?;

    let before = received(&station, 1).await?;
    let target = root.join("backup");
    run("backup", &center.data, &target)?;
    let since = received(&station, 2).await?;
    center.process.kill();
    std::fs::remove_dir_all(&center.data)?;
    run("restore", &center.data, &target)?;
    // The demo's slips of paper are in no backup.
    std::fs::write(center.data.join("demo-accounts.json"), demo)?;
    center.restart().await?;
    station.settle(100).await?;
    let reviewer = center.sign_in("reviewer").await?;
    for id in [before, since] {
        let view = station.call("application", json!({"id": id})).await?;
        let (chain, id) = (&view["chain"], id.as_str().context("id")?);
        ensure!(
            chain["saved"] == chain["reached"] && chain["files"] == chain["verified"],
            "{chain}"
        );
        let case = reviewer.get(&format!("/api/cases/{id}")).await?;
        ensure!(case["id"] == id && case["verified"] != json!([]), "{case}");
        let said = Command::new(binary("doorstep-center")?)
            .args(["verify", id, "--data"])
            .arg(&center.data)
            .output()?;
        ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn stations_bring_back_what_a_backup_lacks() {
    let folder = tempfile::tempdir().unwrap();
    scenario(folder.path()).await.unwrap();
}
