//! What administrators did. Rows are added, never changed or taken out.

use rusqlite::{Connection, params};

use super::{Result, signed, unsigned};

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, milliseconds.
    pub at: u64,
    /// Name of who did it.
    pub by: String,
    /// Name of whom they stood in for; empty when for nobody.
    pub stands_for: String,
    /// What, as JSON.
    pub deed: String,
}

/// Adds one.
pub fn add(sql: &Connection, line: &Line) -> Result<()> {
    sql.execute(
        "INSERT INTO deeds(at, account, stands_for, deed) VALUES(?,?,?,?)",
        params![signed(line.at), line.by, line.stands_for, line.deed],
    )?;
    Ok(())
}

/// How many there are.
pub fn count(sql: &Connection) -> Result<u32> {
    Ok(sql.query_row("SELECT count(*) FROM deeds", [], |r| r.get(0))?)
}

/// The last ones, newest first.
pub fn page(sql: &Connection, offset: u32, most: u32) -> Result<Vec<Line>> {
    let mut statement =
        sql.prepare_cached("SELECT at, account, stands_for, deed FROM deeds ORDER BY id DESC LIMIT ? OFFSET ?")?;
    let rows = statement.query_map([most, offset], |r| {
        Ok(Line {
            at: unsigned(r.get(0)?),
            by: r.get(1)?,
            stands_for: r.get(2)?,
            deed: r.get(3)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
