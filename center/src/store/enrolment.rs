//! One-time codes by which a device joins. Only their hashes are kept.

use doorstep_sync::DeviceId;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Result, signed};

/// A new code for a station, good until `expires`.
pub fn add(sql: &Connection, hash: &[u8; 32], station: &str, label: &str, expires: u64) -> Result<()> {
    sql.execute(
        "INSERT INTO enrolment_codes VALUES(?,?,?,?,NULL)",
        params![&hash[..], station, label, signed(expires)],
    )?;
    Ok(())
}

/// Uses a code: its station and label; `None` when it is unknown, used, or over.
pub fn take(sql: &Connection, hash: &[u8; 32], device: &DeviceId, now: u64) -> Result<Option<(String, String)>> {
    Ok(sql
        .query_row(
            "UPDATE enrolment_codes SET used_by = ?1 WHERE hash = ?2 AND used_by IS NULL AND expires > ?3 RETURNING station, label",
            params![&device.0[..], &hash[..], signed(now)],
            |r| Ok((r.get(0)?, r.get(1)?)),
        )
        .optional()?)
}

/// Whether `device` has used this code: a repeated request after a lost answer.
pub fn used_by(sql: &Connection, hash: &[u8; 32], device: &DeviceId) -> Result<bool> {
    let text = "SELECT 1 FROM enrolment_codes WHERE hash = ? AND used_by = ?";
    Ok(sql.prepare_cached(text)?.exists(params![&hash[..], &device.0[..]])?)
}

/// Codes that can still be used, by station.
pub fn open(sql: &Connection, now: u64) -> Result<Vec<(String, u32)>> {
    let mut statement = sql.prepare_cached(
        "SELECT station, count(*) FROM enrolment_codes WHERE used_by IS NULL AND expires > ? GROUP BY station",
    )?;
    Ok(statement
        .query_map([signed(now)], |r| Ok((r.get(0)?, r.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?)
}
