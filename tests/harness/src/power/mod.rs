//! Power cuts: a day's work is done once over a file layer that writes down everything done to the disk; then the disk is
//! put back to what a power cut at any moment of that day may have left, and both ends are opened on it.

pub mod day;
mod disk;
pub mod full;
mod log;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use doorstep_center::doctor;
use serde_json::json;

use crate::chance::Chance;
use crate::screen::{Screen, files, list, question};
use crate::simulation::District;
use day::{Mark, PLACES, Said};
pub use disk::{Disk, Lost};
pub use log::Deed;

/// The file layer, built into `folder`.
pub fn layer(folder: &Path) -> Result<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/power/layer.c");
    let built = folder.join("layer.so");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-O2", "-Wall", "-o"])
        .args([&built, &source])
        .args(["-ldl", "-lpthread"])
        .status()
        .context("a C compiler builds the file layer")?;
    ensure!(status.success(), "cc: {status}");
    Ok(built)
}

/// Makes a program do what it does over the layer, with `folder` as its disk.
pub fn over_layer<'a>(command: &'a mut Command, layer: &Path, root: &Path, log: &Path) -> &'a mut Command {
    command
        .env("LD_PRELOAD", layer)
        .env("DOORSTEP_LAYER_ROOT", root)
        .env("DOORSTEP_LAYER_LOG", log)
}

/// A day that was worked through.
pub struct Recorded {
    deeds: Vec<(u64, Deed)>,
    marks: Vec<Mark>,
}

/// What a device is known to hold of an application.
#[derive(Default, Debug)]
struct Known {
    answers: BTreeMap<String, String>,
    pages: Vec<String>,
    received: bool,
    accepted: bool,
}

impl Recorded {
    /// Reads a day from its folder.
    pub fn read(folder: &Path) -> Result<Self> {
        let marks = std::fs::read_to_string(day::marks(folder))?;
        Ok(Self {
            deeds: log::read(&day::log(folder))?,
            marks: marks.lines().map(serde_json::from_str).collect::<Result<_, _>>()?,
        })
    }

    /// How many deeds there were.
    pub fn deeds(&self) -> usize {
        self.deeds.len()
    }

    /// Cuts the power `count` times, at moments that `seed` chooses, and looks each time at what is left.
    pub async fn cut(&self, seed: u64, count: u64, folder: &Path) -> Result<Lost> {
        let mut chance = Chance::new(seed);
        let joined = self
            .marks
            .iter()
            .find(|mark| mark.said == Said::Joined)
            .context("joined")?;
        let first = self.deeds.partition_point(|(at, _)| *at <= joined.at);
        let left = (self.deeds.len() - first) as u64;
        let mut moments: Vec<usize> = (0..count).map(|_| first + chance.below(left + 1) as usize).collect();
        moments.sort_unstable();
        let (mut disk, mut done, mut lost) = (Disk::default(), 0, Lost::default());
        for (number, moment) in moments.into_iter().enumerate() {
            for (_, deed) in &self.deeds[done..moment] {
                disk.apply(deed);
            }
            done = moment;
            let place = folder.join(format!("cut-{number}"));
            std::fs::create_dir_all(&place)?;
            lost += disk.lose_power(&place, &mut chance)?;
            let at = self.deeds[..moment].last().map_or(0, |(at, _)| *at);
            self.look(&place, at)
                .await
                .with_context(|| format!("power cut {number} of seed {seed}, after {moment} deeds"))?;
            std::fs::remove_dir_all(&place)?;
        }
        Ok(lost)
    }

    /// Opens both ends and looks for everything that was said to be safe when the log was `at` long.
    async fn look(&self, place: &Path, at: u64) -> Result<()> {
        let mut applications: BTreeMap<(usize, &str), Known> = BTreeMap::new();
        let mut level = (0, String::new());
        let (said, later) = self.marks.split_at(self.marks.partition_point(|mark| mark.at <= at));
        for mark in said {
            match &mark.said {
                Said::Joined => {}
                Said::Begun(device, id) => drop(applications.insert((*device, id), Known::default())),
                Said::Answered(device, id, name, value) => {
                    let known = applications.entry((*device, id)).or_default();
                    known.answers.insert(name.clone(), value.clone());
                }
                Said::Photographed(device, id, hash) => {
                    applications.entry((*device, id)).or_default().pages.push(hash.clone());
                }
                Said::Received(device, id) => applications.entry((*device, id)).or_default().received = true,
                Said::Level(count, hash) => level = (*count, hash.clone()),
                Said::Accepted(id) => {
                    for known in applications.iter_mut().filter(|((_, other), _)| other == id) {
                        known.1.accepted = true;
                    }
                }
            }
        }
        // What was under way may have got through: up to what was said next, and a reception says several things at once.
        let next = later.first().map(|mark| mark.at);
        let under_way = later
            .iter()
            .take_while(|mark| Some(mark.at) == next || matches!(mark.said, Said::Answered(..)));
        let under_way: Vec<&Said> = under_way.map(|mark| &mark.said).collect();
        // What a cut leaves of a log is no damage.
        let bent = doctor::look_through_log(&place.join("center"))?;
        ensure!(bent.is_empty(), "taken for damage: {bent:?}");
        let district = District::open(place, &PLACES, at).await.context("open")?;
        for device in &district.devices {
            let status = device.call("sync_status", json!({})).await?;
            ensure!(status["mended"].is_null(), "taken for damage: {status}");
        }
        let (count, hash) = district.center()?.beginning(level.0)?;
        ensure!(
            level.0 == 0 || (count, hex::encode(hash)) == level,
            "the center lost items that it had acknowledged"
        );
        for ((device, id), known) in &applications {
            let station = &district.devices[*device];
            let view = station.call("application", json!({"id": id})).await?;
            for (name, value) in &known.answers {
                let shown = question(&view, name)["value"].as_str().unwrap_or_default();
                let coming = |said: &&Said| matches!(said, Said::Answered(_, other, field, new) if other == id && field == name && new == shown);
                ensure!(
                    shown == value || under_way.iter().any(coming),
                    "{name} of {id} is {shown:?} instead of {value:?}"
                );
            }
            for hash in &known.pages {
                ensure!(files(&view).contains(hash), "a page of {id} is gone");
            }
            ensure!(!known.received || view["status"] != "draft", "{id} is a draft again");
        }
        district.settle().await.context("settle")?;
        for (device, id) in applications.keys() {
            let view = district.devices[*device].call("application", json!({"id": id})).await?;
            let chain = &view["chain"];
            ensure!(
                chain["saved"] == chain["reached"],
                "{id} has not reached the district: {chain}"
            );
            ensure!(
                chain["files"] == chain["verified"],
                "scans of {id} are not verified: {chain}"
            );
        }
        // The next day: no code of a second factor is taken that may have been used.
        district.time.pass(24 * 3_600_000);
        let console = district.console().await?;
        for ((_, id), known) in applications.iter().filter(|(_, known)| known.received) {
            let case = console.get(&format!("/api/cases/{id}")).await?;
            let accepted = list(&case["events"]).any(|event| event["step"].to_string().contains("accepted"));
            ensure!(accepted || !known.accepted, "{id} is not accepted any more");
        }
        for device in &district.devices {
            let health = device.station()?.examine().await?;
            ensure!(health.same_as_items && health.files.1 == 0, "{health:?}");
            ensure!(health.set_aside.is_empty(), "not taken: {:?}", health.set_aside);
        }
        Ok(())
    }
}
