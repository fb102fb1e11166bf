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
use crate::drives::Drives;
use crate::files::FileStore;
use crate::keys::{KeyError, Keyring};
use crate::ledger::{Ledger, World};
use crate::link::{Center, Internet, Link};
use crate::near::{Near, Vicinity};
use crate::world::{SystemClock, SystemRandom};
use crate::{Failure, FailureCode, mend, preferences, store, wipe};

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
            let keyring = Mutex::new(Keyring::load(&config.data)?);
            let preferences = Mutex::new(preferences::load(&config.data));
            let (desk, link) = (Mutex::new(None), Link::default());
            Ok(Self {
                inner: Arc::new(Inner {
                    config,
                    keyring,
                    desk,
                    preferences,
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
        crate::link::start(self);
        crate::near::start(self);
    }

    /// Unlocks with a PIN. While it is unlocked, somebody else's PIN changes who is at it.
    pub(crate) async fn unlock(&self, staff: String, pin: String) -> Result<(), Failure> {
        let inner = self.inner.clone();
        blocking(move || {
            let pin = zeroize::Zeroizing::new(pin);
            let attempt = match lock(&inner.keyring).as_mut() {
                Some(keyring) => keyring.begin(&staff, inner.config.clock.now())?,
                None => return Err(Failure::new(FailureCode::NotEnrolled, "not enrolled")),
            };
            let opened = attempt.open(&pin);
            let mut keyring = lock(&inner.keyring);
            let keyring = keyring
                .as_mut()
                .ok_or_else(|| Failure::new(FailureCode::NotEnrolled, "not enrolled"))?;
            let key = match opened {
                Ok(key) => key,
                Err(KeyError::Wrong) => {
                    let wait = keyring.attempts.wait(inner.config.clock.now());
                    return Err(Failure {
                        wait: Some(wait),
                        ..Failure::new(FailureCode::WrongPin, "wrong PIN")
                    });
                }
                Err(error) => return Err(error.into()),
            };
            keyring.attempts.succeeded()?;
            let at_it = keyring.staff().into_iter().find(|view| view.number == staff);
            let staff = at_it.ok_or_else(|| Failure::not_found("staff"))?;
            let mut desk = lock(&inner.desk);
            match desk.as_mut() {
                Some(desk) => desk.staff = staff,
                None => {
                    let (data, station, world) = (&inner.config.data, keyring.station(), inner.world());
                    let open = || Ledger::open(data, key.clone(), station.clone(), world.clone());
                    let ledger = mend::open(data, open, &key, &world)?;
                    *desk = Some(Desk { ledger, staff });
                }
            }
            desk.as_mut()
                .map_or(Ok(()), |desk| desk.look(Purpose::Unlocked, &[], 0))
        })
        .await?;
        self.renew_keyring().await?;
        self.inner.wake();
        Ok(())
    }

    /// Locks: nothing can be read until somebody's PIN opens it again.
    pub async fn lock(&self) -> Result<(), Failure> {
        let inner = self.inner.clone();
        blocking(move || {
            let closed = lock(&inner.desk).take();
            if let Some(mut desk) = closed {
                // Locking goes on whatever becomes of the access log: it is on the disk already.
                if let Err(error) = desk.ledger.gather_looks(true) {
                    tracing::warn!(%error, "the access log was not gathered");
                }
                // Closing the last connection writes the WAL back.
                drop(desk);
            }
            inner.near.turn();
            Ok(())
        })
        .await
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
            let Some(open) = desk.as_mut() else { return Ok(false) };
            let Some(staff) = open.ledger.at_work(&open.staff) else {
                tracing::info!("the stand-in at this device stands in on other days: locked");
                *desk = None;
                drop(desk);
                inner.near.turn();
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

    /// When a grant has changed who works here, the key is sealed for those who do. Who no longer does is shown out.
    pub(crate) async fn renew_keyring(&self) -> Result<(), Failure> {
        let inner = self.inner.clone();
        blocking(move || inner.renew_keyring()).await
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
            None => Failure::new(FailureCode::NotEnrolled, "not enrolled"),
        }
    }

    pub(crate) fn renew_keyring(&self) -> Result<(), Failure> {
        // Always the keyring first: unlocking does the same.
        let mut keyring = lock(&self.keyring);
        let mut desk = lock(&self.desk);
        let Some(open) = desk.as_mut() else { return Ok(()) };
        let Some((grant, details)) = open.ledger.staff_changed()? else {
            return Ok(());
        };
        if details.staff.is_empty() {
            // The last slot holds the only way to what has not been sent yet.
            tracing::warn!("a grant names nobody who works here: those known before stay");
            return Ok(open.ledger.staff_known(&grant)?);
        }
        let station = open.ledger.station().clone();
        let key = open.ledger.database_key();
        let renewed = Keyring::write(&self.config.data, station, &details, key, &*self.config.random)?;
        open.ledger.staff_known(&grant)?;
        if !renewed.staff().iter().any(|staff| staff.number == open.staff.number) {
            tracing::info!("the staff member at this device no longer works here: locked");
            *desk = None;
        }
        *keyring = Some(renewed);
        Ok(())
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Wrong => Self::new(FailureCode::WrongPin, "wrong PIN"),
            KeyError::Wait(wait) => Self {
                wait: Some(wait),
                ..Self::new(FailureCode::Wait, "too many wrong PINs")
            },
            KeyError::Store(error) => error.into(),
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
