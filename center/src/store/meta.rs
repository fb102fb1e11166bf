//! Single facts about this center.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Result, fixed, schema};

/// The value of `name`.
pub fn get(sql: &Connection, name: &str) -> Result<Option<Vec<u8>>> {
    Ok(sql
        .query_row("SELECT value FROM meta WHERE name = ?1", [name], |r| r.get(0))
        .optional()?)
}

/// Sets `name`.
pub fn set(sql: &Connection, name: &str, value: &[u8]) -> Result<()> {
    sql.execute(
        "INSERT INTO meta VALUES(?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )?;
    Ok(())
}

/// Takes `name` out.
pub fn unset(sql: &Connection, name: &str) -> Result<()> {
    sql.execute("DELETE FROM meta WHERE name = ?1", [name])?;
    Ok(())
}

/// A number; 0 when there is none.
pub fn number(sql: &Connection, name: &str) -> Result<u64> {
    let value = get(sql, name)?.map(|value| fixed(value, "a number")).transpose()?;
    Ok(value.map_or(0, u64::from_le_bytes))
}

/// A text value; empty when there is none.
pub fn text(sql: &Connection, name: &str) -> Result<String> {
    Ok(get(sql, name)?
        .and_then(|v| String::from_utf8(v).ok())
        .unwrap_or_default())
}

/// Empties everything that can be made again from items.
pub fn clear_projections(sql: &Connection) -> Result<()> {
    schema::clear_projections(sql)
}
