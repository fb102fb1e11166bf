//! The encrypted database. SQL stands here and nowhere else.
//!
//! WAL and `synchronous = FULL`: when a transaction has been committed, it is on the disk. The key is 32 random bytes,
//! so SQLCipher derives nothing.

pub(crate) mod bundles;
pub(crate) mod catalogues;
pub(crate) mod contacts;
pub(crate) mod documents;
pub(crate) mod facts;
pub(crate) mod files;
pub(crate) mod forget;
pub(crate) mod items;
pub(crate) mod log;
pub(crate) mod looks;
pub(crate) mod near;
pub(crate) mod places;
pub(crate) mod rows;
pub(crate) mod salvage;
pub(crate) mod search;
pub(crate) mod unsent;
pub(crate) mod uploads;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use zeroize::Zeroizing;

/// Each turns a database into the next version; a new one has none of them.
const MIGRATIONS: [&str; 4] = [
    include_str!("schema.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
    include_str!("schema_4.sql"),
];
/// Pages of the WAL after which a commit writes them back by itself (about 32 MB). Before that they are written back
/// when nobody waits: [`checkpoint`].
const WAL_PAGES: i64 = 8_000;

/// Bytes of a WAL that is worth writing back.
const WAL_LONG: u64 = 8 << 20;

/// The store failed. Never holds personal data.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// No space left; the transaction was undone.
    #[error("disk full")]
    Full,
    /// The key does not open this database, or it is no database.
    #[error("the database cannot be read with this key")]
    Unreadable,
    /// Written by a newer program.
    #[error("the database is of version {0}, newer than this program")]
    Newer(i64),
    /// Anything else SQLite says.
    #[error("database: {0}")]
    Sqlite(rusqlite::Error),
    /// Stored bytes are not what they should be.
    #[error("stored {0} is damaged")]
    Damaged(&'static str),
    /// The file system failed.
    #[error("files: {0}")]
    Io(std::io::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::NotADatabase) => Self::Unreadable,
            _ => Self::Sqlite(error),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Io(error),
        }
    }
}

impl From<StoreError> for crate::Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::new(crate::FailureCode::DiskFull, "no space left on the disk"),
            damaged if damaged.is_damage() => Self::new(crate::FailureCode::Damaged, damaged.to_string()),
            other => Self::store(other),
        }
    }
}

/// What store functions give.
pub(crate) type Stored<T> = Result<T, StoreError>;

/// Opens (or makes) the database at `path`.
pub(crate) fn open(path: &Path, key: &[u8; 32]) -> Stored<Connection> {
    let db = Connection::open(path)?;
    let hex = Zeroizing::new(hex::encode(key));
    db.execute_batch(&Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", *hex)))?;
    db.busy_timeout(Duration::from_secs(10))?;
    // The first read tells whether the key is right.
    let version: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    db.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = {WAL_PAGES}; PRAGMA cache_size = -16000;"
    ))?;
    db.set_prepared_statement_cache_capacity(64);
    migrate(&db, version)?;
    Ok(db)
}

fn migrate(db: &Connection, version: i64) -> Stored<()> {
    let missing = usize::try_from(version).ok().and_then(|done| MIGRATIONS.get(done..));
    let missing = missing.ok_or(StoreError::Newer(version))?;
    if missing.is_empty() {
        return Ok(());
    }
    let tx = db.unchecked_transaction()?;
    for migration in missing {
        tx.execute_batch(migration)?;
    }
    tx.execute_batch(&format!("PRAGMA user_version = {}", MIGRATIONS.len()))?;
    Ok(tx.commit()?)
}

/// Whether the WAL has grown so long that it is worth writing back.
pub(crate) fn is_wal_long(data: &Path) -> bool {
    std::fs::metadata(data.join("station.db-wal")).is_ok_and(|wal| wal.len() > WAL_LONG)
}

/// Bytes of the database on the disk.
pub(crate) fn size(data: &Path) -> u64 {
    let len = |name: &str| std::fs::metadata(data.join(name)).map_or(0, |file| file.len());
    len("station.db") + len("station.db-wal")
}

/// Writes the WAL back on a connection of its own, so that saves go on meanwhile.
pub(crate) fn checkpoint(data: &Path, key: &[u8; 32]) -> Stored<()> {
    let db = open(&data.join("station.db"), key)?;
    db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    Ok(())
}

/// Begins a transaction that may write.
pub(crate) fn begin(db: &Connection) -> Stored<()> {
    db.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    Ok(())
}

/// Ends a transaction: when this returns, it is on the disk.
pub(crate) fn commit(db: &Connection) -> Stored<()> {
    db.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

/// Undoes a transaction.
pub(crate) fn roll_back(db: &Connection) -> Stored<()> {
    Ok(db.execute_batch("ROLLBACK")?)
}

/// `N` bytes of a column.
pub(crate) fn array<const N: usize>(bytes: Vec<u8>, what: &'static str) -> Stored<[u8; N]> {
    bytes.try_into().map_err(|_| StoreError::Damaged(what))
}

#[cfg(test)]
pub(crate) mod tests;
