//! Four devices at three places and a center, edited at random while the lines lose, double and break what they carry
//! and both ends are stopped and opened again. When the lines are mended everyone sees the same, and nothing that
//! anybody typed is gone unless somebody who saw it wrote over it. `DOORSTEP_SEEDS=7` runs one seed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use doorstep_harness::chance::Chance;
use doorstep_harness::clerk::{self, Person};
use doorstep_harness::picture;
use doorstep_harness::screen::{Failed, Screen, files, list, made_on, question, shown};
use doorstep_harness::simulation::{District, Place, TODAY};
use serde_json::{Value, json};

const PEACH: &str = "500199101201";
const WILLOW: &str = "500199101202";
const TOWN: &str = "500199101000";

/// Two devices of one village, one of another, and one of the town, which may see both villages.
const PLACES: [Place; 4] = [
    Place {
        division: PEACH,
        staff: 0,
        ahead: 0,
    },
    Place {
        division: PEACH,
        staff: 1,
        ahead: -95_000,
    },
    Place {
        division: WILLOW,
        staff: 0,
        ahead: 40 * 60_000,
    },
    Place {
        division: TOWN,
        staff: 0,
        ahead: 7_000,
    },
];
const STEPS: u32 = 70;
/// Refusals that are right in some moment of a random run.
const RIGHT: [&str; 5] = ["locked", "not_found", "incomplete", "bad_request", "offline"];

/// A value that somebody typed.
struct Typed {
    document: String,
    path: String,
    value: String,
    /// Somebody saw it and wrote another over it.
    overwritten: bool,
}

struct Run {
    district: District,
    chance: Chance,
    /// What each device's screen shows: the last view of each document.
    screens: Vec<BTreeMap<String, Value>>,
    /// The place of each document.
    documents: BTreeMap<String, &'static str>,
    typed: Vec<Typed>,
    /// Files of each document that were taken.
    files: BTreeMap<String, BTreeSet<String>>,
    count: u64,
    people: u32,
}

impl Run {
    async fn step(&mut self) -> Result<()> {
        let device = usize::try_from(self.chance.below(PLACES.len() as u64))?;
        self.district.time.pass(1_000 + self.chance.below(60_000));
        match self.chance.below(100) {
            0..=7 => self.begin(device).await,
            8..=44 => self.type_something(device).await,
            45..=51 => self.photograph(device).await,
            52..=55 => self.turn_page(device).await,
            56..=60 => self.choose(device).await,
            61..=63 => self.finish(device).await,
            64 => self.withdraw(device).await,
            65..=87 => self.exchange(device).await,
            88..=92 => {
                let down = self.chance.percent(60);
                self.district.devices[device].line.cut(down);
                Ok(())
            }
            93..=96 => {
                self.district.devices[device].open_again().await?;
                // A screen that starts anew shows what is there.
                self.screens[device].clear();
                Ok(())
            }
            _ => self.district.restart_center(),
        }
    }

    async fn begin(&mut self, device: usize) -> Result<()> {
        if self.documents.len() > 5 {
            return Ok(());
        }
        let query = self.chance.pick(&["glj", "cx"]).copied().context("matter")?;
        let view = clerk::begin(&self.district.devices[device], query).await?;
        let id = view["id"].as_str().context("id")?.to_owned();
        self.documents.insert(id.clone(), PLACES[device].division);
        self.screens[device].insert(id, view);
        Ok(())
    }

    /// A document this device's screen has open, opening it when it is not.
    async fn open(&mut self, device: usize) -> Result<Option<String>> {
        let ids: Vec<String> = self.documents.keys().cloned().collect();
        let Some(id) = self.chance.pick(&ids).cloned() else {
            return Ok(None);
        };
        if !self.screens[device].contains_key(&id) || self.chance.percent(25) {
            match self.district.devices[device]
                .call("application", json!({"id": id}))
                .await
            {
                Ok(view) => drop(self.screens[device].insert(id.clone(), view)),
                Err(failed) if failed.code == "not_found" => return Ok(None),
                Err(failed) => return Err(failed.into()),
            }
        }
        Ok(Some(id))
    }

    /// Runs a command that changes a document. Whether it was taken.
    async fn change(&mut self, device: usize, id: &str, command: &str, args: Value, body: Vec<u8>) -> Result<bool> {
        let args = self.screens[device]
            .get(id)
            .map_or(args.clone(), |view| made_on(view, args));
        match self.district.devices[device].ask(command, args, body).await {
            Ok(view) => {
                self.files.entry(id.to_owned()).or_default().extend(files(&view));
                self.screens[device].insert(id.to_owned(), view);
                Ok(true)
            }
            Err(failed) if RIGHT.contains(&failed.code.as_str()) => Ok(false),
            Err(failed) => Err(failed.into()),
        }
    }

    /// Writes `value` at `path` with what the screen shows known to the writer.
    async fn write(
        &mut self,
        device: usize,
        id: &str,
        path: &str,
        value: &str,
        command: &str,
        args: Value,
    ) -> Result<()> {
        let seen = self.screens[device]
            .get(id)
            .map(|view| shown(view, path))
            .unwrap_or_default();
        if self.change(device, id, command, args, Vec::new()).await? {
            for typed in self
                .typed
                .iter_mut()
                .filter(|typed| typed.document == id && typed.path == path)
            {
                typed.overwritten |= seen.contains(&typed.value) && typed.value != value;
            }
            self.typed.push(Typed {
                document: id.to_owned(),
                path: path.to_owned(),
                value: value.to_owned(),
                overwritten: false,
            });
        }
        Ok(())
    }

    async fn type_something(&mut self, device: usize) -> Result<()> {
        let Some(id) = self.open(device).await? else {
            return Ok(());
        };
        self.count += 1;
        let n = self.count;
        match self.chance.below(8) {
            0..=2 => self.answer(device, &id, "name", &format!("试甲{n}")).await,
            3..=4 => self.answer(device, &id, "phone", &format!("139{n:08}")).await,
            5 => self.answer(device, &id, "household_address", &format!("{n}组")).await,
            6 => {
                let value = format!("试乙{n}");
                let args = json!({"id": id, "name": "name", "value": value});
                self.write(device, &id, "presence.name", &value, "presence_set", args)
                    .await
            }
            _ => {
                let view = &self.screens[device][&id];
                let Some(material) = list(&view["materials"]).next().map(|m| m["asked"]["code"].clone()) else {
                    return Ok(());
                };
                // Few values, so the same one is written again and again: it counts as one.
                let level = self.chance.pick(&["A", "B", "C", "D"]).copied().context("level")?;
                let path = format!("materials.{}.evidence", material.as_str().unwrap_or_default());
                let args = clerk::evidence(&json!(id), &material, level);
                let seen = shown(&self.screens[device][&id], &path);
                if self.change(device, &id, "material_set", args, Vec::new()).await? {
                    self.typed
                        .retain(|t| !(t.document == id && t.path == path && seen.contains(&t.value)));
                    let now = shown(&self.screens[device][&id], &path);
                    ensure!(
                        now.iter().any(|value| value == level),
                        "{path} is {now:?} after {level} was written"
                    );
                }
                Ok(())
            }
        }
    }

    async fn answer(&mut self, device: usize, id: &str, name: &str, value: &str) -> Result<()> {
        let args = json!({"id": id, "name": name, "value": value, "note": ""});
        self.write(device, id, &format!("answers.{name}"), value, "answer_set", args)
            .await
    }

    async fn photograph(&mut self, device: usize) -> Result<()> {
        let Some(id) = self.open(device).await? else {
            return Ok(());
        };
        let view = &self.screens[device][&id];
        let codes: Vec<Value> = list(&view["materials"])
            .map(|material| material["asked"]["code"].clone())
            .collect();
        let Some(code) = self.chance.pick(&codes) else {
            return Ok(());
        };
        let picture = picture::photograph(64, 48, self.chance.draw())?;
        let args = json!({"id": id, "material": code, "replaces": null});
        self.change(device, &id, "page_add", args, picture).await.map(drop)
    }

    async fn turn_page(&mut self, device: usize) -> Result<()> {
        let Some(id) = self.open(device).await? else {
            return Ok(());
        };
        let view = &self.screens[device][&id];
        let records = list(&view["materials"]).map(|material| &material["record"]);
        let pages: Vec<Value> = records
            .flat_map(|record| list(&record["pages"]).chain(list(&record["removed"])))
            .map(|page| page["id"].clone())
            .collect();
        let Some(page) = self.chance.pick(&pages) else {
            return Ok(());
        };
        let args = match self.chance.below(3) {
            0 => json!({"id": id, "page": page, "rotation": 90, "index": null, "removed": null}),
            1 => json!({"id": id, "page": page, "rotation": null, "index": 0, "removed": null}),
            _ => json!({"id": id, "page": page, "rotation": null, "index": null, "removed": self.chance.percent(60)}),
        };
        self.change(device, &id, "page_set", args, Vec::new()).await.map(drop)
    }

    async fn choose(&mut self, device: usize) -> Result<()> {
        // The second of the staff is an agent, who leaves that to the clerk.
        if PLACES[device].staff == 1 {
            return Ok(());
        }
        let open = self.screens[device]
            .iter()
            .find(|(_, view)| list(&view["conflicts"]).next().is_some());
        let Some((id, conflict)) = open.map(|(id, view)| (id.clone(), view["conflicts"][0].clone())) else {
            return Ok(());
        };
        let path = conflict["path"].as_str().context("path")?.to_owned();
        let versions: Vec<String> = list(&conflict["versions"])
            .filter_map(|v| v["value"].as_str().map(str::to_owned))
            .collect();
        let value = self.chance.pick(&versions).context("versions")?.clone();
        let args = json!({"id": id, "path": path, "value": value});
        self.write(device, &id, &path, &value, "resolve", args).await
    }

    /// Fills what is missing and hands in.
    async fn finish(&mut self, device: usize) -> Result<()> {
        let Some(id) = self.open(device).await? else {
            return Ok(());
        };
        let view = self.screens[device][&id].clone();
        if view["status"] != "draft" || list(&view["conflicts"]).next().is_some() {
            return Ok(());
        }
        self.people += 1;
        let birth = clerk::birth_for(view["matter"]["initials"].as_str().unwrap_or_default());
        let person = Person {
            name: format!("试丙{}", self.count),
            id_number: clerk::id_number(birth, self.people),
            phone: format!("138{:08}", self.count),
        };
        let station = &self.district.devices[device];
        let seen = view.clone();
        let seed = self.chance.draw();
        let view = clerk::fill(station, view, &person, TODAY).await?;
        let view = clerk::bring(station, view, 1, seed % 1_000_000).await?;
        self.files.entry(id.clone()).or_default().extend(files(&view));
        for (name, value) in [("name", &person.name), ("phone", &person.phone)] {
            let path = format!("answers.{name}");
            let known = shown(&seen, &path);
            for typed in self
                .typed
                .iter_mut()
                .filter(|typed| typed.document == id && typed.path == path)
            {
                typed.overwritten |= known.contains(&typed.value);
            }
            self.typed.push(Typed {
                document: id.clone(),
                path,
                value: value.clone(),
                overwritten: false,
            });
        }
        let path = "answers.household_address";
        let known = shown(&seen, path);
        for typed in self
            .typed
            .iter_mut()
            .filter(|typed| typed.document == id && typed.path == path)
        {
            typed.overwritten |= known.contains(&typed.value);
        }
        self.screens[device].insert(id.clone(), view);
        if !self
            .change(device, &id, "receive", json!({"id": id}), Vec::new())
            .await?
        {
            bail!(
                "a complete application is not received: {}",
                self.screens[device][&id]["missing"]
            );
        }
        Ok(())
    }

    async fn withdraw(&mut self, device: usize) -> Result<()> {
        let Some(id) = self.open(device).await? else {
            return Ok(());
        };
        self.change(
            device,
            &id,
            "withdraw",
            json!({"id": id, "reason": "本人要求"}),
            Vec::new(),
        )
        .await
        .map(drop)
    }

    async fn exchange(&mut self, device: usize) -> Result<()> {
        let report = self.district.devices[device].call("sync_now", json!({})).await?;
        ensure!(
            ["done", "offline"].contains(&report["result"].as_str().unwrap_or_default()),
            "exchange: {report}"
        );
        Ok(())
    }

    /// When all is level: everyone sees the same, and nothing is gone.
    async fn compare(&mut self) -> Result<()> {
        self.district.settle().await?;
        let console = self.district.console().await?;
        for (id, place) in &self.documents {
            let mut views = Vec::new();
            for device in &self.district.devices {
                let may_see = device.place.division == *place || device.place.division == TOWN;
                match device.call("application", json!({"id": id})).await {
                    Ok(view) => {
                        ensure!(may_see, "{} holds {id} of {place}", device.place.division);
                        views.push(view);
                    }
                    Err(Failed { code, .. }) if code == "not_found" => {
                        ensure!(!may_see, "{} does not hold {id} of {place}", device.place.division);
                    }
                    Err(failed) => return Err(failed.into()),
                }
            }
            let first = views.first().context("nobody holds it")?.clone();
            for view in &views {
                ensure!(
                    common(view) == common(&first),
                    "two screens differ on {id}:\n{}\n{}",
                    common(view),
                    common(&first)
                );
                let chain = &view["chain"];
                ensure!(
                    chain["saved"] == chain["reached"],
                    "{id} has not reached the district: {chain}"
                );
                ensure!(
                    chain["files"] == chain["verified"],
                    "{id}: scans are not verified: {chain}"
                );
            }
            self.nothing_is_gone(id, &views)?;
            if first["status"] != "draft" && first["number"].is_string() {
                same_case(&console.get(&format!("/api/cases/{id}")).await?, &first).with_context(|| id.clone())?;
            }
        }
        let before = cases(&console).await?;
        self.district.center()?.rebuild()?;
        ensure!(
            before == cases(&console).await?,
            "the center's cases are others after a rebuild"
        );
        for device in &self.district.devices {
            let health = device.station()?.examine().await?;
            ensure!(
                health.same_as_items,
                "{}: documents are not what the items say",
                device.place.division
            );
            ensure!(health.files.1 == 0, "{}: damaged files", device.place.division);
            ensure!(
                health.set_aside.is_empty(),
                "{}: items not taken: {:?}",
                device.place.division,
                health.set_aside
            );
        }
        Ok(())
    }

    fn nothing_is_gone(&self, id: &str, views: &[Value]) -> Result<()> {
        for typed in self
            .typed
            .iter()
            .filter(|typed| typed.document == id && !typed.overwritten)
        {
            let visible = views.iter().any(|view| shown(view, &typed.path).contains(&typed.value));
            // What the center did not take is shown to who wrote it.
            let set_aside = views
                .iter()
                .any(|view| view["refused"].to_string().contains(&typed.value));
            ensure!(visible || set_aside, "{} of {id}: {} is gone", typed.path, typed.value);
        }
        let all: BTreeSet<String> = views.iter().flat_map(files).collect();
        let signatures = views
            .iter()
            .map(|view| &view["signature"]["file"])
            .filter(|file| file.is_string())
            .count();
        for file in self.files.get(id).into_iter().flatten() {
            // A later signature stands before an earlier one, which is kept but not shown.
            ensure!(all.contains(file) || signatures > 0, "{id}: the scan {file} is gone");
        }
        Ok(())
    }
}

/// What every screen shows alike: all but what is known of the way and of this device.
fn common(view: &Value) -> Value {
    let mut view = view.clone();
    if let Some(fields) = view.as_object_mut() {
        for own in ["chain", "people", "refused"] {
            fields.remove(own);
        }
    }
    view
}

/// The console shows what the station shows.
fn same_case(case: &Value, view: &Value) -> Result<()> {
    for (name, field) in case["application"]["answers"].as_object().context("answers")? {
        let mut there: Vec<&str> = list(&field["versions"])
            .filter_map(|version| version["value"].as_str())
            .collect();
        there.extend(field["value"].as_str());
        let there: BTreeSet<&str> = there.into_iter().filter(|value| !value.is_empty()).collect();
        let here = shown(view, &format!("answers.{name}"));
        if !question(view, name).is_null() {
            ensure!(
                there == here.iter().map(String::as_str).collect(),
                "{name}: {there:?} there, {here:?} here"
            );
        }
    }
    ensure!(
        case["status"] == view["status"],
        "status {} there, {} here",
        case["status"],
        view["status"]
    );
    ensure!(
        case["number"] == view["number"],
        "number {} there, {} here",
        case["number"],
        view["number"]
    );
    ensure!(case["presence"] == view["presence"], "presence differs");
    ensure!(case["events"] == view["case"], "what the authority did differs");
    let conflicts =
        |value: &Value| -> BTreeSet<String> { list(&value["conflicts"]).map(|c| c["path"].to_string()).collect() };
    ensure!(
        conflicts(case) == conflicts(view),
        "conflicts {:?} there, {:?} here",
        conflicts(case),
        conflicts(view)
    );
    let records = |value: &Value| -> BTreeMap<String, Value> {
        list(&value["materials"])
            .map(|m| (m["asked"]["code"].to_string(), m["record"].clone()))
            .filter(|(_, record)| list(&record["pages"]).chain(list(&record["removed"])).next().is_some())
            .collect()
    };
    ensure!(records(case) == records(view), "materials differ");
    Ok(())
}

async fn cases(console: &doorstep_harness::simulation::Console) -> Result<BTreeMap<String, Value>> {
    let page = console.get("/api/cases?queue=all&limit=200").await?;
    let mut cases = BTreeMap::from([("queue".to_owned(), page.clone())]);
    for row in list(&page["rows"]) {
        let id = row["id"].as_str().context("id")?;
        cases.insert(id.to_owned(), console.get(&format!("/api/cases/{id}")).await?);
    }
    Ok(cases)
}

async fn one_seed(seed: u64, template: &Path, folder: &Path) -> Result<u32> {
    ensure!(
        std::process::Command::new("cp")
            .arg("-a")
            .arg(template)
            .arg(folder)
            .status()?
            .success(),
        "cp failed"
    );
    let mut run = Run {
        district: District::open(folder, &PLACES, seed).await?,
        chance: Chance::new(seed),
        screens: vec![BTreeMap::new(); PLACES.len()],
        documents: BTreeMap::new(),
        typed: Vec::new(),
        files: BTreeMap::new(),
        count: 0,
        people: 0,
    };
    for device in &run.district.devices {
        device.line.trouble(35);
    }
    for step in 0..STEPS {
        run.step().await.with_context(|| format!("step {step}"))?;
    }
    run.compare().await?;
    Ok(run
        .district
        .devices
        .iter()
        .map(|device| device.line.faults().total())
        .sum())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_sees_the_same_and_nothing_is_gone() {
    let seeds: Vec<u64> = match std::env::var("DOORSTEP_SEEDS") {
        Ok(list) => list.split(',').map(|s| s.parse().unwrap()).collect(),
        Err(_) => (1..=30).collect(),
    };
    let many = seeds.len() > 1;
    let root = tempfile::tempdir().unwrap();
    let template = root.path().join("template");
    District::make(&template, &PLACES).await.unwrap();
    let mut faults = 0;
    for seed in seeds {
        let folder = root.path().join(format!("seed-{seed}"));
        match one_seed(seed, &template, &folder).await {
            Ok(count) => faults += count,
            Err(error) => {
                let kept = root.keep();
                panic!(
                    "seed {seed} (repeat with DOORSTEP_SEEDS={seed}; data kept in {}): {error:#}",
                    kept.display()
                );
            }
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
    eprintln!("{faults} faults on the lines");
    assert!(!many || faults > 100, "the lines were too good: {faults} faults");
}
