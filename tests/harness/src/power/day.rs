//! A working day of two devices and a center in one process, and what was said to be safe when.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::chance::Chance;
use crate::clerk::{self, Person};
use crate::picture;
use crate::screen::{Screen, files, made_on};
use crate::simulation::{District, Place, TODAY};

/// Two devices of one village.
pub const PLACES: [Place; 2] = [
    Place {
        division: "500199101201",
        staff: 0,
        ahead: 0,
    },
    Place {
        division: "500199101201",
        staff: 1,
        ahead: -95_000,
    },
];

/// Something that a program said is done.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub enum Said {
    /// The devices have joined, and hold the catalogue.
    Joined,
    /// An application was begun at a device.
    Begun(usize, String),
    /// A question of it has this value.
    Answered(usize, String, String, String),
    /// A page of it is kept.
    Photographed(usize, String, String),
    /// It was received.
    Received(usize, String),
    /// Nothing waits; the center holds so many items, in an order of which this is the hash.
    Level(u64, String),
    /// A reviewer accepted it.
    Accepted(String),
}

/// It, and how long the log of the layer was then: all that had to be done for it was done by then.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mark {
    /// Length of the log.
    pub at: u64,
    /// What was said.
    pub said: Said,
}

/// The notebook that outlives the power.
struct Notes {
    log: PathBuf,
    marks: std::fs::File,
}

impl Notes {
    fn say(&mut self, said: Said) -> Result<()> {
        let at = std::fs::metadata(&self.log).map_or(0, |is| is.len());
        writeln!(self.marks, "{}", serde_json::to_string(&Mark { at, said })?)?;
        Ok(())
    }
}

/// Where a day lies in a folder.
pub fn district(folder: &Path) -> PathBuf {
    folder.join("district")
}

/// What the layer wrote down.
pub fn log(folder: &Path) -> PathBuf {
    folder.join("log")
}

/// What was said, a line each.
pub fn marks(folder: &Path) -> PathBuf {
    folder.join("marks")
}

/// Works through the day of `seed`, of so many steps.
pub async fn work(folder: &Path, seed: u64, steps: u32) -> Result<()> {
    let marks = OpenOptions::new().create(true).append(true).open(marks(folder))?;
    let log = log(folder);
    let mut notes = Notes { log, marks };
    let place = district(folder);
    District::make(&place, &PLACES).await?;
    let district = District::open(&place, &PLACES, seed).await?;
    notes.say(Said::Joined)?;
    let mut chance = Chance::new(seed);
    let mut open: Vec<(usize, String)> = Vec::new();
    for step in 0..steps {
        district.time.pass(1_000 + chance.below(60_000));
        let device = chance.below(PLACES.len() as u64) as usize;
        let own: Vec<(usize, String)> = open.iter().filter(|(at, _)| *at == device).cloned().collect();
        let picked = chance.pick(&own).cloned();
        let station = &district.devices[device];
        match (chance.below(20), picked) {
            (0..=1, _) | (_, None) => {
                let view = clerk::begin(station, "glj").await?;
                let id = view["id"].as_str().context("id")?.to_owned();
                open.push((device, id.clone()));
                notes.say(Said::Begun(device, id))?;
            }
            (2..=11, Some((_, id))) => {
                let (name, value) = match chance.below(2) {
                    0 => ("name", format!("试验{seed}之{step}")),
                    _ => ("phone", format!("139{step:08}")),
                };
                let view = station.call("application", json!({"id": id})).await?;
                let args = json!({"id": id, "name": name, "value": value, "note": ""});
                station.call("answer_set", made_on(&view, args)).await?;
                notes.say(Said::Answered(device, id, name.into(), value))?;
            }
            (12..=14, Some((_, id))) => {
                let view = station.call("application", json!({"id": id})).await?;
                let code = view["materials"][0]["asked"]["code"].clone();
                let picture = picture::photograph(160, 120, chance.draw())?;
                let before = files(&view);
                let args = json!({"id": id, "material": code, "replaces": null});
                let view = station.ask("page_add", made_on(&view, args), picture).await?;
                let new = files(&view).into_iter().find(|hash| !before.contains(hash));
                notes.say(Said::Photographed(device, id, new.context("a page")?))?;
            }
            (15..=17, _) => level(&district, &mut notes).await?,
            (_, Some((_, id))) => {
                let view = station.call("application", json!({"id": id})).await?;
                let person = Person {
                    name: format!("试丙{step}"),
                    id_number: clerk::id_number("19400214", step),
                    phone: format!("138{step:08}"),
                };
                let view = clerk::fill(station, view, &person, TODAY).await?;
                let view = clerk::bring(station, view, 1, chance.below(1_000_000)).await?;
                let received = station.call("receive", made_on(&view, json!({"id": id}))).await?;
                ensure!(received["status"] == "received", "{}", received["missing"]);
                open.retain(|(_, other)| *other != id);
                notes.say(Said::Answered(device, id.clone(), "name".into(), person.name))?;
                notes.say(Said::Answered(device, id.clone(), "phone".into(), person.phone))?;
                notes.say(Said::Received(device, id.clone()))?;
                level(&district, &mut notes).await?;
                if chance.percent(60) {
                    let console = district.console().await?;
                    let case = console.get(&format!("/api/cases/{id}")).await?;
                    let path = format!("/api/cases/{id}/accept");
                    console.post(&path, json!({"expected": case["seen"]})).await?;
                    notes.say(Said::Accepted(id))?;
                }
            }
        }
    }
    Ok(())
}

async fn level(district: &District, notes: &mut Notes) -> Result<()> {
    district.settle().await?;
    let (count, hash) = district.center()?.beginning(u64::MAX)?;
    notes.say(Said::Level(count, hex::encode(hash)))
}
