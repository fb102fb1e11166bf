//! Single values: the device's key, where it stands at the center, counters.

use doorstep_sync::wire::Cursor;
use rusqlite::{Connection, OptionalExtension, params};

use super::{StoreError, Stored, array};

/// Names of facts.
pub(crate) mod name {
    /// Seed of the device's signing key, 32 bytes.
    pub(crate) const DEVICE_SEED: &str = "device_seed";
    /// The center's public key, 32 bytes.
    pub(crate) const CENTER_KEY: &str = "center_key";
    /// The center's address.
    pub(crate) const CENTER: &str = "center";
    /// Position in the center's log.
    pub(crate) const CURSOR: &str = "cursor";
    /// Not 0: a bundle came from a center that was restored from a backup, and no contact since has found out what it
    /// lost. Until then every bundle holds all that this device wrote.
    pub(crate) const BUNDLE_ALL: &str = "bundle_all";
    /// How far the center had files when it made the newest bundle that came from it.
    pub(crate) const BUNDLE_HELD: &str = "bundle_held";
    /// Last successful contact, milliseconds.
    pub(crate) const LAST_CONTACT: &str = "last_contact";
    /// The center's clock minus this device's, milliseconds.
    pub(crate) const CLOCK_OFFSET: &str = "clock_offset";
    /// The end of the access log.
    pub(crate) const LOOKS_END: &str = "looks_end";
    /// How far the access log has been put into items.
    pub(crate) const LOOKS_GATHERED: &str = "looks_gathered";
    /// 1 when somebody turned the neighbourhood off.
    pub(crate) const NEIGHBOURS_OFF: &str = "neighbours_off";
    /// The last item that was looked at for the set that is compared: see `places.rs`.
    pub(crate) const PLACED: &str = "placed";
    /// The version of the program that opened this database last.
    pub(crate) const PROGRAM: &str = "program";
    /// 1 when something was forgotten and may still stand in free pages of the database.
    pub(crate) const UNSCRUBBED: &str = "unscrubbed";
    /// When the database was damaged and mended last, as JSON.
    pub(crate) const MENDED: &str = "mended";
    /// Which files go by themselves, as its name in the contract.
    pub(crate) const SYNC_MODE: &str = "sync_mode";
}

/// The bytes of a fact.
pub(crate) fn get(db: &Connection, name: &str) -> Stored<Option<Vec<u8>>> {
    let mut statement = db.prepare_cached("SELECT value FROM facts WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?)
}

/// Sets a fact.
pub(crate) fn set(db: &Connection, name: &str, value: &[u8]) -> Stored<()> {
    let mut statement = db.prepare_cached("INSERT OR REPLACE INTO facts (name, value) VALUES (?1, ?2)")?;
    statement.execute(params![name, value])?;
    Ok(())
}

/// A fact that is a whole number.
pub(crate) fn number(db: &Connection, name: &str) -> Stored<Option<i64>> {
    get(db, name)?
        .map(|bytes| Ok(i64::from_le_bytes(array(bytes, "fact")?)))
        .transpose()
}

/// Sets a fact that is a whole number.
pub(crate) fn set_number(db: &Connection, name: &str, value: i64) -> Stored<()> {
    set(db, name, &value.to_le_bytes())
}

/// Where this device stands at the center.
pub(crate) fn cursor(db: &Connection) -> Stored<Cursor> {
    match get(db, name::CURSOR)? {
        Some(bytes) => minicbor::decode(&bytes).map_err(|_| StoreError::Damaged("cursor")),
        None => Ok(Cursor::default()),
    }
}

/// Moves it.
pub(crate) fn set_cursor(db: &Connection, cursor: &Cursor) -> Stored<()> {
    set(db, name::CURSOR, &minicbor::to_vec(cursor).unwrap_or_default())
}

/// The next number of `day`, from 1. Inside the transaction that uses it.
pub(crate) fn next_number(db: &Connection, day: &str) -> Stored<u32> {
    let sql = "INSERT INTO counters (day, last) VALUES (?1, 1) ON CONFLICT (day) DO UPDATE SET last = last + 1 RETURNING last";
    Ok(db.query_row(sql, [day], |row| row.get(0))?)
}
