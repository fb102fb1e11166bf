//! A center in this process, on a real port, and stations that reach it by real HTTP.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use doorstep_center::demo::{ACCOUNTS_FILE, Demo};
use doorstep_center::world::{SystemClock, SystemRandom};
use doorstep_harness::screen::{Failed, Screen};
use doorstep_station::rpc::{self, Reply};
use serde_json::{Value, json};

/// A station in this process.
pub struct Station(pub doorstep_station::Station);

impl Screen for Station {
    async fn run(&self, command: &str, args: Value, body: Vec<u8>) -> Result<Value, Failed> {
        match rpc::call(&self.0, command, args, body).await {
            Ok(Reply::Json(json)) => serde_json::from_str(&json).map_err(|error| Failed::new(command, "json", error)),
            Ok(Reply::Bytes { bytes, .. }) => Ok(json!(bytes.len())),
            Err(failure) => Err(Failed::new(command, "failed", failure)),
        }
    }
}

/// A running center with its demo district.
pub struct District {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its secrets.
    pub demo: Demo,
    folder: PathBuf,
    codes: usize,
}

impl District {
    /// Opens a center under `folder` and serves it.
    pub async fn open(folder: &Path) -> Result<Self> {
        let data = folder.join("center");
        let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
        let center = doorstep_center::Center::open(doorstep_center::Config {
            data: data.clone(),
            clock,
            random,
            tls: false,
        })?;
        center.make_demo(&data)?;
        let demo = serde_json::from_slice(&std::fs::read(data.join(ACCOUNTS_FILE))?)?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = doorstep_center::router(Arc::new(center));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            address,
            demo,
            folder: folder.to_owned(),
            codes: 0,
        })
    }

    /// The next one-time code of the first village.
    pub fn code(&mut self) -> Result<String> {
        let code = self
            .demo
            .stations
            .first()
            .and_then(|station| station.enrolment_codes.get(self.codes));
        self.codes += 1;
        code.cloned().context("no enrolment code is left")
    }

    /// Number and PIN of somebody of the first village.
    pub fn staff(&self) -> Result<(String, String)> {
        let staff = self
            .demo
            .stations
            .first()
            .and_then(|station| station.staff.first())
            .context("staff")?;
        Ok((staff.number.clone(), staff.pin.clone()))
    }

    /// Where the data of a station lies.
    pub fn place(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A new station, unlocked, with the catalogue; it reaches the center at `address`.
    pub async fn station(&mut self, name: &str, address: SocketAddr) -> Result<Station> {
        let station = Station(doorstep_station::Station::open(&self.place(name)).await?);
        let code = self.code()?;
        station
            .call("enrol", json!({"center": format!("http://{address}"), "code": code}))
            .await?;
        let (staff, pin) = self.staff()?;
        station.call("unlock", json!({"staff": staff, "pin": pin})).await?;
        for _ in 0..3 {
            station.call("sync_now", json!({})).await?;
        }
        Ok(station)
    }
}
