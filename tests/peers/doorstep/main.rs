//! Doorstep to be measured beside its peers: `doorstep-center` as it is, and a device that brings items and files to it
//! with the protocol, the keys and the HTTP client of a station. The device keeps its items in a journal on the disk, not
//! in a station's database.
//!
//! `peer server DATA` and `peer client DATA` take one JSON command a line on stdin and answer each with one JSON line on
//! stdout: `load`, `edit`, `files`, `sync`, `disconnect`, `digest`.

mod device;
mod replica;
mod writer;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use device::Device;
use doorstep_harness::process::{Center, free_port};
use serde_json::{Value, json};
use writer::Writer;

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["server", data] => server(Path::new(data)).await,
        ["client", data] => client(Path::new(data)).await,
        _ => bail!("peer client|server DATA"),
    }
}

fn say(value: &Value) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}

fn text<'a>(command: &'a Value, name: &str) -> Result<&'a str> {
    command[name].as_str().with_context(|| format!("no {name}"))
}

/// The center, and a second device that reads from it what it holds.
async fn server(data: &Path) -> Result<()> {
    std::fs::create_dir_all(data)?;
    let port = free_port()?;
    let center = Center::start(&data.join("center"), port).await?;
    let demo = center.demo()?;
    let station = demo["stations"][0].clone();
    let joining = json!({
        "port": port,
        "codes": station["enrolment_codes"],
        "staff": station["staff"][0]["number"],
    });
    say(&joining)?;
    let mut second: Option<Device> = None;
    for line in std::io::stdin().lines() {
        let command: Value = serde_json::from_str(&line?)?;
        let answer = match text(&command, "do")? {
            "digest" => {
                let device = match &mut second {
                    Some(device) => device,
                    none => none.insert(Device::enrol(&data.join("second"), &joining, 1).await?),
                };
                device.sync(&center.process.url).await?;
                device.replica.digest()
            }
            other => bail!("the server knows no {other}"),
        };
        say(&answer)?;
    }
    Ok(())
}

/// A device, and who writes on it.
async fn client(data: &Path) -> Result<()> {
    say(&json!({}))?;
    let mut writer: Option<Writer> = None;
    for line in std::io::stdin().lines() {
        let command: Value = serde_json::from_str(&line?)?;
        let name = text(&command, "do")?;
        if matches!(name, "load" | "files") {
            let joining = &command["server"];
            let mut device = Device::enrol(data, joining, 0).await?;
            // A device at work has its station's grant and the catalogue.
            device.sync(&format!("http://127.0.0.1:{}", joining["port"])).await?;
            writer = Some(Writer::new(device, text(joining, "staff")?));
        }
        let writer = writer.as_mut().context("nothing is loaded")?;
        match name {
            "load" => writer.load(text(&command, "content")?, command["history"] == true)?,
            "edit" => writer.edit(text(&command, "content")?)?,
            "files" => writer.files(text(&command, "pictures")?)?,
            "sync" => writer.device.sync(text(&command, "address")?).await?,
            "digest" | "disconnect" => {}
            other => bail!("the device knows no {other}"),
        }
        say(&match name {
            "digest" => writer.device.replica.digest(),
            _ => json!({}),
        })?;
    }
    Ok(())
}
