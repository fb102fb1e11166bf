//! kill -9 of station and center at random points: nothing that was acknowledged is lost, every document opens, every
//! file's hash is right. 10 seeds, for a PIN takes its time; `DOORSTEP_SEEDS=7` runs one.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use doorstep_harness::chance::Chance;
use doorstep_harness::picture;
use doorstep_harness::process::{Center, Station, free_port};
use doorstep_harness::screen::Screen;
use serde_json::{Value, json};

/// What the station has confirmed.
#[derive(Default)]
struct Acknowledged {
    /// Application id → question → value.
    answers: BTreeMap<String, BTreeMap<String, String>>,
    /// Application id → hashes of pages.
    pages: BTreeMap<String, Vec<String>>,
}

struct World {
    center: Center,
    station: Station,
    staff: String,
    pin: String,
    chance: Chance,
    known: Acknowledged,
    kills: u32,
}

impl World {
    async fn unlock(&self) -> Result<()> {
        self.station.unlock(&self.staff, &self.pin).await.map(drop)
    }

    /// Runs `call` while the station or the center may be killed. `None`: it was not acknowledged.
    async fn risky(&mut self, command: &str, args: Value, bytes: Option<Vec<u8>>) -> Result<Option<Value>> {
        let dice = self.chance.below(100);
        let delay = Duration::from_micros(self.chance.below(12_000));
        let station = &self.station;
        let call = async {
            match bytes {
                Some(bytes) => station.ask(command, args, bytes).await,
                None => station.call(command, args).await,
            }
        };
        if dice >= 14 {
            return Ok(Some(call.await?));
        }
        // Killed while the command runs: the answer may or may not come.
        let pid = if dice < 9 {
            self.station.process.pid()
        } else {
            self.center.process.pid()
        };
        let (answer, ()) = tokio::join!(call, async {
            tokio::time::sleep(delay).await;
            let _ = std::process::Command::new("kill")
                .args(["-9", &pid.to_string()])
                .status();
        });
        self.kills += 1;
        if dice < 9 {
            self.station.restart().await?;
            self.unlock().await?;
            self.verify().await.context("after a kill of the station")?;
            Ok(answer.ok())
        } else {
            self.center.restart().await?;
            Ok(Some(answer?))
        }
    }

    /// Everything acknowledged is there.
    async fn verify(&self) -> Result<()> {
        for (id, answers) in &self.known.answers {
            let view = self.station.call("application", json!({"id": id})).await?;
            for (name, value) in answers {
                let shown = question(&view, name);
                ensure!(
                    shown == Some(value.as_str()),
                    "{id} {name}: {shown:?} instead of {value}"
                );
            }
            for hash in self.known.pages.get(id).into_iter().flatten() {
                ensure!(
                    view["materials"].to_string().contains(hash.as_str()),
                    "{id}: page {hash} is gone"
                );
                let bytes = self.station.file(hash).await?;
                ensure!(blake3::hash(&bytes).to_hex().as_str() == hash, "{hash}: wrong content");
            }
        }
        Ok(())
    }
}

fn question<'a>(view: &'a Value, name: &str) -> Option<&'a str> {
    view["form"]["questions"]
        .as_array()?
        .iter()
        .find(|q| q["name"] == name)?["value"]
        .as_str()
}

fn page_hashes(view: &Value) -> Vec<String> {
    let pages = view["materials"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|m| m["record"]["pages"].as_array().cloned().unwrap_or_default());
    pages.filter_map(|p| p["file"].as_str().map(str::to_owned)).collect()
}

async fn one_seed(seed: u64, template: &Template, folder: &Path) -> Result<u32> {
    copy(&template.folder, folder)?;
    let center = Center::start(&folder.join("center"), template.center_port).await?;
    let station = Station::start(&folder.join("station"), free_port()?).await?;
    let mut world = World {
        center,
        station,
        staff: template.staff.clone(),
        pin: template.pin.clone(),
        chance: Chance::new(seed),
        known: Acknowledged::default(),
        kills: 0,
    };
    world.unlock().await?;
    for step in 0..40u64 {
        let ids: Vec<String> = world.known.answers.keys().cloned().collect();
        let id = world.chance.pick(&ids).cloned();
        match (world.chance.below(10), id) {
            (0, _) | (_, None) => {
                let matters = world
                    .station
                    .call("matters", json!({"query": "glj", "tag": ""}))
                    .await?;
                let code = matters["matters"][0]["code"].as_str().context("高龄津贴")?.to_owned();
                if let Some(view) = world.risky("begin", json!({"matter": code}), None).await? {
                    let id = view["id"].as_str().context("id")?.to_owned();
                    world.known.answers.insert(id, BTreeMap::new());
                }
            }
            (1..=5, Some(id)) => {
                let name = if world.chance.percent(50) { "name" } else { "phone" };
                let value = if name == "name" {
                    format!("试验{seed}之{step}")
                } else {
                    format!("1390000{:04}", world.chance.below(10_000))
                };
                let args = json!({"id": id, "name": name, "value": value, "note": ""});
                let answers = world.known.answers.get_mut(&id).context("known")?;
                // Until the answer comes, either value may stand.
                let before = answers.remove(name);
                match world.risky("answer_set", args, None).await? {
                    Some(_) => drop(world.known.answers.get_mut(&id).unwrap().insert(name.to_owned(), value)),
                    None => {
                        let view = world.station.call("application", json!({"id": id})).await?;
                        let shown = question(&view, name).unwrap_or_default().to_owned();
                        ensure!(
                            shown == value || shown == before.clone().unwrap_or_default(),
                            "{name}: {shown} is neither the new nor the old value"
                        );
                        world.known.answers.get_mut(&id).unwrap().insert(name.to_owned(), shown);
                    }
                }
            }
            (6..=7, Some(id)) => {
                let view = world.station.call("application", json!({"id": id})).await?;
                let material = view["materials"][0]["asked"]["code"]
                    .as_str()
                    .context("material")?
                    .to_owned();
                let picture = picture::photograph(320, 240, world.chance.draw())?;
                let args = json!({"id": id, "material": material, "replaces": null});
                if let Some(view) = world.risky("page_add", args, Some(picture)).await? {
                    world.known.pages.insert(id, page_hashes(&view));
                }
            }
            (_, Some(_)) => {
                world.risky("sync_now", json!({}), None).await?;
            }
        }
    }
    world.verify().await?;
    world.station.settle(50).await?;
    for id in world.known.answers.keys() {
        let view = world.station.call("application", json!({"id": id})).await?;
        let chain = &view["chain"];
        ensure!(
            chain["saved"] == chain["reached"],
            "not everything reached the district: {chain}"
        );
        ensure!(
            chain["files"] == chain["verified"],
            "not every scan is verified: {chain}"
        );
    }
    let said = world.station.command("doctor", &template.staff, &template.pin)?;
    ensure!(
        said.contains("damaged: 0") && said.contains("as the items say: true"),
        "{said}"
    );
    Ok(world.kills)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let status = std::process::Command::new("cp").arg("-a").arg(from).arg(to).status()?;
    ensure!(status.success(), "cp failed");
    Ok(())
}

/// A center with its demo district and one enrolled station, stopped; every seed starts from a copy.
struct Template {
    folder: PathBuf,
    /// The station remembers where its center is, so every copy listens there.
    center_port: u16,
    staff: String,
    pin: String,
}

async fn template(folder: PathBuf) -> Result<Template> {
    let center_port = free_port()?;
    let center = Center::start(&folder.join("center"), center_port).await?;
    let station = Station::start(&folder.join("station"), free_port()?).await?;
    let demo = center.demo()?;
    let place = &demo["stations"][0];
    station
        .enrol(
            &center.process.url,
            place["enrolment_codes"][0].as_str().context("code")?,
        )
        .await?;
    let staff = place["staff"][0]["number"].as_str().context("staff")?.to_owned();
    let pin = place["staff"][0]["pin"].as_str().context("pin")?.to_owned();
    station.unlock(&staff, &pin).await?;
    station.settle(50).await?;
    Ok(Template {
        folder,
        center_port,
        staff,
        pin,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost() {
    let seeds: Vec<u64> = match std::env::var("DOORSTEP_SEEDS") {
        Ok(list) => list.split(',').map(|s| s.parse().unwrap()).collect(),
        Err(_) => (1..=10).collect(),
    };
    let root = tempfile::tempdir().unwrap();
    let template = template(root.path().join("template")).await.unwrap();
    let mut kills = 0;
    for seed in seeds {
        let folder = root.path().join(format!("seed-{seed}"));
        match one_seed(seed, &template, &folder).await {
            Ok(n) => kills += n,
            Err(error) => {
                let kept = root.keep();
                panic!("seed {seed} (data kept in {}): {error:#}", kept.display());
            }
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
    eprintln!("{kills} kills");
    assert!(kills > 0, "no process was killed: the test tests nothing");
}
