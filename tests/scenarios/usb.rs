//! Stations that never have a network: everything goes on sticks. The catalogue comes by one, an application with its
//! scans goes by the next, and receipts, decision and result come back; parts are lost, doubled, bent, cut short, brought
//! to the wrong door, and sticks are full.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use doorstep_harness::chance::Chance;
use doorstep_harness::clerk::{self, Person};
use doorstep_harness::picture;
use doorstep_harness::screen::{Screen, list};
use doorstep_harness::simulation::{Console, District, Place, TODAY};
use doorstep_station::rpc::{self, Reply};
use serde_json::{Value, json};

/// The smallest part.
const SMALL: u64 = 128 * 1024;

const PLACES: [Place; 2] = [
    Place {
        division: "500199101201",
        staff: 0,
        ahead: -95_000,
    },
    Place {
        division: "500199101202",
        staff: 0,
        ahead: 40 * 60_000,
    },
];

struct World {
    district: District,
    /// Device ids, as the places.
    devices: Vec<String>,
    folder: tempfile::TempDir,
}

impl World {
    /// Two stations that joined and were never heard of again.
    async fn make() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        District::make(folder.path(), &[]).await?;
        let mut district = District::open(folder.path(), &PLACES, 1).await?;
        for device in &mut district.devices {
            let mut stations = district.demo.stations.iter();
            let station = stations.find(|station| station.division == device.place.division);
            let code = &station.context("station")?.enrolment_codes[0];
            let args = json!({"center": "https://center.example", "code": code});
            device.call("enrol", args).await?;
            device.line.cut(true);
            device.open_again().await?;
        }
        let admin = district.sign_in("administrator").await?;
        let stations = admin.get("/api/stations").await?;
        let id = |place: &Place| {
            let station = list(&stations).find(|station| station["division"] == place.division);
            station.unwrap()["devices"][0]["id"].as_str().unwrap().to_owned()
        };
        Ok(Self {
            devices: PLACES.iter().map(id).collect(),
            district,
            folder,
        })
    }

    /// Days pass here: whoever was signed in signs in again.
    async fn admin(&self) -> Result<Console> {
        self.district.sign_in("administrator").await
    }

    async fn call(&self, device: usize, command: &str, args: Value) -> Result<Value> {
        Ok(self.district.devices[device].call(command, args).await?)
    }

    /// What goes from the center to a device.
    async fn down(&self, device: usize, part_bytes: u64) -> Result<Vec<Vec<u8>>> {
        let request = json!({"device": self.devices[device], "part_bytes": part_bytes});
        let plan = self.admin().await?.post("/api/bundles", request).await?;
        let mut parts = Vec::new();
        for part in 1..=list(&plan["names"]).count() {
            let bundle = plan["bundle"].as_str().context("bundle")?;
            parts.push(
                self.admin()
                    .await?
                    .fetch(&format!("/api/bundles/{bundle}/{part}"))
                    .await?,
            );
        }
        Ok(parts)
    }

    async fn take_down(&self, device: usize, part: &[u8]) -> Result<Value> {
        let station = &self.district.devices[device];
        Ok(station.ask("bundle_import", json!({}), part.to_vec()).await?)
    }

    /// What goes from a device to the center.
    async fn up(&self, device: usize, part_bytes: u64) -> Result<Vec<Vec<u8>>> {
        let station = &self.district.devices[device];
        let plan = station.call("bundle_export", json!({"part_bytes": part_bytes})).await?;
        let mut parts = Vec::new();
        for part in 1..=list(&plan["names"]).count() {
            let args = json!({"bundle": plan["bundle"], "part": part});
            match rpc::call(station.station()?, "bundle_part", args, Vec::new()).await? {
                Reply::Bytes { bytes, .. } => parts.push(bytes),
                Reply::Json(_) => anyhow::bail!("a part is bytes"),
            }
        }
        Ok(parts)
    }

    async fn take_up(&self, part: &[u8]) -> Result<Value> {
        self.admin().await?.upload("/api/bundles/import", part.to_vec()).await
    }

    /// Brings the catalogue to a device.
    async fn equip(&self, device: usize) -> Result<()> {
        for part in self.down(device, SMALL).await? {
            let report = self.take_down(device, &part).await?;
            ensure!(
                list(&report["damaged"]).count() == 0 && report["stopped"] == "",
                "{report}"
            );
        }
        Ok(())
    }

    /// An application with its scans, together larger than a small part, handed in at a station. Its id.
    async fn take_application(&self, device: usize, sequence: u32) -> Result<String> {
        let station = &self.district.devices[device];
        let person = Person {
            name: "试小满".to_owned(),
            id_number: clerk::id_number(clerk::birth_for("gl"), sequence),
            phone: format!("138{sequence:08}"),
        };
        let view = clerk::begin(station, "glj").await?;
        let view = clerk::fill(station, view, &person, TODAY).await?;
        let view = clerk::bring(station, view, 1, u64::from(sequence) * 1_000).await?;
        let material = &view["materials"][0]["asked"]["code"];
        for page in 0..3 {
            let large = picture::photograph(1_000, 900, u64::from(sequence) * 10 + page)?;
            let args = json!({"id": view["id"], "material": material, "replaces": null});
            station.ask("page_add", args, large).await?;
        }
        let view = station.call("receive", json!({"id": view["id"]})).await?;
        Ok(view["id"].as_str().context("id")?.to_owned())
    }

    /// One stick to the center and one back.
    async fn there_and_back(&self) -> Result<()> {
        self.district.time.pass(3_600_000);
        for part in self.up(0, SMALL).await? {
            let report = self.take_up(&part).await?;
            ensure!(
                report["refused"] == 0 && list(&report["damaged"]).count() == 0,
                "{report}"
            );
        }
        self.equip(0).await
    }

    /// How many items and files of a device have no receipt.
    async fn waiting(&self, device: usize) -> Result<(u64, u64)> {
        let strip = self.call(device, "strip", json!({})).await?;
        let count = |name: &str| strip[name].as_u64().unwrap_or(u64::MAX);
        Ok((count("waiting_items"), count("waiting_files")))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_station_without_a_network_does_the_whole_job_by_stick() {
    whole_job().await.unwrap();
}

async fn whole_job() -> Result<()> {
    let world = World::make().await?;
    let matters = world.call(0, "matters", json!({"query": "", "tag": ""})).await?;
    ensure!(list(&matters["matters"]).count() == 0, "no catalogue has come yet");
    world.equip(0).await?;
    let matters = world.call(0, "matters", json!({"query": "", "tag": ""})).await?;
    ensure!(list(&matters["matters"]).count() > 0, "the catalogue came by stick");

    let id = world.take_application(0, 7).await?;
    let (items, files) = world.waiting(0).await?;
    ensure!(items > 5 && files > 1, "{items} items and {files} files wait");
    let parts = world.up(0, SMALL).await?;
    ensure!(parts.len() > 2, "{} parts", parts.len());
    // From the last to the first, then in order, every one twice.
    let mut order: Vec<&Vec<u8>> = parts.iter().rev().collect();
    order.extend(parts.iter().flat_map(|part| [part, part]));
    for part in order {
        let report = world.take_up(part).await?;
        ensure!(
            report["refused"] == 0 && list(&report["damaged"]).count() == 0,
            "{report}"
        );
    }
    ensure!(
        world.waiting(0).await? == (items, files),
        "nothing is said to have arrived before a receipt says so"
    );

    let reviewer = world.district.console().await?;
    let case = reviewer.get(&format!("/api/cases/{id}")).await?;
    let result = picture::photograph(200, 100, 99)?;
    let file = reviewer.upload("/api/results?name=result.jpg", result.clone()).await?;
    reviewer
        .post(&format!("/api/cases/{id}/accept"), json!({"expected": case["seen"]}))
        .await?;
    for opinion in ["两人入户，情况属实", "公示七天，无异议"] {
        let case = reviewer.get(&format!("/api/cases/{id}")).await?;
        let end = json!({"expected": case["seen"], "opinion": opinion});
        reviewer.post(&format!("/api/cases/{id}/advance"), end).await?;
    }
    let case = reviewer.get(&format!("/api/cases/{id}")).await?;
    let decision = json!({"expected": case["seen"], "granted": true, "number": "GL-2026-0001", "reason": "",
        "remedies": "", "file": file});
    reviewer.post(&format!("/api/cases/{id}/decide"), decision).await?;

    // The way back is short of one part at first.
    let back = world.down(0, SMALL).await?;
    for part in back.iter().rev().chain(&back) {
        let report = world.take_down(0, part).await?;
        ensure!(
            report["refused"] == 0 && list(&report["unread"]).count() == 0,
            "{report}"
        );
    }
    let view = world.call(0, "application", json!({"id": id})).await?;
    let chain = &view["chain"];
    ensure!(
        view["status"] == "granted" || view["case"].to_string().contains("GL-2026-0001"),
        "{view}"
    );
    ensure!(
        chain["saved"] == chain["reached"] && chain["files"] == chain["verified"],
        "{chain}"
    );
    ensure!(
        chain["files"].as_u64() == Some(files) && chain["reached_at"].is_u64(),
        "{chain}"
    );
    ensure!(world.waiting(0).await? == (0, 0), "every receipt came back");
    let args = json!({"hash": file["hash"], "edge": null});
    let Reply::Bytes { bytes, .. } = rpc::call(world.district.devices[0].station()?, "file", args, Vec::new()).await?
    else {
        anyhow::bail!("a file is bytes");
    };
    ensure!(bytes == result, "the result came by stick");

    // Nothing is left to carry, by stick or by network.
    let station = &world.district.devices[0];
    let plan = station.call("bundle_export", json!({})).await?;
    ensure!(plan["items"] == 0 && plan["files"] == 0, "{plan}");
    station.line.cut(false);
    let report = station.call("sync_now", json!({})).await?;
    ensure!(
        report["result"] == "done" && report["sent_items"] == 0 && report["sent_files"] == 0,
        "{report}"
    );
    ensure!(report["received_files"] == 0, "{report}");
    world.district.settle().await
}

#[tokio::test(flavor = "multi_thread")]
async fn bent_and_cut_sticks_bring_what_is_whole_and_the_rest_later() {
    damage().await.unwrap();
}

async fn damage() -> Result<()> {
    let world = World::make().await?;
    world.equip(0).await?;
    for sequence in 1..=2 {
        world.take_application(0, sequence).await?;
    }
    let (items, files) = world.waiting(0).await?;
    let parts = world.up(0, 400_000).await?;
    let mut chance = Chance::new(5);
    let (mut damaged, mut refused) = (0, 0);
    for _ in 0..12 {
        let mut part = chance.pick(&parts).context("part")?.clone();
        let place = usize::try_from(chance.below(part.len() as u64))?;
        match chance.below(2) {
            0 => part[place] ^= 1 << chance.below(8),
            _ => part.truncate(place),
        }
        match world.take_up(&part).await {
            Ok(report) => damaged += u32::from(list(&report["damaged"]).count() > 0),
            Err(_) => refused += 1,
        }
    }
    ensure!(
        damaged > 6,
        "{damaged} reports name damage, {refused} parts were none any more"
    );
    for part in &parts {
        let report = world.take_up(part).await?;
        ensure!(
            list(&report["damaged"]).count() == 0 && report["refused"] == 0,
            "{report}"
        );
    }
    // The way back, bent once and then as it was written.
    let back = world.down(0, SMALL).await?;
    for part in &back {
        let mut bent = part.clone();
        let place = part.len() / 2;
        bent[place] ^= 1;
        let report = world.take_down(0, &bent).await?;
        ensure!(list(&report["damaged"]).count() == 1, "{report}");
    }
    ensure!(
        world.waiting(0).await? != (0, 0),
        "of {items} items and {files} files some receipts were bent"
    );
    for part in &back {
        world.take_down(0, part).await?;
    }
    ensure!(world.waiting(0).await? == (0, 0), "all receipts are here");
    world.district.settle().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_larger_than_the_stick_goes_on_where_the_last_trip_ended() {
    small_stick().await.unwrap();
}

async fn small_stick() -> Result<()> {
    let world = World::make().await?;
    world.equip(0).await?;
    let station = &world.district.devices[0];
    let view = clerk::begin(station, "glj").await?;
    let view = clerk::bring(station, view, 1, 4_000).await?;
    let large = picture::photograph(2_400, 1_800, 41)?;
    ensure!(large.len() as u64 > 3 * SMALL, "{} B are no test", large.len());
    let args = json!({"id": view["id"], "material": view["materials"][0]["asked"]["code"], "replaces": null});
    station.ask("page_add", args, large).await?;
    let all = world.up(0, SMALL).await?.len();
    let mut trips = 0;
    while world.waiting(0).await? != (0, 0) {
        trips += 1;
        ensure!(
            trips <= 3 * all,
            "{trips} trips for {all} parts: {:?}",
            world.waiting(0).await?
        );
        // One part is all that this stick holds; a photograph is larger.
        for part in world.up(0, SMALL).await?.iter().take(1) {
            let report = world.take_up(part).await?;
            ensure!(
                report["refused"] == 0 && list(&report["damaged"]).count() == 0,
                "{report}"
            );
        }
        world.district.time.pass(3_600_000);
        world.equip(0).await?;
    }
    ensure!(trips > 3, "{trips} trips are no test");
    println!("{all} parts, one on a stick: {trips} trips");
    world.district.settle().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stick_at_the_wrong_door_says_so_and_changes_nothing() {
    wrong_door().await.unwrap();
}

async fn wrong_door() -> Result<()> {
    let world = World::make().await?;
    world.equip(0).await?;
    world.equip(1).await?;
    world.take_application(0, 3).await?;
    let up = world.up(0, SMALL).await?;
    let down = world.down(0, SMALL).await?;
    for (device, part) in [(1, &down[0]), (0, &up[0]), (1, &up[0])] {
        let report = world.take_down(device, part).await?;
        ensure!(
            report["unread"][0]["code"] == "other_receiver" && report["items"] == 0,
            "{report}"
        );
    }
    let error = world.take_up(&down[0]).await.unwrap_err().to_string();
    ensure!(error.contains("other_receiver"), "{error}");
    let error = world.take_up(b"holiday pictures").await.unwrap_err().to_string();
    ensure!(error.contains("not_a_bundle"), "{error}");
    // A part carries nothing that could be read on the way.
    let name = "试小满".as_bytes();
    for part in &up {
        ensure!(
            !part.windows(name.len()).any(|bytes| bytes == name),
            "a name lies open in a bundle"
        );
    }
    // Nobody but who manages stations has bundles made or taken in.
    let reviewer = world.district.console().await?;
    let refused = reviewer.upload("/api/bundles/import", up[0].clone()).await;
    ensure!(refused.unwrap_err().to_string().contains("not_allowed"));
    let request = json!({"device": world.devices[0]});
    let refused = reviewer.post("/api/bundles", request).await;
    ensure!(refused.unwrap_err().to_string().contains("not_allowed"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn sticks_are_folders_too_and_a_full_one_is_said() {
    folders().await.unwrap();
}

async fn folders() -> Result<()> {
    let world = World::make().await?;
    world.equip(0).await?;
    world.take_application(0, 4).await?;
    let stick = world.folder.path().join("stick");
    std::fs::create_dir(&stick)?;
    let plan = world.call(0, "bundle_export", json!({"part_bytes": SMALL})).await?;
    let parts = list(&plan["names"]).count();
    let write = |part: usize, folder: &Path| {
        let args = json!({"bundle": plan["bundle"], "part": part, "folder": folder});
        world.district.devices[0].call("bundle_write", args)
    };
    let nowhere = write(1, &stick.join("gone")).await.unwrap_err();
    ensure!(nowhere.code == "not_found", "{nowhere}");
    let relative = write(1, Path::new("stick")).await.unwrap_err();
    ensure!(relative.code == "bad_request", "{relative}");
    for part in 1..=parts {
        let written = write(part, &stick).await?;
        ensure!(written["name"] == plan["names"][part - 1], "{written}");
    }
    let mut names: Vec<String> = Vec::new();
    for entry in std::fs::read_dir(&stick)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    ensure!(
        names.len() == parts && names.iter().all(|name| name.ends_with(".doorstep")),
        "{names:?}"
    );
    // Something else lies on the stick as well.
    std::fs::write(stick.join("old.doorstep"), b"nothing of ours")?;
    let (report, unread) = doorstep_center::import_path(world.district.center()?, &stick)?;
    ensure!(report.complete() && unread.len() == 1, "{report:?}");
    // The way back by a folder.
    let back = world.folder.path().join("back");
    std::fs::create_dir(&back)?;
    let center = world.district.center()?;
    let ready = center.prepare_bundle(&world.devices[0].parse()?, SMALL)?;
    for part in 1..=ready.plan.parts() {
        center.write_part_to(&ready, part, &back)?;
    }
    let report = world.call(0, "bundle_read", json!({"path": back})).await?;
    ensure!(
        report["complete"] == true && world.waiting(0).await? == (0, 0),
        "{report}"
    );
    full_stick(&world).await
}

/// A file system of 300 KB, where this machine lets us make one.
async fn full_stick(world: &World) -> Result<()> {
    world.take_application(0, 5).await?;
    let stick = world.folder.path().join("small");
    std::fs::create_dir(&stick)?;
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=300k", "tmpfs"]).arg(&stick);
    if !mount.output().is_ok_and(|done| done.status.success()) {
        eprintln!("no small file system can be made here: the full stick is not tried");
        return Ok(());
    }
    let outcome = fill(world, &stick).await;
    Command::new("umount").arg(&stick).status()?;
    outcome
}

async fn fill(world: &World, stick: &Path) -> Result<()> {
    let plan = world.call(0, "bundle_export", json!({"part_bytes": SMALL})).await?;
    let parts = list(&plan["names"]).count();
    let mut written = 0;
    let full = loop {
        let args = json!({"bundle": plan["bundle"], "part": written + 1, "folder": stick});
        match world.district.devices[0].call("bundle_write", args).await {
            Ok(_) => written += 1,
            Err(failed) => break failed,
        }
        ensure!(written < parts, "{parts} parts do not fill the stick");
    };
    ensure!(full.code == "disk_full" && written > 0, "{full} after {written} parts");
    let names = std::fs::read_dir(stick)?.count();
    ensure!(names == written, "nothing unfinished is left behind");
    let (report, unread) = doorstep_center::import_path(world.district.center()?, stick)?;
    ensure!(
        unread.is_empty() && report.damage.is_empty() && report.items > 0,
        "{report:?}"
    );
    ensure!(report.missing_parts().len() == parts - written, "{report:?}");
    // The rest goes on the next stick.
    let next = world.folder.path().join("next");
    std::fs::create_dir(&next)?;
    for part in written + 1..=parts {
        let args = json!({"bundle": plan["bundle"], "part": part, "folder": next});
        world.call(0, "bundle_write", args).await?;
    }
    let (report, _) = doorstep_center::import_path(world.district.center()?, &next)?;
    ensure!(report.rest().count() == 0 && report.damage.is_empty(), "{report:?}");
    world.equip(0).await?;
    ensure!(world.waiting(0).await? == (0, 0), "two sticks brought everything");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_center_restored_from_a_backup_gets_back_by_stick_what_it_lost() {
    restored().await.unwrap();
}

async fn restored() -> Result<()> {
    let mut world = World::make().await?;
    world.equip(0).await?;
    let kept = world.take_application(0, 1).await?;
    world.there_and_back().await?;
    ensure!(world.waiting(0).await? == (0, 0));
    let backup = world.folder.path().join("backup");
    world.district.back_up("center", &backup)?;
    let lost = world.take_application(0, 2).await?;
    world.there_and_back().await?;
    ensure!(world.waiting(0).await? == (0, 0));
    world.district.restore_center(&backup, true)?;
    let reviewer = world.district.console().await?;
    ensure!(reviewer.get(&format!("/api/cases/{lost}")).await.is_err(), "it is lost");
    // The first stick back says that the center is another one, the next brings everything, the last says it is there.
    world.there_and_back().await?;
    world.there_and_back().await?;
    // Sticks take longer than a session lasts.
    let reviewer = world.district.console().await?;
    for id in [kept, lost] {
        let case = reviewer.get(&format!("/api/cases/{id}")).await?;
        ensure!(case["id"] == id, "{case}");
        let view = world.call(0, "application", json!({"id": id})).await?;
        ensure!(
            view["chain"]["files"] == view["chain"]["verified"],
            "{id}: {}",
            view["chain"]
        );
    }
    ensure!(world.waiting(0).await? == (0, 0), "{:?} wait", world.waiting(0).await?);
    world.district.settle().await
}
