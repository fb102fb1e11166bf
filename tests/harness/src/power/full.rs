//! A disk that is full at every write of a day's work, one after the other: the edit is refused in words, nothing before
//! is harmed, and the same edit goes through when there is room again.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::day::{PLACES, district};
use crate::clerk::{self, Person};
use crate::picture;
use crate::screen::{Failed, Screen, files, list, made_on, question};
use crate::simulation::{Device, District, TODAY};

/// Whose disk it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// The first device's.
    Station,
    /// The center's.
    Center,
}

/// The folder whose writes may find no room.
pub fn disk(folder: &Path, whose: Whose) -> PathBuf {
    let name = match whose {
        Whose::Station => "station-0",
        Whose::Center => "center",
    };
    district(folder).join(name)
}

/// The file that says how many writes find room.
pub fn room(folder: &Path) -> PathBuf {
    folder.join("room")
}

/// Nobody has counted yet: every write finds room.
pub fn unbounded(folder: &Path) -> Result<()> {
    Room(room(folder)).set(-1)
}

struct Room(PathBuf);

impl Room {
    fn set(&self, writes: i64) -> Result<()> {
        // Never shorter than it is: the layer has it in memory.
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.0)?;
        Ok(std::io::Write::write_all(&mut file, &writes.to_le_bytes())?)
    }

    fn left(&self) -> Result<i64> {
        let bytes = fs::read(&self.0)?;
        Ok(i64::from_le_bytes(bytes.as_slice().try_into()?))
    }
}

/// Works with a disk that fills up; how many times an edit found it full.
pub async fn work(folder: &Path, whose: Whose) -> Result<u32> {
    let room = Room(room(folder));
    let place = district(folder);
    District::make(&place, &PLACES).await?;
    let district = District::open(&place, &PLACES, 1).await?;
    match whose {
        Whose::Station => station(&district, &room).await,
        Whose::Center => center(&district, &room).await,
    }
}

/// Tries one edit with room for 0, 1, 2 … writes until it goes through. `same` says what must stay meanwhile.
async fn edit(
    device: &Device,
    room: &Room,
    (command, args, body): (&str, Value, Vec<u8>),
    refused: &mut u32,
    same: &(dyn Fn(&Value) -> bool + Sync),
) -> Result<Value> {
    let id = args["id"].clone();
    for writes in 0.. {
        room.set(writes)?;
        let tried = device.ask(command, args.clone(), body.clone()).await;
        let left = room.left()?;
        room.set(-1)?;
        match tried {
            Ok(view) => {
                ensure!(left > 0 || writes > 0, "{command} wrote nothing");
                return Ok(view);
            }
            Err(Failed { code, .. }) => {
                ensure!(code == "disk_full", "{command} with room for {writes} writes: {code}");
                *refused += 1;
            }
        }
        if id.is_string() {
            let view = device.call("application", json!({"id": id})).await?;
            ensure!(
                same(&view),
                "{command} with room for {writes} writes harmed what was there"
            );
        }
    }
    unreachable!("an edit has an end")
}

async fn station(district: &District, room: &Room) -> Result<u32> {
    let device = &district.devices[0];
    let mut refused = 0;
    let found = device.call("matters", json!({"query": "glj", "tag": ""})).await?;
    let begin = json!({"matter": found["matters"][0]["code"]});
    let view = edit(device, room, ("begin", begin, Vec::new()), &mut refused, &|_| true).await?;
    let id = view["id"].clone();
    let mut name = String::new();
    for (number, value) in ["试甲", "试乙", "试丙"].into_iter().enumerate() {
        let before = name.clone();
        let args = json!({"id": id, "name": "name", "value": value, "note": ""});
        let stays = move |view: &Value| question(view, "name")["value"].as_str().unwrap_or_default() == before;
        edit(device, room, ("answer_set", args, Vec::new()), &mut refused, &stays).await?;
        name = value.to_owned();
        let view = device.call("application", json!({"id": id})).await?;
        let code = view["materials"][0]["asked"]["code"].clone();
        let before = files(&view);
        let picture = picture::photograph(640, 480, number as u64)?;
        let args = json!({"id": id, "material": code, "replaces": null});
        let kept = before.clone();
        let stays = move |view: &Value| files(view) == kept;
        let view = edit(device, room, ("page_add", args, picture), &mut refused, &stays).await?;
        ensure!(files(&view).len() == before.len() + 1, "the page is not there");
    }
    let view = device.call("application", json!({"id": id})).await?;
    let person = Person {
        name: "试丁".into(),
        id_number: clerk::id_number("19400214", 5),
        phone: "13800000005".into(),
    };
    let view = clerk::fill(device, view, &person, TODAY).await?;
    let view = clerk::bring(device, view, 1, 77).await?;
    let draft = |view: &Value| view["status"] == "draft";
    let receive = made_on(&view, json!({"id": id}));
    let view = edit(device, room, ("receive", receive, Vec::new()), &mut refused, &draft).await?;
    ensure!(view["status"] == "received", "not received");
    // What the center says finds no room either: it comes again.
    for writes in 0..200 {
        room.set(writes)?;
        let _ = device.call("sync_now", json!({})).await;
        let left = room.left()?;
        room.set(-1)?;
        if left > 0 {
            break;
        }
        refused += 1;
    }
    district.settle().await?;
    look(district, &id, "试丁").await?;
    Ok(refused)
}

async fn center(district: &District, room: &Room) -> Result<u32> {
    let device = &district.devices[0];
    let mut refused = 0;
    for round in 0..3 {
        let view = clerk::begin(device, "glj").await?;
        let id = view["id"].clone();
        let person = Person {
            name: format!("试戊{round}"),
            id_number: clerk::id_number("19400214", round),
            phone: format!("1380000010{round}"),
        };
        let view = clerk::fill(device, view, &person, TODAY).await?;
        let view = clerk::bring(device, view, 1, u64::from(round) + 900).await?;
        device.call("receive", made_on(&view, json!({"id": id}))).await?;
        for writes in 0..400 {
            let (before, hash) = district.center()?.beginning(u64::MAX)?;
            room.set(writes)?;
            let report = device.call("sync_now", json!({})).await?;
            let left = room.left()?;
            room.set(-1)?;
            ensure!(
                district.center()?.beginning(before)? == (before, hash),
                "the log of the center lost something with room for {writes} writes: {report}"
            );
            let strip = device.call("strip", json!({})).await?;
            if strip["waiting_items"] == 0 && strip["waiting_files"] == 0 {
                break;
            }
            if left == 0 {
                refused += 1;
            }
        }
        district.settle().await?;
        look(district, &id, &person.name).await?;
    }
    Ok(refused)
}

async fn look(district: &District, id: &Value, name: &str) -> Result<()> {
    let id = id.as_str().context("id")?;
    let case = district.console().await?.get(&format!("/api/cases/{id}")).await?;
    ensure!(
        case["application"]["answers"]["name"]["value"] == name,
        "the district has another name"
    );
    for device in &district.devices {
        let health = device.station()?.examine().await?;
        ensure!(health.same_as_items && health.files.1 == 0, "{health:?}");
        let view = device.call("application", json!({"id": id})).await?;
        ensure!(list(&view["refused"]).next().is_none(), "something was refused");
    }
    Ok(())
}
