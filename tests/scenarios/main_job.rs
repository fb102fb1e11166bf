//! The main job with real processes, over HTTP alone: applications of all four matters are taken while the center is
//! stopped, reach it, come back for correction, are decided; two devices disagree and a person chooses; both ends are made
//! again from their items; and nothing that anybody typed can be found outside the encrypted store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use doorstep_harness::clerk::{self, Person};
use doorstep_harness::picture;
use doorstep_harness::process::{Center, Console, Station, Tls, binary, free_port};
use doorstep_harness::screen::{Screen, list, shown};
use serde_json::{Value, json};

/// A district with two devices at one station.
struct World {
    center: Center,
    first: Station,
    second: Station,
    staff: Vec<(String, String)>,
    today: String,
    _folder: tempfile::TempDir,
}

impl World {
    async fn make(tls: Option<Tls>, folder: tempfile::TempDir) -> Result<Self> {
        let trusted = tls.as_ref().map(|tls| tls.cert.clone());
        let center = Center::start_with(&folder.path().join("center"), free_port()?, tls).await?;
        let demo = center.demo()?;
        let place = &demo["stations"][0];
        let staff = list(&place["staff"])
            .map(|staff| (text(&staff["number"]), text(&staff["pin"])))
            .collect::<Vec<_>>();
        let mut stations = Vec::new();
        for (index, name) in ["first", "second"].into_iter().enumerate() {
            let station = Station::start_with(&folder.path().join(name), free_port()?, trusted.clone()).await?;
            station
                .enrol(
                    &center.process.url,
                    place["enrolment_codes"][index].as_str().context("code")?,
                )
                .await?;
            station.unlock(&staff[index].0, &staff[index].1).await?;
            station.settle(50).await?;
            stations.push(station);
        }
        let second = stations.pop().context("second")?;
        let first = stations.pop().context("first")?;
        let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(8));
        let today = jiff::Timestamp::now().to_zoned(zone).date().to_string();
        Ok(Self {
            center,
            first,
            second,
            staff,
            today,
            _folder: folder,
        })
    }

    async fn reviewer(&self) -> Result<Console> {
        let demo = self.center.demo()?;
        let account = list(&demo["accounts"])
            .find(|account| account["name"] == "reviewer")
            .context("reviewer")?;
        self.center
            .sign_in("reviewer", account["password"].as_str().context("password")?)
            .await
    }

    async fn view(&self, id: &str) -> Result<Value> {
        Ok(self.first.call("application", json!({"id": id})).await?)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The four matters by the initials a clerk types, and who applies.
fn people() -> Vec<(&'static str, Person)> {
    let person = |initials: &'static str, name: &str, sequence: u32| {
        let id_number = clerk::id_number(clerk::birth_for(initials), sequence);
        (
            initials,
            Person {
                name: name.to_owned(),
                id_number,
                phone: format!("1390000{sequence:04}"),
            },
        )
    };
    vec![
        person("glj", "霍桃蹊", 711),
        person("kn", "卓石樵", 713),
        person("cx", "司柳浪", 715),
        person("sy", "慕云溪", 722),
    ]
}

/// A case as the console shows it.
async fn case(console: &Console, id: &str) -> Result<Value> {
    console.get(&format!("/api/cases/{id}")).await
}

/// A reviewer's step, having seen everything that happened before.
async fn act(console: &Console, id: &str, step: &str, mut body: Value) -> Result<Value> {
    body["expected"] = case(console, id).await?["seen"].clone();
    console.post(&format!("/api/cases/{id}/{step}"), &body).await
}

async fn in_queue(console: &Console, queue: &str, id: &str) -> Result<bool> {
    let page = console.get(&format!("/api/cases?queue={queue}&limit=200")).await?;
    Ok(list(&page["rows"]).any(|row| row["id"] == id))
}

async fn refused(station: &Station, command: &str, args: Value, body: Vec<u8>, code: &str) -> Result<()> {
    match station.ask(command, args, body).await {
        Err(failed) if failed.code == code => Ok(()),
        other => anyhow::bail!("{command} should be refused as {code}: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_taken_offline_comes_back_decided() {
    the_main_job().await.unwrap();
}

async fn the_main_job() -> Result<()> {
    let mut world = World::make(None, tempfile::tempdir()?).await?;

    // The line is dead: the center does not run.
    world.center.process.kill();
    let mut ids = Vec::new();
    for (seed, (matter, person)) in people().iter().enumerate() {
        let view = clerk::take(&world.first, matter, person, &world.today, seed as u64 * 1_000)
            .await
            .with_context(|| *matter)?;
        ensure!(
            view["status"] == "received" && view["number"].is_string(),
            "{matter}: {} {}",
            view["status"],
            view["number"]
        );
        ensure!(view["chain"]["reached"] == 0, "{}", view["chain"]);
        ids.push(text(&view["id"]));
    }
    let report = world.first.call("sync_now", json!({})).await?;
    let strip = world.first.call("strip", json!({})).await?;
    ensure!(
        report["result"] == "offline" && strip["link"] == "offline",
        "{report} {strip}"
    );
    ensure!(
        strip["waiting_items"].as_u64() > Some(0) && strip["waiting_files"].as_u64() > Some(0),
        "{strip}"
    );
    let receipt = world.first.call("receipt", json!({"id": ids[0]})).await?;
    ensure!(
        receipt["qr"].as_str().is_some_and(|qr| qr.contains("<svg")),
        "the receipt has no QR code"
    );

    // The line is back.
    world.center.restart().await?;
    world.first.settle(50).await?;
    let console = world.reviewer().await?;
    for (id, (matter, _)) in ids.iter().zip(people()) {
        let view = world.view(id).await?;
        let chain = &view["chain"];
        ensure!(
            chain["saved"] == chain["reached"] && chain["files"] == chain["verified"],
            "{chain}"
        );
        // 生育登记 is done at once: a rule of its workbook accepts it as soon as everything is there.
        let (status, queue) = if matter == "sy" {
            ("accepted", "accepted")
        } else {
            ("arrived", "open")
        };
        ensure!(view["status"] == status, "{matter}: {}", view["status"]);
        ensure!(in_queue(&console, queue, id).await?, "{id} is not in the queue");
        let case = case(&console, id).await?;
        ensure!(
            list(&case["problems"]).next().is_none(),
            "the pre-check found: {}",
            case["problems"]
        );
    }

    correct(&world, &console, &ids[0]).await.context("correction")?;
    decide(&world, &console, &ids).await.context("decision")?;
    let disputed = dispute(&mut world).await.context("two devices")?;
    ids.push(disputed);
    rebuild(&mut world, &ids).await.context("rebuild")?;
    nothing_is_readable(&world).context("search of the data folder")
}

/// The authority asks for one field and one material; the station changes exactly those.
async fn correct(world: &World, console: &Console, id: &str) -> Result<()> {
    let view = world.view(id).await?;
    let codes: Vec<Value> = list(&view["materials"])
        .map(|material| material["asked"]["code"].clone())
        .collect();
    ensure!(codes.len() > 1, "the matter has one material only");
    let body = json!({
        "message": "请补正两处",
        "fields": [{"name": "phone", "words": "电话打不通"}],
        "materials": [{"name": codes[0], "words": "照片不清楚"}],
        "due": clerk::days_before(&world.today, -10),
    });
    act(console, id, "correction", body).await?;
    ensure!(
        in_queue(console, "correction", id).await?,
        "not in the queue of corrections"
    );
    world.first.settle(50).await?;
    let view = world.view(id).await?;
    ensure!(view["status"] == "correction_asked", "{}", view["status"]);
    ensure!(
        view["editable_fields"] == json!(["phone"]) && view["editable_materials"] == json!([codes[0]]),
        "{view}"
    );
    let answer = |name: &str, value: &str| json!({"id": id, "name": name, "value": value, "note": ""});
    let page = |code: &Value| json!({"id": id, "material": code, "replaces": null});
    refused(&world.first, "answer_set", answer("name", "别名"), Vec::new(), "locked").await?;
    refused(
        &world.first,
        "page_add",
        page(&codes[1]),
        picture::photograph(80, 60, 5)?,
        "locked",
    )
    .await?;
    world.first.call("answer_set", answer("phone", "13911112222")).await?;
    world
        .first
        .ask("page_add", page(&codes[0]), picture::photograph(200, 150, 6)?)
        .await?;
    let view = world.first.call("resubmit", json!({"id": id})).await?;
    ensure!(view["status"] == "resubmitted", "{}", view["status"]);
    world.first.settle(50).await?;
    ensure!(
        in_queue(console, "open", id).await?,
        "what was sent again is not in the queue"
    );
    let case = case(console, id).await?;
    ensure!(
        case["application"]["answers"]["phone"]["value"] == "13911112222",
        "the corrected answer did not arrive"
    );
    refused(
        &world.first,
        "answer_set",
        answer("phone", "13900000000"),
        Vec::new(),
        "locked",
    )
    .await
}

/// One is granted with a number and a file, one not accepted, one refused.
async fn decide(world: &World, console: &Console, ids: &[String]) -> Result<()> {
    act(console, &ids[0], "accept", json!({})).await?;
    let paper = picture::photograph(300, 400, 77)?;
    let file = console
        .post_bytes("/api/results?name=%E8%AF%81%E4%B9%A6.jpg", paper.clone())
        .await?;
    let granted = json!({"granted": true, "number": "GL-2026-0001", "reason": "", "remedies": "", "file": file});
    act(console, &ids[0], "decide", granted).await?;
    let remedies = "可在60日内申请行政复议";
    act(
        console,
        &ids[1],
        "not-accept",
        json!({"reason": "不属于本区受理范围", "remedies": remedies}),
    )
    .await?;
    act(console, &ids[2], "accept", json!({})).await?;
    let no_reason = json!({"granted": false, "number": "", "reason": "", "remedies": "", "file": null});
    ensure!(
        act(console, &ids[2], "decide", no_reason).await.is_err(),
        "a refusal without a reason was taken"
    );
    let no = json!({"granted": false, "number": "", "reason": "不符合条件", "remedies": remedies, "file": null});
    act(console, &ids[2], "decide", no).await?;

    world.first.settle(50).await?;
    for (id, status) in ids.iter().zip(["granted", "not_accepted", "refused", "accepted"]) {
        let view = world.view(id).await?;
        ensure!(view["status"] == status, "{} instead of {status}", view["status"]);
        ensure!(
            case(console, id).await?["status"] == status,
            "the console says otherwise"
        );
    }
    let decided = world.view(&ids[0]).await?["case"].to_string();
    ensure!(decided.contains("GL-2026-0001"), "the result's number is not shown");
    let here = world.first.file(file["hash"].as_str().context("hash")?).await?;
    ensure!(here == paper, "the result file is another");
    let refused = world.view(&ids[2]).await?["case"].to_string();
    ensure!(
        refused.contains("不符合条件") && refused.contains(remedies),
        "reason and remedies are not shown"
    );
    Ok(())
}

/// Two devices edit one application apart: different fields merge, the same field shows both values everywhere until a
/// person chooses.
async fn dispute(world: &mut World) -> Result<String> {
    let person = Person {
        name: "阮双桥".into(),
        id_number: clerk::id_number("19390101", 733),
        phone: "13900000733".into(),
    };
    let view = clerk::begin(&world.first, "glj").await?;
    let id = text(&view["id"]);
    world.first.settle(50).await?;
    world.second.settle(50).await?;
    world.center.process.kill();
    world.second.call("application", json!({"id": id})).await?;
    let answer = |name: &str, value: &str| json!({"id": id, "name": name, "value": value, "note": ""});
    world.second.call("answer_set", answer("phone", "13800000734")).await?;
    world
        .second
        .call("presence_set", json!({"id": id, "name": "reason", "value": "双桥在外"}))
        .await?;
    let view = clerk::fill(&world.first, view, &person, &world.today).await?;
    let view = clerk::bring(&world.first, view, 1, 9_000).await?;
    ensure!(list(&view["conflicts"]).next().is_none(), "{}", view["conflicts"]);
    world.first.call("receive", json!({"id": id})).await?;

    world.center.restart().await?;
    for station in [&world.first, &world.second, &world.first] {
        station.settle(50).await?;
    }
    let both =
        |values: Vec<String>| values.contains(&"13900000733".to_owned()) && values.contains(&"13800000734".to_owned());
    for station in [&world.first, &world.second] {
        let view = station.call("application", json!({"id": id})).await?;
        ensure!(
            both(shown(&view, "answers.phone")),
            "a value is hidden: {}",
            view["conflicts"]
        );
        ensure!(
            shown(&view, "presence.reason") == ["双桥在外"] && shown(&view, "answers.name") == ["阮双桥"],
            "not merged"
        );
    }
    let console = world.reviewer().await?;
    let there = case(&console, &id).await?;
    ensure!(
        both(
            list(&there["conflicts"][0]["versions"])
                .map(|version| text(&version["value"]))
                .collect()
        ),
        "{}",
        there["conflicts"]
    );

    world
        .first
        .call(
            "resolve",
            json!({"id": id, "path": "answers.phone", "value": "13800000734"}),
        )
        .await?;
    world.first.settle(50).await?;
    world.second.settle(50).await?;
    let view = world.view(&id).await?;
    ensure!(
        list(&view["conflicts"]).next().is_none() && shown(&view, "answers.phone") == ["13800000734"],
        "{}",
        view["conflicts"]
    );
    ensure!(
        list(&case(&console, &id).await?["conflicts"]).next().is_none(),
        "the console still shows the dispute"
    );
    Ok(id)
}

/// Both ends made again from their items are what they were.
async fn rebuild(world: &mut World, ids: &[String]) -> Result<()> {
    let console = world.reviewer().await?;
    let (mut there, mut here) = (Vec::new(), Vec::new());
    for id in ids {
        there.push(case(&console, id).await?);
        here.push(world.view(id).await?);
    }
    let queue = console.get("/api/cases?queue=all&limit=200").await?;
    let list_here = world.first.call("applications", everything()).await?;
    world.center.command("rebuild")?;
    world.center.restart().await?;
    let (staff, pin) = world.staff[0].clone();
    let said = world.first.command("doctor", &staff, &pin)?;
    ensure!(
        said.contains("damaged: 0") && said.contains("as the items say: true"),
        "{said}"
    );
    world.first.command("rebuild", &staff, &pin)?;
    world.first.restart().await?;
    world.first.unlock(&staff, &pin).await?;
    let console = world.reviewer().await?;
    for (index, id) in ids.iter().enumerate() {
        ensure!(
            case(&console, id).await? == there[index],
            "{id} is another at the center after a rebuild"
        );
        ensure!(
            world.view(id).await? == here[index],
            "{id} is another at the station after a rebuild"
        );
    }
    ensure!(
        console.get("/api/cases?queue=all&limit=200").await? == queue,
        "the queue is another"
    );
    ensure!(
        world.first.call("applications", everything()).await? == list_here,
        "the list is another"
    );
    Ok(())
}

fn everything() -> Value {
    json!({"query": "", "status": [], "attention": null, "limit": 200, "offset": 0})
}

/// No file of a station holds what was typed or photographed: data folder, temporary files, logs; nor do the center's logs.
fn nothing_is_readable(world: &World) -> Result<()> {
    let mut secrets: Vec<Vec<u8>> = Vec::new();
    let typed = people()
        .into_iter()
        .flat_map(|(_, person)| [person.name, person.id_number, person.phone]);
    for word in typed.chain(["阮双桥", "13911112222", "13800000734", "双桥在外"].map(str::to_owned)) {
        secrets.push(word.encode_utf16().flat_map(u16::to_le_bytes).collect());
        secrets.push(word.into_bytes());
    }
    // The middle of a photograph that was taken.
    let photograph = picture::photograph(160, 120, 0)?;
    secrets.push(
        photograph
            .get(photograph.len() / 2..photograph.len() / 2 + 32)
            .context("photograph")?
            .to_vec(),
    );
    let mut searched = 0;
    for station in [&world.first, &world.second] {
        for place in [station.data.clone(), station.temporary(), station.log()] {
            searched += search(&place, &secrets)?;
        }
    }
    searched += search(&world.center.data.with_extension("log"), &secrets)?;
    ensure!(searched > 100_000, "only {searched} bytes were searched");
    // The search finds what is there: the center, whose store is the district's own, holds the names.
    ensure!(
        search(&world.center.data, &secrets).is_err(),
        "the search finds nothing anywhere"
    );
    Ok(())
}

fn search(place: &Path, secrets: &[Vec<u8>]) -> Result<u64> {
    if place.is_dir() {
        return std::fs::read_dir(place)?
            .map(|entry| search(&entry?.path(), secrets))
            .sum();
    }
    let bytes = std::fs::read(place)?;
    for secret in secrets {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_slice());
        ensure!(!found, "{} holds {}", place.display(), String::from_utf8_lossy(secret));
    }
    Ok(bytes.len() as u64)
}

#[test]
fn plain_http_leaves_the_machine_at_no_address() {
    for (program, address) in [("doorstep-center", "0.0.0.0:0"), ("doorstep-station", "0.0.0.0:0")] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(binary(program).unwrap());
        let output = command
            .args(["serve", "--listen", address, "--data"])
            .arg(folder.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains("127.0.0.1"),
            "{program}: {said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_station_joins_and_sends_by_tls_and_trusts_nobody_else() {
    by_tls().await.unwrap();
}

async fn by_tls() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (first, other) = (
        certificate(folder.path(), "first")?,
        certificate(folder.path(), "other")?,
    );
    let world = World::make(Some(first), folder).await?;
    ensure!(
        world.center.process.url.starts_with("https://"),
        "{}",
        world.center.process.url
    );
    let (matter, person) = people().remove(0);
    let view = clerk::take(&world.first, matter, &person, &world.today, 1).await?;
    world.first.settle(50).await?;
    let console = world.reviewer().await?;
    ensure!(
        in_queue(&console, "open", &text(&view["id"])).await?,
        "it did not arrive"
    );

    let stranger = Station::start_with(
        &world.center.data.with_file_name("stranger"),
        free_port()?,
        Some(other.cert),
    )
    .await?;
    let code = text(&world.center.demo()?["stations"][0]["enrolment_codes"][2]);
    refused(
        &stranger,
        "enrol",
        json!({"center": world.center.process.url, "code": code}),
        Vec::new(),
        "offline",
    )
    .await
}

/// A certificate of its own for `localhost`.
fn certificate(folder: &Path, name: &str) -> Result<Tls> {
    let tls = Tls {
        cert: folder.join(format!("{name}.pem")),
        key: folder.join(format!("{name}.key")),
    };
    let mut command = Command::new("openssl");
    command.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "30",
    ]);
    command.args([
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ]);
    let output = command
        .arg("-keyout")
        .arg(&tls.key)
        .arg("-out")
        .arg(&tls.cert)
        .output()
        .context("openssl")?;
    ensure!(
        output.status.success(),
        "openssl: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(tls)
}
