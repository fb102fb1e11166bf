//! Which device writes which file now: one request at a time. A device that asks about a file again has lost its earlier
//! connection, which this end may notice late: the earlier request then gives way at once. What another device sends of the
//! same file is another matter.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use doorstep_sync::{DeviceId, FileHash};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::disk::Coming;
use crate::error::ApiError;

/// How long the earlier request may take to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// Files that one device writes at once. A station writes one, and more only while dead lines have not been noticed.
const MOST: usize = 8;

/// The files being written.
#[derive(Default)]
pub struct Writing(Files);

type Files = Arc<Mutex<HashMap<Coming, Arc<Held>>>>;

#[derive(Default)]
struct Held {
    is_asked: AtomicBool,
    asked: Notify,
    freed: Notify,
}

/// Leave to write one file, until it is dropped.
pub struct Writer {
    files: Files,
    file: Coming,
    held: Arc<Held>,
}

fn lock(files: &Files) -> MutexGuard<'_, HashMap<Coming, Arc<Held>>> {
    files.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Writing {
    /// Leave for `from` to write a file. An earlier request of the same device gives way.
    pub async fn begin(&self, hash: FileHash, from: DeviceId) -> Result<Writer, ApiError> {
        let file = Coming { hash, from };
        let ends = Instant::now() + PATIENCE;
        loop {
            let Some(earlier) = self.writes(&file) else {
                match self.take(file) {
                    Some(writer) => return Ok(writer),
                    // Another request was quicker, or there are too many.
                    None if self.writes(&file).is_some() => continue,
                    None => return Err(locked()),
                }
            };
            let freed = earlier.freed.notified();
            let gone = !self.writes(&file).is_some_and(|held| Arc::ptr_eq(&held, &earlier));
            if gone {
                continue;
            }
            earlier.is_asked.store(true, Ordering::SeqCst);
            earlier.asked.notify_one();
            timeout_at(ends, freed).await.map_err(|_| locked())?;
        }
    }

    /// Leave to write a file, unless the device writes it now.
    pub fn try_begin(&self, hash: FileHash, from: DeviceId) -> Result<Writer, ApiError> {
        self.take(Coming { hash, from }).ok_or_else(locked)
    }

    fn writes(&self, file: &Coming) -> Option<Arc<Held>> {
        lock(&self.0).get(file).cloned()
    }

    fn take(&self, file: Coming) -> Option<Writer> {
        let mut files = lock(&self.0);
        let own = files.keys().filter(|other| other.from == file.from).count();
        if own >= MOST || files.contains_key(&file) {
            return None;
        }
        let held = files.entry(file).or_default().clone();
        let files = self.0.clone();
        Some(Writer { files, file, held })
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
        lock(&self.files).remove(&self.file);
        self.held.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const FILE: FileHash = FileHash([7; 32]);
    const ONE: DeviceId = DeviceId([1; 16]);

    #[tokio::test]
    async fn an_earlier_request_of_the_same_device_gives_way_and_nobody_elses_is_in_the_way() {
        let writing = Writing::default();
        let first = writing.begin(FILE, ONE).await.unwrap();
        let colleague = writing.begin(FILE, DeviceId([2; 16])).await;
        assert!(colleague.is_ok());
        let gives_way = tokio::spawn(async move {
            first.asked().await;
            drop(first);
        });
        let second = writing.begin(FILE, ONE).await.unwrap();
        gives_way.await.unwrap();
        drop((second, colleague));
        assert!(lock(&writing.0).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_does_not_give_way_keeps_its_file() {
        let writing = Writing::default();
        let _first = writing.begin(FILE, ONE).await.unwrap();
        let second = writing.begin(FILE, ONE).await;
        assert_eq!(second.map(|_| ()).unwrap_err().code, "locked");
    }

    #[tokio::test]
    async fn a_device_writes_so_many_files_at_once_and_no_more() {
        let writing = Writing::default();
        let file = |n: usize| FileHash([n as u8; 32]);
        let mut all: Vec<Writer> = (0..MOST).map(|n| writing.try_begin(file(n), ONE).unwrap()).collect();
        let more = writing.begin(file(MOST), ONE).await;
        assert_eq!(more.map(|_| ()).unwrap_err().status, StatusCode::LOCKED);
        assert!(writing.try_begin(file(MOST), DeviceId([2; 16])).is_ok());
        all.pop();
        assert!(writing.begin(file(MOST), ONE).await.is_ok());
    }
}
