//! Sends files to a tus server that is not ours, by the protocol of a station. Such a server knows no `/sync`: what would
//! be asked there is answered here, offsets by asking the server for each.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use doorstep_station::SystemClock;
use doorstep_sync::auth::Signer;
use doorstep_sync::client::{Http, Network, drive};
use doorstep_sync::payload::FileName;
use doorstep_sync::protocol::{NetworkError, Run};
use doorstep_sync::repair::{Held, Key, Memory, Sum};
use doorstep_sync::replica::{Moved, Outgoing, Replica, ReplicaError};
use doorstep_sync::wire::{Cursor, Offset, SyncRequest, SyncResponse};
use doorstep_sync::{Clock, FileHash, Fingerprint, Item, ItemId, Millis, Scope, SigningKey, tus};
use http::{Request, Response};
use serde_json::{Value, json};

/// Runs after which something must be wrong.
const MOST_RUNS: u32 = 200;

struct Beside(Http, Signer);

/// Whose requests go to a server that asks for it: their key and where they may write.
pub struct Sender {
    /// Signs.
    pub key: SigningKey,
    /// Where its files belong.
    pub scope: Scope,
}

impl Network for Beside {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NetworkError> {
        if request.uri().path() != "/sync" {
            return self.0.send(request).await;
        }
        let bad = |words: &str| NetworkError(words.to_owned());
        let asked = SyncRequest::from_bytes(request.body()).map_err(|_| bad("malformed"))?;
        let mut offsets = Vec::new();
        for hash in &asked.offsets {
            let head = Request::head(tus::path(hash)).header(tus::RESUMABLE, tus::VERSION);
            let mut head = head.body(Vec::new()).map_err(|_| bad("head"))?;
            self.1.sign(&mut head, SystemClock.now());
            let told = self.0.send(head).await?;
            if let Ok(stored) = tus::number(told.headers(), tus::OFFSET) {
                let (hash, verified) = (*hash, false);
                offsets.push(Offset { hash, stored, verified });
            }
        }
        let answer = SyncResponse {
            version: asked.version,
            now: SystemClock.now(),
            items: Vec::new(),
            cursor: Cursor { epoch: 1, position: 0 },
            more: false,
            fingerprints: Vec::new(),
            offsets,
            repair: Vec::new(),
        };
        Ok(Response::new(answer.to_bytes(&asked.brought())))
    }
}

/// Files of a folder, and nothing else.
struct Folder {
    files: Vec<(FileName, PathBuf)>,
    whole: HashSet<FileHash>,
    failed: Mutex<Vec<String>>,
    none: Memory,
    scope: Scope,
}

/// Sends every file of `folder`; says in how many runs.
pub async fn all(address: &str, folder: &Path, sender: Sender) -> Result<Value> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let bytes = std::fs::read(&path)?;
        let name = FileName {
            hash: FileHash::of(&bytes),
            len: bytes.len() as u64,
            media_type: "image/jpeg".into(),
        };
        files.push((name, path));
    }
    let mut folder = Folder {
        files,
        whole: HashSet::new(),
        failed: Mutex::default(),
        none: Memory::default(),
        scope: sender.scope,
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30));
    let signer = || Signer::new(sender.key.clone(), 0);
    let network = Beside(Http::new(client.build()?, address), signer());
    for run in 1..=MOST_RUNS {
        let outcome = drive(&network, Run::new(signer()), &mut folder, &SystemClock).await?;
        if outcome.trouble.is_none() && folder.whole.len() == folder.files.len() {
            return Ok(json!({ "runs": run, "files": folder.files.len() }));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let failed = folder.failed.lock().map(|failed| failed.join(" ")).unwrap_or_default();
    ensure!(
        false,
        "after {MOST_RUNS} runs {} files are there: {failed}",
        folder.whole.len()
    );
    Ok(Value::Null)
}

impl Folder {
    fn at(&self, hash: &FileHash) -> Result<&PathBuf> {
        let found = self.files.iter().find(|(file, _)| file.hash == *hash);
        Ok(&found.context("file")?.1)
    }
}

impl Held for Folder {
    fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> Result<Sum, ReplicaError> {
        self.none.sum(scope, from, to)
    }

    fn keys(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError> {
        self.none.keys(scope, from, to, skip, most)
    }
}

impl Replica for Folder {
    fn cursor(&self) -> Result<Cursor, ReplicaError> {
        Ok(Cursor::default())
    }

    fn fingerprints(&self) -> Result<Vec<(Scope, Fingerprint)>, ReplicaError> {
        Ok(Vec::new())
    }

    fn outgoing(&self, _: usize) -> Result<Vec<Item>, ReplicaError> {
        Ok(Vec::new())
    }

    fn receive(&mut self, _: Vec<Item>, _: Cursor, _: Millis) -> Result<(), ReplicaError> {
        Ok(())
    }

    fn items(&self, _: &[ItemId], _: usize) -> Result<Vec<Item>, ReplicaError> {
        Ok(Vec::new())
    }

    fn outgoing_files(&self) -> Result<Vec<Outgoing>, ReplicaError> {
        let scope = &self.scope;
        let waiting = self.files.iter().filter(|(file, _)| !self.whole.contains(&file.hash));
        let mut waiting: Vec<Outgoing> = waiting
            .map(|(file, _)| Outgoing {
                file: file.clone(),
                scope: scope.clone(),
            })
            .collect();
        waiting.sort_by_key(|outgoing| outgoing.file.len);
        Ok(waiting)
    }

    fn read_file(&self, hash: &FileHash, offset: u64, len: usize) -> Result<Vec<u8>, ReplicaError> {
        use std::io::{Read, Seek, SeekFrom};
        let read = || -> Result<Vec<u8>> {
            let mut file = std::fs::File::open(self.at(hash)?)?;
            file.seek(SeekFrom::Start(offset))?;
            let mut bytes = Vec::new();
            file.take(len as u64).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        read().map_err(|error| ReplicaError(error.to_string()))
    }

    fn moved(&mut self, file: &FileName, news: Moved<'_>) -> Result<(), ReplicaError> {
        match news {
            Moved::Whole => _ = self.whole.insert(file.hash),
            Moved::Failed(code) => {
                if let Ok(mut failed) = self.failed.lock() {
                    failed.push(code.to_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn wanted_files(&self) -> Result<Vec<(FileName, u64)>, ReplicaError> {
        Ok(Vec::new())
    }

    fn write_file(&mut self, _: &FileName, _: u64, _: &[u8]) -> Result<(), ReplicaError> {
        Err(ReplicaError("nothing is wanted".into()))
    }
}
