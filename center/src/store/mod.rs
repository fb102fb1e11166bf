//! The center's database: SQLite, one file, one writer. Every SQL statement of the center is in this folder.

pub mod accounts;
pub mod backup;
pub mod bundles;
pub mod cases;
pub mod catalogues;
pub mod custody;
pub mod deeds;
pub mod devices;
pub mod digests;
pub mod doctor;
pub mod documents;
pub mod enrolment;
pub mod erased;
pub mod factors;
pub mod files;
pub mod forgotten;
pub mod items;
pub mod keys;
pub mod looks;
pub mod meta;
pub mod places;
mod schema;
pub mod seals;
pub mod sessions;
pub mod stand_ins;
pub mod stations;
pub mod tries;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub use rusqlite::Connection;
use rusqlite::OpenFlags;
pub use writer::Commits;
use writer::Writer;

/// The database failed. Its words name tables and columns, never values.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite says no.
    #[error("database: {0}")]
    Sql(#[from] rusqlite::Error),
    /// What lies there is not what this program wrote.
    #[error("database: {0} is damaged")]
    Damaged(&'static str),
    /// Written by a newer program.
    #[error("the database was written by a newer version of this program")]
    Newer,
    /// Something in a backup was sealed under a key that its keys file does not know.
    #[error("a key of the backup is lacking")]
    NoKey,
    /// The center would sign what no peer takes.
    #[error("an item of the center is too large")]
    TooLarge,
    /// What was written is not on the disk: the transaction it was part of failed.
    #[error("database: not committed: {0}")]
    NotCommitted(String),
}

/// What store functions give back.
pub type Result<T> = std::result::Result<T, StoreError>;

/// Reading connections kept for re-use.
const READERS: usize = 4;

/// The database.
pub struct Store {
    path: PathBuf,
    writer: Writer,
    readers: Mutex<Vec<Connection>>,
}

impl Store {
    /// Opens or creates the database file, and brings its tables up to date.
    pub fn open(path: &Path) -> Result<Self> {
        let mut writer = Connection::open(path)?;
        prepare(&writer)?;
        // `FULL`: what a receipt acknowledges is on the disk.
        writer.pragma_update(None, "journal_mode", "WAL")?;
        writer.pragma_update(None, "synchronous", "FULL")?;
        schema::migrate(&mut writer)?;
        digests::keep(&writer)?;
        Ok(Self {
            path: path.to_owned(),
            writer: Writer::new(writer),
            readers: Mutex::new(Vec::new()),
        })
    }

    /// Reads one consistent state.
    pub fn read<T, E: From<StoreError>>(
        &self,
        f: impl FnOnce(&Connection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let kept = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => self.reader().map_err(E::from)?,
        };
        let result = {
            let snapshot = connection.unchecked_transaction().map_err(|e| E::from(e.into()))?;
            f(&snapshot)
        };
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS {
            readers.push(connection);
        }
        result
    }

    /// Writes: all that `f` does is on the disk when this returns; or nothing, when it fails or panics. Writes that wait
    /// for each other share one commit.
    pub fn write<T, E: From<StoreError>>(
        &self,
        f: impl FnOnce(&Connection) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.writer.write(f)
    }

    /// Writes the database anew, without what once stood in pages that are free now, and empties its log. Whether all of it
    /// was done: somebody who reads at the same time keeps the log.
    pub fn scrub(&self) -> Result<bool> {
        let sql = Connection::open(&self.path)?;
        prepare(&sql)?;
        sql.execute_batch("VACUUM")?;
        let busy: i64 = sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(busy == 0)
    }

    /// What is known of its commits.
    pub fn commits(&self) -> &Commits {
        &self.writer.commits
    }

    fn reader(&self) -> Result<Connection> {
        let connection = Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        prepare(&connection)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }
}

fn prepare(connection: &Connection) -> Result<()> {
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(())
}

/// A fixed number of bytes out of a column.
pub(crate) fn fixed<const N: usize>(bytes: Vec<u8>, what: &'static str) -> Result<[u8; N]> {
    bytes.try_into().map_err(|_| StoreError::Damaged(what))
}

/// SQLite holds signed numbers.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A number that was never negative.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
