//! Published catalogues.

use doorstep_sync::FileHash;
use doorstep_sync::payload::Catalogue;
use rusqlite::{Connection, params};

use super::items::integer;
use super::{StoreError, Stored};

/// Keeps a published version.
pub(crate) fn insert(db: &Connection, catalogue: &Catalogue) -> Stored<()> {
    db.execute(
        "INSERT OR IGNORE INTO catalogues (version, payload) VALUES (?1, ?2)",
        params![integer(catalogue.version), catalogue.to_bytes()],
    )?;
    Ok(())
}

/// All versions, newest first, with the reason why one is not used.
pub(crate) fn all(db: &Connection) -> Stored<Vec<(Catalogue, Option<String>)>> {
    let mut statement = db.prepare_cached("SELECT payload, problem FROM catalogues ORDER BY version DESC")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (payload, problem) = row?;
        Ok((
            Catalogue::from_bytes(&payload).map_err(|_| StoreError::Damaged("catalogue"))?,
            problem,
        ))
    })
    .collect()
}

/// Whether a file belongs to a published catalogue.
pub(crate) fn names_file(db: &Connection, hash: &FileHash) -> Stored<bool> {
    let of = |(catalogue, _): &(Catalogue, _)| catalogue.files.iter().any(|named| named.file.hash == *hash);
    Ok(all(db)?.iter().any(of))
}

/// Every version may be used once more.
pub(crate) fn forget_problems(db: &Connection) -> Stored<()> {
    db.execute("UPDATE catalogues SET problem = NULL", [])?;
    Ok(())
}

/// Notes why a version is not used.
pub(crate) fn set_problem(db: &Connection, version: u64, problem: &str) -> Stored<()> {
    db.execute(
        "UPDATE catalogues SET problem = ?2 WHERE version = ?1",
        params![integer(version), problem],
    )?;
    Ok(())
}
