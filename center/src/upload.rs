//! Files on their way up: announced, appended to, and hashed when they are whole.
//!
//! An item names a file before its bytes come, with its length. What a device sends of it is that device's own: nobody goes
//! on where another stopped, so that wrong bytes cost their sender alone. The first that comes whole, with the right hash,
//! is the file, whoever sent it.

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use doorstep_records::kind;
use doorstep_sync::payload::{LONGEST_TYPE, Receipt};
use doorstep_sync::tus::{self, Creation};
use doorstep_sync::{DeviceId, FileHash, Kind, Millis, Scope, preview};

use crate::center::Center;
use crate::disk::Coming;
use crate::error::ApiError;
use crate::intake::MAX_FILE;
use crate::store::files::Upload;
use crate::store::{self, Connection};

/// Bytes a device may have announced and not finished: 512 MiB, eight of the largest. A station sends one after the other.
const QUOTA: u64 = 512 << 20;
const HOUR: Millis = 3_600_000;
const DAY: Millis = 24 * HOUR;
/// How far back a backup of a center may go, and so how long a device can go on with an unfinished file: 30 days.
pub(crate) const HORIZON: Millis = 30 * DAY;

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes stored.
    pub stored: u64,
    /// Bytes in all.
    pub len: u64,
    /// Until when an unfinished file can be gone on with; `None` when it is whole.
    pub expires: Option<Millis>,
}

/// An announced file and how far it is.
pub struct Announced {
    /// How far.
    pub progress: Progress,
    /// Whether the announcement was new: bytes that come with one that was known are let go.
    pub created: bool,
    /// What is to be gone on with; `None` when the file is whole and verified.
    pub upload: Option<Upload>,
}

impl Announced {
    fn whole(len: u64) -> Self {
        let progress = Progress {
            stored: len,
            len,
            expires: None,
        };
        Self {
            progress,
            created: false,
            upload: None,
        }
    }
}

impl Upload {
    /// Its place on the disk.
    fn coming(&self) -> Coming {
        Coming {
            hash: self.file.hash,
            from: self.device,
        }
    }
}

impl Center {
    /// Bytes of a file stored from `device`, its length, and whether it is whole and verified; `None` when it is unknown.
    pub fn progress(
        &self,
        sql: &Connection,
        device: &DeviceId,
        hash: &FileHash,
    ) -> Result<Option<(u64, u64, bool)>, ApiError> {
        if let Some((len, _)) = store::files::verified(sql, hash)? {
            return Ok(Some((len, len, true)));
        }
        let Some(upload) = store::files::upload(sql, hash, device)? else {
            return Ok(None);
        };
        Ok(Some((self.stored(&upload)?, upload.file.len, false)))
    }

    fn stored(&self, upload: &Upload) -> Result<u64, ApiError> {
        // Stopped between moving the file to its place and saying so: an empty `PATCH` at the end says it.
        match self.disk.has(&upload.file.hash) {
            true => Ok(upload.file.len),
            false => Ok(self.disk.stored(&upload.coming())?),
        }
    }

    /// How far a file from `device` is, and what is to be gone on with.
    pub fn on_way(&self, device: &DeviceId, hash: &FileHash) -> Result<Announced, ApiError> {
        let (verified, upload) = self.store.read(|sql| {
            let verified = store::files::verified(sql, hash)?;
            Ok::<_, ApiError>((verified, store::files::upload(sql, hash, device)?))
        })?;
        if let Some((len, _)) = verified {
            return Ok(Announced::whole(len));
        }
        let upload = upload.ok_or_else(|| ApiError::not_found("file"))?;
        let progress = Progress {
            stored: self.stored(&upload)?,
            len: upload.file.len,
            expires: Some(upload.touched.saturating_add(HORIZON)),
        };
        Ok(Announced {
            progress,
            created: false,
            upload: Some(upload),
        })
    }

    /// `POST /files`: announces a file. Bytes follow by [`Center::append`].
    pub fn announce(&self, device: &DeviceId, creation: &Creation) -> Result<Announced, ApiError> {
        let file = &creation.file;
        let shows = preview::of(file);
        let most = if shows.is_some() { preview::LARGEST } else { MAX_FILE };
        if file.len > most || file.media_type.len() > LONGEST_TYPE {
            return Err(ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                format!("such a file may have {most} bytes"),
            ));
        }
        let scope = match &shows {
            Some(original) if self.is_shown(device, original, &creation.scope)? => {
                return Ok(Announced::whole(file.len));
            }
            Some(_) => creation.scope.clone(),
            None => self.naming_scope(device, creation)?,
        };
        self.expire()?;
        match self.on_way(device, &file.hash) {
            Ok(known) if known.upload.is_none() => {
                self.store.write(|sql| match shows {
                    // What is here already and is no small picture of it (a workbook, another's page) does not become one.
                    Some(original) if store::files::shows(sql, &file.hash, &original)? => {
                        Ok(store::files::set_preview(sql, &original, &file.hash)?)
                    }
                    Some(_) => Ok(()),
                    None => self.tell_verified(sql, &file.hash, std::slice::from_ref(&scope)),
                })?;
                return Ok(known);
            }
            Ok(known) if known.progress.len == file.len => return Ok(known),
            // The device said another length before.
            Ok(_) => {}
            Err(error) if error.status == StatusCode::NOT_FOUND => {}
            Err(error) => return Err(error),
        }
        let touched = self.clock.now();
        let upload = Upload {
            file: file.clone(),
            scope,
            device: *device,
            touched,
        };
        self.store.write(|sql| {
            if store::files::announced_bytes(sql, device)? + file.len > QUOTA {
                return Err(ApiError::new(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "quota",
                    "too much is announced and not finished",
                ));
            }
            Ok(store::files::announce(sql, &upload)?)
        })?;
        // What an announcement before this one left behind.
        self.disk.drop_partial(&upload.coming())?;
        let progress = Progress {
            stored: 0,
            len: file.len,
            expires: Some(touched + HORIZON),
        };
        Ok(Announced {
            progress,
            created: true,
            upload: Some(upload),
        })
    }

    /// Whether `device` may go on with a file at `offset`.
    pub fn go_on(&self, device: &DeviceId, hash: &FileHash, offset: u64) -> Result<Announced, ApiError> {
        let known = self.on_way(device, hash)?;
        if offset != known.progress.stored {
            return Err(ApiError::new(
                StatusCode::CONFLICT,
                "offset",
                format!("{} bytes are stored", known.progress.stored),
            ));
        }
        if let Some(upload) = &known.upload {
            self.may_send(device, &upload.scope)?;
        }
        Ok(known)
    }

    /// Appends bytes where what is stored ends; the new end. They count from now on, and are on the disk after
    /// [`Center::pause`] or [`Center::finish`].
    pub fn append(&self, upload: &Upload, offset: u64, bytes: &[u8]) -> Result<u64, ApiError> {
        let end = offset + bytes.len() as u64;
        if end > upload.file.len {
            return Err(ApiError::bad_request("more bytes than were announced"));
        }
        if !bytes.is_empty() && !self.disk.has(&upload.file.hash) {
            self.disk.write(&upload.coming(), offset, bytes)?;
        }
        Ok(end)
    }

    /// Takes bytes that came by another way than a request. They follow what is stored, or are refused.
    pub fn put(&self, device: &DeviceId, creation: &Creation, offset: u64, bytes: &[u8]) -> Result<Progress, ApiError> {
        let _writer = self.writing.try_begin(creation.file.hash, *device)?;
        let Announced { progress, upload, .. } = self.announce(device, creation)?;
        let Some(upload) = upload else { return Ok(progress) };
        let mut progress = self.go_on(device, &creation.file.hash, offset)?.progress;
        progress.stored = self.append(&upload, offset, bytes)?;
        match progress.stored == progress.len {
            true => self.finish(&upload)?,
            false => self.pause(&upload)?,
        }
        Ok(progress)
    }

    /// Nothing more comes for now.
    pub fn pause(&self, upload: &Upload) -> Result<(), ApiError> {
        self.disk.settle(&upload.coming())?;
        let now = self.clock.now();
        if now.saturating_sub(upload.touched) > DAY {
            self.store
                .write(|sql| store::files::touch(sql, &upload.file.hash, &upload.device, now))?;
        }
        Ok(())
    }

    /// All bytes are stored: the whole file is hashed, and verified or dropped.
    pub fn finish(&self, upload: &Upload) -> Result<(), ApiError> {
        let (file, coming) = (&upload.file, upload.coming());
        if !self.disk.has(&file.hash) {
            if file.len == 0 {
                self.disk.write(&coming, 0, &[])?;
            }
            self.disk.settle(&coming)?;
            if !self.disk.is_right(&coming)? {
                self.disk.drop_partial(&coming)?;
                self.store
                    .write(|sql| store::files::forget_upload(sql, &file.hash, &upload.device))?;
                let status = StatusCode::from_u16(tus::CHECKSUM_MISMATCH).unwrap_or(StatusCode::CONFLICT);
                return Err(ApiError::new(
                    status,
                    "checksum",
                    "the bytes do not have this hash; send the file again",
                ));
            }
            self.disk.keep(&coming)?;
        }
        let preview = preview::of(file);
        let (begun, shown) = self.store.write(|sql| {
            let begun = store::files::set_verified(sql, file, self.clock.now())?;
            if let Some(original) = &preview {
                store::files::set_preview(sql, original, &file.hash)?;
                return Ok((begun, None));
            }
            let mut scopes = store::files::scopes(sql, &file.hash)?;
            if !scopes.contains(&upload.scope) {
                scopes.push(upload.scope.clone());
            }
            self.tell_verified(sql, &file.hash, &scopes)?;
            self.accept_completed(sql, &file.hash)?;
            Ok::<_, ApiError>((begun, store::files::forget_preview(sql, &file.hash)?))
        })?;
        if preview.is_none() {
            self.metrics.files_verified.inc();
        }
        for from in begun {
            let hash = file.hash;
            self.disk.drop_partial(&Coming { hash, from })?;
        }
        if let Some(preview) = shown {
            self.disk.drop_whole(&preview)?;
        }
        Ok(())
    }

    /// Where the receipt for a file belongs: a scope in which an item names it with this length and in which the device may
    /// write, the one it says before others. Items go first, so a file that nothing names belongs to nobody.
    fn naming_scope(&self, device: &DeviceId, creation: &Creation) -> Result<Scope, ApiError> {
        let Creation { file, scope } = creation;
        let mut named = self.store.read(|sql| store::files::named(sql, &file.hash, file.len))?;
        named.retain(|(scope, _)| self.may_send(device, scope).is_ok());
        let first = named.iter().find(|(named, _)| named == scope).or(named.first());
        if let Some((scope, _)) = first {
            return Ok(scope.clone());
        }
        self.may_send(device, scope)?;
        let words = "no item names a file with this hash and this length";
        Err(ApiError::new(StatusCode::NOT_FOUND, "not_named", words))
    }

    /// Whether `original` can be seen already, itself or by a small picture. It must have been named in `scope`, where the
    /// device may write; and a small picture is believed from whoever named it alone: a signed item stands for it. Others
    /// hear `not_needed`, so that they do not say it has arrived.
    fn is_shown(&self, device: &DeviceId, original: &FileHash, scope: &Scope) -> Result<bool, ApiError> {
        self.may_send(device, scope)?;
        self.store.read(|sql| {
            if !store::files::scopes(sql, original)?.contains(scope) {
                return Err(ApiError::not_found("file that it shows"));
            }
            let shown =
                store::files::verified(sql, original)?.is_some() || store::files::preview(sql, original)?.is_some();
            if shown || store::files::is_namer(sql, original, scope, device)? {
                return Ok(shown);
            }
            let words = "a small picture is taken from the device that named the file";
            Err(ApiError::new(StatusCode::FORBIDDEN, "not_needed", words))
        })
    }

    /// Lets go what was announced and not finished for too long. Looked after once in an hour, when something is announced.
    pub fn expire(&self) -> Result<(), ApiError> {
        let now = self.clock.now();
        let last = self.expired.load(Ordering::Relaxed);
        let due = now.saturating_sub(last) >= HOUR || now < last;
        if !due
            || self
                .expired
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_err()
        {
            return Ok(());
        }
        let before = now.saturating_sub(HORIZON);
        let gone = self.store.write(|sql| store::files::expire(sql, before))?;
        for (hash, from) in gone.iter().copied() {
            self.disk.drop_partial(&Coming { hash, from })?;
        }
        if !gone.is_empty() {
            tracing::info!(files = gone.len(), "unfinished files have expired");
        }
        Ok(())
    }

    /// Tells scopes that a file is here, whole and verified.
    fn tell_verified(&self, sql: &Connection, hash: &FileHash, scopes: &[Scope]) -> Result<(), ApiError> {
        let receipt = Receipt {
            verified: vec![*hash],
            ..Receipt::default()
        };
        for scope in scopes {
            self.write_item(
                sql,
                Kind::Receipt,
                scope.clone(),
                None,
                "",
                receipt.to_bytes(),
                self.clock.now(),
                &[],
            )?;
        }
        Ok(())
    }

    fn may_send(&self, device: &DeviceId, scope: &Scope) -> Result<(), ApiError> {
        let grants = self.grants();
        let allowed = grants.may_write(
            device,
            kind::APPLICATION,
            scope,
            grants.judged_at(device, self.clock.now()),
        );
        allowed.map_err(|code| ApiError::new(StatusCode::FORBIDDEN, code.as_str(), code.to_string()))
    }

    /// `DELETE /files/{hash}`: the device that announced a file gives it up. A file that is here stays.
    pub fn terminate(&self, device: &DeviceId, hash: &FileHash) -> Result<(), ApiError> {
        let upload = self.store.read(|sql| store::files::upload(sql, hash, device))?;
        let upload = upload.ok_or_else(|| ApiError::not_found("file"))?;
        self.store.write(|sql| store::files::forget_upload(sql, hash, device))?;
        Ok(self.disk.drop_partial(&upload.coming())?)
    }

    /// The length of a file that a device may have: it belongs to a catalogue, or was named in a scope it may read.
    pub fn fetchable(&self, sql: &Connection, device: &DeviceId, hash: &FileHash) -> Result<Option<u64>, ApiError> {
        let grants = self.grants();
        let now = grants.judged_at(device, self.clock.now());
        let named = store::files::scopes(sql, hash)?
            .iter()
            .any(|scope| grants.may_read(device, scope, now));
        if !named && !store::catalogues::names_file(sql, hash)? {
            return Ok(None);
        }
        Ok(store::files::verified(sql, hash)?.map(|(len, _)| len))
    }
}
