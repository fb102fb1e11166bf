//! Where the seal (审批专用章) was used: follows from the cases.

use doorstep_sync::DocumentId;
use rusqlite::{Connection, params};

use super::{Result, fixed, signed, unsigned};

/// A decision under the seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Id of the case's event.
    pub event: String,
    /// The case.
    pub case: DocumentId,
    /// 办件编号.
    pub number: String,
    /// Which seal.
    pub seal: String,
    /// Granted or refused.
    pub granted: bool,
    /// Name of who decided.
    pub by: String,
    /// Name of whom they stood in for; empty when for nobody.
    pub stands_for: String,
    /// When, milliseconds.
    pub at: u64,
}

/// Puts one in.
pub fn put(sql: &Connection, line: &Line) -> Result<()> {
    sql.prepare_cached("INSERT OR REPLACE INTO seal_uses VALUES(?,?,?,?,?,?,?,?)")?
        .execute(params![
            line.event,
            &line.case.0[..],
            line.number,
            line.seal,
            line.granted,
            line.by,
            line.stands_for,
            signed(line.at)
        ])?;
    Ok(())
}

/// How many there are.
pub fn count(sql: &Connection) -> Result<u32> {
    Ok(sql.query_row("SELECT count(*) FROM seal_uses", [], |r| r.get(0))?)
}

/// The last ones, newest first.
pub fn page(sql: &Connection, offset: u32, most: u32) -> Result<Vec<Line>> {
    let mut statement = sql.prepare_cached("SELECT * FROM seal_uses ORDER BY at DESC, event LIMIT ? OFFSET ?")?;
    let mut rows = statement.query([most, offset])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(Line {
            event: row.get("event")?,
            case: DocumentId(fixed(row.get("case_id")?, "a document id")?),
            number: row.get("number")?,
            seal: row.get("seal")?,
            granted: row.get("granted")?,
            by: row.get("account")?,
            stands_for: row.get("stands_for")?,
            at: unsigned(row.get("at")?),
        });
    }
    Ok(lines)
}
