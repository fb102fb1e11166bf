//! One `POST /sync`: takes what came, answers with what is new.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use doorstep_sync::trust::Grants;
use doorstep_sync::wire::{BATCH_BYTES, Cursor, FIRST, Offset, PROTOCOL, SyncRequest, SyncResponse};
use doorstep_sync::{DeviceId, Item, ItemId, Millis, Scope, repair};

use crate::ahead::Ahead;
use crate::center::Center;
use crate::error::ApiError;
use crate::intake::{Intake, fits};
use crate::store::places::Places;
use crate::store::{self, Connection};

/// Files whose offsets are told in one answer.
const MAX_OFFSETS: usize = 1_000;
/// How long the center asks for a file that it lost with a backup, and for how many at once.
const MISSED_FOR: Millis = 30 * 24 * 3_600_000;
const MOST_MISSING: usize = 64;
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
        fits(&request.items)?;
        let now = self.clock.now();
        let end = self.store.read(store::items::last_position)?;
        self.take_items(device, request, now)?;
        self.store.read(|sql| self.answer(sql, device, request, end, now))
    }

    fn take_items(&self, device: &DeviceId, request: &SyncRequest, now: Millis) -> Result<(), ApiError> {
        let heard = self
            .store
            .read(|sql| store::devices::get(sql, device))?
            .and_then(|device| device.last_contact);
        if request.items.is_empty() && heard.is_some_and(|last| last + CONTACT_STEP > now) {
            return Ok(());
        }
        let grants = self.grants();
        let home = home(&grants, device)?;
        let ahead = self.store.read(|sql| Ahead::of(sql, &request.items, &grants, now))?;
        let taken = self.store.write(|sql| {
            store::devices::heard(sql, device, now)?;
            let told = match request.cursor.epoch == self.epoch.load(Ordering::Relaxed) {
                true => request.cursor.position,
                false => 0,
            };
            let mut intake = Intake::begin(self, sql, *device, home, now).told(told).knowing(ahead);
            intake.give_up_waiting()?;
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
        // Of the log, before the request's items were taken.
        end: u64,
        now: Millis,
    ) -> Result<SyncResponse, ApiError> {
        let epoch = self.epoch.load(Ordering::Relaxed);
        let known = request.cursor.epoch == epoch && request.cursor.position <= end;
        // The device comes from before a backup was restored here: what is new to it is found by comparing.
        let compares = !known && request.version > FIRST && request.cursor.epoch != 0;
        let position = match request.cursor {
            _ if compares => end,
            Cursor { epoch: of, position } if of == epoch => position,
            _ => 0,
        };
        let grants = self.grants();
        let district = self.district_scope(sql)?;
        let judged = grants.judged_at(device, now);
        let readable = |scope: &Scope| grants.may_read(device, scope, judged) || district.as_ref() == Some(scope);
        let mut batch = store::items::since(sql, position, device, readable)?;
        let given: HashSet<ItemId> = request.items.iter().map(Item::id).collect();
        batch.items.retain(|item| !given.contains(&item.id()));
        let reached = match (batch.more, batch.last) {
            (true, Some(last)) => last,
            // Everything up to here has been looked through.
            _ => store::items::last_position(sql)?.max(position),
        };
        let mut unnamed = Vec::new();
        let first = request.version > FIRST && !batch.more && self.compared.lacks(device);
        if compares || first {
            unnamed = store::places::scopes(sql)?;
            let named: HashSet<&Scope> = request.fingerprints.iter().map(|(scope, _)| scope).collect();
            unnamed.retain(|scope| !named.contains(scope) && readable(scope));
            self.compared.note(device, !unnamed.is_empty());
        }
        let mending = repair::mend(&Places(sql), request, &batch.items, &unnamed, batch.more, readable)?;
        let mut items = batch.items;
        let brought: HashSet<ItemId> = items.iter().map(Item::id).collect();
        let gives: Vec<ItemId> = mending.give.into_iter().filter(|id| !brought.contains(id)).collect();
        if !gives.is_empty() {
            items.extend(store::items::some(sql, &gives, BATCH_BYTES)?);
        }
        let mut offsets = Vec::new();
        for hash in request.offsets.iter().take(MAX_OFFSETS) {
            if let Some((stored, len, verified)) = self.progress(sql, device, hash)? {
                offsets.push(Offset {
                    hash: *hash,
                    stored: stored.min(len),
                    verified,
                });
            }
        }
        if request.version > FIRST {
            // Whoever has them brings them again; when nobody does, there is nobody left to be asked.
            let since = now.saturating_sub(MISSED_FOR);
            for hash in store::files::missing(sql, since, MOST_MISSING, readable)? {
                if !request.offsets.contains(&hash) {
                    offsets.push(Offset {
                        hash,
                        stored: 0,
                        verified: false,
                    });
                }
            }
        }
        Ok(SyncResponse {
            version: request.version,
            now,
            items,
            cursor: Cursor {
                epoch,
                position: reached,
            },
            more: batch.more,
            fingerprints: mending.fingerprints,
            offsets,
            repair: mending.repair,
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
