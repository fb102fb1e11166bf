//! Who writes which file now: one request at a time. A device that asks about a file again has lost its earlier
//! connection, which this end may notice late: the earlier request then gives way at once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use doorstep_sync::{DeviceId, FileHash};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::error::ApiError;

/// How long the earlier request may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The files being written.
#[derive(Default)]
pub struct Writing(Arc<Mutex<HashMap<FileHash, Arc<Held>>>>);

struct Held {
    device: DeviceId,
    is_asked: AtomicBool,
    asked: Notify,
    freed: Notify,
}

/// Leave to write one file, until it is dropped.
pub struct Writer {
    files: Arc<Mutex<HashMap<FileHash, Arc<Held>>>>,
    hash: FileHash,
    held: Arc<Held>,
}

fn lock(files: &Mutex<HashMap<FileHash, Arc<Held>>>) -> MutexGuard<'_, HashMap<FileHash, Arc<Held>>> {
    files.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Writing {
    /// Leave for `device` to write a file. An earlier request of the same device gives way; another device's does not.
    pub async fn begin(&self, hash: FileHash, device: DeviceId) -> Result<Writer, ApiError> {
        let ends = Instant::now() + PATIENCE;
        loop {
            let earlier = match self.take(hash, device) {
                Ok(writer) => return Ok(writer),
                Err(earlier) if earlier.device == device => earlier,
                Err(_) => return Err(locked()),
            };
            let freed = earlier.freed.notified();
            let gone = !lock(&self.0).get(&hash).is_some_and(|held| Arc::ptr_eq(held, &earlier));
            if gone {
                continue;
            }
            earlier.is_asked.store(true, Ordering::SeqCst);
            earlier.asked.notify_one();
            timeout_at(ends, freed).await.map_err(|_| locked())?;
        }
    }

    /// Leave to write a file, unless somebody writes it now.
    pub fn try_begin(&self, hash: FileHash, device: DeviceId) -> Result<Writer, ApiError> {
        self.take(hash, device).map_err(|_| locked())
    }

    fn take(&self, hash: FileHash, device: DeviceId) -> Result<Writer, Arc<Held>> {
        match lock(&self.0).entry(hash) {
            Entry::Occupied(earlier) => Err(earlier.get().clone()),
            Entry::Vacant(place) => {
                let held = Arc::new(Held {
                    device,
                    is_asked: AtomicBool::new(false),
                    asked: Notify::new(),
                    freed: Notify::new(),
                });
                place.insert(held.clone());
                Ok(Writer {
                    files: self.0.clone(),
                    hash,
                    held,
                })
            }
        }
    }
}

fn locked() -> ApiError {
    ApiError::new(StatusCode::LOCKED, "locked", "the file is being written")
}

impl Writer {
    /// Waits until the same device asks for this file again.
    pub async fn asked(&self) {
        while !self.held.is_asked.load(Ordering::SeqCst) {
            self.held.asked.notified().await;
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        lock(&self.files).remove(&self.hash);
        self.held.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const FILE: FileHash = FileHash([7; 32]);

    #[tokio::test]
    async fn an_earlier_request_of_the_same_device_gives_way_and_no_other() {
        let writing = Writing::default();
        let first = writing.begin(FILE, DeviceId([1; 16])).await.unwrap();
        let stranger = writing.begin(FILE, DeviceId([2; 16])).await;
        assert_eq!(stranger.map(|_| ()).unwrap_err().status, StatusCode::LOCKED);
        let gives_way = tokio::spawn(async move {
            first.asked().await;
            drop(first);
        });
        let second = writing.begin(FILE, DeviceId([1; 16])).await.unwrap();
        gives_way.await.unwrap();
        drop(second);
        assert!(lock(&writing.0).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_does_not_give_way_keeps_its_file() {
        let writing = Writing::default();
        let _first = writing.begin(FILE, DeviceId([1; 16])).await.unwrap();
        let second = writing.begin(FILE, DeviceId([1; 16])).await;
        assert_eq!(second.map(|_| ()).unwrap_err().code, "locked");
    }
}
