//! Snapshots of documents: an open document is a snapshot and the items after it.

use doorstep_sync::{Document, DocumentId};
use rusqlite::{Connection, OptionalExtension, params};

use super::Stored;

/// The newest snapshot, with the last item in it.
pub(crate) fn snapshot(db: &Connection, document: &Document) -> Stored<Option<(i64, Vec<u8>)>> {
    let mut statement = db.prepare_cached("SELECT through, bytes FROM documents WHERE kind = ?1 AND id = ?2")?;
    let found = statement.query_row(params![document.kind, &document.id.0[..]], |row| {
        Ok((row.get(0)?, row.get(1)?))
    });
    Ok(found.optional()?)
}

/// Keeps a snapshot.
pub(crate) fn keep(db: &Connection, document: &Document, through: i64, bytes: &[u8]) -> Stored<()> {
    let mut statement =
        db.prepare_cached("INSERT OR REPLACE INTO documents (kind, id, through, bytes) VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![document.kind, &document.id.0[..], through, bytes])?;
    Ok(())
}

/// Drops the snapshots of a document, so that it is made from its items again.
pub(crate) fn forget(db: &Connection, id: &DocumentId) -> Stored<()> {
    db.prepare_cached("DELETE FROM documents WHERE id = ?1")?
        .execute([&id.0[..]])?;
    Ok(())
}

/// Drops everything that can be made from items.
pub(crate) fn forget_all(db: &Connection) -> Stored<()> {
    db.execute_batch("DELETE FROM documents; DELETE FROM rows; INSERT INTO search (search) VALUES ('delete-all'); DELETE FROM named;")?;
    Ok(())
}
