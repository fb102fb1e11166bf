//! Real stations and the real center, one of them put back to an older day or doubled: everybody gets back what they
//! lost from those who have it, whoever wrote it; documents go on; and then nothing is sent any more.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use anyhow::{Context, Result, ensure};
use doorstep_harness::clerk;
use doorstep_harness::picture;
use doorstep_harness::screen::{Screen, list, shown};
use doorstep_harness::simulation::backup::replace;
use doorstep_harness::simulation::{Device, District, Place};
use serde_json::{Value, json};

const PEACH: &str = "500199101201";
/// Two devices of one village, and the place of a copy of the first one's disk.
const PLACES: [Place; 3] = [place(0), place(1), place(0)];

const fn place(staff: usize) -> Place {
    Place {
        division: PEACH,
        staff,
        ahead: 0,
    }
}

/// A district with one application that everybody has.
async fn begun(folder: &Path, seed: u64) -> Result<(District, String)> {
    District::make(folder, &PLACES[..2]).await?;
    let district = District::open(folder, &PLACES[..2], seed).await?;
    let id = begin(&district.devices[0]).await?;
    type_in(&district.devices[0], &id, "name", "陶桃花").await?;
    district.settle().await?;
    Ok((district, id))
}

async fn begin(device: &Device) -> Result<String> {
    let view = clerk::begin(device, "glj").await?;
    Ok(view["id"].as_str().context("id")?.to_owned())
}

async fn type_in(device: &Device, id: &str, name: &str, value: &str) -> Result<()> {
    let edit = json!({"id": id, "name": name, "value": value, "note": ""});
    device.call("answer_set", edit).await?;
    Ok(())
}

async fn values(device: &Device, id: &str, name: &str) -> Result<Vec<String>> {
    let view = device.call("application", json!({"id": id})).await?;
    let mut values = shown(&view, &format!("answers.{name}"));
    values.sort();
    Ok(values)
}

async fn photograph(device: &Device, id: &str, seed: u64) -> Result<()> {
    let view = device.call("application", json!({"id": id})).await?;
    let code = list(&view["materials"])
        .find_map(|material| material["asked"]["code"].as_str())
        .context("material")?
        .to_owned();
    let page = json!({"id": id, "material": code, "replaces": null});
    device
        .ask("page_add", page, picture::photograph(600, 400, seed)?)
        .await?;
    Ok(())
}

/// Nothing moves any more, and one round trip is enough to know it.
async fn idle(district: &District) -> Result<()> {
    for device in &district.devices {
        let report = device.call("sync_now", json!({})).await?;
        let moved = ["sent_items", "received_items", "sent_files", "received_files"];
        ensure!(
            report["result"] == "done" && moved.iter().all(|name| report[*name] == 0),
            "not idle: {report}"
        );
        ensure!(device.line.level().different.is_empty(), "different sets");
    }
    Ok(())
}

/// Both went on: everything typed on either is on both, and both can go on.
async fn all_agree(district: &District, id: &str, mark: &str) -> Result<()> {
    for device in &district.devices {
        type_in(device, id, "household_address", mark).await?;
        district.settle().await?;
    }
    for device in &district.devices {
        let addresses = values(device, id, "household_address").await?;
        ensure!(addresses == [mark], "{addresses:?}");
    }
    idle(district).await
}

async fn reached(device: &Device, id: &str) -> Result<Value> {
    let view = device.call("application", json!({"id": id})).await?;
    Ok(view["chain"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_center_restored_from_a_backup_gets_back_what_any_device_has() -> Result<()> {
    for told in [true, false] {
        let folder = tempfile::tempdir()?;
        let (mut district, old) = begun(folder.path(), 3).await?;
        let backup = folder.path().join("backup");
        district.back_up("center", &backup)?;

        let new = begin(&district.devices[0]).await?;
        for n in 0..30 {
            district.time.pass(90_000);
            type_in(&district.devices[0], &new, "name", &format!("柳石桥{n}")).await?;
            type_in(&district.devices[0], &old, "phone", &format!("139000000{n:02}")).await?;
        }
        photograph(&district.devices[0], &new, 1).await?;
        district.settle().await?;

        // The author is away; a colleague has what was lost.
        district.restore_center(&backup, told)?;
        district.devices[0].line.cut(true);
        for _ in 0..3 {
            district.time.pass(1_000);
            district.devices[1].call("sync_now", json!({})).await?;
        }
        ensure!(district.devices[1].line.level().different.is_empty());
        let console = district.console().await?;
        let cases = console.get("/api/cases").await?;
        district.settle().await?;
        ensure!(cases == console.get("/api/cases").await?, "the colleague had all of it");
        let chain = reached(&district.devices[0], &new).await?;
        ensure!(chain["saved"] == chain["reached"] && chain["verified"] == 1, "{chain}");
        all_agree(&district, &new, "三组1号").await?;
        all_agree(&district, &old, "三组2号").await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_restored_from_an_older_copy_gets_its_own_work_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (mut district, old) = begun(folder.path(), 4).await?;
    let backup = folder.path().join("backup");
    district.devices[0].close();
    district.back_up("station-0", &backup)?;
    district.devices[0].open().await?;

    let new = begin(&district.devices[0]).await?;
    for n in 0..60 {
        district.time.pass(90_000);
        type_in(&district.devices[0], &new, "name", &format!("柳石桥{n}")).await?;
    }
    type_in(&district.devices[0], &old, "phone", "13900000001").await?;
    type_in(&district.devices[1], &old, "bank_account", "6222000000000000").await?;
    district.settle().await?;

    district.restore_station(0, &backup).await?;
    // Before it hears of anything, somebody goes on with it.
    type_in(&district.devices[0], &old, "phone", "13900000002").await?;
    district.settle().await?;
    ensure!(values(&district.devices[0], &new, "name").await? == ["柳石桥59"]);
    for device in &district.devices {
        let phones = values(device, &old, "phone").await?;
        ensure!(
            phones == ["13900000001", "13900000002"],
            "two who did not know of each other: {phones:?}"
        );
    }
    all_agree(&district, &new, "四组1号").await?;
    all_agree(&district, &old, "四组2号").await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_machines_with_the_same_disk_come_to_the_same() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (district, old) = begun(folder.path(), 5).await?;
    drop(district);
    replace(&folder.path().join("station-0"), &folder.path().join("station-2"))?;
    let district = District::open(folder.path(), &PLACES, 6).await?;

    let mut begun = Vec::new();
    for (who, device) in district.devices.iter().enumerate() {
        type_in(device, &old, "phone", &format!("1390000000{who}")).await?;
        for n in 0..10 {
            district.time.pass(90_000);
            let id = begin(device).await?;
            type_in(device, &id, "name", &format!("向远山{n}")).await?;
            begun.push(id);
        }
    }
    district.settle().await?;
    for device in &district.devices {
        let phones = values(device, &old, "phone").await?;
        ensure!(phones == ["13900000000", "13900000001", "13900000002"], "{phones:?}");
        for (at, id) in begun.iter().enumerate() {
            ensure!(values(device, id, "name").await? == [format!("向远山{}", at % 10)]);
        }
    }
    all_agree(&district, &old, "五组1号").await
}
