//! Half past eight: a thousand stations come back at one instant, each with an application of 20 saves and a photograph
//! of 200 KB. The center is a process of its own with SQLite; the stations are light ([`crate::light`]) and reach it by
//! real HTTP, all from this process on the same cores. `DOORSTEP_BENCH_STATIONS` sets how many (1,000 when it is not set).

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use doorstep_center::world::{SystemClock, SystemRandom};
use doorstep_center::{Center, Config, Handle};
use doorstep_harness::papers;
use doorstep_sync::auth::Signer;
use doorstep_sync::client::{Http, Network, drive};
use doorstep_sync::protocol::{NetworkError, Run, Trouble};
use doorstep_sync::{Clock, SigningKey, backoff};
use http::{Request, Response};
use tokio::sync::Barrier;
use tokio::time::sleep;

use crate::figures::{Figures, percentile};
use crate::light::Light;

const EDITS: usize = 20;
const PHOTOGRAPH: usize = 200_000;
/// A station that has not finished by then is starved.
const LATEST: Duration = Duration::from_secs(600);

/// How long requests took, by what was answered: seconds.
#[derive(Default)]
struct Times {
    exchanges: Vec<f64>,
    files: Vec<f64>,
    busy: Vec<f64>,
    lost: u32,
}

/// A network that takes the time.
struct Timed {
    http: Http,
    times: Arc<Mutex<Times>>,
}

impl Network for Timed {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NetworkError> {
        let exchange = request.uri().path() == "/sync";
        let began = Instant::now();
        let answer = self.http.send(request).await;
        let took = began.elapsed().as_secs_f64();
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        match &answer {
            Err(_) => times.lost += 1,
            Ok(answer) if answer.status() == 503 => times.busy.push(took),
            Ok(_) if exchange => times.exchanges.push(took),
            Ok(_) => times.files.push(took),
        }
        answer
    }
}

/// The center as a process of its own.
pub async fn child(data: &str) -> Result<()> {
    let center = Arc::new(open(Path::new(data))?);
    let handle = Handle::new();
    let listening = handle.clone();
    tokio::spawn(async move {
        if let Some(address) = listening.listening().await {
            println!("{address}");
        }
    });
    Ok(doorstep_center::serve(center, "127.0.0.1:0".parse()?, None, handle).await?)
}

fn open(data: &Path) -> Result<Center> {
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    Ok(Center::open(Config {
        data: data.to_owned(),
        clock,
        random,
        tls: false,
    })?)
}

/// A district of so many villages, each with one device.
fn district(data: &Path, stations: usize) -> Result<Vec<Light>> {
    let center = open(data)?;
    center.set_district("500199000000", "试验区")?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../matters/catalogue");
    center.publish(&doorstep_center::read_files(&[folder])?)?;
    let year = jiff::Timestamp::now().strftime("%Y").to_string();
    let lights = (0..stations).map(|number| {
        let division = format!("500199{:03}{:03}", 101 + number / 100, 201 + number % 100);
        center.put_station(&division, &format!("{number} 号村"), "云溪镇", "", "")?;
        let (code, _) = center.enrolment_code(&division, "")?;
        let key = SigningKey::generate(&SystemRandom);
        center.enrol(&code, &key.verifying_key().to_bytes(), "")?;
        Light::new(key, &division, &year)
    });
    lights.collect()
}

struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(data: &Path) -> Result<Self> {
        let program = std::env::current_exe()?;
        let data = data.to_str().context("a path that is no text")?;
        let mut child = Command::new(program)
            .args(["center", data])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        BufReader::new(child.stdout.take().context("no output")?).read_line(&mut address)?;
        let address = address.trim().to_owned();
        Ok(Self { child, address })
    }

    /// The most memory that it ever had, MB.
    fn memory(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
    }

    async fn figures(&self) -> Result<String> {
        let client = reqwest::Client::builder().no_proxy().build()?;
        Ok(client
            .get(format!("http://{}/metrics", self.address))
            .send()
            .await?
            .text()
            .await?)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn figure(text: &str, name: &str) -> f64 {
    let lines = text
        .lines()
        .filter(|line| line.starts_with(name) && !line.starts_with('#'));
    lines
        .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
        .sum()
}

/// Measures it.
pub async fn measure(figures: &mut Figures, folder: &Path) -> Result<()> {
    let stations = std::env::var("DOORSTEP_BENCH_STATIONS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000);
    let data = folder.join("crowd");
    let began = Instant::now();
    let lights = district(&data, stations)?;
    eprintln!(
        "· {stations} stations enrolled in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    let served = Served::start(&data)?;
    let base = format!("http://{}", served.address);

    let (lights, _, wall) = crowd(lights, &base).await?;
    figures.note(
        format!("{stations} stations come with nothing to say: all done"),
        wall,
        "s",
    );
    let idle = served.memory().unwrap_or_default();

    let matters = papers::catalogue()?;
    let matter = matters
        .iter()
        .find(|matter| matter.code == "YX-MZ-001")
        .context("the matter")?;
    let lights: Result<Vec<Light>> = lights
        .into_iter()
        .zip(0..)
        .map(|((mut light, _), seed)| {
            let mut photograph = vec![0; PHOTOGRAPH];
            let mut noise = blake3::Hasher::new();
            noise.update(&light.key.seed()[..]);
            noise.finalize_xof().fill(&mut photograph);
            light.work(matter, EDITS, photograph, SystemClock.now(), seed)?;
            Ok(light)
        })
        .collect();
    let lights = lights?;
    let items: usize = lights.iter().map(Light::waits).sum();
    let (ended, mut times, wall) = crowd(lights, &base).await?;

    let done = ended.iter().filter(|(light, _)| light.is_level()).count();
    let refused: usize = ended.iter().map(|(light, _)| light.refused).sum();
    ensure!(refused == 0, "{refused} items were refused");
    let mut ends: Vec<f64> = ended.iter().map(|(_, end)| *end).collect();
    let what = format!("{stations} stations come back at once");
    figures.under(format!("{what}: not done"), (stations - done) as f64, "", 1.0);
    figures.under(
        "p99 of an exchange that is answered",
        percentile(&mut times.exchanges, 99),
        "s",
        2.0,
    );
    figures.note("median of it", percentile(&mut times.exchanges, 50), "s");
    figures.note("p99 of a piece of a file", percentile(&mut times.files, 99), "s");
    figures.note("asked to come back later", times.busy.len() as f64, "times");
    figures.note("p99 until that is said", percentile(&mut times.busy, 99), "s");
    figures.note("requests without an answer", f64::from(times.lost), "");
    figures.note("all done after", wall, "s");
    figures.note("the first station was done after", percentile(&mut ends, 1), "s");
    figures.note("half of them after", percentile(&mut ends, 50), "s");
    figures.note("items accepted per second", items as f64 / wall, "/s");
    figures.note("photographs verified per second", done as f64 / wall, "/s");
    figures.under(
        "memory of the center, most",
        served.memory().unwrap_or_default(),
        "MB",
        1_024.0,
    );
    figures.note("memory of the center before", idle, "MB");
    let text = served.figures().await?;
    let commits = figure(&text, "doorstep_center_commit_seconds_count");
    figures.note(
        "writes in one commit",
        figure(&text, "doorstep_center_commit_writes_sum") / commits.max(1.0),
        "",
    );
    let seconds = figure(&text, "doorstep_center_commit_seconds_sum");
    figures.note("one commit", seconds / commits.max(1.0) * 1e3, "ms");
    Ok(())
}

/// All stations begin at one instant and go on until each is level: the stations with the second in which they were
/// done, the times of their requests, and the seconds in all.
async fn crowd(lights: Vec<Light>, base: &str) -> Result<(Vec<(Light, f64)>, Times, f64)> {
    let (count, times) = (lights.len(), Arc::new(Mutex::new(Times::default())));
    let start = Arc::new(Barrier::new(count + 1));
    let mut tasks = Vec::new();
    for light in lights {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let http = Http::new(client, base);
        let network = Timed {
            http,
            times: times.clone(),
        };
        tasks.push(tokio::spawn(come(light, network, start.clone())));
    }
    start.wait().await;
    let began = Instant::now();
    let mut ended = Vec::new();
    for task in tasks {
        ended.push(task.await??);
    }
    let wall = began.elapsed().as_secs_f64();
    let times = std::mem::take(&mut *times.lock().unwrap_or_else(PoisonError::into_inner));
    Ok((ended, times, wall))
}

async fn come(mut light: Light, network: Timed, start: Arc<Barrier>) -> Result<(Light, f64)> {
    start.wait().await;
    let began = Instant::now();
    let mut failures = 0;
    loop {
        let run = Run::new(Signer::new(light.key.clone(), 0));
        let outcome = drive(&network, run, &mut light, &SystemClock).await?;
        if (outcome.trouble.is_none() && light.is_level()) || began.elapsed() > LATEST {
            return Ok((light, began.elapsed().as_secs_f64()));
        }
        let asked = match outcome.trouble {
            Some(Trouble::Busy(asked)) => asked,
            _ => None,
        };
        sleep(backoff::wait(failures, asked, &SystemRandom)).await;
        failures += 1;
    }
}
