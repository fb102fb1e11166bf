//! The last contacts with the district.

use rusqlite::{Connection, Row, params};

use super::Stored;
use super::items::integer;
use crate::contract::Contact;

/// How many are kept.
const KEPT: u32 = 20;

/// Notes a contact. One that was like the one before and moved nothing takes its place: an idle day is one line.
pub(crate) fn add(db: &Connection, contact: &Contact) -> Stored<()> {
    let idle = |contact: &Contact| {
        contact.sent_items + contact.received_items + contact.sent_files + contact.received_files == 0
    };
    if let Some(last) = last(db)?.first()
        && (last.time >= contact.time || last.result == contact.result && idle(last) && idle(contact))
    {
        db.prepare_cached("DELETE FROM contacts WHERE at = ?1")?
            .execute([integer(last.time)])?;
    }
    db.prepare_cached("INSERT OR REPLACE INTO contacts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
        .execute(params![
            integer(contact.time),
            contact.result,
            contact.sent_items,
            contact.received_items,
            contact.sent_files,
            contact.received_files,
            integer(contact.bytes_up),
            integer(contact.bytes_down)
        ])?;
    db.prepare_cached("DELETE FROM contacts WHERE at NOT IN (SELECT at FROM contacts ORDER BY at DESC LIMIT ?1)")?
        .execute([KEPT])?;
    Ok(())
}

/// Contacts, newest first.
pub(crate) fn last(db: &Connection) -> Stored<Vec<Contact>> {
    let mut statement = db.prepare_cached("SELECT * FROM contacts ORDER BY at DESC")?;
    let number = |row: &Row<'_>, column| row.get::<_, i64>(column).map(i64::unsigned_abs);
    let rows = statement.query_map([], |row| {
        Ok(Contact {
            time: number(row, 0)?,
            result: row.get(1)?,
            sent_items: row.get(2)?,
            received_items: row.get(3)?,
            sent_files: row.get(4)?,
            received_files: row.get(5)?,
            bytes_up: number(row, 6)?,
            bytes_down: number(row, 7)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
