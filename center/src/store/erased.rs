//! What the center itself has forgotten. Of its items the names stay, in their places, so that none is ever taken again.

use std::collections::BTreeSet;

use doorstep_sync::{DocumentId, FileHash, Item, Scope};
use rusqlite::Connection;

use super::{Result, StoreError, catalogues, files, fixed, items, keys};

/// Empties the items of a document, takes out all that was made of them, and destroys its key.
pub fn document(sql: &Connection, id: &DocumentId) -> Result<()> {
    for text in [
        "UPDATE items SET bytes = x'' WHERE document = ?1 AND kind IN (0, 1)",
        "DELETE FROM changed WHERE item IN (SELECT id FROM items WHERE document = ?1)",
        "DELETE FROM documents WHERE id = ?1",
        "DELETE FROM cases WHERE id = ?1",
        "DELETE FROM case_files WHERE case_id = ?1",
        "DELETE FROM wholes WHERE id = ?1",
        "DELETE FROM seal_uses WHERE case_id = ?1",
        "DELETE FROM doubtful WHERE document = ?1",
    ] {
        sql.execute(text, [&id.0[..]])?;
    }
    keys::put(sql, &id.0, &[])
}

/// Takes out all that is known of a file, and destroys its key.
pub fn file(sql: &Connection, hash: &FileHash) -> Result<()> {
    for text in [
        "DELETE FROM files WHERE hash = ?1",
        "DELETE FROM file_scopes WHERE hash = ?1",
        "DELETE FROM missing WHERE hash = ?1",
        "DELETE FROM uploads WHERE hash = ?1",
        "DELETE FROM previews WHERE original = ?1 OR preview = ?1",
    ] {
        sql.execute(text, [&hash.0[..]])?;
    }
    keys::put(sql, &hash.0, &[])
}

/// Of these files, those that something else names than the documents: an item, a result, or a catalogue.
pub fn needed(sql: &Connection, names: &BTreeSet<FileHash>, documents: &[DocumentId]) -> Result<BTreeSet<FileHash>> {
    let mut needed = BTreeSet::new();
    let mut scopes = BTreeSet::new();
    for hash in names {
        scopes.extend(files::scopes(sql, hash)?);
        let mut statement = sql.prepare_cached("SELECT case_id FROM case_files WHERE hash = ?")?;
        let rows = statement.query_map([&hash.0[..]], |row| row.get::<_, Vec<u8>>(0))?;
        for id in rows {
            if !documents.contains(&DocumentId(fixed(id?, "a document id")?)) {
                needed.insert(*hash);
            }
        }
        if catalogues::names_file(sql, hash)? {
            needed.insert(*hash);
        }
    }
    let mut look = |bytes: Vec<u8>| {
        let item: Item = items::decode(&bytes)?;
        if let Ok(envelope) = item.open()
            && envelope
                .document
                .as_ref()
                .is_none_or(|document| !documents.contains(&document.id))
        {
            let named = envelope.files().into_iter().map(|file| file.hash);
            needed.extend(named.filter(|hash| names.contains(hash)));
        }
        Ok::<_, StoreError>(())
    };
    for scope in scopes {
        let mut statement =
            sql.prepare_cached("SELECT bytes FROM items WHERE scope = ? AND kind IN (0, 1) AND bytes <> x''")?;
        let mut rows = statement.query([scope.as_str()])?;
        while let Some(row) = rows.next()? {
            look(row.get(0)?)?;
        }
    }
    let mut statement = sql.prepare_cached("SELECT bytes FROM orphans")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        look(row.get(0)?)?;
    }
    Ok(needed)
}

/// Documents that are forgotten here, and of which no item tells devices so, with their scopes: as after a backup was put
/// back that is older than that.
pub fn untold(sql: &Connection) -> Result<Vec<(DocumentId, Scope)>> {
    let mut statement = sql.prepare(
        "SELECT DISTINCT document, scope FROM items WHERE kind IN (0, 1) AND bytes = x''
         AND NOT EXISTS (SELECT 1 FROM forgotten WHERE item = items.id)",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (id, scope) = row?;
        let scope = scope.parse().map_err(|_| StoreError::Damaged("a scope"))?;
        Ok((DocumentId(fixed(id, "a document id")?), scope))
    })
    .collect()
}
