//! Hearing from the center that something new lies there, instead of asking again and again.

use std::fmt::Write as _;
use std::sync::{Arc, Weak};
use std::time::Duration;

use doorstep_sync::Random;
use doorstep_sync::protocol::NetworkError;
use doorstep_sync::wire::Cursor;
use http::Request;
use tokio::time::{Instant, sleep};

use super::Listening;
use crate::contract::SyncMode;
use crate::station::{Inner, Station, lock};

/// After a stream has ended it is opened again within this time, each station at its own moment: when a center starts
/// anew, all streams end at one instant.
const SPREAD: Duration = Duration::from_secs(10);
/// More bytes without an event are no stream of events.
const LONGEST: usize = 4_096;

/// When a center tells of no news, it is asked again after this.
const AGAIN: Duration = Duration::from_secs(300);

/// Opens a stream, unless there is one, and wakes the link at each event until it ends.
pub(super) fn begin(station: &Station) {
    if !may_listen(&station.inner) {
        return;
    }
    let mut listening = lock(&station.inner.link.listening);
    match *listening {
        Listening::Not { again } if again <= Instant::now() => *listening = Listening::Begun,
        _ => return,
    }
    drop(listening);
    let alive = Arc::downgrade(&station.inner);
    tokio::spawn(async move {
        let heard = hear(&alive).await;
        let Some(inner) = alive.upgrade() else { return };
        let again = match &heard {
            Ok(()) => Instant::now(),
            Err(error) => {
                tracing::debug!(%error, "the center tells of no news");
                Instant::now() + AGAIN
            }
        };
        *lock(&inner.link.listening) = Listening::Not { again };
        if heard.is_ok() {
            let spread = SPREAD.mul_f64(chance(&*inner.config.random));
            drop(inner);
            sleep(spread).await;
            if let Some(inner) = alive.upgrade() {
                inner.link.woken(|why| why.deaf = true);
            }
        }
    });
}

/// Whether a stream is of use: somebody has unlocked the device, and wants it to use the network.
pub(super) fn may_listen(inner: &Inner) -> bool {
    let desk = lock(&inner.desk);
    let mode = desk.as_ref().map(|desk| desk.ledger.sync_mode());
    matches!(mode, Some(Ok(mode)) if mode != SyncMode::Paused)
}

async fn hear(alive: &Weak<Inner>) -> Result<(), NetworkError> {
    let gone = || NetworkError("the device is locked".into());
    let station = Station {
        inner: alive.upgrade().ok_or_else(gone)?,
    };
    let opened = station.work(|desk| {
        let ledger = &desk.ledger;
        Ok((ledger.signer(), ledger.center().to_owned(), ledger.cursor()?))
    });
    let (signer, base, cursor) = opened.await.map_err(|_| gone())?;
    let request = Request::get("/events").header("last-event-id", place(&cursor));
    let mut request = request
        .body(Vec::new())
        .map_err(|error| NetworkError(error.to_string()))?;
    let config = &station.inner.config;
    signer.sign(&mut request, config.clock.now());
    let mut pieces = config.network.listen(&base, request).await?;
    *lock(&station.inner.link.listening) = Listening::Open;
    // Held only for moments from here on: the station may end meanwhile.
    drop(station);
    let mut events = Events::default();
    while let Some(piece) = pieces.recv().await {
        let Some(inner) = alive.upgrade() else { break };
        // A heartbeat comes often enough to notice this soon.
        if !may_listen(&inner) {
            break;
        }
        match events.read(&piece) {
            Some(places) => places.into_iter().for_each(|place| {
                inner.link.woken(|why| why.news = Some(place));
            }),
            None => break,
        }
    }
    Ok(())
}

/// A place in the center's log as it is told: `EPOCH-POSITION`.
fn place(cursor: &Cursor) -> String {
    let mut text = String::new();
    // Writing into a text cannot fail.
    let _ = write!(text, "{:x}-{}", cursor.epoch, cursor.position);
    text
}

fn read_place(text: &str) -> Option<Cursor> {
    let (epoch, position) = text.trim().split_once('-')?;
    Some(Cursor {
        epoch: u64::from_str_radix(epoch, 16).ok()?,
        position: position.parse().ok()?,
    })
}

/// Between 0 and 1.
fn chance(random: &dyn Random) -> f64 {
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}

/// Bytes of a stream that are no whole line yet.
#[derive(Default)]
struct Events(Vec<u8>);

impl Events {
    /// The places told by these further bytes; `None` when this is no stream of events.
    fn read(&mut self, piece: &[u8]) -> Option<Vec<Cursor>> {
        self.0.extend_from_slice(piece);
        let end = self
            .0
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |last| last + 1);
        let lines: Vec<u8> = self.0.drain(..end).collect();
        if self.0.len() > LONGEST {
            return None;
        }
        let lines = std::str::from_utf8(&lines).ok()?;
        // Comments are heartbeats; fields that a later center may add are left alone.
        let told = lines.lines().filter_map(|line| read_place(line.strip_prefix("data:")?));
        Some(told.collect())
    }
}

/// Whether these bytes are a stream of events, cut in the middle as well.
pub(crate) fn tells(bytes: &[u8]) -> bool {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let mut events = Events::default();
    events.read(first).is_some() && events.read(second).is_some()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn events_are_read_however_they_are_cut() {
        let cursor = |epoch, position| Cursor { epoch, position };
        let whole = b":\n\ndata: ff-12\n\nretry: 5\nid: x\ndata:1-13\r\n\ndata: nonsense\n\n";
        for at in 0..whole.len() {
            let mut events = Events::default();
            let mut told = events.read(&whole[..at]).unwrap();
            told.extend(events.read(&whole[at..]).unwrap());
            assert_eq!(told, [cursor(255, 12), cursor(1, 13)], "cut at {at}");
        }
        assert_eq!(read_place(&place(&cursor(255, 12))), Some(cursor(255, 12)));
        assert_eq!(Events::default().read(&[b'x'; LONGEST + 1]), None);
        assert_eq!(Events::default().read(b"\xff\n"), None);
    }
}
