//! Memory of a station that receives every application of its village and sends many photographs meanwhile, in a process
//! of its own. `DOORSTEP_BENCH_FILES_MB` sets how many photographs, in MB (64 when it is not set; the bar is for 2,048).

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use doorstep_harness::picture;
use doorstep_harness::screen::{Screen, list};
use serde_json::{Value, json};

use crate::district::{District, Station};
use crate::figures::Figures;
use crate::many::peak_memory;
use crate::signing::Cost;

/// A camera's photograph of 12 megapixels.
const PHOTOGRAPH: usize = 5 << 20;
/// Exchanges after which something must be wrong.
const MOST: u32 = 1_000;

/// Photographs a station has taken and not sent yet.
pub struct Waiting {
    name: String,
    bytes: u64,
    files: u64,
}

/// A station that has photographed; nothing has been sent. Before the applications of others are there.
pub async fn prepare(district: &mut District, name: &str) -> Result<Waiting> {
    let asked = std::env::var("DOORSTEP_BENCH_FILES_MB").ok();
    let asked = asked.and_then(|text| text.parse::<u64>().ok()).unwrap_or(64) << 20;
    let station = district.station(name, district.address).await?;
    station.call("sync_mode", json!({"mode": "paused"})).await?;
    let found = station.call("matters", json!({"query": "glj", "tag": ""})).await?;
    let begun = station
        .call("begin", json!({"matter": found["matters"][0]["code"]}))
        .await?;
    let materials: Vec<Value> = list(&begun["materials"]).map(|m| m["asked"]["code"].clone()).collect();
    let material = materials.first().context("the matter asks for nothing")?;
    let page = json!({"id": begun["id"], "material": material, "replaces": null});
    let small = picture::photograph(1_600, 1_200, 1)?;
    let (mut bytes, mut files) = (0, 0);
    while bytes < asked {
        let picture = filled(&small, files)?;
        bytes += picture.len() as u64;
        files += 1;
        station.ask("page_add", page.clone(), picture).await?;
    }
    station.call("lock", json!({})).await?;
    Ok(Waiting {
        name: name.to_owned(),
        bytes,
        files,
    })
}

/// `picture` with comments as long as a large photograph; every one is another. Two gigabytes of large photographs would
/// take longer to draw than to send.
fn filled(picture: &[u8], number: u64) -> Result<Vec<u8>> {
    let (start, rest) = picture.split_at_checked(2).context("no picture")?;
    let mut noise = blake3::Hasher::new().update(&number.to_le_bytes()).finalize_xof();
    let mut bytes = start.to_vec();
    let mut comment = vec![0; usize::from(u16::MAX) - 2];
    while bytes.len() < PHOTOGRAPH {
        noise.fill(&mut comment);
        // JPEG's mark of a comment, and the most that its length can say of itself and what follows.
        bytes.extend_from_slice(&[0xff, 0xfe, 0xff, 0xff]);
        bytes.extend_from_slice(&comment);
    }
    bytes.extend_from_slice(rest);
    Ok(bytes)
}

/// Starts a process on the station's folder, which sends and receives until nothing waits.
pub fn measure(
    figures: &mut Figures,
    district: &District,
    cost: &Cost,
    waiting: &Waiting,
    applications: usize,
) -> Result<()> {
    let (staff, pin) = district.staff()?;
    let output = Command::new(std::env::current_exe()?)
        .arg("sync")
        .arg(district.place(&waiting.name))
        .args([&staff, &pin, &applications.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .context("start")?;
    ensure!(output.status.success(), "the measured process failed");
    let said: Value = serde_json::from_slice(&output.stdout)?;
    let megabytes = waiting.bytes as f64 / 1e6;
    figures.note(
        format!(
            "{applications} applications received, {} photographs sent",
            waiting.files
        ),
        said["seconds"].as_f64().unwrap_or_default(),
        "s",
    );
    // Of the processor alone: most of the time passes in sending photographs.
    let (items, processor) = (said["items"].as_f64(), said["processor"].as_f64());
    let (items, processor) = items.zip(processor).context("what the process said")?;
    cost.share(figures, "receiving them, processor time", 0.0, items, processor);
    figures.under(
        format!("memory of the station meanwhile, {megabytes:.0} MB of photographs (peak)"),
        said["peak_mb"].as_f64().unwrap_or_default(),
        "MB",
        200.0,
    );
    Ok(())
}

/// The measured process: unlocks, then exchanges until nothing waits.
pub async fn child(data: &str, staff: &str, pin: &str, applications: &str) -> Result<()> {
    // Fails only when a provider was installed before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let applications: u64 = applications.parse()?;
    let station = Station(doorstep_station::Station::open(std::path::Path::new(data)).await?);
    station.call("unlock", json!({"staff": staff, "pin": pin})).await?;
    let started = Instant::now();
    station.call("sync_mode", json!({"mode": "all"})).await?;
    let all = json!({"query": "", "status": [], "attention": null, "limit": 1, "offset": 0});
    let mut items = 0;
    for _ in 0..MOST {
        let report = station.call("sync_now", json!({})).await?;
        items += report["received_items"].as_u64().unwrap_or_default();
        let (strip, list) = (
            station.call("strip", json!({})).await?,
            station.call("applications", all.clone()).await?,
        );
        let here = list["total"].as_u64().unwrap_or_default();
        if strip["waiting_files"] == 0 && strip["waiting_items"] == 0 && here > applications {
            let seconds = started.elapsed().as_secs_f64();
            let said = json!({"seconds": seconds, "peak_mb": peak_memory(), "items": items, "processor": processor()?});
            println!("{said}");
            return Ok(());
        }
    }
    anyhow::bail!("the station is not level with the center")
}

/// Seconds of processor time that this process has taken.
fn processor() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // User and system time are the 14th and 15th word, in hundredths; the second word may hold spaces.
    let (_, words) = stat.rsplit_once(')').context("stat")?;
    let times = words.split_whitespace().skip(11).take(2);
    let ticks = times.map(str::parse::<f64>).sum::<Result<f64, _>>()?;
    Ok(ticks / 100.0)
}
