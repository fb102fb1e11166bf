//! A device that has joined a center.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorstep_station::{SystemClock, SystemRandom};
use doorstep_sync::auth::Signer;
use doorstep_sync::client::{Http, drive};
use doorstep_sync::protocol::Run;
use doorstep_sync::{Item, SigningKey, VerifyingKey};
use serde_json::{Value, json};

use crate::replica::Copy;

/// How long a device waits after a connection was cut.
const PAUSE: Duration = Duration::from_secs(1);

/// Key and copy of a device.
pub struct Device {
    /// Its own.
    pub key: SigningKey,
    /// The division of its station.
    pub division: String,
    /// What it holds.
    pub replica: Copy,
}

impl Device {
    /// Joins the center that says `joining`, with the `which`-th one-time code.
    pub async fn enrol(data: &Path, joining: &Value, which: usize) -> Result<Self> {
        let key = SigningKey::generate(&SystemRandom);
        let code = &joining["codes"][which];
        let public_key = hex::encode(key.verifying_key().to_bytes());
        let answer = doorstep_harness::process::client(None)?
            .post(format!("http://127.0.0.1:{}/enrol", joining["port"]))
            .header("content-type", "application/json")
            .body(json!({"code": code, "public_key": public_key, "label": ""}).to_string())
            .send()
            .await?;
        ensure!(answer.status().is_success(), "enrol: {}", answer.status());
        let granted: Value = serde_json::from_slice(&answer.bytes().await?)?;
        let text = |name: &str| granted[name].as_str().with_context(|| format!("no {name}"));
        let center = VerifyingKey::from_bytes(&hex::decode(text("center_public_key")?)?).context("center's key")?;
        let grant = Item::from_bytes(&STANDARD.decode(text("grant")?)?)?;
        let division = grant.open()?.scope.division().to_owned();
        let replica = Copy::create(data, center, grant)?;
        Ok(Self { key, division, replica })
    }

    /// Exchanges until nothing waits, over connections of its own; after a cut it comes back.
    pub async fn sync(&mut self, address: &str) -> Result<()> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(60))
            .timeout(Duration::from_secs(180))
            .build()?;
        let network = Http::new(client, address);
        loop {
            let run = Run::new(Signer::new(self.key.clone(), 0));
            let outcome = drive(&network, run, &mut self.replica, &SystemClock).await?;
            eprintln!(
                "{} requests, {} + {} B in bodies, {:?} {:?}",
                outcome.requests, outcome.bytes_up, outcome.bytes_down, outcome.trouble, outcome.failed
            );
            let refused = self.replica.refused();
            ensure!(refused.is_empty(), "refused: {}", refused.join(", "));
            let equal = outcome.fingerprints_equal.iter().all(|(_, equal)| *equal == Some(true));
            if outcome.trouble.is_none() && outcome.failed.is_empty() && equal && self.replica.is_level() {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
