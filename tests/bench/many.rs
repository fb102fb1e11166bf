//! Ten thousand applications: written by a second device that signs them itself and sends them by `/sync`, received by the
//! station under measurement by a real exchange, then listed and searched by a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorstep_harness::clerk::id_number;
use doorstep_harness::screen::Screen;
use doorstep_records::application::{ApplicationStep, Beginning};
use doorstep_records::number::application_number;
use doorstep_records::{ApplicationDocument, Author, Edit, kind};
use doorstep_station::SystemRandom;
use doorstep_sync::auth::Signer;
use doorstep_sync::payload::Change;
use doorstep_sync::wire::{BATCH_BYTES, Cursor, PROTOCOL, SyncRequest};
use doorstep_sync::{Document, DocumentId, Envelope, Item, Kind, Random, Scope, SigningKey, envelope};
use serde_json::{Value, json};

use crate::district::{District, Station};
use crate::figures::{Figures, percentile};

const FAMILY: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
];
const GIVEN: &[&str] = &[
    "桃", "柳", "石", "云", "溪", "白", "青", "山", "禾", "春", "秋", "明", "月", "松", "竹", "兰", "梅", "雪",
];

/// Name of the `n`-th applicant.
fn name(n: usize) -> String {
    let of = |list: &[&'static str], n: usize| list.get(n % list.len()).copied().unwrap_or_default();
    format!(
        "{}{}{}",
        of(FAMILY, n),
        of(GIVEN, n / FAMILY.len()),
        of(GIVEN, n / FAMILY.len() / GIVEN.len())
    )
}

struct Writer {
    key: SigningKey,
    client: reqwest::Client,
    base: String,
    division: String,
    staff: String,
}

impl Writer {
    async fn enrol(district: &mut District) -> Result<Self> {
        let key = SigningKey::generate(&SystemRandom);
        let client = reqwest::Client::builder().no_proxy().build()?;
        let base = format!("http://{}", district.address);
        let public_key = hex::encode(key.verifying_key().to_bytes());
        let body = json!({"code": district.code()?, "public_key": public_key, "label": "另一台"}).to_string();
        let answer = client
            .post(format!("{base}/enrol"))
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await?;
        let granted: Value = serde_json::from_slice(&answer.bytes().await?)?;
        let grant = STANDARD.decode(granted["grant"].as_str().context("grant")?)?;
        let grant: Item = minicbor::decode(&grant)?;
        let division = grant.open()?.scope.division().to_owned();
        Ok(Self {
            key,
            client,
            base,
            division,
            staff: district.staff()?.0,
        })
    }

    /// The items of the `n`-th application: begun, filled, handed in.
    fn items(&self, n: usize, matter: &str, now: u64) -> Result<Vec<Item>> {
        let device = self.key.verifying_key().device();
        let mut bytes = [0; 20];
        SystemRandom.fill(&mut bytes);
        let (id, incarnation) = bytes.split_at(16);
        let actor = [&device.0[..], incarnation].concat();
        let author = Author {
            actor,
            staff: self.staff.clone(),
            time: now,
        };
        let beginning = Beginning {
            matter: matter.to_owned(),
            catalogue: 1,
            station: self.division.clone(),
        };
        let (mut document, begun) = ApplicationDocument::create(&author, &beginning);
        let answer = |name: &str, value: String| Edit::Answer {
            name: name.to_owned(),
            value,
            note: String::new(),
        };
        let day = jiff::Timestamp::from_millisecond(i64::try_from(now)?)?
            .to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)));
        let filled = document.edit(
            &author,
            &[
                answer("name", name(n)),
                answer(
                    "id_number",
                    id_number(
                        &format!("19{:02}0{}1{}", 30 + n % 20, 1 + n % 9, n % 10),
                        u32::try_from(n / 10)?,
                    ),
                ),
                answer("phone", format!("139{n:08}")),
                answer("household_village", self.division.clone()),
                answer("household_address", format!("{}组{n}号", n % 9 + 1)),
                answer("bank_account", format!("6222{n:012}")),
                answer("declaration", "yes".into()),
                Edit::Presence {
                    name: "who".into(),
                    value: "applicant".into(),
                },
                Edit::Numbered {
                    number: application_number(&self.division, &day.date().to_string(), "Z9", u32::try_from(n)? + 1),
                },
                Edit::Step {
                    step: ApplicationStep::Received,
                    note: String::new(),
                },
            ],
        )?;
        let id = DocumentId(id.try_into()?);
        let scope = Scope::new(&self.division, &day.year().to_string()).map_err(|_| anyhow::anyhow!("scope"))?;
        Ok([begun.bytes, filled.bytes]
            .into_iter()
            .map(|automerge| {
                let envelope = Envelope {
                    version: envelope::VERSION,
                    kind: Kind::Change,
                    scope: scope.clone(),
                    document: Some(Document {
                        kind: kind::APPLICATION.to_owned(),
                        id,
                    }),
                    device,
                    staff: self.staff.clone(),
                    time: now,
                    payload: Change::of(automerge).to_bytes(),
                };
                Item::sign(&envelope, &self.key)
            })
            .collect())
    }

    async fn send(&self, items: Vec<Item>, now: u64) -> Result<()> {
        let cursor = Cursor { epoch: 0, position: 0 };
        let message = SyncRequest {
            version: PROTOCOL,
            cursor,
            fingerprints: Vec::new(),
            items,
            offsets: Vec::new(),
            repair: Vec::new(),
        };
        let mut request = http::Request::post("/sync").body(message.to_bytes())?;
        Signer::new(self.key.clone(), 0).sign(&mut request, now);
        let (parts, body) = request.into_parts();
        let answer = self
            .client
            .post(format!("{}/sync", self.base))
            .headers(parts.headers)
            .body(body)
            .send()
            .await?;
        ensure!(answer.status().is_success(), "/sync: {}", answer.status());
        Ok(())
    }
}

/// Makes `count` applications at the center, and receives them at the station `name`.
pub async fn prepare(figures: &mut Figures, district: &mut District, name: &str, count: usize) -> Result<()> {
    let station = district.station(name, district.address).await?;
    let found = station.call("matters", json!({"query": "glj", "tag": ""})).await?;
    let matter = found["matters"][0]["code"].as_str().context("matter")?.to_owned();
    let writer = Writer::enrol(district).await?;
    let started = Instant::now();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for n in 0..count {
        let now = u64::try_from(jiff::Timestamp::now().as_millisecond())?;
        for item in writer.items(n, &matter, now)? {
            bytes += item.envelope.len();
            batch.push(item);
        }
        if bytes > BATCH_BYTES - 4_096 || n + 1 == count {
            writer.send(std::mem::take(&mut batch), now).await?;
            bytes = 0;
        }
    }
    figures.note(
        format!("{count} applications taken by the center"),
        started.elapsed().as_secs_f64(),
        "s",
    );
    let started = Instant::now();
    receive(&station, count).await?;
    figures.note(
        format!("{count} applications received by the station"),
        started.elapsed().as_secs_f64(),
        "s",
    );
    station.call("lock", json!({})).await?;
    Ok(())
}

async fn receive(station: &Station, count: usize) -> Result<()> {
    for _ in 0..20 {
        station.call("sync_now", json!({})).await?;
        let list = station.call("applications", page("")).await?;
        if list["total"].as_u64() == Some(count as u64) {
            return Ok(());
        }
    }
    anyhow::bail!("the station does not hold {count} applications")
}

fn page(query: &str) -> Value {
    json!({"query": query, "status": [], "attention": null, "limit": 50, "offset": 0})
}

/// Starts a process on the station's folder and measures it from outside.
pub fn measure(figures: &mut Figures, district: &District, name: &str) -> Result<()> {
    let (staff, pin) = district.staff()?;
    let started = Instant::now();
    let mut command = Command::new(std::env::current_exe()?);
    let mut child = command
        .arg("list")
        .arg(district.place(name))
        .args([&staff, &pin])
        .stdout(Stdio::piped())
        .spawn()
        .context("start")?;
    let mut output = BufReader::new(child.stdout.take().context("stdout")?);
    let mut line = String::new();
    output.read_line(&mut line)?;
    figures.note(
        "start of the process, PIN, first list",
        started.elapsed().as_secs_f64() * 1e3,
        "ms",
    );
    let mut rest = String::new();
    output.read_to_string(&mut rest)?;
    ensure!(child.wait()?.success(), "the measured process failed");
    let first: Value = serde_json::from_str(&line)?;
    let rest: Value = serde_json::from_str(&rest)?;
    figures.note(
        "unlock: a PIN tried on one core, at least 1000 ms on purpose",
        first["unlocked_ms"].as_f64().context("unlock")?,
        "ms",
    );
    figures.under(
        "unlock to first list",
        first["listed_ms"].as_f64().context("list")?,
        "ms",
        1_000.0,
    );
    for (kind, of) in rest["search"].as_object().context("search")? {
        figures.note(
            format!("search by {kind}, p50"),
            of["p50"].as_f64().unwrap_or_default(),
            "ms",
        );
        figures.under(
            format!("search by {kind}, p99"),
            of["p99"].as_f64().unwrap_or_default(),
            "ms",
            50.0,
        );
    }
    figures.under(
        "first list of matters, which reads the catalogue",
        rest["matters_ms"].as_f64().unwrap_or_default(),
        "ms",
        1_000.0,
    );
    figures.note(
        "memory with the catalogue read (peak)",
        rest["matters_mb"].as_f64().unwrap_or_default(),
        "MB",
    );
    figures.under(
        "memory after first list and 600 searches (peak)",
        rest["peak_mb"].as_f64().unwrap_or_default(),
        "MB",
        300.0,
    );
    Ok(())
}

/// What is typed the n-th time.
type Query = fn(usize) -> String;

/// The measured process: unlocks, lists, searches.
pub async fn child(data: &str, staff: &str, pin: &str) -> Result<()> {
    let station = Station(doorstep_station::Station::open(std::path::Path::new(data)).await?);
    let started = Instant::now();
    station.call("unlock", json!({"staff": staff, "pin": pin})).await?;
    let unlocked = started.elapsed().as_secs_f64() * 1e3;
    let started = Instant::now();
    let list = station.call("applications", page("")).await?;
    let listed = started.elapsed().as_secs_f64() * 1e3;
    say(&json!({"unlocked_ms": unlocked, "listed_ms": listed, "total": list["total"]}));
    let mut search = json!({});
    let kinds: [(&str, Query); 3] = [
        ("two characters of a name", |n| name(n * 37).chars().take(2).collect()),
        ("pinyin initials", |n| {
            ["wtl", "lyx", "cbq", "zsh", "yqs"]
                .get(n % 5)
                .copied()
                .unwrap_or_default()
                .to_owned()
        }),
        ("the ID's last four", |n| {
            id_number("19410111", u32::try_from(n).unwrap_or_default())
                .chars()
                .skip(14)
                .collect()
        }),
    ];
    for (kind, query) in kinds {
        let (mut times, mut found) = (Vec::new(), 0);
        for n in 0..200 {
            let started = Instant::now();
            let list = station.call("applications", page(&query(n))).await?;
            times.push(started.elapsed().as_secs_f64() * 1e3);
            found += list["total"].as_u64().unwrap_or_default();
        }
        ensure!(found > 0, "the search by {kind} finds nothing");
        search[kind] = json!({"p50": percentile(&mut times, 50), "p99": percentile(&mut times, 99)});
    }
    let peak = peak_memory();
    let started = Instant::now();
    let list = station.call("matters", json!({ "query": "", "tag": "" })).await?;
    let matters = started.elapsed().as_secs_f64() * 1e3;
    ensure!(list["total"].as_u64() > Some(0), "no matters");
    say(&json!({"search": search, "peak_mb": peak, "matters_ms": matters, "matters_mb": peak_memory()}));
    Ok(())
}

/// The largest memory this process ever held, MB; nothing where the system does not say.
pub fn peak_memory() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}

#[allow(clippy::print_stdout)]
fn say(value: &Value) {
    println!("{value}");
}
