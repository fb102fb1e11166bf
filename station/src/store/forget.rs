//! Documents that are kept no longer: what is left of them is the names of their items.

use std::path::Path;

use doorstep_sync::payload::Forgotten;
use doorstep_sync::{DocumentId, FileHash, ItemId, Kind, Scope};
use rusqlite::{Connection, params};

use super::items::{self, State, integer};
use super::{StoreError, Stored, array, places};

/// An item that is not here is never taken: its name alone counts in the set that is compared.
pub(crate) fn bury(db: &Connection, scope: &Scope, document: &DocumentId, forgotten: &Forgotten) -> Stored<()> {
    db.prepare_cached(
        "INSERT INTO items (id, kind, scope, document, device, time, state, bytes)
         VALUES (?1, ?2, ?3, ?4, x'', ?5, ?6, x'')",
    )?
    .execute(params![
        &forgotten.item.0[..],
        items::kind(Kind::Forget),
        scope.as_str(),
        &document.0[..],
        integer(forgotten.time),
        State::Forgotten as i64
    ])?;
    Ok(())
}

/// An item that is here is to be forgotten with its document.
pub(crate) fn ask(db: &Connection, item: &ItemId, document: &DocumentId) -> Stored<()> {
    db.prepare_cached("INSERT OR IGNORE INTO forgetting (item, document) VALUES (?1, ?2)")?
        .execute(params![&item.0[..], &document.0[..]])?;
    Ok(())
}

/// Documents that are to be forgotten.
pub(crate) fn asked(db: &Connection) -> Stored<Vec<DocumentId>> {
    let mut statement = db.prepare_cached("SELECT DISTINCT document FROM forgetting")?;
    let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|id| Ok(DocumentId(array(id?, "document")?))).collect()
}

/// Whether something of a document is still needed: an item that the center did not name (it came later, or waits here), a
/// file that has not arrived there, or what was refused and nobody has looked at.
pub(crate) fn is_needed(db: &Connection, document: &DocumentId) -> Stored<bool> {
    let mut statement = db.prepare_cached(
        "SELECT 1 FROM items WHERE document = ?1 AND kind IN (0, 1) AND state IN (0, 1, 3, 4)
           AND id NOT IN (SELECT item FROM forgetting)
         UNION ALL SELECT 1 FROM items JOIN carried USING (seq) WHERE items.document = ?1
         UNION ALL SELECT 1 FROM named JOIN uploads USING (hash) WHERE named.document = ?1
           AND hash NOT IN (SELECT hash FROM verified)
         UNION ALL SELECT 1 FROM refusals WHERE document = ?1 AND own AND NOT seen",
    )?;
    Ok(statement.exists([&document.0[..]])?)
}

/// Whether a document was forgotten.
pub(crate) fn is_forgotten(db: &Connection, document: &DocumentId) -> Stored<bool> {
    let mut statement = db.prepare_cached("SELECT 1 FROM items WHERE document = ?1 AND state = 6 LIMIT 1")?;
    Ok(statement.exists([&document.0[..]])?)
}

/// Files that a document names and no other.
pub(crate) fn files_of(db: &Connection, document: &DocumentId) -> Stored<Vec<FileHash>> {
    let mut statement = db.prepare_cached("SELECT hash FROM named WHERE document = ?1")?;
    let rows = statement.query_map([&document.0[..]], |row| row.get::<_, Vec<u8>>(0))?;
    let named: Vec<FileHash> = rows
        .map(|hash| Ok(FileHash(array(hash?, "file")?)))
        .collect::<Stored<_>>()?;
    let mut alone = Vec::new();
    for hash in named {
        if !is_named_by_other(db, &hash, document)? {
            alone.push(hash);
        }
    }
    Ok(alone)
}

/// Whether a document that is not this one names a file.
pub(crate) fn is_named_by_other(db: &Connection, hash: &FileHash, document: &DocumentId) -> Stored<bool> {
    let mut statement = db.prepare_cached("SELECT 1 FROM named WHERE hash = ?1 AND document <> ?2")?;
    Ok(statement.exists(params![&hash.0[..], &document.0[..]])?)
}

/// Takes out all that is known of a file: its key, its small picture, and what has come of it.
pub(crate) fn drop_file(db: &Connection, hash: &FileHash) -> Stored<()> {
    for table in [
        "files",
        "parts",
        "wanted",
        "uploads",
        "incoming",
        "handed_files",
        "verified",
        "named",
    ] {
        db.prepare_cached(&format!("DELETE FROM {table} WHERE hash = ?1"))?
            .execute([&hash.0[..]])?;
    }
    Ok(())
}

/// Empties the items of a document, and takes out all that was made of them.
pub(crate) fn empty(db: &Connection, document: &DocumentId) -> Stored<()> {
    let id = &document.0[..];
    let mut statement = db.prepare_cached(
        "SELECT items.id, scope, time FROM items JOIN forgetting ON forgetting.item = items.id
         WHERE items.document = ?1 AND state IN (2, 4)",
    )?;
    let mut rows = statement.query([id])?;
    while let Some(row) = rows.next()? {
        // It was not in the set while it did not count here. The center says that it does.
        let item = ItemId(array(row.get(0)?, "item id")?);
        let scope: String = row.get(1)?;
        let scope = scope.parse().map_err(|_| StoreError::Damaged("scope"))?;
        let time = row.get::<_, i64>(2)?.unsigned_abs();
        places::put(db, &scope, &Forgotten { time, item }.key())?;
    }
    drop(rows);
    for sql in [
        "DELETE FROM carried WHERE seq IN (SELECT seq FROM items WHERE document = ?1)",
        // What was refused or set aside keeps its state: it is in no set.
        "UPDATE items SET state = 6, bytes = x'' WHERE document = ?1 AND kind IN (0, 1)
         AND (state IN (0, 1, 3, 4) OR id IN (SELECT item FROM forgetting))",
        "UPDATE items SET bytes = x'' WHERE document = ?1 AND kind IN (0, 1) AND state IN (2, 5)",
        "DELETE FROM refusals WHERE document = ?1",
        "DELETE FROM named WHERE document = ?1",
        "DELETE FROM forgetting WHERE document = ?1",
    ] {
        db.prepare_cached(sql)?.execute([id])?;
    }
    Ok(())
}

/// Writes the whole database anew, without what once stood in pages that are free now, and empties its log. Whether all of it
/// was done: somebody who reads at the same time keeps the log.
pub(crate) fn scrub(db: &Connection) -> Stored<bool> {
    db.execute_batch("INSERT INTO search (search) VALUES ('optimize'); VACUUM;")?;
    let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    drop_damaged(db)?;
    Ok(busy == 0)
}

/// A damaged database that was mended lies beside the new one (see `salvage.rs`), and holds what is forgotten too.
fn drop_damaged(db: &Connection) -> Stored<()> {
    let Some(folder) = db.path().and_then(|path| Path::new(path).parent()) else {
        return Ok(());
    };
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("station.damaged-") {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
