//! A device that the district revoked wipes itself at its next contact, with the real programs: at once when it is lost, after
//! it has handed over what it had not sent when it was given back, and never because somebody between the two says so.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use anyhow::{Context, Result, ensure};
use doorstep_harness::picture;
use doorstep_harness::process::{Center, Console, Station, free_port};
use doorstep_harness::screen::Screen;
use serde_json::{Value, json};

const TYPED: &str = "丹霞坡东厢房后门进";

struct World {
    center: Center,
    station: Station,
    console: Console,
    staff: String,
    pin: String,
    codes: Vec<String>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let center = Center::start(&folder.path().join("center"), free_port()?).await?;
        let station = Station::start(&folder.path().join("station"), free_port()?).await?;
        let demo = center.demo()?;
        let text = |value: &Value| value.as_str().map(str::to_owned).context("demo district");
        let place = &demo["stations"][0];
        let codes = place["enrolment_codes"].as_array().context("codes")?;
        let codes = codes.iter().map(text).collect::<Result<Vec<String>>>()?;
        let console = center.sign_in("administrator").await?;
        station.enrol(&center.process.url, &codes[0]).await?;
        let (staff, pin) = (text(&place["staff"][0]["number"])?, text(&place["staff"][0]["pin"])?);
        station.unlock(&staff, &pin).await?;
        station.settle(50).await?;
        Ok(Self {
            center,
            station,
            console,
            staff,
            pin,
            codes,
            _folder: folder,
        })
    }

    async fn begin(&self) -> Result<String> {
        let view = self.station.call("begin", json!({ "matter": "YX-MZ-001" })).await?;
        Ok(view["id"].as_str().context("id")?.to_owned())
    }

    async fn answer(&self, id: &str, value: &str) -> Result<Value> {
        let args = json!({ "id": id, "name": "household_address", "value": value, "note": "" });
        Ok(self.station.call("answer_set", args).await?)
    }

    async fn photograph(&self, id: &str) -> Result<()> {
        let args = json!({ "id": id, "material": "id_card", "replaces": null });
        self.station
            .ask("page_add", args, picture::photograph(900, 600, 7)?)
            .await?;
        Ok(())
    }

    async fn revoke(&self, hand_over: bool) -> Result<()> {
        let stations = self.console.get("/api/stations").await?;
        let devices = stations.as_array().context("stations")?.iter().flat_map(|station| {
            station["devices"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|device| device["revoked"].is_null())
        });
        let device = devices.last().context("device")?["id"]
            .as_str()
            .context("id")?
            .to_owned();
        let body = json!({ "reason": "遗失", "hand_over": hand_over });
        self.console
            .post(&format!("/api/devices/{device}/revoke"), &body)
            .await?;
        Ok(())
    }

    /// Whether the center has an application with these words in it.
    fn has_arrived(&self, words: &str) -> Result<bool> {
        Ok(["center.sqlite", "center.sqlite-wal"].iter().any(|name| {
            let bytes = std::fs::read(self.center.data.join(name)).unwrap_or_default();
            bytes.windows(words.len()).any(|window| window == words.as_bytes())
        }))
    }

    /// Exchanges until the device says that it was wiped.
    async fn wiped(&self) -> Result<()> {
        for _ in 0..100 {
            let _ = self.station.call("sync_now", json!({})).await;
            let strip = self.station.call("strip", json!({})).await?;
            if strip["wiped"] == true {
                ensure!(strip["enrolled"] == false && strip["staff"].is_null(), "{strip}");
                return Ok(());
            }
        }
        anyhow::bail!("it did not wipe itself")
    }
}

/// Nothing is left of a station's data: no key, no database, no scan, and nothing that any of them could be read with.
fn nothing_is_left(data: &Path) -> Result<()> {
    let mut left: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(data)? {
        left.push(entry?.file_name().to_string_lossy().into_owned());
    }
    left.retain(|name| !["station.lock", "wiped", "preferences.json"].contains(&name.as_str()));
    ensure!(left.is_empty(), "{left:?}");
    for name in ["station.lock", "wiped"] {
        ensure!(std::fs::metadata(data.join(name))?.len() == 0, "{name} holds something");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_device_wipes_itself_at_once_and_can_be_enrolled_anew() -> Result<()> {
    let mut world = World::new().await?;
    let id = world.begin().await?;
    world.answer(&id, TYPED).await?;
    world.photograph(&id).await?;
    world.station.settle(50).await?;
    world.revoke(false).await?;
    world.wiped().await?;
    nothing_is_left(&world.station.data)?;
    // It says so after a restart too, and nobody's PIN opens it.
    world.station.restart().await?;
    ensure!(world.station.call("strip", json!({})).await?["wiped"] == true);
    let refused = world.station.unlock(&world.staff, &world.pin).await;
    ensure!(refused.is_err_and(|error| error.to_string().contains("not_enrolled")));
    // With a new code it begins anew, and gets back what the district has.
    world.station.enrol(&world.center.process.url, &world.codes[1]).await?;
    world.station.unlock(&world.staff, &world.pin).await?;
    world.station.settle(50).await?;
    let strip = world.station.call("strip", json!({})).await?;
    ensure!(strip["wiped"] == false && strip["enrolled"] == true, "{strip}");
    let view = world.station.call("application", json!({ "id": id })).await?;
    ensure!(view.to_string().contains(TYPED));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_was_given_back_hands_over_first() -> Result<()> {
    let mut world = World::new().await?;
    let id = world.begin().await?;
    world.station.settle(50).await?;
    // The center is out of reach while the last is typed.
    world.center.process.kill();
    world.answer(&id, TYPED).await?;
    world.photograph(&id).await?;
    ensure!(world.station.call("day_end", json!({})).await?["total"] == 1);
    // It goes nowhere while nobody has unlocked the device.
    world.station.call("lock", json!({})).await?;
    world.center.restart().await?;
    world.console = world.center.sign_in("administrator").await?;
    ensure!(!world.has_arrived(TYPED)?);
    world.revoke(true).await?;
    world.station.unlock(&world.staff, &world.pin).await?;
    world.wiped().await?;
    nothing_is_left(&world.station.data)?;
    ensure!(world.has_arrived(TYPED)?, "it was handed over first");
    Ok(())
}
