//! What comes is taken as from the network: items by [`Intake`], files by the same announcements and pieces as uploads.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use doorstep_sync::bundle::{
    self, EXTENSION, Head, Kept, Piece, Receiver, Report, Sink, SinkError, Step, Stopped, Unread,
};
use doorstep_sync::tus::Creation;
use doorstep_sync::{DeviceId, FileHash, Item, Kind, Scope, SigningKey};

use crate::center::Center;
use crate::error::ApiError;
use crate::exchange::home;
use crate::intake::{Intake, fits};
use crate::store::bundles::Told;
use crate::store::{self, StoreError};
use crate::tidings::Tidings;

impl Center {
    /// Takes a part of a bundle from a device, whoever carried it. Every item is judged as if it had come by the network.
    pub fn import<R: Read + Seek>(&self, part: R) -> Result<Report, Unread> {
        self.take_part(part).map(|(report, _)| report)
    }

    /// As [`Center::import`]; and whether some of it builds on a part that has not come: it is to be brought again after
    /// that one.
    pub(crate) fn take_part<R: Read + Seek>(&self, mut part: R) -> Result<(Report, bool), Unread> {
        let start = part.stream_position()?;
        let mut read = self.take_part_with(&self.key, &mut part);
        // What is brought late may be sealed for a key that signed before.
        for key in self.former.iter().rev() {
            if !matches!(read, Err(Unread::OtherReceiver)) {
                break;
            }
            part.seek(SeekFrom::Start(start))?;
            read = self.take_part_with(key, &mut part);
        }
        read
    }

    fn take_part_with<R: Read + Seek>(&self, key: &SigningKey, part: R) -> Result<(Report, bool), Unread> {
        let grants = self.grants();
        let sender = |device: &DeviceId| grants.of(device).first().and_then(|_| grants.key(device).cloned());
        let receiver = Receiver { key, sender: &sender };
        let mut taking = Taking {
            center: self,
            sender: None,
            known: BTreeMap::new(),
            early: false,
        };
        let report = bundle::read_part(part, &receiver, &mut taking)?;
        let early = taking.early;
        taking.tell_known();
        tracing::info!(
            bundle = ?report.bundle, sender = ?report.sender, items = report.items, refused = report.refused,
            files = report.whole(), damaged = report.damage.len(), stopped = ?report.stopped,
            "a part of a bundle was taken in"
        );
        Ok((report, early))
    }
}

/// Takes in a part, or every part in a folder in the order of their names; what could not be read at all is named.
pub fn import_path(center: &Center, path: &Path) -> io::Result<(Report, Vec<(String, Unread)>)> {
    let mut parts = vec![path.to_owned()];
    if path.is_dir() {
        parts = fs::read_dir(path)?
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<_>>()?;
        parts.retain(|path| path.extension().is_some_and(|ending| ending == EXTENSION));
        parts.sort();
    }
    let (mut report, mut unread) = (Report::default(), Vec::new());
    for path in parts {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match center.import(File::open(&path)?) {
            Ok(part) => report.merge(part),
            Err(error) => unread.push((name, error)),
        }
        if report.stopped == Some(Stopped::Full) {
            break;
        }
    }
    Ok((report, unread))
}

struct Taking<'a> {
    center: &'a Center,
    /// Whose part it is, once its head was read.
    sender: Option<DeviceId>,
    /// Bytes came before the item that names their file, or before the bytes that they follow.
    early: bool,
    /// Files that were here already, by scope: whoever sends them has no receipt for them.
    known: BTreeMap<Scope, Tidings>,
}

impl Taking<'_> {
    /// One receipt for each scope, or more when one would be too large. Only a convenience is lost when it cannot be written: the files come again.
    fn tell_known(self) {
        let Self { center, known, .. } = self;
        if known.is_empty() {
            return;
        }
        let told = center.store.write(|sql| {
            for (scope, files) in known {
                for receipt in files.receipts(&HashSet::new()) {
                    let (scope, payload, now) = (scope.clone(), receipt.to_bytes(), center.clock.now());
                    center.write_item(sql, Kind::Receipt, scope, None, "", payload, now, &[])?;
                }
            }
            Ok::<_, StoreError>(())
        });
        if let Err(error) = told {
            tracing::error!(%error, "no receipt for files that were here already");
        }
    }
}

impl Sink for Taking<'_> {
    fn head(&mut self, sender: &DeviceId, head: &Head) -> Result<(), SinkError> {
        self.sender = Some(*sender);
        let center = self.center;
        // A clock that is ahead must not make everything later look old.
        let made = head.made.min(center.clock.now());
        let told = head.cursor.map(|cursor| Told {
            cursor,
            wants: head.wants.clone(),
            made,
        });
        center
            .store
            .write(|sql| {
                // It speaks of the day on which it was made, and may have lain in a drawer since.
                if store::devices::get(sql, sender)?.is_some_and(|device| device.last_contact < Some(made)) {
                    store::devices::heard(sql, sender, made)?;
                }
                told.as_ref()
                    .map_or(Ok(()), |told| store::bundles::tell(sql, sender, told))
            })
            .map_err(|error: StoreError| stopped(error.into()))
    }

    fn items(&mut self, sender: &DeviceId, items: &[Item], _: Option<&Step>) -> Result<u64, SinkError> {
        let center = self.center;
        let take = || {
            fits(items)?;
            let home = home(&center.grants(), sender)?;
            let taken = center.store.write(|sql| {
                let mut intake = Intake::begin(center, sql, *sender, home, center.clock.now());
                for item in items {
                    intake.take(item)?;
                }
                intake.finish()
            })?;
            center.took(&taken)?;
            Ok(taken.refused.len() as u64)
        };
        take().map_err(stopped)
    }

    fn held(&mut self, file: &FileHash) -> Result<Kept, SinkError> {
        let center = self.center;
        let Some(sender) = self.sender else {
            return Ok(Kept::Partial(0));
        };
        let known = center.store.read(|sql| center.progress(sql, &sender, file));
        let known = known.map_err(stopped)?;
        Ok(match known {
            Some((_, _, true)) => Kept::Whole,
            Some((stored, _, false)) => Kept::Partial(stored),
            None => Kept::Partial(0),
        })
    }

    fn piece(&mut self, sender: &DeviceId, piece: &Piece) -> Result<Kept, SinkError> {
        match self.center.take_piece(sender, piece) {
            Ok(Some(kept)) => {
                self.early |= matches!(kept, Kept::Partial(stored) if stored < piece.offset);
                Ok(kept)
            }
            Ok(None) => {
                let grants = self.center.grants();
                if grants.may_read(sender, &piece.scope, self.center.clock.now()) {
                    self.known
                        .entry(piece.scope.clone())
                        .or_default()
                        .verified(piece.file.hash);
                }
                Ok(Kept::Whole)
            }
            // The center's trouble stops the reading; the file's own concerns it alone.
            Err(error) if matches!(error.code, "disk_full" | "store") => Err(stopped(error)),
            Err(error) => {
                self.early |= error.code == "not_named";
                Ok(Kept::Refused(error.code.to_owned()))
            }
        }
    }
}

fn stopped(error: ApiError) -> SinkError {
    match error.code {
        "disk_full" => SinkError::Full,
        code => SinkError::Store(code.to_owned()),
    }
}

impl Center {
    /// Bytes of a file, as by tus: they follow what is stored, or are left out. `None`: the file was here, whole.
    fn take_piece(&self, sender: &DeviceId, piece: &Piece) -> Result<Option<Kept>, ApiError> {
        let Piece {
            file,
            scope,
            offset,
            bytes,
        } = piece;
        let known = self.store.read(|sql| self.progress(sql, sender, &file.hash))?;
        let stored = match known {
            Some((_, _, true)) => return Ok(None),
            Some((stored, len, false)) if len == file.len => Some(stored),
            _ => None,
        };
        let at = stored.unwrap_or(0);
        let Some(new) = at.checked_sub(*offset) else {
            return Ok(Some(Kept::Partial(at)));
        };
        let new = usize::try_from(new)
            .ok()
            .and_then(|held| bytes.get(held..))
            .unwrap_or_default();
        if new.is_empty() && at < file.len {
            return Ok(Some(Kept::Partial(at)));
        }
        let creation = Creation {
            file: file.clone(),
            scope: scope.clone(),
        };
        let progress = self.put(sender, &creation, at, new)?;
        Ok(Some(match progress.stored == progress.len {
            true => Kept::Whole,
            false => Kept::Partial(progress.stored),
        }))
    }
}
