//! A district in one process: a real center, real stations, and lines between them that lose, double and break what they
//! carry. Time and chance are given, so a seed is the same run every time.

pub mod backup;
pub mod line;
pub mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};
use axum::body::Body;
use doorstep_center::demo::{ACCOUNTS_FILE, Demo};
use doorstep_station::rpc::{self, Reply};
use doorstep_station::{PinCost, Station, StationConfig};
use doorstep_sync::Millis;
use http::{Method, Request};
use serde_json::{Value, json};

use crate::catalogue;
use crate::screen::{Failed, Screen};
use line::{Exchange, Line};
use world::{SeededRandom, SkewedClock, Time};

/// When every simulation begins: 2 March 2026, nine in the morning in China.
pub const BEGINNING: Millis = 1_772_413_200_000;
/// The day of [`BEGINNING`].
pub const TODAY: &str = "2026-03-02";

/// A device of the simulated district.
#[derive(Clone, Copy)]
pub struct Place {
    /// 12-digit division of its station.
    pub division: &'static str,
    /// Which of the station's staff is at it.
    pub staff: usize,
    /// Milliseconds its clock is ahead.
    pub ahead: i64,
}

/// A station on its folder.
pub struct Device {
    /// What it is.
    pub place: Place,
    /// Its line.
    pub line: Arc<Line>,
    folder: PathBuf,
    number: String,
    pin: String,
    station: Option<Station>,
    config: StationConfig,
}

impl Device {
    /// Opens the station on its folder and unlocks it.
    pub async fn open(&mut self) -> Result<()> {
        self.station = Some(Station::open_with(self.config.clone()).await?);
        if self.folder.join("keys.json").exists() {
            self.call("unlock", json!({"staff": self.number, "pin": self.pin}))
                .await?;
        }
        Ok(())
    }

    /// Drops the station where it stands: nothing is locked, nothing said goodbye to.
    pub fn close(&mut self) {
        self.station = None;
    }

    /// The running station.
    pub fn station(&self) -> Result<&Station> {
        self.station.as_ref().context("the station is closed")
    }
}

impl Screen for Device {
    async fn run(&self, command: &str, args: Value, body: Vec<u8>) -> Result<Value, Failed> {
        let station = self
            .station
            .as_ref()
            .ok_or_else(|| Failed::new(command, "no_answer", "closed"))?;
        match rpc::call(station, command, args, body).await {
            Ok(Reply::Json(json)) => serde_json::from_str(&json).map_err(|error| Failed::new(command, "json", error)),
            Ok(Reply::Bytes { .. }) => Err(Failed::new(command, "bytes", "the command answers with bytes")),
            Err(failure) => {
                let code = serde_json::to_value(failure.code).unwrap_or_default();
                Err(Failed::new(
                    command,
                    code.as_str().unwrap_or_default(),
                    &failure.message,
                ))
            }
        }
    }
}

/// The matters that are taken there.
const WORKBOOKS: [&str; 2] = ["高龄津贴.xlsx", "城乡居民养老参保.xlsx"];

/// A district.
pub struct District {
    /// Its time.
    pub time: Time,
    /// Its devices.
    pub devices: Vec<Device>,
    /// Its accounts and PINs.
    pub demo: Demo,
    exchange: Exchange,
    folder: PathBuf,
    random: Arc<SeededRandom>,
    center: Option<Arc<doorstep_center::Center>>,
    /// Who is signed in, and the last step whose code they showed.
    signed: Mutex<BTreeMap<String, (Console, u64)>>,
}

impl District {
    /// Makes a district under `folder` whose devices have joined and hold the catalogue.
    pub async fn make(folder: &Path, places: &[Place]) -> Result<()> {
        std::fs::create_dir_all(folder.join("center"))?;
        let random = SeededRandom::new(0);
        let center = open_center(folder, &Time::new(BEGINNING - 3_600_000), &random)?;
        center.set_district("500199000000", "云溪区")?;
        center.publish(&catalogue::some(&WORKBOOKS))?;
        center.make_demo(&folder.join("center"))?;
        drop(center);
        let mut district = Self::open(folder, places, 0).await?;
        let mut used = std::collections::BTreeMap::new();
        for device in &mut district.devices {
            let division = device.place.division;
            let station = district
                .demo
                .stations
                .iter()
                .find(|station| station.division == division);
            let next = used.entry(division).or_insert(0);
            let code = station
                .and_then(|station| station.enrolment_codes.get(*next))
                .context("enrolment code")?;
            *next += 1;
            device
                .call("enrol", json!({"center": "https://center.example", "code": code}))
                .await?;
            device.open_again().await?;
            let report = device.call("sync_now", json!({})).await?;
            ensure!(report["result"] == "done", "first contact: {report}");
        }
        Ok(())
    }

    /// Opens a district on its folder, with the chance of `seed`.
    pub async fn open(folder: &Path, places: &[Place], seed: u64) -> Result<Self> {
        let (time, random, exchange) = (Time::new(BEGINNING), SeededRandom::new(seed), Exchange::default());
        let demo: Demo = serde_json::from_slice(&std::fs::read(folder.join("center").join(ACCOUNTS_FILE))?)?;
        let mut devices = Vec::new();
        for (index, place) in places.iter().enumerate() {
            let station = demo
                .stations
                .iter()
                .find(|station| station.division == place.division)
                .context("station")?;
            let staff = station.staff.get(place.staff).context("staff")?;
            let line = Line::new(exchange.clone(), seed.wrapping_mul(31).wrapping_add(index as u64));
            let data = folder.join(format!("station-{index}"));
            let config = StationConfig {
                data: data.clone(),
                clock: Arc::new(SkewedClock {
                    time: time.clone(),
                    ahead: place.ahead,
                }),
                random: random.clone(),
                network: line.clone(),
                vicinity: None,
                pin_cost: PinCost { memory: 8, passes: 1 },
            };
            let (number, pin) = (staff.number.clone(), staff.pin.clone());
            devices.push(Device {
                place: *place,
                line,
                folder: data,
                number,
                pin,
                station: None,
                config,
            });
        }
        let mut district = Self {
            time,
            devices,
            demo,
            exchange,
            folder: folder.to_owned(),
            random,
            center: None,
            signed: Mutex::default(),
        };
        district.restart_center()?;
        for device in &mut district.devices {
            device.open().await?;
        }
        Ok(district)
    }

    /// Drops the center where it stands and opens it again on its folder.
    pub fn restart_center(&mut self) -> Result<()> {
        self.exchange.connect(None);
        self.center = None;
        let center = open_center(&self.folder, &self.time, &self.random)?;
        self.exchange.connect(Some(doorstep_center::router(center.clone())));
        self.center = Some(center);
        Ok(())
    }

    /// Where it lies: the folders `center` and `station-0`, `station-1` ….
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The running center.
    pub fn center(&self) -> Result<&Arc<doorstep_center::Center>> {
        self.center.as_ref().context("the center is stopped")
    }

    /// Mends every line and exchanges until nothing waits anywhere and both ends of every line count the same.
    pub async fn settle(&self) -> Result<()> {
        for device in &self.devices {
            device.line.cut(false);
            device.line.trouble(0);
        }
        let mut open = String::new();
        for _ in 0..8 {
            open.clear();
            for device in &self.devices {
                let report = device.call("sync_now", json!({})).await?;
                let strip = device.call("strip", json!({})).await?;
                let level = device.line.level();
                let still = report["result"] != "done"
                    || report["received_items"] != 0
                    || strip["waiting_items"] != 0
                    || strip["waiting_files"] != 0
                    || !level.different.is_empty();
                if still {
                    open += &format!("\n{}: {report} {strip} {level:?}", device.folder.display());
                }
            }
            if open.is_empty() {
                return Ok(());
            }
            self.time.pass(1_000);
        }
        anyhow::bail!("not level after eight rounds:{open}")
    }

    /// The console's view of every case, by id, and how to ask for more.
    pub async fn console(&self) -> Result<Console> {
        self.sign_in("reviewer").await
    }

    /// The console as an account of the demo district sees it; who is signed in already stays so.
    pub async fn sign_in(&self, name: &str) -> Result<Console> {
        let known = self.signed.lock().ok().and_then(|signed| signed.get(name).cloned());
        if let Some((console, _)) = &known
            && console.get("/api/session").await.is_ok()
        {
            return Ok(console.clone());
        }
        let account = self.demo.accounts.iter().find(|account| account.name == name);
        let account = account.context("account")?;
        let mut console = Console {
            exchange: self.exchange.clone(),
            cookie: String::new(),
            csrf: String::new(),
        };
        let body = json!({"name": account.name, "password": account.password});
        console.enter("/api/session", &body).await?;
        // No code is taken twice: whoever comes back soon shows the next one.
        let step = known.map_or(0, |(_, step)| step + 1).max(self.time.now() / STEP - 1);
        if let Some(code) = account.code(step * STEP) {
            console.enter("/api/session/code", &json!({ "code": code })).await?;
        }
        if let Ok(mut signed) = self.signed.lock() {
            signed.insert(name.to_owned(), (console.clone(), step));
        }
        Ok(console)
    }
}

impl Device {
    /// Lets the station meet others from now on.
    pub async fn among_neighbours(&mut self, vicinity: doorstep_station::Vicinity) -> Result<()> {
        self.config.vicinity = Some(vicinity);
        self.open_again().await?;
        self.station()?.start();
        Ok(())
    }

    /// Closes and opens the station.
    pub async fn open_again(&mut self) -> Result<()> {
        self.close();
        self.open().await
    }
}

/// Milliseconds that a code of the second factor stands for.
const STEP: u64 = 30_000;

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Console {
    exchange: Exchange,
    cookie: String,
    csrf: String,
}

impl Console {
    /// GET a JSON value.
    pub async fn get(&self, path: &str) -> Result<Value> {
        Ok(serde_json::from_slice(&self.fetch(path).await?)?)
    }

    /// GET bytes.
    pub async fn fetch(&self, path: &str) -> Result<Vec<u8>> {
        self.ask(Method::GET, path, "", Vec::new()).await
    }

    /// POST a JSON value; gives the answer's, or null when it is empty.
    pub async fn post(&self, path: &str, body: Value) -> Result<Value> {
        let answer = self.ask(Method::POST, path, "application/json", body.to_string().into_bytes());
        Ok(serde_json::from_slice(&answer.await?).unwrap_or_default())
    }

    /// POST bytes; gives the answer's JSON value.
    pub async fn upload(&self, path: &str, body: Vec<u8>) -> Result<Value> {
        let answer = self.ask(Method::POST, path, "application/octet-stream", body);
        Ok(serde_json::from_slice(&answer.await?)?)
    }

    /// A step of signing in: takes the cookie and the token that the answer gives.
    async fn enter(&mut self, path: &str, body: &Value) -> Result<()> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("cookie", &self.cookie)
            .header("x-csrf", &self.csrf)
            .header("content-type", "application/json");
        let answer = self.exchange.pass(request.body(Body::from(body.to_string()))?).await?;
        ensure!(
            answer.status().is_success(),
            "sign in: {}",
            String::from_utf8_lossy(answer.body())
        );
        let cookie = answer.headers().get("set-cookie").context("cookie")?.to_str()?;
        self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let session: Value = serde_json::from_slice(answer.body())?;
        self.csrf = session["csrf"].as_str().context("csrf")?.to_owned();
        Ok(())
    }

    async fn ask(&self, method: Method, path: &str, content: &str, body: Vec<u8>) -> Result<Vec<u8>> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("cookie", &self.cookie)
            .header("x-csrf", &self.csrf)
            .header("content-type", content)
            .body(Body::from(body))?;
        let answer = self.exchange.pass(request).await?;
        ensure!(
            answer.status().is_success(),
            "{path}: {}",
            String::from_utf8_lossy(answer.body())
        );
        Ok(answer.into_body())
    }
}

fn open_center(folder: &Path, time: &Time, random: &Arc<SeededRandom>) -> Result<Arc<doorstep_center::Center>> {
    let clock = Arc::new(SkewedClock {
        time: time.clone(),
        ahead: 0,
    });
    let config = doorstep_center::Config {
        data: folder.join("center"),
        clock,
        random: random.clone(),
        tls: true,
    };
    Ok(Arc::new(doorstep_center::Center::open(config)?))
}
