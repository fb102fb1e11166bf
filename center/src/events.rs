//! Waking devices: each may keep a stream open in which it hears that something new lies in its scopes. Only the place
//! in the log is told, and never what it is.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use doorstep_sync::wire::Cursor;
use doorstep_sync::{DeviceId, Scope};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::admission::Busy;
use crate::center::Center;
use crate::error::ApiError;
use crate::store;
use crate::store::items::News;

/// Streams at once.
const MOST: usize = 4_000;
/// A stream ends after this long, and its device is asked again who it is.
const LIFE: Duration = Duration::from_secs(3_600);
/// How long news are gathered before they are told.
const GATHER: Duration = Duration::from_millis(200);
/// The log is looked at this often in any case: commands write into it from outside.
const LOOK: Duration = Duration::from_secs(30);
/// So many devices are woken at once, with this pause between: when a catalogue is published, all of them are.
const SLICE: usize = 64;
const PAUSE: Duration = Duration::from_millis(250);
/// News further back than this are not looked through: something is new, surely.
const FAR: u64 = 5_000;

/// A place in the log, as it is told: `EPOCH-POSITION`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place(pub Cursor);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.0.epoch, self.0.position)
    }
}

impl FromStr for Place {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (epoch, position) = text.split_once('-').ok_or(())?;
        Ok(Self(Cursor {
            epoch: u64::from_str_radix(epoch, 16).map_err(|_| ())?,
            position: position.parse().map_err(|_| ())?,
        }))
    }
}

/// The open streams.
#[derive(Default)]
pub struct Events {
    streams: Mutex<HashMap<DeviceId, Stream>>,
    next: AtomicU64,
    /// Somebody looks at the log and tells.
    told: AtomicBool,
}

struct Stream {
    number: u64,
    place: watch::Sender<u64>,
}

/// One device's stream. It is closed when this is dropped.
pub struct Listener {
    center: Arc<Center>,
    device: DeviceId,
    number: u64,
    place: watch::Receiver<u64>,
    ends: Instant,
}

impl Listener {
    /// The next news; `None` when the stream ends.
    pub async fn next(&mut self) -> Option<Place> {
        timeout_at(self.ends, self.place.changed()).await.ok()?.ok()?;
        let position = *self.place.borrow_and_update();
        let epoch = self.center.epoch.load(Ordering::Relaxed);
        Some(Place(Cursor { epoch, position }))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut streams = self.center.events.streams();
        // A newer stream of the same device has taken this one's place.
        if streams
            .get(&self.device)
            .is_some_and(|stream| stream.number == self.number)
        {
            streams.remove(&self.device);
        }
        self.center.metrics.streams.set(count(&streams));
    }
}

impl Events {
    fn streams(&self) -> MutexGuard<'_, HashMap<DeviceId, Stream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Center {
    /// Ends every stream of events: the center is about to stop.
    pub fn close_events(&self) {
        self.events.streams().clear();
    }

    /// Opens a stream for `device`, which knows the log up to `known`; an earlier one of the same device ends.
    pub async fn listen(self: &Arc<Self>, device: DeviceId, known: Option<Place>) -> Result<Listener, ApiError> {
        let (sender, place) = watch::channel(0);
        let number = self.events.next.fetch_add(1, Ordering::Relaxed);
        {
            let mut streams = self.events.streams();
            if streams.len() >= MOST && !streams.contains_key(&device) {
                return Err(Busy(LOOK).into());
            }
            let stream = Stream { number, place: sender };
            streams.insert(device, stream);
            self.metrics.streams.set(count(&streams));
        }
        let listener = Listener {
            center: self.clone(),
            device,
            number,
            place,
            ends: Instant::now() + LIFE,
        };
        if !self.events.told.swap(true, Ordering::SeqCst) {
            let position = self
                .run(|center| Ok(center.store.read(store::items::last_position)?))
                .await?;
            tokio::spawn(tell(
                Arc::downgrade(self),
                self.store.commits().done.subscribe(),
                position,
            ));
        }
        // After the stream stands, so that nothing falls between.
        let missed = self.run(move |center| center.missed(&device, known)).await?;
        if let Some(position) = missed {
            let streams = self.events.streams();
            if let Some(stream) = streams.get(&device).filter(|stream| stream.number == number) {
                stream.place.send_modify(|place| *place = position.max(*place));
            }
        }
        Ok(listener)
    }

    /// The last position with something for `device` after the place it knows.
    fn missed(&self, device: &DeviceId, known: Option<Place>) -> Result<Option<u64>, ApiError> {
        self.store.read(|sql| {
            let last = store::items::last_position(sql)?;
            let Some(Place(known)) = known.filter(|known| known.0.epoch == self.epoch.load(Ordering::Relaxed)) else {
                return Ok(Some(last));
            };
            if last.saturating_sub(known.position) > FAR {
                return Ok(Some(last));
            }
            let news = store::items::news(sql, known.position)?;
            let district = self.district_scope(sql)?;
            Ok(self.concerns(device, &news, district.as_ref()))
        })
    }

    /// The last position of news that `device` may read and has not written itself.
    fn concerns(&self, device: &DeviceId, news: &[News], district: Option<&Scope>) -> Option<u64> {
        let grants = self.grants();
        let judged = grants.judged_at(device, self.clock.now());
        let readable = |scope: &Scope| grants.may_read(device, scope, judged) || district == Some(scope);
        let concerns = news
            .iter()
            .filter(|news| news.device != *device && readable(&news.scope));
        concerns.map(|news| news.position).max()
    }

    /// Closes the streams of devices that were revoked.
    fn drop_revoked(&self) {
        let (grants, now) = (self.grants(), self.clock.now());
        let mut streams = self.events.streams();
        streams.retain(|device, _| {
            let judged = grants.judged_at(device, now);
            grants.revoked_at(device).is_none_or(|at| at > judged)
        });
        self.metrics.streams.set(count(&streams));
    }
}

fn count(streams: &HashMap<DeviceId, Stream>) -> i64 {
    i64::try_from(streams.len()).unwrap_or(i64::MAX)
}

/// Looks at the log after every commit and tells those whom it concerns, for as long as the center lives.
async fn tell(center: Weak<Center>, mut commits: watch::Receiver<()>, mut position: u64) {
    loop {
        if let Ok(Err(_)) = timeout(LOOK, commits.changed()).await {
            return;
        }
        sleep(GATHER).await;
        commits.mark_unchanged();
        let Some(center) = center.upgrade() else { return };
        center.drop_revoked();
        let from = position;
        let looked = center.run(move |center| {
            center.store.read(|sql| {
                let news = store::items::news(sql, from)?;
                Ok::<_, ApiError>((news, center.district_scope(sql)?))
            })
        });
        // The store failed: the same is asked again at the next commit.
        let Ok((news, district)) = looked.await else { continue };
        let Some(last) = news.iter().map(|news| news.position).max() else {
            continue;
        };
        position = last;
        let devices: Vec<DeviceId> = center.events.streams().keys().copied().collect();
        let concerned = devices
            .into_iter()
            .filter_map(|device| Some((device, center.concerns(&device, &news, district.as_ref())?)));
        let concerned: Vec<_> = concerned.collect();
        for (number, slice) in concerned.chunks(SLICE).enumerate() {
            if number > 0 {
                sleep(PAUSE).await;
            }
            let streams = center.events.streams();
            for (device, position) in slice {
                if let Some(stream) = streams.get(device) {
                    stream.place.send_modify(|place| *place = *position.max(place));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn places_are_read_as_they_were_told() {
        let place = Place(Cursor {
            epoch: u64::MAX,
            position: 12,
        });
        assert_eq!(place.to_string().parse(), Ok(place));
        for wrong in ["", "12", "-", "x-1", "1-x", "1--1"] {
            assert_eq!(wrong.parse::<Place>(), Err(()), "{wrong}");
        }
    }
}
