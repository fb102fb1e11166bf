//! Names files by items, as a station does before their bytes go.

use anyhow::{Context, Result, ensure};
use doorstep_station::SystemClock;
use doorstep_sync::auth::Signer;
use doorstep_sync::client::{Http, Network};
use doorstep_sync::payload::FileName;
use doorstep_sync::wire::{Cursor, PROTOCOL, SyncRequest, SyncResponse};
use doorstep_sync::{Clock, Document, DocumentId, Envelope, Item, Kind, envelope};
use http::Request;
use serde_json::{Value, json};

use crate::upload::Sender;

/// Names files, each written `HASH:LENGTH`, at the center at `address`.
pub async fn all(address: &str, sender: &Sender, files: &[&str]) -> Result<Value> {
    let now = SystemClock.now();
    let mut items = Vec::new();
    for file in files {
        let (hash, len) = file.split_once(':').context("HASH:LENGTH")?;
        let file = FileName {
            hash: hash.parse().context("a hash")?,
            len: len.parse().context("a length")?,
            media_type: "image/jpeg".into(),
        };
        let id = file.hash.0.first_chunk().copied().context("a hash")?;
        let envelope = Envelope {
            version: envelope::VERSION,
            kind: Kind::File,
            scope: sender.scope.clone(),
            document: Some(Document {
                kind: "application".into(),
                id: DocumentId(id),
            }),
            device: sender.key.verifying_key().device(),
            staff: String::new(),
            time: now,
            payload: file.to_bytes(),
        };
        items.push(Item::sign(&envelope, &sender.key));
    }
    let asked = SyncRequest {
        version: PROTOCOL,
        cursor: Cursor::default(),
        fingerprints: Vec::new(),
        items,
        offsets: Vec::new(),
        repair: Vec::new(),
    };
    let mut request = Request::post("/sync").body(asked.to_bytes())?;
    Signer::new(sender.key.clone(), 0).sign(&mut request, now);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let answer = Http::new(client, address).send(request).await?;
    ensure!(answer.status().is_success(), "the center answers {}", answer.status());
    SyncResponse::from_bytes(answer.body(), &asked.brought())?;
    Ok(json!({ "files": files.len() }))
}
