//! `doorstep-station`: the station without a window.

use std::io::BufRead;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use doorstep_station::rpc::{self, Reply};
use doorstep_station::{Station, StationConfig, SystemRandom, Vicinity, http};
use doorstep_sync::Random;
use serde_json::{Value, json};
use tracing_subscriber::EnvFilter;

/// A station that takes applications with no network.
#[derive(Parser)]
#[command(name = "doorstep-station", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the station's screen to a browser on this machine.
    Serve {
        /// Where everything is kept.
        #[arg(long)]
        data: PathBuf,
        /// Address and port on this machine; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:8610")]
        listen: SocketAddr,
        /// What a page must know to call; made anew for every start when left out.
        #[arg(long, env = "DOORSTEP_TOKEN", hide_env_values = true)]
        token: Option<String>,
        /// Meet devices of the same station and town on the local network; others can then reach this one, too.
        #[arg(long)]
        neighbours: bool,
    },
    /// Join a district with a one-time code.
    Enrol {
        /// Where everything is kept.
        #[arg(long)]
        data: PathBuf,
        /// Address of the district center.
        #[arg(long)]
        center: String,
        /// The code.
        #[arg(long)]
        code: String,
    },
    /// Make documents, lists and search from the signed items again.
    Rebuild(Unlocked),
    /// Look whether every file is whole and documents are what the items say.
    Doctor(Unlocked),
    /// Write everything the district has given no receipt for into a folder, as parts of a bundle sealed for it.
    Export {
        #[command(flatten)]
        unlocked: Unlocked,
        /// The folder, for example of a stick.
        folder: PathBuf,
        /// Bytes of a part at most, from 131072 on; 16 MiB when left out.
        #[arg(long)]
        part_bytes: Option<u64>,
    },
    /// Take in a bundle that the district made for this device.
    Import {
        #[command(flatten)]
        unlocked: Unlocked,
        /// A part, or a folder of parts.
        path: PathBuf,
    },
}

#[derive(Args)]
struct Unlocked {
    /// Where everything is kept.
    #[arg(long)]
    data: PathBuf,
    /// Staff number; the PIN is read from the first line of the input.
    #[arg(long)]
    staff: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match Cli::parse().command {
        Command::Serve {
            data,
            listen,
            token,
            neighbours,
        } => serve(data, listen, token, neighbours).await,
        Command::Enrol { data, center, code } => {
            let station = Station::open(&data).await?;
            rpc::call(&station, "enrol", json!({ "center": center, "code": code }), Vec::new()).await?;
            say("enrolled");
            Ok(())
        }
        Command::Rebuild(unlocked) => {
            let made = unlocked.open().await?.rebuild().await?;
            say(&format!("{made} documents made again"));
            Ok(())
        }
        Command::Export {
            unlocked,
            folder,
            part_bytes,
        } => export(&unlocked.open().await?, &folder, part_bytes).await,
        Command::Import { unlocked, path } => import(&unlocked.open().await?, &path).await,
        Command::Doctor(unlocked) => {
            let station = unlocked.open().await?;
            if station.mend().await? {
                say("the database was damaged, and was mended");
            }
            let again = station.fetch_damaged().await?;
            if again > 0 {
                say(&format!("damaged files that come again from the district: {again}"));
            }
            let health = station.examine().await?;
            say(&format!("files: {}, damaged: {}", health.files.0, health.files.1));
            say(&format!(
                "documents and lists as the items say: {}",
                health.same_as_items
            ));
            for (code, count) in &health.set_aside {
                say(&format!("items not taken, {code}: {count}"));
            }
            if health.files.1 > 0 || !health.same_as_items {
                bail!("not all is well");
            }
            Ok(())
        }
    }
}

async fn ask(station: &Station, command: &str, args: Value) -> anyhow::Result<Value> {
    match rpc::call(station, command, args, Vec::new()).await? {
        Reply::Json(json) => Ok(serde_json::from_str(&json)?),
        Reply::Bytes { .. } => bail!("{command} answers with bytes"),
    }
}

async fn export(station: &Station, folder: &Path, part_bytes: Option<u64>) -> anyhow::Result<()> {
    let folder = std::path::absolute(folder)?;
    let plan = ask(station, "bundle_export", json!({ "part_bytes": part_bytes })).await?;
    let parts = plan["names"].as_array().map_or(0, Vec::len);
    for part in 1..=parts {
        let args = json!({ "bundle": plan["bundle"], "part": part, "folder": folder });
        let written = ask(station, "bundle_write", args).await;
        let written =
            written.with_context(|| format!("part {part} of {parts} was not written; those before are good"))?;
        say(written["name"].as_str().unwrap_or_default());
    }
    say(&format!(
        "items: {}, files: {}, bytes: {}",
        plan["items"], plan["files"], plan["bytes"]
    ));
    Ok(())
}

async fn import(station: &Station, path: &Path) -> anyhow::Result<()> {
    let path = std::path::absolute(path)?;
    let report = ask(station, "bundle_read", json!({ "path": path })).await?;
    say(&serde_json::to_string_pretty(&report)?);
    if report["complete"] != true {
        bail!("not everything is here");
    }
    Ok(())
}

impl Unlocked {
    async fn open(&self) -> anyhow::Result<Station> {
        let station = Station::open(&self.data).await?;
        let mut pin = String::new();
        std::io::stdin().lock().read_line(&mut pin)?;
        let args = json!({ "staff": self.staff, "pin": pin.trim() });
        rpc::call(&station, "unlock", args, Vec::new()).await?;
        Ok(station)
    }
}

async fn serve(data: PathBuf, listen: SocketAddr, token: Option<String>, neighbours: bool) -> anyhow::Result<()> {
    if !listen.ip().is_loopback() {
        bail!("{listen} can be reached from other machines; a station is served on this one only, at 127.0.0.1");
    }
    let mut config = StationConfig::new(&data)?;
    config.vicinity = neighbours.then(Vicinity::default);
    let station = Station::open_with(config)
        .await
        .with_context(|| format!("cannot open the station in {}", data.display()))?;
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen at {listen}"))?;
    let address = listener.local_addr()?;
    let token = token.unwrap_or_else(new_token);
    let router = http::router(station.clone(), address, &token);
    station.start();
    say(&format!("http://{address}/#token={token}"));
    axum::serve(listener, router).with_graceful_shutdown(stopped()).await?;
    station.lock().await?;
    Ok(())
}

fn new_token() -> String {
    let mut bytes = [0; 16];
    SystemRandom.fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn stopped() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! { _ = interrupted => {}, _ = terminated.recv() => {} }
            return;
        }
    }
    let _ = interrupted.await;
}

// The one place where this program speaks to a person at a terminal.
#[allow(clippy::print_stdout)]
fn say(words: &str) {
    println!("{words}");
}
