//! Files on their way up: announced, appended to, and hashed when they are whole.

use std::sync::PoisonError;

use axum::http::StatusCode;
use doorstep_records::kind;
use doorstep_sync::payload::Receipt;
use doorstep_sync::tus::{self, Creation};
use doorstep_sync::{DeviceId, FileHash, Kind, Scope};

use crate::center::Center;
use crate::error::ApiError;
use crate::intake::MAX_FILE;
use crate::store::files::Upload;
use crate::store::{self, Connection};

/// Bytes a device may have announced and not finished: 2 GiB, some thousand photographs.
const QUOTA: u64 = 2 << 30;
/// Longest media type taken.
const MAX_TYPE: usize = 100;

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes stored.
    pub stored: u64,
    /// Bytes in all.
    pub len: u64,
    /// Whether the announcement was new.
    pub created: bool,
}

/// One writer for each file at a time.
struct Writing<'a>(&'a Center, FileHash);

impl<'a> Writing<'a> {
    fn begin(center: &'a Center, hash: FileHash) -> Result<Self, ApiError> {
        let mut writing = center.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if !writing.insert(hash) {
            return Err(ApiError::new(StatusCode::LOCKED, "locked", "the file is being written"));
        }
        Ok(Self(center, hash))
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0
            .writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.1);
    }
}

impl Center {
    /// Stored bytes, length, and whether the file is whole and verified; `None` when it is unknown.
    pub fn progress(&self, sql: &Connection, hash: &FileHash) -> Result<Option<(u64, u64, bool)>, ApiError> {
        if let Some((len, _)) = store::files::verified(sql, hash)? {
            return Ok(Some((len, len, true)));
        }
        let Some(upload) = store::files::upload(sql, hash)? else {
            return Ok(None);
        };
        // Stopped between moving the file to its place and saying so: an empty `PATCH` at the end says it.
        let stored = if self.disk.has(hash) {
            upload.file.len
        } else {
            self.disk.stored(hash)?
        };
        Ok(Some((stored, upload.file.len, false)))
    }

    /// `POST /files`: announces a file, with its first bytes or none.
    pub fn announce(&self, device: &DeviceId, creation: &Creation, bytes: &[u8]) -> Result<Progress, ApiError> {
        let Creation { file, scope } = creation;
        self.may_send(device, scope)?;
        if file.len > MAX_FILE || file.media_type.len() > MAX_TYPE {
            return Err(ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                format!("a file may have {MAX_FILE} bytes"),
            ));
        }
        let _writing = Writing::begin(self, file.hash)?;
        let known = self.store.read(|sql| self.progress(sql, &file.hash))?;
        match known {
            Some((_, len, true)) => {
                self.store
                    .write(|sql| self.tell_verified(sql, &file.hash, std::slice::from_ref(scope)))?;
                return Ok(Progress {
                    stored: len,
                    len,
                    created: false,
                });
            }
            Some((stored, len, false)) if len == file.len => {
                return Ok(Progress {
                    stored,
                    len,
                    created: false,
                });
            }
            // The length said before was another one: whoever was wrong, the hash will tell.
            Some(_) => self.disk.drop_partial(&file.hash)?,
            None => {}
        }
        let upload = Upload {
            file: file.clone(),
            scope: scope.clone(),
            device: *device,
        };
        self.store.write(|sql| {
            if store::files::announced_bytes(sql, device)? + file.len > QUOTA {
                return Err(ApiError::new(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "quota",
                    "too much is announced and not finished",
                ));
            }
            Ok(store::files::announce(sql, &upload, self.clock.now())?)
        })?;
        // What an interrupted announcement before this one left behind.
        self.disk.drop_partial(&file.hash)?;
        let stored = self.extend(&upload, 0, bytes)?;
        Ok(Progress {
            stored,
            len: file.len,
            created: true,
        })
    }

    /// `PATCH /files/{hash}`: appends bytes; the new offset.
    pub fn patch(&self, device: &DeviceId, hash: &FileHash, offset: u64, bytes: &[u8]) -> Result<Progress, ApiError> {
        let _writing = Writing::begin(self, *hash)?;
        let (progress, upload) = self
            .store
            .read(|sql| Ok::<_, ApiError>((self.progress(sql, hash)?, store::files::upload(sql, hash)?)))?;
        let (stored, len, verified) = progress.ok_or_else(|| ApiError::not_found("file"))?;
        if offset != stored {
            return Err(ApiError::new(
                StatusCode::CONFLICT,
                "offset",
                format!("{stored} bytes are stored"),
            ));
        }
        let upload = match upload {
            Some(upload) if !verified => upload,
            _ => {
                return Ok(Progress {
                    stored,
                    len,
                    created: false,
                });
            }
        };
        self.may_send(device, &upload.scope)?;
        let stored = self.extend(&upload, offset, bytes)?;
        Ok(Progress {
            stored,
            len,
            created: false,
        })
    }

    /// Appends bytes to what is stored; when the file is whole, hashes it: it is verified, or dropped.
    fn extend(&self, upload: &Upload, offset: u64, bytes: &[u8]) -> Result<u64, ApiError> {
        let file = &upload.file;
        let stored = offset + bytes.len() as u64;
        if stored > file.len {
            return Err(ApiError::bad_request("more bytes than were announced"));
        }
        let in_place = self.disk.has(&file.hash);
        if !in_place && (!bytes.is_empty() || file.len == 0) {
            self.disk.append(&file.hash, offset, bytes)?;
        }
        if stored < file.len {
            return Ok(stored);
        }
        if !in_place {
            if !self.disk.is_right(&file.hash)? {
                self.disk.drop_partial(&file.hash)?;
                self.store.write(|sql| store::files::forget_upload(sql, &file.hash))?;
                let status = StatusCode::from_u16(tus::CHECKSUM_MISMATCH).unwrap_or(StatusCode::CONFLICT);
                return Err(ApiError::new(
                    status,
                    "checksum",
                    "the bytes do not have this hash; send the file again",
                ));
            }
            self.disk.keep(&file.hash)?;
        }
        self.store.write(|sql| {
            store::files::set_verified(sql, file, self.clock.now())?;
            let mut scopes = store::files::scopes(sql, &file.hash)?;
            if !scopes.contains(&upload.scope) {
                scopes.push(upload.scope.clone());
            }
            self.tell_verified(sql, &file.hash, &scopes)
        })?;
        self.metrics.files_verified.inc();
        Ok(stored)
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
        let allowed = self
            .grants()
            .may_write(device, kind::APPLICATION, scope, self.clock.now());
        allowed.map_err(|code| ApiError::new(StatusCode::FORBIDDEN, code.as_str(), code.to_string()))
    }

    /// `DELETE /files/{hash}`: the device that announced a file gives it up. A file that is here stays.
    pub fn terminate(&self, device: &DeviceId, hash: &FileHash) -> Result<(), ApiError> {
        let _writing = Writing::begin(self, *hash)?;
        let upload = self.store.read(|sql| store::files::upload(sql, hash))?;
        upload
            .filter(|upload| upload.device == *device)
            .ok_or_else(|| ApiError::not_found("file"))?;
        self.store.write(|sql| store::files::forget_upload(sql, hash))?;
        Ok(self.disk.drop_partial(hash)?)
    }

    /// The length of a file that a device may have: it belongs to a catalogue, or was named in a scope it may read.
    pub fn fetchable(&self, sql: &Connection, device: &DeviceId, hash: &FileHash) -> Result<Option<u64>, ApiError> {
        let grants = self.grants();
        let now = self.clock.now();
        let named = store::files::scopes(sql, hash)?
            .iter()
            .any(|scope| grants.may_read(device, scope, now));
        if !named && !store::catalogues::names_file(sql, hash)? {
            return Ok(None);
        }
        Ok(store::files::verified(sql, hash)?.map(|(len, _)| len))
    }
}
