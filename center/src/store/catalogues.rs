//! Published catalogues. Every version stays: an application is judged under the one it was filled under.

use doorstep_sync::FileHash;
use doorstep_sync::payload::Catalogue;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Result, StoreError, signed, unsigned};

/// The newest version; 0 when there is none.
pub fn newest(sql: &Connection) -> Result<u64> {
    let version: Option<i64> = sql.query_row("SELECT max(version) FROM catalogues", [], |r| r.get(0))?;
    Ok(unsigned(version.unwrap_or(0)))
}

/// A version: when it was published, and its files.
pub fn get(sql: &Connection, version: u64) -> Result<Option<(u64, Catalogue)>> {
    let row: Option<(i64, Vec<u8>)> = sql
        .query_row(
            "SELECT published, payload FROM catalogues WHERE version = ?",
            [signed(version)],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .optional()?;
    row.map(|(published, payload)| {
        let catalogue = Catalogue::from_bytes(&payload).map_err(|_| StoreError::Damaged("a catalogue"))?;
        Ok((unsigned(published), catalogue))
    })
    .transpose()
}

/// Publishes a version.
pub fn put(sql: &Connection, catalogue: &Catalogue, published: u64) -> Result<()> {
    sql.execute(
        "INSERT OR IGNORE INTO catalogues VALUES(?,?,?)",
        params![signed(catalogue.version), signed(published), catalogue.to_bytes()],
    )?;
    Ok(())
}

/// Whether a version of the catalogue has this file.
pub fn names_file(sql: &Connection, hash: &FileHash) -> Result<bool> {
    let mut statement = sql.prepare_cached("SELECT payload FROM catalogues ORDER BY version DESC")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let payload: Vec<u8> = row.get(0)?;
        let catalogue = Catalogue::from_bytes(&payload).map_err(|_| StoreError::Damaged("a catalogue"))?;
        if catalogue.files.iter().any(|file| file.file.hash == *hash) {
            return Ok(true);
        }
    }
    Ok(false)
}
