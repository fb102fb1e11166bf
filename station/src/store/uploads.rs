//! Files that the center has to get: in which order, how far they are, and why one cannot go.

use doorstep_sync::payload::FileName;
use doorstep_sync::replica::Outgoing;
use doorstep_sync::{DocumentId, FileHash, Scope, preview};
use rusqlite::{Connection, OptionalExtension, params};

use super::items::integer;
use super::{StoreError, Stored, array};

/// A file of which the center has no receipt yet, for people.
pub(crate) struct Waiting {
    /// Which.
    pub hash: FileHash,
    /// Bytes.
    pub len: u64,
    /// Why it could not go at the last try; empty when it could.
    pub trouble: String,
    /// Its small picture has arrived.
    pub previewed: bool,
}

/// All that wait, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Total {
    /// Files.
    pub files: u32,
    /// Their bytes.
    pub bytes: u64,
    /// Files that could not go at the last try.
    pub failed: u32,
}

/// Somebody waits for it: the application is on the screen (`?1`), or the authority has asked for something in it.
const WAITED_FOR: &str =
    "EXISTS (SELECT 1 FROM named LEFT JOIN rows ON rows.id = named.document WHERE named.hash = uploads.hash
  AND (named.document = ?1 OR rows.correction OR rows.status = 'resubmitted'))";

/// A file that the center has to get.
pub(crate) fn add(db: &Connection, file: &FileName, scope: &Scope) -> Stored<()> {
    db.prepare_cached("INSERT OR IGNORE INTO uploads (hash, len, media_type, scope) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            &file.hash.0[..],
            integer(file.len),
            file.media_type,
            scope.as_str()
        ])?;
    Ok(())
}

/// Nobody needs a file at the center any more.
pub(crate) fn forget(db: &Connection, hash: &FileHash) -> Stored<()> {
    db.prepare_cached("DELETE FROM uploads WHERE hash = ?1")?
        .execute([&hash.0[..]])?;
    Ok(())
}

/// The small picture that may go before a file; its bytes are the thumbnail of the held file.
pub(crate) fn set_preview(db: &Connection, of: &FileHash, preview: &FileName) -> Stored<()> {
    db.prepare_cached("UPDATE uploads SET preview = ?2, preview_len = ?3 WHERE hash = ?1")?
        .execute(params![&of.0[..], &preview.hash.0[..], integer(preview.len)])?;
    Ok(())
}

/// Files to send, in their order: what somebody waits for (`looked_at` is on the screen), then the smallest.
pub(crate) fn originals(db: &Connection, looked_at: Option<&DocumentId>) -> Stored<Vec<Outgoing>> {
    let sql = format!(
        "SELECT hash, len, media_type, scope FROM uploads WHERE hash NOT IN (SELECT hash FROM verified)
         ORDER BY NOT {WAITED_FOR}, len, hash"
    );
    list(db, &sql, looked_at, |_, media_type| Ok(media_type))
}

/// Small pictures to send before their files, in the same order.
pub(crate) fn previews(db: &Connection, looked_at: Option<&DocumentId>) -> Stored<Vec<Outgoing>> {
    let sql = format!(
        "SELECT preview, preview_len, '', scope, hash FROM uploads
         WHERE preview IS NOT NULL AND NOT previewed AND hash NOT IN (SELECT hash FROM verified)
         ORDER BY NOT {WAITED_FOR}, rowid"
    );
    list(db, &sql, looked_at, |row, _| {
        Ok(preview::media_type(&FileHash(array(row.get(4)?, "upload")?)))
    })
}

fn list(
    db: &Connection,
    sql: &str,
    looked_at: Option<&DocumentId>,
    media_type: impl Fn(&rusqlite::Row<'_>, String) -> Stored<String>,
) -> Stored<Vec<Outgoing>> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([looked_at.map(|id| id.0.to_vec())])?;
    let mut outgoing = Vec::new();
    while let Some(row) = rows.next()? {
        let file = FileName {
            hash: FileHash(array(row.get(0)?, "upload")?),
            len: row.get::<_, i64>(1)?.unsigned_abs(),
            media_type: media_type(row, row.get(2)?)?,
        };
        let scope = row.get::<_, String>(3)?.parse();
        let scope = scope.map_err(|_| StoreError::Damaged("scope"))?;
        outgoing.push(Outgoing { file, scope });
    }
    Ok(outgoing)
}

/// The bytes of a small picture that goes before a file.
pub(crate) fn preview_bytes(db: &Connection, preview: &FileHash) -> Stored<Option<Vec<u8>>> {
    let mut statement = db.prepare_cached(
        "SELECT thumbnail FROM uploads JOIN files ON files.hash = uploads.hash
         WHERE preview = ?1 AND thumbnail IS NOT NULL",
    )?;
    Ok(statement.query_row([&preview.0[..]], |row| row.get(0)).optional()?)
}

/// The first files that wait, in their order.
pub(crate) fn waiting(db: &Connection, looked_at: Option<&DocumentId>, most: u32) -> Stored<Vec<Waiting>> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT hash, len, trouble, previewed FROM uploads WHERE hash NOT IN (SELECT hash FROM verified)
         ORDER BY NOT {WAITED_FOR}, len, hash LIMIT ?2"
    ))?;
    let mut rows = statement.query(params![looked_at.map(|id| id.0.to_vec()), most])?;
    let mut waiting = Vec::new();
    while let Some(row) = rows.next()? {
        waiting.push(Waiting {
            hash: FileHash(array(row.get(0)?, "upload")?),
            len: row.get::<_, i64>(1)?.unsigned_abs(),
            trouble: row.get(2)?,
            previewed: row.get(3)?,
        });
    }
    Ok(waiting)
}

/// How many files wait, and their bytes.
pub(crate) fn total(db: &Connection) -> Stored<Total> {
    let mut statement = db.prepare_cached(
        "SELECT count(*), ifnull(sum(len), 0), count(*) FILTER (WHERE trouble <> '') FROM uploads
         WHERE hash NOT IN (SELECT hash FROM verified)",
    )?;
    Ok(statement.query_row([], |row| {
        Ok(Total {
            files: row.get(0)?,
            bytes: row.get::<_, i64>(1)?.unsigned_abs(),
            failed: row.get(2)?,
        })
    })?)
}

/// Why files cannot go, with how many for each reason.
pub(crate) fn troubles(db: &Connection) -> Stored<Vec<(String, u32)>> {
    let mut statement = db.prepare_cached(
        "SELECT trouble, count(*) FROM uploads WHERE trouble <> '' AND hash NOT IN (SELECT hash FROM verified)
         GROUP BY trouble ORDER BY trouble",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether the district has still to get this file from here.
pub(crate) fn waits(db: &Connection, hash: &FileHash) -> Stored<bool> {
    Ok(db
        .prepare_cached("SELECT 1 FROM uploads WHERE hash = ?1 AND hash NOT IN (SELECT hash FROM verified)")?
        .exists([&hash.0[..]])?)
}

/// Whether something of a file has been sent, so that the center may hold a part of it.
pub(crate) fn is_begun(db: &Connection, hash: &FileHash) -> Stored<bool> {
    let mut statement = db.prepare_cached("SELECT 1 FROM uploads WHERE hash = ?1 AND begun")?;
    Ok(statement.exists([&hash.0[..]])?)
}

/// Something of a file is about to be sent.
pub(crate) fn set_begun(db: &Connection, hash: &FileHash) -> Stored<()> {
    db.prepare_cached("UPDATE uploads SET begun = 1 WHERE hash = ?1 AND NOT begun")?
        .execute([&hash.0[..]])?;
    Ok(())
}

/// A small picture has arrived.
pub(crate) fn set_previewed(db: &Connection, preview: &FileHash) -> Stored<()> {
    db.prepare_cached("UPDATE uploads SET previewed = 1 WHERE preview = ?1")?
        .execute([&preview.0[..]])?;
    Ok(())
}

/// The center takes no small picture of this file from this device; whether another's has arrived is not known here.
pub(crate) fn drop_preview(db: &Connection, of: &FileHash) -> Stored<()> {
    db.prepare_cached("UPDATE uploads SET preview = NULL WHERE hash = ?1")?
        .execute([&of.0[..]])?;
    Ok(())
}

/// The center was restored from a backup: small pictures may be gone.
pub(crate) fn forget_previewed(db: &Connection) -> Stored<()> {
    db.execute("UPDATE uploads SET previewed = 0 WHERE previewed", [])?;
    Ok(())
}

/// Why a file could not go; an empty code takes it back.
pub(crate) fn set_trouble(db: &Connection, hash: &FileHash, code: &str) -> Stored<()> {
    db.prepare_cached("UPDATE uploads SET trouble = ?2 WHERE hash = ?1 AND trouble <> ?2")?
        .execute(params![&hash.0[..], code])?;
    Ok(())
}
