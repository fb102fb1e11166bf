//! A station: locked or unlocked, with its files, its way to the district, and what the screen prefers.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use doorstep_matters::Language;
use doorstep_records::{Purpose, Right};
use doorstep_sync::{Clock, DocumentId, Millis, Random, SigningKey};

use crate::bundle::Ready;
use crate::contract::{ApplicationView, Preferences, StaffView};
use crate::door::not_enrolled;
use crate::drives::Drives;
use crate::files::FileStore;
use crate::keys::{Keyring, PinCost};
use crate::ledger::{Ledger, World};
use crate::link::{Center, Internet, Link};
use crate::near::{Near, Vicinity};
use crate::world::{SystemClock, SystemRandom};
use crate::{Failure, FailureCode, door, preferences, store, wipe};

/// How often every page of the database is read, to find damage while the district still has what is lost: a day.
const LOOK_THROUGH: Millis = 24 * 3_600_000;

/// What a station needs from outside. Tests bring their own time, chance and network.
#[derive(Clone)]
pub struct StationConfig {
    /// The folder of everything it keeps.
    pub data: PathBuf,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance, fit for keys.
    pub random: Arc<dyn Random>,
    /// The way to the center.
    pub network: Arc<dyn Center>,
    /// Where and how it meets other devices; `None`: it does not.
    pub vicinity: Option<Vicinity>,
    /// What a guess at a PIN costs. The programs use [`PinCost::FULL`]; tests have less time.
    pub pin_cost: PinCost,
}

impl StationConfig {
    /// The real world, without neighbours.
    pub fn new(data: impl Into<PathBuf>) -> Result<Self, Failure> {
        let network = Arc::new(Internet::new()?);
        Ok(Self {
            data: data.into(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            network,
            vicinity: None,
            pin_cost: PinCost::FULL,
        })
    }
}

/// A station. Clones are the same station.
#[derive(Clone)]
pub struct Station {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub config: StationConfig,
    /// Who can unlock; `None` when the device belongs to no station.
    pub keyring: Mutex<Option<Keyring>>,
    /// Everything, while somebody has unlocked the device.
    pub desk: Mutex<Option<Desk>>,
    pub preferences: Mutex<Preferences>,
    /// When a page last asked for anything, by the steady clock.
    pub asked: AtomicU64,
    /// Held by whoever seals slots: one at a time, for each takes a core and much memory.
    pub sealing: tokio::sync::Mutex<()>,
    /// Code and key of an enrolment whose answer may be lost: asked again with the same key, the center gives the same
    /// grant, and the code is not used up for nothing.
    pub enrolling: Mutex<Option<(String, SigningKey)>>,
    pub link: Link,
    pub near: Near,
    pub drives: Drives,
    /// When every page of the database was read last.
    pub looked_through: AtomicU64,
    /// The bundle that was gathered last.
    pub bundle: Mutex<Option<Arc<Ready>>>,
    /// Held as long as the station lives: two programs on one folder would not see each other's documents.
    _lock: File,
}

/// An unlocked device and who is at it.
pub(crate) struct Desk {
    pub ledger: Ledger,
    pub staff: StaffView,
    /// Since when, by the steady clock, nobody is at it: the screen is locked, and what waits is still sent.
    pub left: Option<Millis>,
}

impl Desk {
    /// Whoever is at the device saw these records, `count` in all: it goes into the access log.
    pub(crate) fn look(&mut self, purpose: Purpose, documents: &[DocumentId], count: usize) -> Result<(), Failure> {
        Ok(self.ledger.look(&self.staff.number, purpose, documents, count)?)
    }
}

/// A mutex whose holder panicked still guards sound data: a transaction that was cut off was undone before it let go.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Station {
    /// Opens the station under `data` in the real world.
    pub async fn open(data: &Path) -> Result<Self, Failure> {
        Self::open_with(StationConfig::new(data)?).await
    }

    /// Opens a station. It is locked at first.
    pub async fn open_with(config: StationConfig) -> Result<Self, Failure> {
        blocking(move || {
            std::fs::create_dir_all(&config.data).map_err(Failure::store)?;
            let held = File::create(config.data.join("station.lock")).map_err(Failure::store)?;
            held.try_lock()
                .map_err(|_| Failure::store("another program uses this data folder"))?;
            wipe::resume(&config.data)?;
            let steady = config.clock.steady();
            let keyring = Mutex::new(Keyring::load(&config.data, steady)?);
            let preferences = Mutex::new(preferences::load(&config.data));
            let (desk, link) = (Mutex::new(None), Link::default());
            Ok(Self {
                inner: Arc::new(Inner {
                    config,
                    keyring,
                    desk,
                    preferences,
                    asked: AtomicU64::new(steady),
                    sealing: tokio::sync::Mutex::default(),
                    enrolling: Mutex::new(None),
                    link,
                    near: Near::default(),
                    drives: Drives::default(),
                    looked_through: AtomicU64::default(),
                    bundle: Mutex::new(None),
                    _lock: held,
                }),
            })
        })
        .await
    }

    /// Begins to exchange with the district by itself whenever somebody has unlocked the device. Call it once, in a
    /// Tokio runtime or the shell's.
    pub fn start(&self) {
        door::start(self);
        crate::link::start(self);
        crate::near::start(self);
    }

    /// What a save leaves for later: the search, snapshots of documents that have grown, what is to be forgotten, and the
    /// database's log when it is long.
    pub(crate) async fn tidy(&self) -> Result<(), Failure> {
        self.work(|desk| {
            desk.ledger.index()?;
            desk.ledger.snapshots()?;
            Ok(desk.ledger.forget_due()?)
        })
        .await?;
        let now = self.inner.config.clock.now();
        if now.abs_diff(self.inner.looked_through.load(Ordering::Relaxed)) > LOOK_THROUGH {
            self.inner.looked_through.store(now, Ordering::Relaxed);
            self.mend().await?;
        }
        let data = self.inner.config.data.clone();
        if store::is_wal_long(&data) {
            let key = self.work(|desk| Ok(desk.ledger.database_key().clone())).await?;
            blocking(move || Ok(store::checkpoint(&data, &key)?)).await?;
        }
        Ok(())
    }

    /// A page asked for something: it is still there.
    pub(crate) fn asked(&self) {
        self.inner
            .asked
            .store(self.inner.config.clock.steady(), Ordering::Relaxed);
    }

    /// Works on the unlocked device, off the async threads.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Desk) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let inner = self.inner.clone();
        blocking(move || {
            if let Some(desk) = lock(&inner.desk).as_mut() {
                return work(desk);
            }
            Err(inner.closed())
        })
        .await
    }

    /// Looks up who is at the device: for whom they stand in today, and whether they may do what takes this right. Whose
    /// days here are over is shown out. False: nobody is there.
    pub(crate) async fn admit(&self, right: Option<Right>) -> Result<bool, Failure> {
        let inner = self.inner.clone();
        blocking(move || {
            let mut desk = lock(&inner.desk);
            let Some(open) = desk.as_mut().filter(|desk| desk.left.is_none()) else {
                return Ok(false);
            };
            let Some(staff) = open.ledger.at_work(&open.staff) else {
                tracing::info!("whoever is at this device works here on other days: locked");
                open.left = Some(inner.config.clock.steady());
                return Ok(false);
            };
            let may = right.is_none_or(|right| staff.rights().contains(&right));
            open.staff = staff;
            match may {
                true => Ok(true),
                false => Err(Failure::new(FailureCode::NotAllowed, "this role may not do that")),
            }
        })
        .await
    }

    /// Changes an application and gives back how it looks then. `change` gives what is known at its screen, as
    /// [`Ledger::save`] does. What was changed is on the disk, and soon on its way.
    pub(crate) async fn change(
        &self,
        id: &str,
        change: impl FnOnce(&mut Desk, DocumentId) -> Result<Vec<String>, Failure> + Send + 'static,
    ) -> Result<ApplicationView, Failure> {
        let language = self.language();
        let id: DocumentId = id.parse().map_err(|_| Failure::not_found("application"))?;
        let view = self
            .work(move |desk| {
                let written = change(desk, id)?;
                let view = desk.ledger.view(id, language)?;
                Ok(ApplicationView { written, ..view })
            })
            .await?;
        self.inner.wake();
        Ok(view)
    }

    /// Where encrypted files lie.
    pub(crate) async fn files(&self) -> Result<FileStore, Failure> {
        let data = self.inner.config.data.clone();
        self.work(move |_| Ok(FileStore::open(&data)?)).await
    }

    /// The language of the screen.
    pub(crate) fn language(&self) -> Language {
        lock(&self.inner.preferences).language
    }
}

impl Inner {
    /// Time and chance, for a ledger.
    pub(crate) fn world(&self) -> World {
        World {
            clock: self.config.clock.clone(),
            random: self.config.random.clone(),
        }
    }

    /// What a device says at which nobody is.
    pub(crate) fn closed(&self) -> Failure {
        match lock(&self.keyring).as_ref() {
            Some(_) => Failure::new(FailureCode::LockedDevice, "locked"),
            None => not_enrolled(),
        }
    }
}

/// Runs `work` where it may wait for the disk.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Failure::store("stopped in the middle of a command"))?
}

/// Runs for as long as it takes, beside everything else.
pub(crate) fn run_aside(work: impl Future<Output = ()> + Send + 'static) {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn(work)),
        // The shell's own thread is outside its runtime; the station then has a small one of its own.
        Err(_) => drop(std::thread::spawn(
            move || match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime.block_on(work),
                Err(error) => tracing::error!(%error, "the station does nothing by itself"),
            },
        )),
    }
}
