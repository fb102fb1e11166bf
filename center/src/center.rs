//! The center: its store, its files, its key, and what it knows in memory.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use doorstep_records::Author;
use doorstep_sync::item::MAX_ENVELOPE;
use doorstep_sync::trust::Grants;
use doorstep_sync::{Clock, Document, Envelope, Item, Kind, Millis, Random, Scope, SigningKey, envelope};
use tokio::sync::Semaphore;

use crate::access::Seen;
use crate::admission::Admission;
use crate::bundles::Shelf;
use crate::catalogue::{Catalogues, Uploads};
use crate::compared::Compared;
use crate::disk::Disk;
use crate::error::ApiError;
use crate::events::Events;
use crate::key::{self, Keys};
use crate::limiter::Limiter;
use crate::metrics::Metrics;
use crate::provider::{Provider, ProviderConfig, ProviderError};
use crate::routes::Verdict;
use crate::seal::Key;
use crate::store::{self, Connection, Store, StoreError};
use crate::succession;
use crate::writing::Writing;

/// What a center is opened with.
pub struct Config {
    /// Folder of its data; made when it is not there.
    pub data: PathBuf,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for keys, ids and codes.
    pub random: Arc<dyn Random>,
    /// Whether browsers reach it by TLS: cookies are then sent by TLS alone.
    pub tls: bool,
}

/// Why a center does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Folder or key file.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Database.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The database belongs to another key.
    #[error("the key file is not the one this database was made with")]
    OtherKey,
}

/// A district's center.
pub struct Center {
    pub(crate) store: Store,
    pub(crate) disk: Disk,
    pub(crate) key: SigningKey,
    /// Keys that signed before, in the order of time: they open what was sealed for them.
    pub(crate) former: Vec<SigningKey>,
    /// Seals the secrets of second factors.
    pub(crate) factors: Key,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) tls: bool,
    pub(crate) epoch: AtomicU64,
    /// Automerge actor of this run: a fresh one each time, since a restored backup must not re-use one.
    actor: Vec<u8>,
    /// Who may write what, and the position in the log up to which it was read.
    grants: RwLock<(u64, Arc<Grants>)>,
    pub(crate) catalogues: Catalogues,
    pub(crate) uploads: Uploads,
    /// Turns at checking passwords.
    pub(crate) passwords: Semaphore,
    /// Turns at unpacking pictures: one may take half a gigabyte.
    pub(crate) pictures: Semaphore,
    /// Turns at bringing parts of bundles: each may take 4 GiB of the disk.
    pub(crate) imports: Semaphore,
    pub(crate) enrolments: Limiter,
    /// The district's identity provider, where it has one.
    pub(crate) provider: Option<Provider>,
    pub(crate) admission: Admission,
    pub(crate) events: Events,
    pub(crate) metrics: Metrics,
    pub(crate) writing: Writing,
    pub(crate) bundles: Shelf,
    pub(crate) compared: Compared,
    /// What of the console's access log need not be written once more.
    pub(crate) seen: Seen,
    /// Whether the center was ready when it was last asked.
    pub(crate) ready: Verdict,
    /// When unfinished files were last looked after.
    pub(crate) expired: AtomicU64,
}

impl Center {
    /// Opens a center, or makes a new one in an empty folder.
    pub fn open(config: Config) -> Result<Self, OpenError> {
        let Config {
            data,
            clock,
            random,
            tls,
        } = config;
        std::fs::create_dir_all(&data)?;
        key::make_private(&data)?;
        let keys = Keys::load_or_create(&data, &*random)?;
        let factors = key::factors(&data, &*random)?;
        let store = Store::open(&data.join("center.sqlite"))?;
        let disk = Disk::open(&data.join("files"))?;
        let Keys { current: key, former } = succession::keys(&store, &data, keys, clock.now())?;
        let epoch = store.write(|sql| -> Result<u64, OpenError> {
            match store::meta::get(sql, "epoch")? {
                Some(epoch) => Ok(u64::from_le_bytes(store::fixed(epoch, "the epoch")?)),
                None => Ok(new_epoch(sql, &*random)?),
            }
        })?;
        let mut incarnation = [0; 4];
        random.fill(&mut incarnation);
        let actor = [&key.verifying_key().device().0[..], &incarnation].concat();
        let admission = Admission::new(&random);
        let metrics = Metrics::new(&admission, store.commits());
        let center = Self {
            grants: RwLock::new((0, Arc::new(Grants::new(key.verifying_key())))),
            store,
            disk,
            key,
            former,
            factors,
            clock,
            random,
            tls,
            epoch: AtomicU64::new(epoch),
            actor,
            catalogues: Catalogues::default(),
            uploads: Uploads::default(),
            passwords: Semaphore::new(2),
            pictures: Semaphore::new(4),
            imports: Semaphore::new(2),
            compared: Compared::default(),
            seen: Seen::default(),
            enrolments: Limiter::default(),
            provider: None,
            admission,
            events: Events::default(),
            metrics,
            writing: Writing::default(),
            bundles: Shelf::default(),
            ready: Verdict::default(),
            expired: AtomicU64::default(),
        };
        center.reload_grants()?;
        center.adopt_looks()?;
        center.seal_factors()?;
        if let Err(error) = center.finish_erasing() {
            tracing::error!(%error, "what was forgotten is not off the disk");
        }
        Ok(center)
    }

    /// Tells devices that this center was restored from a backup: at next contact each compares what it holds, gives back
    /// what was lost, and asks about its files once more.
    pub fn restored(&self) -> Result<(), StoreError> {
        let epoch = self.store.write(|sql| new_epoch(sql, &*self.random))?;
        self.epoch.store(epoch, Ordering::Relaxed);
        Ok(())
    }

    /// Of the first `most` items of the log: how many there are, and the hash of their names in order. What a center once
    /// held it holds for ever, so two of its states are compared by this.
    pub fn beginning(&self, most: u64) -> Result<(u64, [u8; 32]), StoreError> {
        self.store.read(|sql| store::items::beginning(sql, most))
    }

    /// Opens the figures of `/metrics` to whoever has this token, from any machine, and to nobody else; without one they are
    /// for this machine alone.
    pub fn set_metrics_token(&mut self, token: &str) {
        self.metrics.set_token(token);
    }

    /// Who may write what, as of now.
    pub fn grants(&self) -> Arc<Grants> {
        self.grants.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Reads the grants and revocations that were added.
    pub(crate) fn reload_grants(&self) -> Result<(), StoreError> {
        // Before the lock: a writer may hold it only as long as it reads nothing.
        let from = self.grants.read().unwrap_or_else(PoisonError::into_inner).0;
        let added = self.store.read(|sql| store::items::grants_since(sql, from))?;
        let mut known = self.grants.write().unwrap_or_else(PoisonError::into_inner);
        let (mut position, mut grants) = (known.0, Grants::clone(&known.1));
        // Whoever read at the same time took some of these: a grant is taken twice without effect.
        // This program begins with the key that signs now: who signed before it is learnt backwards.
        let successions = |item: &Item| item.open().is_ok_and(|envelope| envelope.kind == Kind::Succession);
        for (_, item) in added.iter().rev().filter(|(_, item)| successions(item)) {
            let _ = grants.take(item);
        }
        for (place, item) in &added {
            if let Err(code) = grants.take(item) {
                tracing::error!(code = code.as_str(), "a stored grant is not taken");
            }
            position = position.max(*place);
        }
        *known = (position, Arc::new(grants));
        Ok(())
    }

    /// People may sign in by this identity provider, too.
    pub fn set_provider(&mut self, config: ProviderConfig) -> Result<(), ProviderError> {
        let key = blake3::derive_key("doorstep center identity provider", &*self.key.seed());
        self.provider = Some(Provider::new(config, key)?);
        Ok(())
    }

    /// Does database or disk work off the async threads.
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Center) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let center = self.clone();
        tokio::task::spawn_blocking(move || work(&center))
            .await
            .unwrap_or_else(|_| {
                Err(ApiError::new(
                    axum::http::StatusCode::INTERNAL_SERVER_ERROR,
                    "store",
                    "the work was stopped",
                ))
            })
    }

    /// Who makes a change here: the center, for a reviewer or by itself.
    pub(crate) fn author(&self, staff: &str, now: Millis) -> Author {
        Author {
            actor: self.actor.clone(),
            staff: staff.to_owned(),
            time: now,
        }
    }

    /// Signs and logs an item of the center. An error when it is larger than a peer takes: whoever may read it would be cut
    /// off for ever.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn write_item(
        &self,
        sql: &Connection,
        kind: Kind,
        scope: Scope,
        document: Option<Document>,
        staff: &str,
        payload: Vec<u8>,
        now: Millis,
        changed: &[String],
    ) -> Result<Item, StoreError> {
        let envelope = Envelope {
            version: envelope::VERSION,
            kind,
            scope,
            document,
            device: self.key.verifying_key().device(),
            staff: staff.to_owned(),
            time: now,
            payload,
        };
        let item = Item::sign(&envelope, &self.key);
        if item.envelope.len() > MAX_ENVELOPE {
            return Err(StoreError::TooLarge);
        }
        store::items::append(sql, &item, &envelope, now, changed)?;
        Ok(item)
    }

    /// A short random id, hex.
    pub(crate) fn random_id(&self) -> String {
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        hex::encode(bytes)
    }
}

fn new_epoch(sql: &Connection, random: &dyn Random) -> Result<u64, StoreError> {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    // 0 is the epoch of a device that has never been here.
    let epoch = u64::from_le_bytes(bytes).max(1);
    store::meta::set(sql, "epoch", &epoch.to_le_bytes())?;
    Ok(epoch)
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::world::{SystemClock, SystemRandom};

    /// A new center in a folder of its own.
    pub(crate) fn new() -> (tempfile::TempDir, Arc<Center>) {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            data: folder.path().to_owned(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            tls: false,
        };
        let center = Arc::new(Center::open(config).unwrap());
        (folder, center)
    }

    #[test]
    fn nothing_is_signed_that_no_peer_takes() {
        let (_folder, center) = new();
        let scope = Scope::new("500199101201", "0").unwrap();
        let write = |bytes| {
            let (scope, payload) = (scope.clone(), vec![0; bytes]);
            center
                .store
                .write(|sql| center.write_item(sql, Kind::Receipt, scope, None, "", payload, 1, &[]))
        };
        assert!(matches!(write(MAX_ENVELOPE), Err(StoreError::TooLarge)));
        assert!(write(MAX_ENVELOPE - 1_000).is_ok());
    }
}
