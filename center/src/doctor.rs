//! `doorstep-center doctor`: every page, every item, every table and every file is read. What follows from something else is
//! made again, what stations have is asked for, and the rest is named.

use std::fmt;
use std::path::Path;

use doorstep_sync::FileHash;

use crate::center::{Center, Config, OpenError};
use crate::error::ApiError;
use crate::store::{self, Connection};

const DATABASE: &str = "center.sqlite";

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What: a page, an item, a table, a view, a file.
    pub what: String,
    /// Whether it holds again, or stations bring it.
    pub mended: bool,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = if self.mended { "mended" } else { "DOES NOT HOLD" };
        write!(out, "{told}: {}", self.what)
    }
}

/// Why a center could not be looked after.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    /// It does not open.
    #[error("{0}")]
    Open(#[from] OpenError),
    /// The database.
    #[error("{0}")]
    Store(#[from] store::StoreError),
    /// The log of the database cannot be read or written.
    #[error("the log of the database: {0}")]
    Log(#[from] std::io::Error),
    /// Something else.
    #[error("{}", .0.message)]
    Work(ApiError),
}

/// Looks through the log of the database in `data`, before it is opened: SQLite takes a bit that has turned there for the
/// log's end, and opens. So this mends even when the rest is only looked at. Nobody else may use the folder.
pub fn look_through_log(data: &Path) -> std::io::Result<Vec<Fault>> {
    let log = doorstep_wal::mend(&data.join(DATABASE), None)?;
    let bits = (log.bits > 0).then(|| fault(format!("log: bits that had turned: {}", log.bits), true));
    let pages = (log.frames > 0).then(|| fault(format!("log: pages that are not as written: {}", log.frames), false));
    Ok(bits.into_iter().chain(pages).collect())
}

/// Looks after a center that is stopped; with `mend` what can be mended is.
pub fn examine(config: Config, mend: bool) -> Result<Vec<Fault>, DoctorError> {
    let database = config.data.join(DATABASE);
    let mut faults = look_through_log(&config.data)?;
    let pages = store::doctor::pages(&database);
    if !pages.is_empty() {
        let lost = match mend {
            true => store::doctor::make_anew(&database, config.clock.now())?,
            false => Vec::new(),
        };
        faults.extend(pages.into_iter().map(|words| fault(format!("page: {words}"), mend)));
        faults.extend(
            lost.into_iter()
                .map(|table| fault(format!("table {table} cannot be read whole"), false)),
        );
    }
    let center = Center::open(config)?;
    faults.extend(center.look_through(mend).map_err(DoctorError::Work)?);
    if mend && !faults.is_empty() {
        // Whoever has what was taken out brings it again.
        center.restored()?;
    }
    Ok(faults)
}

fn fault(what: String, mended: bool) -> Fault {
    Fault { what, mended }
}

impl Center {
    fn look_through(&self, mend: bool) -> Result<Vec<Fault>, ApiError> {
        let mut faults = self.look_through_files(mend)?;
        let mut looked = None;
        let done = self.store.write(|sql| {
            looked = Some(self.look_through_tables(sql, mend)?);
            match mend {
                true => Ok(()),
                // Nothing is changed by looking.
                false => Err(ApiError::bad_request("looked")),
            }
        });
        match looked {
            Some(found) if !mend || done.is_ok() => faults.extend(found),
            _ => done?,
        }
        Ok(faults)
    }

    fn look_through_files(&self, mend: bool) -> Result<Vec<Fault>, ApiError> {
        let mut faults = Vec::new();
        for file in self.store.read(store::files::all)? {
            if self
                .disk
                .read(&file.hash)
                .is_ok_and(|bytes| FileHash::of(&bytes) == file.hash)
            {
                continue;
            }
            // A workbook is nowhere else in this form: it is published anew, or comes from a backup.
            let mend = mend && !self.store.read(|sql| store::catalogues::names_file(sql, &file.hash))?;
            if mend {
                self.disk.erase(&file.hash)?;
                let now = self.clock.now();
                self.store.write(|sql| store::files::lose(sql, &file.hash, now))?;
            }
            faults.push(fault(format!("file {}", file.hash), mend));
        }
        Ok(faults)
    }

    fn look_through_tables(&self, sql: &Connection, mend: bool) -> Result<Vec<Fault>, ApiError> {
        let differing = store::digests::differing(sql, false)?;
        let mut faults = Vec::new();
        let (grants, mut bent) = (self.grants(), Vec::new());
        store::doctor::each_item(sql, |row| {
            if row.item.as_ref().is_none_or(|item| grants.verify(item).is_err()) {
                bent.push(row);
            }
        })?;
        for row in bent {
            store::doctor::drop_item(sql, row.place)?;
            faults.push(fault(format!("item {}", row.id), mend && row.comes_again));
        }
        let waiting = store::doctor::drop_waiting(sql)?;
        faults.extend(waiting.into_iter().map(|id| fault(format!("item {id}"), mend)));
        // Whoever is named here looks at it: nothing else knows what stood there.
        let known = |table: &str| ["items", "orphans"].contains(&table) && !faults.is_empty();
        let named: Vec<Fault> = differing
            .into_iter()
            .map(|table| fault(format!("table {table}"), mend && known(&table)))
            .collect();
        faults.extend(named);
        let before = store::digests::of_projections(sql);
        self.rebuild_within(sql)?;
        let after = store::digests::of_projections(sql)?;
        let before = before.unwrap_or_default();
        let views = after.into_iter().filter(|view| !before.contains(view));
        faults.extend(views.map(|(view, _)| fault(format!("view {view}"), mend)));
        if mend {
            store::digests::differing(sql, true)?;
        }
        Ok(faults)
    }
}
