//! The center forgets a person's file: what was sent, what was decided, and every scan that nobody else's papers need. The
//! keys under which backups hold it are destroyed, so that with the next backup no older one gives it back; devices are told.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use doorstep_sync::{DocumentId, FileHash, Millis};

use crate::center::Center;
use crate::deeds::Deed;
use crate::dossier::Dossier;
use crate::error::ApiError;
use crate::project::queue;
use crate::store::{self, Connection};

/// How long the center keeps a file after it is closed: ten years, the shortest term of the archive rules (国家档案局令第8号).
const KEPT: Millis = 3_653 * 24 * 3_600_000;
/// The fact which files are still to be taken off the disk.
const UNDER_WAY: &str = "erasing";

/// What was forgotten.
#[derive(Debug, PartialEq, Eq)]
pub struct Erased {
    /// Applications: of a bundle all of them.
    pub documents: usize,
    /// Files.
    pub files: usize,
    /// Whether nothing of it is on the disk any more. Somebody who reads at the same time delays that to the next start.
    pub scrubbed: bool,
}

impl Center {
    /// Forgets an application for ever, with the bundle that it is a part of, because of `reason`: a closed one whose time
    /// has passed, or with `early` any that is closed or was never handed in.
    pub fn erase(&self, id: &DocumentId, reason: &str, early: bool) -> Result<Erased, ApiError> {
        let (documents, files) = self.store.write(|sql| {
            let dossiers = self.whole_file(sql, id)?;
            let documents: Vec<DocumentId> = dossiers.iter().map(|dossier| dossier.id).collect();
            let mut files = BTreeSet::new();
            for dossier in &dossiers {
                let named = self.files_of(sql, dossier)?;
                let (named, last) = named.ok_or_else(|| refused("something of it is not here yet"))?;
                self.may_erase(sql, dossier, last, early)?;
                files.extend(named.iter().copied());
                if !self.write_forget(sql, dossier.id, &dossier.scope, named)? {
                    return Err(refused("something of it waits for what it builds on"));
                }
            }
            let needed = store::erased::needed(sql, &files, &documents)?;
            files.retain(|file| !needed.contains(file));
            documents.iter().try_for_each(|id| store::erased::document(sql, id))?;
            files.iter().try_for_each(|file| store::erased::file(sql, file))?;
            let under_way = store::meta::get(sql, UNDER_WAY)?.unwrap_or_default();
            let names: Vec<u8> = under_way
                .into_iter()
                .chain(files.iter().flat_map(|hash| hash.0))
                .collect();
            store::meta::set(sql, UNDER_WAY, &names)?;
            let deed = Deed::ApplicationForgotten {
                application: id.to_string(),
                reason: reason.to_owned(),
            };
            self.write_down_here(sql, &deed)?;
            Ok((documents.len(), files.len()))
        })?;
        tracing::info!(documents, files, "the center has forgotten an application");
        Ok(Erased {
            documents,
            files,
            scrubbed: self.finish_erasing()?,
        })
    }

    /// The database is to be written anew at this start, or the next.
    pub(crate) fn ask_scrub(sql: &Connection) -> store::Result<()> {
        let under_way = store::meta::get(sql, UNDER_WAY)?.unwrap_or_default();
        store::meta::set(sql, UNDER_WAY, &under_way)
    }

    /// Takes off the disk what was forgotten, and what once stood in pages of the database that are free now. Whether all of
    /// it was done.
    pub(crate) fn finish_erasing(&self) -> Result<bool, ApiError> {
        let Some(names) = self.store.read(|sql| store::meta::get(sql, UNDER_WAY))? else {
            return Ok(true);
        };
        for name in names.chunks_exact(32) {
            let hash = FileHash(store::fixed(name.to_vec(), "a file hash")?);
            // Somebody may have brought the same bytes since.
            if self.store.read(|sql| store::files::verified(sql, &hash))?.is_none() {
                self.disk.erase(&hash)?;
            }
        }
        let done = self.store.scrub()?;
        if done {
            self.store.write(|sql| store::meta::unset(sql, UNDER_WAY))?;
        }
        Ok(done)
    }

    /// Tells devices to forget what this center has forgotten, where no item says so.
    pub(crate) fn forget_again(&self) -> Result<(), ApiError> {
        self.store.write(|sql| {
            for (id, scope) in store::erased::untold(sql)? {
                self.write_forget(sql, id, &scope, BTreeSet::new())?;
            }
            Ok(())
        })
    }

    /// An application; with the bundle's own and its other parts, which hold the same words.
    fn whole_file(&self, sql: &Connection, id: &DocumentId) -> Result<Vec<Dossier>, ApiError> {
        let line = store::cases::get(sql, id)?;
        let bundle = line.and_then(|line| line.bundle.parse().ok()).unwrap_or(*id);
        let mut ids = BTreeSet::from([*id, bundle]);
        ids.extend(store::cases::of_bundle(sql, &bundle)?.into_iter().map(|line| line.id));
        let dossiers = ids.iter().map(|id| Dossier::load(sql, id));
        let dossiers: Vec<Dossier> = dossiers.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        match dossiers.iter().any(|dossier| dossier.id == *id) {
            true => Ok(dossiers),
            false => Err(ApiError::not_found("application")),
        }
    }

    /// `came`: when the last of its files came.
    fn may_erase(&self, sql: &Connection, dossier: &Dossier, came: Millis, early: bool) -> Result<(), ApiError> {
        // The application for a bundle is no case: its parts are.
        let is_whole = store::cases::whole(sql, &dossier.id)?.is_some();
        let closed = is_whole || queue(dossier.status()) == Some("done");
        let handed_in = store::cases::get(sql, &dossier.id)?.is_some();
        if handed_in && !closed {
            return Err(refused("the case is not closed"));
        }
        let arrived = store::items::of_document(sql, &dossier.id)?;
        let last = arrived.iter().map(|logged| logged.arrived).fold(came, Millis::max);
        if !early && (!closed || self.clock.now() < last.saturating_add(KEPT)) {
            return Err(refused("its time has not passed"));
        }
        Ok(())
    }
}

fn refused(words: &str) -> ApiError {
    ApiError::new(StatusCode::CONFLICT, "not_forgotten", words)
}
