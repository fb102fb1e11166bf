//! Stations on one local network with a real center behind some of them: a tablet hands over to the laptop of its station,
//! and a device of another village lets the laptop carry what the laptop cannot read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use doorstep_harness::clerk::{self, Person};
use doorstep_harness::screen::Screen;
use doorstep_harness::simulation::{Device, District, Place, TODAY};
use doorstep_station::{Announcement, Discovery, Sighting, Tell, Vicinity};
use serde_json::{Value, json};

const NAME: &str = "试小满";
const LAPTOP: usize = 0;
const TABLET: usize = 1;
const ELSEWHERE: usize = 2;

const PLACES: [Place; 3] = [
    Place {
        division: "500199101201",
        staff: 0,
        ahead: 2_000,
    },
    Place {
        division: "500199101201",
        staff: 0,
        ahead: -90_000,
    },
    Place {
        division: "500199101202",
        staff: 0,
        ahead: 40_000,
    },
];

/// What all devices in one room hear.
#[derive(Clone, Default)]
struct Air(Arc<Mutex<Vec<(Sighting, Tell)>>>);

impl Discovery for Air {
    fn begin(&self, own: &Announcement, tell: Tell) -> Result<Box<dyn Send + Sync>, String> {
        let seen = Sighting::Seen {
            name: own.name.clone(),
            tag: own.tag.clone(),
            addresses: vec![([127, 0, 0, 1], own.port).into()],
        };
        let mut heard = self.0.lock().unwrap();
        for (there, others) in heard.iter() {
            others(seen.clone());
            tell(there.clone());
        }
        heard.push((seen, tell));
        Ok(Box::new(()))
    }
}

async fn room(folder: &std::path::Path, present: [usize; 2]) -> Result<District> {
    District::make(folder, &PLACES).await?;
    let mut district = District::open(folder, &PLACES, 1).await?;
    // Everyone knows everyone of its own station.
    district.settle().await?;
    let air = Air::default();
    for device in present {
        let vicinity = Vicinity {
            listen: ([127, 0, 0, 1], 0).into(),
            discovery: Some(Arc::new(air.clone())),
        };
        district.devices[device].among_neighbours(vicinity).await?;
    }
    Ok(district)
}

/// An application with its scans, handed in. Its id.
async fn take_application(station: &Device) -> Result<String> {
    let person = Person {
        name: NAME.to_owned(),
        id_number: clerk::id_number(clerk::birth_for("gl"), 3),
        phone: "13800000003".to_owned(),
    };
    let view = clerk::begin(station, "glj").await?;
    let view = clerk::fill(station, view, &person, TODAY).await?;
    let view = clerk::bring(station, view, 1, 3_000).await?;
    let view = station.call("receive", json!({"id": view["id"]})).await?;
    Ok(view["id"].as_str().context("id")?.to_owned())
}

/// Meets every neighbour again and again until `settled`.
async fn meet_until(station: &Device, mut settled: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    for _ in 0..200 {
        if settled().await? {
            return Ok(());
        }
        let list = station.call("neighbours", json!({})).await?;
        for neighbour in list["neighbours"].as_array().context("neighbours")? {
            // It may be gone from the list meanwhile.
            let _ = station.call("neighbour_sync", json!({"id": neighbour["id"]})).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let (list, strip) = (
        station.call("neighbours", json!({})).await?,
        station.call("strip", json!({})).await?,
    );
    anyhow::bail!("not settled: {} {strip}", list["neighbours"])
}

async fn level(station: &Device) -> Result<bool> {
    let strip = station.call("strip", json!({})).await?;
    Ok(strip["waiting_items"] == 0 && strip["waiting_files"] == 0)
}

fn all_there(chain: &Value) -> bool {
    chain["reached"] == chain["saved"] && chain["files"] == chain["verified"] && chain["files"] != 0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tablet_reaches_the_center_through_the_laptop_of_its_station() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let district = room(folder.path(), [LAPTOP, TABLET]).await?;
    let (laptop, tablet) = (&district.devices[LAPTOP], &district.devices[TABLET]);
    tablet.line.cut(true);
    let id = take_application(tablet).await?;
    meet_until(tablet, async || level(tablet).await).await?;

    let chain = tablet.call("application", json!({"id": id})).await?["chain"].clone();
    ensure!(all_there(&chain), "{chain}");
    let case = district.console().await?.get(&format!("/api/cases/{id}")).await?;
    ensure!(case.to_string().contains(NAME), "the reviewer has it");
    let there = laptop.call("application", json!({"id": id})).await?["chain"].clone();
    ensure!(all_there(&there), "{there}");
    district.settle().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_of_another_village_carries_what_it_cannot_read() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let district = room(folder.path(), [LAPTOP, ELSEWHERE]).await?;
    let (laptop, elsewhere) = (&district.devices[LAPTOP], &district.devices[ELSEWHERE]);
    laptop.line.cut(true);
    elsewhere.line.cut(true);
    let id = take_application(elsewhere).await?;

    // Handed over, sealed: the laptop has it and cannot read it.
    let parcels = folder.path().join(format!("station-{LAPTOP}")).join("parcels");
    let carried = || -> Vec<Vec<u8>> {
        let entries = std::fs::read_dir(&parcels).into_iter().flatten().flatten();
        let up = entries.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "up"));
        up.filter_map(|entry| std::fs::read(entry.path()).ok()).collect()
    };
    meet_until(elsewhere, async || {
        Ok(elsewhere.call("strip", json!({})).await?["handed"].is_object())
    })
    .await?;
    let chain = elsewhere.call("application", json!({"id": id})).await?["chain"].clone();
    ensure!(
        chain["handed"]["to"].as_str().is_some_and(|name| !name.is_empty()),
        "{chain}"
    );
    ensure!(
        chain["handed_files"] == chain["files"] && chain["reached"] == 0,
        "{chain}"
    );
    ensure!(!carried().is_empty(), "parcels lie at the laptop");
    for parcel in carried() {
        for word in [NAME.as_bytes(), id.as_bytes()] {
            ensure!(
                !parcel.windows(word.len()).any(|part| part == word),
                "a parcel can be read"
            );
        }
    }
    ensure!(
        laptop.call("application", json!({"id": id})).await.is_err(),
        "the laptop has no such application"
    );
    let before = carried().len();
    let list = elsewhere.call("neighbours", json!({})).await?;
    ensure!(list["neighbours"][0]["state"] == "carries", "{}", list["neighbours"]);
    elsewhere
        .call("neighbour_sync", json!({"id": list["neighbours"][0]["id"]}))
        .await?;
    ensure!(carried().len() == before, "the same is not sealed twice");

    // The laptop comes into reach, brings it, and brings the receipts back.
    laptop.line.cut(false);
    laptop.call("sync_now", json!({})).await?;
    ensure!(carried().is_empty(), "the center took them");
    meet_until(elsewhere, async || level(elsewhere).await).await?;
    let chain = elsewhere.call("application", json!({"id": id})).await?["chain"].clone();
    ensure!(all_there(&chain), "{chain}");
    let case = district.console().await?.get(&format!("/api/cases/{id}")).await?;
    ensure!(case.to_string().contains(NAME), "the reviewer has it");
    ensure!(
        laptop.call("application", json!({"id": id})).await.is_err(),
        "and the laptop never had"
    );
    district.settle().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parcel_that_the_center_cannot_read_is_not_said_to_be_on_its_way() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let district = room(folder.path(), [LAPTOP, ELSEWHERE]).await?;
    let (laptop, elsewhere) = (&district.devices[LAPTOP], &district.devices[ELSEWHERE]);
    laptop.line.cut(true);
    elsewhere.line.cut(true);
    let id = take_application(elsewhere).await?;
    let handed = async || Ok(elsewhere.call("strip", json!({})).await?["handed"].is_object());
    meet_until(elsewhere, handed).await?;

    // The laptop's disk spoils the first parcel, and the half of another.
    let parcels = folder.path().join(format!("station-{LAPTOP}")).join("parcels");
    for (place, entry) in std::fs::read_dir(&parcels)?.enumerate() {
        let path = entry?.path();
        let mut bytes = std::fs::read(&path)?;
        let sound = if place == 0 { 0 } else { bytes.len() / 2 };
        bytes[sound..].fill(0);
        std::fs::write(path, bytes)?;
    }
    laptop.line.cut(false);
    laptop.call("sync_now", json!({})).await?;
    ensure!(
        std::fs::read_dir(&parcels)?
            .flatten()
            .all(|entry| entry.path().extension().is_some_and(|it| it != "up")),
        "the center was asked"
    );
    meet_until(elsewhere, async || Ok(!handed().await?)).await?;
    let chain = elsewhere.call("application", json!({"id": id})).await?["chain"].clone();
    ensure!(!all_there(&chain) && chain["handed"].is_null(), "{chain}");

    // With the next thing that is typed everything goes once more, and arrives.
    clerk::begin(elsewhere, "glj").await?;
    meet_until(elsewhere, async || {
        laptop.call("sync_now", json!({})).await?;
        level(elsewhere).await
    })
    .await?;
    let chain = elsewhere.call("application", json!({"id": id})).await?["chain"].clone();
    ensure!(all_there(&chain), "{chain}");
    district.settle().await
}
