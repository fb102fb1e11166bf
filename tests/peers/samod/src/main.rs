//! samod 0.16 as it is meant to be used: one repo for each end, documents in its filesystem storage, a WebSocket
//! between them, everything else at its default.
//!
//! `samod-peer server DATA` and `samod-peer client DATA` take one JSON command a line on stdin and answer each with one
//! JSON line on stdout: `load`, `edit`, `sync`, `disconnect`, `digest`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use anyhow::{Context, Result, bail};
use automerge::transaction::Transactable;
use automerge::{Automerge, ROOT, ReadDoc};
use axum::extract::ws::WebSocketUpgrade;
use samod::storage::TokioFilesystemStorage;
use samod::{BackoffConfig, DialerHandle, DocHandle, DocumentId, Repo};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

/// The documents that every peer is given.
#[derive(Deserialize)]
struct Content {
    documents: Vec<BTreeMap<String, String>>,
    edits: Vec<(usize, String, String)>,
    typed: Vec<String>,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum Command {
    Load { content: String, history: bool },
    Edit { content: String },
    Sync { address: String },
    Disconnect,
    Digest { documents: Vec<String> },
}

fn put(document: &mut Automerge, keys: &mut dyn Iterator<Item = (&String, &String)>) -> Result<()> {
    let mut transaction = document.transaction();
    for (key, value) in keys {
        transaction.put(ROOT, key.as_str(), value.as_str())?;
    }
    transaction.commit();
    Ok(())
}

fn read(path: &str) -> Result<Content> {
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}

struct Client {
    repo: Repo,
    documents: Vec<DocHandle>,
    dialer: Option<DialerHandle>,
}

impl Client {
    /// Makes the documents: each in one change, or field by field.
    async fn load(&mut self, content: &Content, history: bool) -> Result<Value> {
        let typed: BTreeSet<&String> = content.typed.iter().filter(|_| history).collect();
        for fields in &content.documents {
            let mut document = Automerge::new();
            put(&mut document, &mut fields.iter().filter(|(key, _)| !typed.contains(key)))?;
            for key in &typed {
                put(&mut document, &mut fields.get_key_value(*key).into_iter())?;
            }
            self.documents.push(self.repo.create(document).await?);
        }
        let ids: Vec<String> = self.documents.iter().map(|handle| handle.document_id().to_string()).collect();
        Ok(json!({ "documents": ids }))
    }

    fn edit(&self, content: &Content) -> Result<Value> {
        for (index, key, value) in &content.edits {
            let handle = self.documents.get(*index).context("edit of an unknown document")?;
            handle.with_document(|document| put(document, &mut [(key, value)].into_iter()))?;
        }
        Ok(json!({}))
    }

    /// Connects and waits until the other end is known to have every document.
    async fn sync(&mut self, address: &str) -> Result<Value> {
        let dialer = self.repo.dial_websocket(address.parse()?, BackoffConfig::default())?;
        'connected: loop {
            dialer.established().await?;
            let Some(connection) = dialer.connection_id() else {
                tokio::task::yield_now().await;
                continue;
            };
            for handle in &self.documents {
                let told = handle.they_have_our_changes(connection);
                tokio::pin!(told);
                loop {
                    tokio::select! {
                        () = &mut told => break,
                        () = tokio::time::sleep(std::time::Duration::from_millis(200)) => {
                            if dialer.connection_id() != Some(connection) {
                                continue 'connected;
                            }
                        }
                    }
                }
            }
            self.dialer = Some(dialer);
            return Ok(json!({}));
        }
    }
}

/// How many of the documents are here, and their heads.
async fn digest(repo: &Repo, ids: &[String]) -> Result<Value> {
    let mut heads = BTreeMap::new();
    for id in ids {
        let id: DocumentId = id.parse()?;
        let Some(handle) = repo.find(id.clone()).await? else {
            continue;
        };
        let mut of: Vec<String> = handle.with_document(|document| document.get_heads().iter().map(ToString::to_string).collect());
        of.sort();
        heads.insert(id.to_string(), of.join(","));
    }
    let text: String = heads.iter().map(|(id, heads)| format!("{id} {heads}\n")).collect();
    Ok(json!({ "documents": heads.len(), "digest": text }))
}

fn say(value: &Value) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}

async fn listen(repo: &Repo) -> Result<Value> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let acceptor = repo.make_acceptor(format!("ws://127.0.0.1:{port}/").parse()?)?;
    let app = axum::Router::new().route(
        "/",
        axum::routing::get(move |upgrade: WebSocketUpgrade| async move {
            upgrade.on_upgrade(move |socket| async move {
                // An error says that the repo has stopped.
                let _ = acceptor.accept_axum(socket, None);
            })
        }),
    );
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(json!({ "port": port }))
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [role, data] = arguments.as_slice() else {
        bail!("samod-peer client|server DATA");
    };
    let repo = Repo::build_tokio()
        .with_peer_id(role.as_str().into())
        .with_storage(TokioFilesystemStorage::new(data))
        .load()
        .await;
    say(&match role.as_str() {
        "server" => listen(&repo).await?,
        _ => json!({}),
    })?;
    let mut client = Client { repo: repo.clone(), documents: Vec::new(), dialer: None };
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        say(&match serde_json::from_str(&line)? {
            Command::Load { content, history } => client.load(&read(&content)?, history).await?,
            Command::Edit { content } => client.edit(&read(&content)?)?,
            Command::Sync { address } => client.sync(&address).await?,
            Command::Disconnect => {
                if let Some(dialer) = client.dialer.take() {
                    dialer.close();
                }
                json!({})
            }
            Command::Digest { documents } => digest(&repo, &documents).await?,
        })?;
    }
    repo.stop().await;
    Ok(())
}
