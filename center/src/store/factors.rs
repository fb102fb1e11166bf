//! Second factors, and the codes that take their place once.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Result, signed, unsigned};

/// The second factor of an account.
#[derive(Clone, Debug, Default)]
pub struct Factor {
    /// The secret in force, sealed.
    pub secret: Option<Vec<u8>>,
    /// One that is being set up, sealed.
    pub pending: Option<Vec<u8>>,
    /// The last step a code was taken of.
    pub step: u64,
}

/// What is known; nothing when none was ever set up.
pub fn get(sql: &Connection, account: &str) -> Result<Factor> {
    let factor = sql
        .query_row(
            "SELECT secret, pending, step FROM factors WHERE account = ?",
            [account],
            |r| {
                Ok(Factor {
                    secret: r.get(0)?,
                    pending: r.get(1)?,
                    step: unsigned(r.get(2)?),
                })
            },
        )
        .optional()?;
    Ok(factor.unwrap_or_default())
}

/// Every account that has one, or is setting one up.
pub fn accounts(sql: &Connection) -> Result<Vec<String>> {
    let mut statement = sql.prepare("SELECT account FROM factors")?;
    Ok(statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Puts what is known.
pub fn put(sql: &Connection, account: &str, factor: &Factor) -> Result<()> {
    sql.execute(
        "INSERT INTO factors VALUES(?,?,?,?) ON CONFLICT(account) DO UPDATE SET
         secret = excluded.secret, pending = excluded.pending, step = excluded.step",
        params![account, factor.secret, factor.pending, signed(factor.step)],
    )?;
    Ok(())
}

/// Forgets the second factor and its recovery codes.
pub fn clear(sql: &Connection, account: &str) -> Result<()> {
    sql.execute("DELETE FROM factors WHERE account = ?", [account])?;
    sql.execute("DELETE FROM recovery_codes WHERE account = ?", [account])?;
    Ok(())
}

/// Puts new recovery codes in the place of those there were.
pub fn put_recovery(sql: &Connection, account: &str, hashes: &[[u8; 32]]) -> Result<()> {
    sql.execute("DELETE FROM recovery_codes WHERE account = ?", [account])?;
    for hash in hashes {
        sql.execute("INSERT INTO recovery_codes VALUES(?,?)", params![account, &hash[..]])?;
    }
    Ok(())
}

/// Takes a recovery code, which is good no more; whether there was one.
pub fn take_recovery(sql: &Connection, account: &str, hash: &[u8; 32]) -> Result<bool> {
    let taken = sql.execute(
        "DELETE FROM recovery_codes WHERE account = ? AND hash = ?",
        params![account, &hash[..]],
    )?;
    Ok(taken > 0)
}

/// How many recovery codes are left.
pub fn recovery_left(sql: &Connection, account: &str) -> Result<u32> {
    Ok(sql.query_row(
        "SELECT count(*) FROM recovery_codes WHERE account = ?",
        [account],
        |r| r.get(0),
    )?)
}
