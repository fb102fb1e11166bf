//! What devices were told to forget, item by item. The center holds it all the same, unless a backup was restored that had
//! not got it.

use doorstep_sync::payload::{Forget, Forgotten};
use doorstep_sync::repair::Key;
use doorstep_sync::{DocumentId, FileHash, ItemId, Scope};
use rusqlite::{Connection, params};

use super::{Result, catalogues, fixed, items, places, signed, unsigned};

/// Devices forget these items. What of them is not here keeps its place in the set that is compared: nobody has it any more.
pub fn note(sql: &Connection, scope: &Scope, forget: &Forget) -> Result<()> {
    let mut insert = sql.prepare_cached("INSERT OR IGNORE INTO forgotten(item, scope, time) VALUES(?,?,?)")?;
    for Forgotten { time, item } in &forget.items {
        insert.execute(params![&item.0[..], scope.as_str(), signed(*time)])?;
        if !items::has(sql, item)? {
            places::put(sql, scope, &Key::of(*time, *item))?;
        }
    }
    Ok(())
}

/// Whether devices were told to forget an item.
pub fn names(sql: &Connection, item: &ItemId) -> Result<bool> {
    let mut statement = sql.prepare_cached("SELECT 1 FROM forgotten WHERE item = ?")?;
    Ok(statement.exists([&item.0[..]])?)
}

/// A document of which devices may still hold something, and when something of it last came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub id: DocumentId,
    /// Its matter, and in which version of the catalogue.
    pub matter: (String, u64),
    /// The last item, or the last step of its case, milliseconds.
    pub last: u64,
}

/// Applications that are finished, in which nothing has happened since `before`, and that devices were not told to forget.
pub fn finished(sql: &Connection, before: u64) -> Result<Vec<Kept>> {
    kept(
        sql,
        "SELECT c.id, c.matter, c.catalogue, max(c.updated, max(i.arrived)) AS last
         FROM cases c JOIN items i ON i.document = c.id AND i.kind IN (0, 1)
         WHERE c.queue = 'done' AND c.updated < ?1
         GROUP BY c.id HAVING last < ?1 AND count(*) > (SELECT count(*) FROM forgotten f JOIN items n ON n.id = f.item
                                                        WHERE n.document = c.id)",
        before,
    )
}

/// The same of applications for a bundle all of whose parts have been forgotten.
pub fn finished_wholes(sql: &Connection, before: u64) -> Result<Vec<Kept>> {
    kept(
        sql,
        "SELECT w.id, w.matter, w.catalogue, max(i.arrived) AS last
         FROM wholes w JOIN items i ON i.document = w.id AND i.kind IN (0, 1)
         WHERE EXISTS (SELECT 1 FROM cases WHERE bundle = lower(hex(w.id)) AND bundle <> '')
           AND NOT EXISTS (SELECT 1 FROM cases c JOIN items p ON p.document = c.id AND p.kind IN (0, 1)
                           WHERE c.bundle = lower(hex(w.id)) AND c.bundle <> ''
                           AND (c.queue <> 'done' OR NOT EXISTS (SELECT 1 FROM forgotten WHERE item = p.id)))
         GROUP BY w.id HAVING last < ?1 AND count(*) > (SELECT count(*) FROM forgotten f JOIN items n ON n.id = f.item
                                                        WHERE n.document = w.id)",
        before,
    )
}

fn kept(sql: &Connection, text: &str, before: u64) -> Result<Vec<Kept>> {
    let mut statement = sql.prepare(text)?;
    let mut rows = statement.query([signed(before)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Kept {
            id: DocumentId(fixed(row.get(0)?, "a document id")?),
            matter: (row.get(1)?, unsigned(row.get(2)?)),
            last: unsigned(row.get(3)?),
        });
    }
    Ok(found)
}

/// The items of a document that devices were not told to forget, in order; `most` at most.
pub fn unforgotten(sql: &Connection, document: &DocumentId, most: usize) -> Result<Vec<Forgotten>> {
    let mut statement = sql.prepare_cached(
        "SELECT id, time FROM items WHERE document = ?1 AND kind IN (0, 1)
         AND NOT EXISTS (SELECT 1 FROM forgotten WHERE item = id) ORDER BY seq LIMIT ?2",
    )?;
    let mut rows = statement.query(params![&document.0[..], signed(most as u64)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Forgotten {
            item: ItemId(fixed(row.get(0)?, "an item id")?),
            time: unsigned(row.get(1)?),
        });
    }
    Ok(found)
}

/// Whether something of a document waits here for what it builds on.
pub fn waits(sql: &Connection, document: &DocumentId) -> Result<bool> {
    Ok(sql
        .prepare_cached("SELECT 1 FROM orphans WHERE document = ?")?
        .exists([&document.0[..]])?)
}

/// Whether another document names a file, or a catalogue, that devices keep.
pub fn is_needed(sql: &Connection, file: &FileHash, document: &DocumentId) -> Result<bool> {
    let mut statement = sql.prepare_cached(
        "SELECT 1 FROM case_files n WHERE n.hash = ?1 AND n.case_id <> ?2
         AND EXISTS (SELECT 1 FROM items i WHERE i.document = n.case_id AND i.kind IN (0, 1)
                     AND NOT EXISTS (SELECT 1 FROM forgotten WHERE item = i.id))",
    )?;
    Ok(statement.exists(params![&file.0[..], &document.0[..]])? || catalogues::names_file(sql, file)?)
}
