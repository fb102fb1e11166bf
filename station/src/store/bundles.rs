//! What goes into a bundle.

use doorstep_sync::{Item, ItemId};
use rusqlite::Connection;

use super::Stored;
use super::items::{integer, read};

/// Position and stored bytes of every item without a receipt, own ones and those carried for others, in order. `all`: what
/// the center has or had too, whoever wrote it.
pub(crate) fn waiting(db: &Connection, all: bool) -> Stored<Vec<(u64, u64)>> {
    let mut statement = db.prepare_cached(
        "SELECT seq, length(bytes) FROM items WHERE state = 0 OR (?1 AND state IN (1, 3))
         UNION SELECT seq, length(bytes) FROM carried JOIN items USING (seq) WHERE state = 3 ORDER BY seq",
    )?;
    let rows = statement.query_map([all], |row| {
        Ok((
            row.get::<_, i64>(0)?.unsigned_abs(),
            row.get::<_, i64>(1)?.unsigned_abs(),
        ))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The item at a position.
pub(crate) fn item(db: &Connection, position: u64) -> Stored<Item> {
    let mut statement = db.prepare_cached("SELECT bytes FROM items WHERE seq = ?1")?;
    let bytes: Vec<u8> = statement.query_row([integer(position)], |row| row.get(0))?;
    read(&bytes)
}

/// Whether an item that came from elsewhere was not taken.
pub(crate) fn is_aside(db: &Connection, id: &ItemId) -> Stored<bool> {
    let mut statement = db.prepare_cached("SELECT 1 FROM items WHERE id = ?1 AND state = 5")?;
    Ok(statement.exists([&id.0[..]])?)
}
