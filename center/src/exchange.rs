//! One `POST /sync`: takes what came, answers with what is new.

use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use doorstep_sync::trust::Grants;
use doorstep_sync::wire::{Cursor, FIRST, Offset, PROTOCOL, SyncRequest, SyncResponse};
use doorstep_sync::{DeviceId, Fingerprint, Millis, Scope, serve};

use crate::center::Center;
use crate::error::ApiError;
use crate::intake::Intake;
use crate::store::{self, Connection};

/// Files whose offsets are told in one answer.
const MAX_OFFSETS: usize = 1_000;
/// An idle device's last contact is written no more often than this.
const CONTACT_STEP: Millis = 60_000;

impl Center {
    /// What `device` asks, and the answer.
    pub fn exchange(&self, device: &DeviceId, request: &SyncRequest) -> Result<SyncResponse, ApiError> {
        if !(FIRST..=PROTOCOL).contains(&request.version) {
            return Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "version",
                format!("this center speaks versions {FIRST} to {PROTOCOL}"),
            ));
        }
        let now = self.clock.now();
        self.take_items(device, request, now)?;
        self.store.read(|sql| self.answer(sql, device, request, now))
    }

    fn take_items(&self, device: &DeviceId, request: &SyncRequest, now: Millis) -> Result<(), ApiError> {
        let heard = self
            .store
            .read(|sql| store::devices::get(sql, device))?
            .and_then(|device| device.last_contact);
        if request.items.is_empty() && heard.is_some_and(|last| last + CONTACT_STEP > now) {
            return Ok(());
        }
        let home = home(&self.grants(), device)?;
        let taken = self.store.write(|sql| {
            store::devices::heard(sql, device, now)?;
            let mut intake = Intake::begin(self, sql, *device, home, now);
            for item in &request.items {
                intake.take(item)?;
            }
            intake.finish()
        })?;
        self.took(&taken)
    }

    fn answer(
        &self,
        sql: &Connection,
        device: &DeviceId,
        request: &SyncRequest,
        now: Millis,
    ) -> Result<SyncResponse, ApiError> {
        let epoch = self.epoch.load(Ordering::Relaxed);
        let position = if request.cursor.epoch == epoch {
            request.cursor.position
        } else {
            0
        };
        let grants = self.grants();
        let district = self.district_scope(sql)?;
        let readable = |scope: &Scope| grants.may_read(device, scope, now) || district.as_ref() == Some(scope);
        let batch = store::items::since(sql, position, device, readable)?;
        let reached = match (batch.more, batch.last) {
            (true, Some(last)) => last,
            // Everything up to here has been looked through.
            _ => store::items::last_position(sql)?.max(position),
        };
        let mut failed = None;
        let fingerprints = serve::fingerprints(&request.fingerprints, |scope| {
            if !readable(scope) {
                return Fingerprint::default();
            }
            store::items::fingerprint(sql, scope).unwrap_or_else(|error| {
                failed = Some(error);
                Fingerprint::default()
            })
        });
        if let Some(error) = failed {
            return Err(error.into());
        }
        let mut offsets = Vec::new();
        for hash in request.offsets.iter().take(MAX_OFFSETS) {
            if let Some((stored, len, verified)) = self.progress(sql, hash)? {
                offsets.push(Offset {
                    hash: *hash,
                    stored: stored.min(len),
                    verified,
                });
            }
        }
        Ok(SyncResponse {
            version: request.version,
            now,
            items: batch.items,
            cursor: Cursor {
                epoch,
                position: reached,
            },
            more: batch.more,
            fingerprints,
            offsets,
            repair: Vec::new(),
        })
    }
}

/// The scope in which a device is told what concerns itself alone: its own station, for ever.
pub fn home(grants: &Grants, device: &DeviceId) -> Result<Scope, ApiError> {
    let division = grants
        .of(device)
        .iter()
        .flat_map(|grant| &grant.scopes)
        .map(|pattern| pattern.division.as_str())
        .next();
    let scope = division.and_then(|division| Scope::new(division, "0").ok());
    scope.ok_or_else(|| ApiError::new(StatusCode::FORBIDDEN, "not_granted", "the device was granted nothing"))
}
