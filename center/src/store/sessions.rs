//! Who is signed in, from where, and since when.

use rusqlite::{Connection, OptionalExtension, params};

use super::accounts::{Account, read};
use super::{Result, signed, unsigned};

/// A session as it lies here.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose.
    pub account: Account,
    /// Whether the password is one that somebody else set.
    pub initial: bool,
    /// Whether the account has a second factor.
    pub has_factor: bool,
    /// Whether the second factor was shown.
    pub proved: bool,
    /// When it was used last, as far as that is written down.
    pub used: u64,
}

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct Place {
    /// The hash of its secret.
    pub hash: [u8; 32],
    /// When it began.
    pub begun: u64,
    /// When it was used last.
    pub used: u64,
    /// From which address it began.
    pub address: String,
    /// What the browser said of itself.
    pub browser: String,
}

/// What a new session is told.
pub struct Beginning<'a> {
    /// The hash of its secret.
    pub hash: &'a [u8; 32],
    /// Whose.
    pub account: &'a str,
    /// Now.
    pub now: u64,
    /// From which address.
    pub address: &'a str,
    /// What the browser said of itself.
    pub browser: &'a str,
    /// Whether the second factor was shown elsewhere.
    pub proved: bool,
}

/// How long sessions last.
#[derive(Clone, Copy)]
pub struct Life {
    /// In all.
    pub whole: u64,
    /// Without use.
    pub idle: u64,
}

/// Somebody signs in. Sessions that are over are cleared away.
pub fn begin(sql: &Connection, beginning: &Beginning<'_>, life: Life) -> Result<()> {
    sql.execute(
        "DELETE FROM sessions WHERE begun <= ? OR used <= ?",
        [before(beginning.now, life.whole), before(beginning.now, life.idle)],
    )?;
    let now = signed(beginning.now);
    sql.execute(
        "INSERT INTO sessions VALUES(?,?,?,?,?,?,?)",
        params![
            &beginning.hash[..],
            beginning.account,
            now,
            now,
            beginning.proved,
            beginning.address,
            beginning.browser
        ],
    )?;
    Ok(())
}

/// The session of this secret, if it is not over.
pub fn get(sql: &Connection, hash: &[u8; 32], now: u64, life: Life) -> Result<Option<Session>> {
    let row = sql
        .prepare_cached(
            "SELECT a.account, a.name, a.role, a.initial, s.proved, s.used,
                    EXISTS(SELECT 1 FROM factors f WHERE f.account = a.account AND f.secret IS NOT NULL)
             FROM sessions s JOIN accounts a ON a.account = s.account
             WHERE s.hash = ? AND s.begun > ? AND s.used > ? AND a.disabled IS NULL",
        )?
        .query_row(
            params![&hash[..], before(now, life.whole), before(now, life.idle)],
            |r| Ok((read(r), r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?)),
        )
        .optional()?;
    row.map(|(account, initial, proved, used, has_factor)| {
        Ok(Session {
            account: account?,
            initial,
            has_factor,
            proved,
            used: unsigned(used),
        })
    })
    .transpose()
}

/// It was used now.
pub fn used(sql: &Connection, hash: &[u8; 32], now: u64) -> Result<()> {
    sql.execute(
        "UPDATE sessions SET used = ? WHERE hash = ?",
        params![signed(now), &hash[..]],
    )?;
    Ok(())
}

/// The second factor was shown.
pub fn proved(sql: &Connection, hash: &[u8; 32]) -> Result<()> {
    sql.execute("UPDATE sessions SET proved = 1 WHERE hash = ?", [&hash[..]])?;
    Ok(())
}

/// The sessions of an account that are not over, the one used last first.
pub fn of(sql: &Connection, account: &str, now: u64, life: Life) -> Result<Vec<Place>> {
    let mut statement = sql.prepare(
        "SELECT hash, begun, used, address, browser FROM sessions
         WHERE account = ? AND begun > ? AND used > ? ORDER BY used DESC, hash",
    )?;
    let rows = statement.query_map(params![account, before(now, life.whole), before(now, life.idle)], |r| {
        Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?))
    })?;
    rows.map(|row| {
        let (hash, begun, used, address, browser): (Vec<u8>, i64, i64, String, String) = row?;
        Ok(Place {
            hash: super::fixed(hash, "a session")?,
            begun: unsigned(begun),
            used: unsigned(used),
            address,
            browser,
        })
    })
    .collect()
}

/// Ends a session.
pub fn end(sql: &Connection, hash: &[u8; 32]) -> Result<()> {
    sql.execute("DELETE FROM sessions WHERE hash = ?", [&hash[..]])?;
    Ok(())
}

/// Ends every session of an account.
pub fn end_all(sql: &Connection, account: &str) -> Result<()> {
    sql.execute("DELETE FROM sessions WHERE account = ?", [account])?;
    Ok(())
}

/// Ends every session of an account but one.
pub fn end_others(sql: &Connection, account: &str, kept: &[u8; 32]) -> Result<()> {
    sql.execute(
        "DELETE FROM sessions WHERE account = ? AND hash <> ?",
        params![account, &kept[..]],
    )?;
    Ok(())
}

fn before(now: u64, time: u64) -> i64 {
    signed(now) - signed(time)
}
