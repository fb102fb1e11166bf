//! Bundles in and out of this device: on a stick, or through the hands of a page.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use doorstep_sync::bundle::{
    self, Batch, EXTENSION, Ends, Head, Kept, Piece, Plan, Receiver, Report, Sink, SinkError, Source, SourceError,
    Step, Stopped, Unread, WriteError,
};
use doorstep_sync::{BundleId, DeviceId, FileHash, Item, SigningKey, VerifyingKey};

use crate::files::sync_folder;
use crate::ledger::Ledger;
use crate::station::{Inner, blocking, lock};
use crate::store::{StoreError, Stored};
use crate::world::bytes;
use crate::{Failure, FailureCode, Station};

/// A bundle for the center, planned and ready to be written, part by part.
pub(crate) struct Ready {
    /// Beginning of the parts' names: station, device, direction, bundle. Nothing personal.
    pub stem: String,
    /// What it holds.
    pub plan: Plan,
    /// Positions of its items, in order.
    positions: Vec<u64>,
    key: SigningKey,
    center: VerifyingKey,
}

/// What was read, and which parts could not be read at all.
#[derive(Default)]
pub(crate) struct Imported {
    pub report: Report,
    pub unread: Vec<(String, Unread)>,
}

impl Station {
    /// Gathers everything the center has given no receipt for, cut into parts of `part_bytes`.
    pub(crate) async fn prepare_bundle(&self, part_bytes: u64) -> Result<Arc<Ready>, Failure> {
        let ready = self.gather_bundle(part_bytes).await?;
        *lock(&self.inner.bundle) = Some(ready.clone());
        Ok(ready)
    }

    /// As [`Self::prepare_bundle`], for a neighbour that carries it: the one a page is at stays as it is.
    pub(crate) async fn gather_bundle(&self, part_bytes: u64) -> Result<Arc<Ready>, Failure> {
        let config = self.inner.config.clone();
        self.work(move |desk| {
            let ledger = &desk.ledger;
            let (contents, positions) = ledger.bundle_contents()?;
            let (key, center) = ledger.bundle_keys();
            let name = BundleId(bytes(&*config.random));
            let station = ledger.station();
            let short = name.to_string();
            let short = short.get(..8).unwrap_or_default();
            Ok(Arc::new(Ready {
                stem: format!("{}-{}-up-{short}", station.division, station.device_code),
                plan: Plan::cut(name, ledger.now(), contents, part_bytes),
                positions,
                key,
                center,
            }))
        })
        .await
    }

    /// The bundle that was gathered last, when it is this one.
    pub(crate) fn ready_bundle(&self, bundle: &str) -> Result<Arc<Ready>, Failure> {
        let ready = lock(&self.inner.bundle).clone();
        ready
            .filter(|ready| ready.plan.bundle.to_string() == bundle)
            .ok_or_else(|| Failure::not_found("bundle"))
    }

    /// One part, in memory.
    pub(crate) async fn bundle_part(&self, ready: Arc<Ready>, part: u32) -> Result<Vec<u8>, Failure> {
        let inner = self.inner.clone();
        blocking(move || {
            let mut out = Vec::new();
            write(&inner, &ready, part, &mut out).map_err(unwritten)?;
            Ok(out)
        })
        .await
    }

    /// One part into a folder: under its name it is there whole, or not at all. Its name.
    pub(crate) async fn write_bundle_part(
        &self,
        ready: Arc<Ready>,
        part: u32,
        folder: PathBuf,
    ) -> Result<String, Failure> {
        let inner = self.inner.clone();
        blocking(move || write_to(&inner, &ready, part, &folder).map_err(unwritten)).await
    }

    /// Takes in a part that a page has in its hands.
    pub(crate) async fn import_bytes(&self, part: Vec<u8>) -> Result<Imported, Failure> {
        let inner = self.inner.clone();
        let imported = blocking(move || {
            let mut imported = Imported::default();
            import(&inner, String::new(), io::Cursor::new(part), &mut imported)?;
            Ok(imported)
        })
        .await?;
        self.renew_keyring().await?;
        Ok(imported)
    }

    /// Takes in a part, or every part in a folder in the order of their names.
    pub(crate) async fn import_path(&self, path: PathBuf) -> Result<Imported, Failure> {
        let inner = self.inner.clone();
        let imported = blocking(move || {
            let mut imported = Imported::default();
            for path in parts(&path).map_err(unreadable)? {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let part = File::open(&path).map_err(unreadable)?;
                import(&inner, name, part, &mut imported)?;
                if imported.report.stopped == Some(Stopped::Full) {
                    break;
                }
            }
            Ok(imported)
        })
        .await?;
        self.renew_keyring().await?;
        Ok(imported)
    }
}

fn parts(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut parts: Vec<PathBuf> = fs::read_dir(path)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    parts.retain(|path| path.extension().is_some_and(|ending| ending == EXTENSION));
    parts.sort();
    Ok(parts)
}

fn write(inner: &Arc<Inner>, ready: &Ready, part: u32, out: &mut impl Write) -> Result<(), WriteError> {
    let ends = Ends {
        sender: &ready.key,
        receiver: &ready.center,
    };
    bundle::write_part(&ready.plan, part, &ends, &mut Giving { inner, ready }, out)
}

fn write_to(inner: &Arc<Inner>, ready: &Ready, part: u32, folder: &Path) -> Result<String, WriteError> {
    let name = bundle::part_name(&ready.stem, part);
    let temporary = folder.join(format!(".{name}.part"));
    let written = (|| {
        let mut out = BufWriter::new(File::create(&temporary)?);
        write(inner, ready, part, &mut out)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        fs::rename(&temporary, folder.join(&name))?;
        sync_folder(folder).map_err(|error| WriteError::Io(io::Error::other(error)))
    })();
    if written.is_err() {
        // The stick may be gone too.
        let _ = fs::remove_file(&temporary);
    }
    written.map(|()| name)
}

fn import(inner: &Arc<Inner>, name: String, part: impl Read + Seek, into: &mut Imported) -> Result<(), Failure> {
    let (key, center) = with(inner, |ledger| Ok(ledger.bundle_keys()))
        .map_err(|_| Failure::new(FailureCode::LockedDevice, "locked"))?;
    // Only what the center sends says that the center has it.
    let sender = |device: &DeviceId| (*device == center.device()).then(|| center.clone());
    let receiver = Receiver {
        key: &key,
        sender: &sender,
    };
    let mut taking = Taking { inner, made: 0 };
    match bundle::read_part(part, &receiver, &mut taking) {
        Ok(report) => {
            tracing::info!(bundle = ?report.bundle, items = report.items, files = report.whole(),
                damaged = report.damage.len(), stopped = ?report.stopped, "a part of a bundle was taken in");
            into.report.merge(report);
        }
        Err(error) => into.unread.push((name, error)),
    }
    Ok(())
}

fn with<T>(inner: &Inner, work: impl FnOnce(&mut Ledger) -> Stored<T>) -> Result<T, SinkError> {
    match lock(&inner.desk).as_mut() {
        Some(desk) => work(&mut desk.ledger).map_err(|error| match error {
            StoreError::Full => SinkError::Full,
            other => SinkError::Store(other.to_string()),
        }),
        None => Err(SinkError::Store("locked".to_owned())),
    }
}

struct Giving<'a> {
    inner: &'a Arc<Inner>,
    ready: &'a Ready,
}

impl Giving<'_> {
    fn with<T>(&self, work: impl FnOnce(&mut Ledger) -> Stored<T>) -> Result<T, SourceError> {
        with(self.inner, work).map_err(|error| match error {
            SinkError::Full => SourceError("disk full".to_owned()),
            SinkError::Store(words) => SourceError(words),
        })
    }
}

impl Source for Giving<'_> {
    fn items(&mut self, batch: &Batch) -> Result<Vec<Item>, SourceError> {
        let range = batch.after + 1..=batch.last;
        let positions = self.ready.positions.iter().filter(|position| range.contains(position));
        self.with(|ledger| positions.map(|position| ledger.bundle_item(*position)).collect())
    }

    fn read(&mut self, hash: &FileHash, offset: u64, len: u64) -> Result<Vec<u8>, SourceError> {
        let len = usize::try_from(len).map_err(|_| SourceError("length".to_owned()))?;
        self.with(|ledger| ledger.read_file(hash, offset, len))
    }
}

struct Taking<'a> {
    inner: &'a Arc<Inner>,
    /// When the bundle was made, by the center's clock; 0 until a head is read.
    made: u64,
}

impl Sink for Taking<'_> {
    fn head(&mut self, _: &DeviceId, head: &Head) -> Result<(), SinkError> {
        self.made = head.made;
        with(self.inner, |ledger| ledger.told_offsets(head.made, &head.offsets))
    }

    fn items(&mut self, _: &DeviceId, items: &[Item], step: Option<&Step>) -> Result<u64, SinkError> {
        let made = self.made;
        let refused = with(self.inner, |ledger| ledger.receive_bundle(items, step, made))?;
        self.inner
            .show_out()
            .map_err(|failure| SinkError::Store(failure.message))?;
        Ok(refused)
    }

    fn held(&mut self, file: &FileHash) -> Result<Kept, SinkError> {
        with(self.inner, |ledger| ledger.held_file(file))
    }

    fn piece(&mut self, _: &DeviceId, piece: &Piece) -> Result<Kept, SinkError> {
        with(self.inner, |ledger| ledger.take_piece(piece))
    }
}

fn unwritten(error: WriteError) -> Failure {
    match error {
        WriteError::Full => Failure::new(FailureCode::DiskFull, "no space left on the stick"),
        WriteError::NoSuchPart => Failure::not_found("part"),
        WriteError::Source(SourceError(words)) if words == "locked" => Failure::new(FailureCode::LockedDevice, words),
        WriteError::Io(error) => unreadable(error),
        other => Failure::store(other),
    }
}

fn unreadable(error: io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Failure::not_found("file or folder"),
        kind => Failure::store(kind),
    }
}
