//! What goes back to a device holds everything new since its last bundle: receipts, decisions, grants, the catalogue, and the
//! files these name; and it says how far files have come that small sticks brought in part.

use std::collections::{BTreeSet, VecDeque};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use doorstep_records::{CaseStep, kind};
use doorstep_sync::bundle::{self, Batch, Contents, Ends, Plan, Source, SourceError, Step, WriteError};
use doorstep_sync::payload::{Catalogue, FileName};
use doorstep_sync::replica::Outgoing;
use doorstep_sync::wire::{Cursor, Offset};
use doorstep_sync::{BundleId, DeviceId, DocumentId, FileHash, Item, Kind, Scope, VerifyingKey};

use crate::center::Center;
use crate::dossier::Dossier;
use crate::error::ApiError;
use crate::exchange::home;
use crate::store::bundles::{Line, Told};
use crate::store::{self, Connection, StoreError};

/// Bundles that are ready to be fetched, kept in memory.
const KEPT: usize = 16;

/// A bundle for one device, planned and ready to be written, part by part.
pub struct Ready {
    /// Beginning of the parts' names: station, device, direction, bundle. Nothing personal.
    pub stem: String,
    /// For whom.
    pub device: DeviceId,
    /// What it holds.
    pub plan: Plan,
    key: VerifyingKey,
    /// Positions of the items, in order.
    positions: Vec<u64>,
}

/// Bundles ready to be fetched.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<VecDeque<Arc<Ready>>>);

impl Shelf {
    pub(crate) fn put(&self, ready: Arc<Ready>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT - 1);
        kept.push_front(ready);
    }

    pub(crate) fn get(&self, bundle: &BundleId) -> Option<Arc<Ready>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|ready| ready.plan.bundle == *bundle).cloned()
    }
}

impl Center {
    /// The devices of a station that were not revoked.
    pub fn devices_of(&self, division: &str) -> Result<Vec<DeviceId>, ApiError> {
        let mut devices = self.store.read(store::devices::all)?;
        devices.retain(|device| device.station == division && device.revoked.is_none());
        if devices.is_empty() {
            return Err(ApiError::not_found("device of this station"));
        }
        Ok(devices.into_iter().map(|device| device.id).collect())
    }

    /// Gathers what is new for a device since its last bundle, cut into parts of `part_bytes`.
    pub fn prepare_bundle(&self, device: &DeviceId, part_bytes: u64) -> Result<Ready, ApiError> {
        let now = self.clock.now();
        let grants = self.grants();
        let judged = grants.judged_at(device, now);
        let key = grants.of(device).first().and_then(|_| grants.key(device).cloned());
        let key = key.ok_or_else(|| ApiError::not_found("device"))?;
        if grants.revoked_at(device).is_some_and(|at| at <= judged) {
            let words = "this device was revoked";
            return Err(ApiError::new(StatusCode::FORBIDDEN, "revoked", words));
        }
        let home = home(&grants, device)?;
        let mut name = [0; 16];
        self.random.fill(&mut name);
        let bundle = BundleId(name);
        let (contents, positions, code) = self.store.read(|sql| {
            let district = self.district_scope(sql)?;
            let readable = |scope: &Scope| grants.may_read(device, scope, judged) || district.as_ref() == Some(scope);
            let told = store::bundles::told(sql, device)?;
            let (contents, positions) = self.news(sql, device, &home, told, readable)?;
            let row = store::devices::get(sql, device)?.ok_or_else(|| ApiError::not_found("device"))?;
            Ok::<_, ApiError>((contents, positions, row.code))
        })?;
        let short = bundle.to_string();
        Ok(Ready {
            stem: format!("{}-{code}-down-{}", home.division(), short.get(..8).unwrap_or_default()),
            device: *device,
            plan: Plan::cut(bundle, now, contents, part_bytes),
            key,
            positions,
        })
    }

    fn news(
        &self,
        sql: &Connection,
        device: &DeviceId,
        home: &Scope,
        told: Told,
        readable: impl Fn(&Scope) -> bool,
    ) -> Result<(Contents, Vec<u64>), ApiError> {
        let epoch = self.epoch.load(Ordering::Relaxed);
        // A position beyond the end of the log is from before a backup was restored here.
        let known = told.cursor.epoch == epoch && told.cursor.position <= store::items::last_position(sql)?;
        let start = if known { told.cursor.position } else { 0 };
        let mut lines = Vec::new();
        store::bundles::lines(sql, start, |line| {
            // A device that stands at the beginning may have lost what it wrote itself.
            if readable(&line.scope) && (start == 0 || line.device != *device) {
                lines.push(line);
            }
        })?;
        let mut batches = Batch::gather(start, lines.iter().map(|line| (line.position, line.bytes)));
        let cursor = |position| Cursor { epoch, position };
        for batch in &mut batches {
            batch.step = Some(Step {
                from: cursor(batch.after),
                to: cursor(batch.last),
            });
        }
        let mut files = Vec::new();
        for file in self.named_files(sql, &lines, told.wants)? {
            // What it may not have, or what is not here, it does not get.
            if self.fetchable(sql, device, &file)?.is_some()
                && let Some((len, media_type)) = store::files::verified(sql, &file)?
            {
                let file = FileName {
                    hash: file,
                    len,
                    media_type,
                };
                let scope = home.clone();
                files.push(Outgoing { file, scope });
            }
        }
        let mut offsets = Vec::new();
        for hash in store::files::uploads_of(sql, device)? {
            if let Some((stored @ 1.., _, false)) = self.progress(sql, device, &hash)? {
                let verified = false;
                offsets.push(Offset { hash, stored, verified });
            }
        }
        let contents = Contents {
            batches,
            files,
            offsets,
            ..Contents::default()
        };
        Ok((contents, lines.into_iter().map(|line| line.position).collect()))
    }

    /// The files that a device said it wants, and those that the items on their way to it name: workbooks, results.
    fn named_files(
        &self,
        sql: &Connection,
        lines: &[Line],
        wants: Vec<FileHash>,
    ) -> Result<BTreeSet<FileHash>, ApiError> {
        let mut named: BTreeSet<FileHash> = wants.into_iter().collect();
        let mut cases: BTreeSet<DocumentId> = BTreeSet::new();
        for line in lines {
            if line.kind == Kind::Catalogue {
                let item = store::bundles::item(sql, line.position)?;
                let catalogue = item
                    .open()
                    .ok()
                    .and_then(|envelope| Catalogue::from_bytes(&envelope.payload).ok());
                named.extend(
                    catalogue
                        .iter()
                        .flat_map(|catalogue| &catalogue.files)
                        .map(|file| file.file.hash),
                );
            }
            if line.kind == Kind::Change && line.document_kind == kind::CASE {
                cases.extend(line.document);
            }
        }
        for id in cases {
            let Some(dossier) = Dossier::load(sql, &id)? else {
                continue;
            };
            for event in &dossier.case.events {
                if let CaseStep::Decided { file: Some(file), .. } = &event.step {
                    named.extend(file.hash.parse::<FileHash>().ok());
                }
            }
        }
        Ok(named)
    }

    /// Writes part `number` (from 1) of a bundle.
    pub fn write_part(&self, ready: &Ready, number: u32, out: &mut impl Write) -> Result<(), WriteError> {
        let ends = Ends {
            sender: &self.key,
            receiver: &ready.key,
        };
        bundle::write_part(&ready.plan, number, &ends, &mut Giving { center: self, ready }, out)
    }

    /// Writes part `number` into a folder: under its name it is there whole, or not at all. Its name.
    pub fn write_part_to(&self, ready: &Ready, number: u32, folder: &Path) -> Result<String, WriteError> {
        let name = bundle::part_name(&ready.stem, number);
        let temporary = folder.join(format!(".{name}.part"));
        let written = (|| {
            let mut out = BufWriter::new(File::create(&temporary)?);
            self.write_part(ready, number, &mut out)?;
            let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            fs::rename(&temporary, folder.join(&name))?;
            Ok(crate::disk::sync_folder(folder)?)
        })();
        if written.is_err() {
            // The stick may be gone too.
            let _ = fs::remove_file(&temporary);
        }
        written.map(|()| name)
    }
}

struct Giving<'a> {
    center: &'a Center,
    ready: &'a Ready,
}

impl Source for Giving<'_> {
    fn items(&mut self, batch: &Batch) -> Result<Vec<Item>, SourceError> {
        let positions = self
            .ready
            .positions
            .iter()
            .filter(|at| (batch.after + 1..=batch.last).contains(at));
        let items = self.center.store.read(|sql| {
            positions
                .map(|position| store::bundles::item(sql, *position))
                .collect::<store::Result<_>>()
        });
        items.map_err(|error: StoreError| SourceError(error.to_string()))
    }

    fn read(&mut self, hash: &FileHash, offset: u64, len: u64) -> Result<Vec<u8>, SourceError> {
        let bytes = self.center.disk.read_part(hash, offset, len);
        bytes.map_err(|error| SourceError(error.kind().to_string()))
    }
}
