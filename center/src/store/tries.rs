//! Tries that failed, so that a restart forgives nobody.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Result, signed, unsigned};
use crate::limiter::Tries;

/// What is known of a key.
pub fn get(sql: &Connection, key: &[u8; 32]) -> Result<Option<Tries>> {
    Ok(sql
        .prepare_cached("SELECT failed, until, last FROM tries WHERE key = ?")?
        .query_row([&key[..]], |r| {
            Ok(Tries {
                failed: r.get(0)?,
                until: unsigned(r.get(1)?),
                last: unsigned(r.get(2)?),
            })
        })
        .optional()?)
}

/// Puts what is known of a key.
pub fn put(sql: &Connection, key: &[u8; 32], tries: &Tries) -> Result<()> {
    sql.execute(
        "INSERT INTO tries VALUES(?,?,?,?) ON CONFLICT(key) DO UPDATE SET
         failed = excluded.failed, until = excluded.until, last = excluded.last",
        params![&key[..], tries.failed, signed(tries.until), signed(tries.last)],
    )?;
    Ok(())
}

/// Forgets a key.
pub fn forget(sql: &Connection, key: &[u8; 32]) -> Result<()> {
    sql.execute("DELETE FROM tries WHERE key = ?", [&key[..]])?;
    Ok(())
}

/// Forgets those last heard of at `before` or earlier, and of the rest all but the newest `most`.
pub fn tidy(sql: &Connection, before: u64, most: u32) -> Result<()> {
    sql.execute("DELETE FROM tries WHERE last <= ?", [signed(before)])?;
    sql.execute(
        "DELETE FROM tries WHERE key IN (SELECT key FROM tries ORDER BY last DESC LIMIT -1 OFFSET ?)",
        [most],
    )?;
    Ok(())
}
