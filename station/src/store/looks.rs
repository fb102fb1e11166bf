//! The access log, as far as it is in no item yet.

use doorstep_sync::looks::Head;
use doorstep_sync::payload::Look;
use rusqlite::{Connection, params};

use super::items::integer;
use super::{StoreError, Stored, facts};

/// The end of the log, with what is in no item yet.
pub(crate) fn end(db: &Connection) -> Stored<Head> {
    head(db, facts::name::LOOKS_END)
}

/// How far the log has been put into items.
pub(crate) fn gathered(db: &Connection) -> Stored<Head> {
    head(db, facts::name::LOOKS_GATHERED)
}

fn head(db: &Connection, name: &str) -> Stored<Head> {
    match facts::get(db, name)? {
        Some(bytes) => minicbor::decode(&bytes).map_err(|_| StoreError::Damaged("end of the access log")),
        None => Ok(Head::default()),
    }
}

fn set(db: &Connection, name: &str, head: &Head) -> Stored<()> {
    facts::set(db, name, &minicbor::to_vec(head).unwrap_or_default())
}

/// Adds an entry.
pub(crate) fn add(db: &Connection, look: &Look) -> Stored<()> {
    let next = end(db)?.then(look);
    db.prepare_cached("INSERT INTO looks (number, time, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![integer(next.number), integer(look.time), look.to_bytes()])?;
    set(db, facts::name::LOOKS_END, &next)
}

/// The time of the oldest entry that is in no item yet.
pub(crate) fn oldest(db: &Connection) -> Stored<Option<u64>> {
    let mut statement = db.prepare_cached("SELECT min(time) FROM looks")?;
    let time: Option<i64> = statement.query_row([], |row| row.get(0))?;
    Ok(time.map(i64::unsigned_abs))
}

/// Up to `most` of the oldest entries that are in no item yet.
pub(crate) fn some(db: &Connection, most: usize) -> Stored<Vec<Look>> {
    let mut statement = db.prepare_cached("SELECT bytes FROM looks ORDER BY number LIMIT ?1")?;
    let rows = statement.query_map([integer(most as u64)], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|bytes| Look::from_bytes(&bytes?).map_err(|_| StoreError::Damaged("access log")))
        .collect()
}

/// The entries up to `head` are in an item.
pub(crate) fn gather(db: &Connection, head: &Head) -> Stored<()> {
    db.prepare_cached("DELETE FROM looks WHERE number <= ?1")?
        .execute([integer(head.number)])?;
    set(db, facts::name::LOOKS_GATHERED, head)
}
