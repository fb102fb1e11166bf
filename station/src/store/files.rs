//! What the database knows of files: their keys, what has to go up, what has to come down.

use doorstep_sync::payload::FileName;
use doorstep_sync::replica::Outgoing;
use doorstep_sync::{DocumentId, FileHash, Scope};
use rusqlite::{Connection, params};
use zeroize::Zeroizing;

use super::items::integer;
use super::{StoreError, Stored, array};

/// A file held here.
pub(crate) struct HeldFile {
    /// Name, length, type.
    pub name: FileName,
    /// Key of the bytes on the disk.
    pub key: Zeroizing<[u8; 32]>,
    /// A small JPEG, when it is a picture.
    pub thumbnail: Option<Vec<u8>>,
}

/// Notes a file that lies on the disk.
pub(crate) fn insert(db: &Connection, file: &HeldFile) -> Stored<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO files (hash, len, media_type, key, thumbnail) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        &file.name.hash.0[..],
        integer(file.name.len),
        file.name.media_type,
        &file.key[..],
        file.thumbnail
    ])?;
    db.prepare_cached("DELETE FROM wanted WHERE hash = ?1")?
        .execute([&file.name.hash.0[..]])?;
    db.prepare_cached("DELETE FROM parts WHERE hash = ?1")?
        .execute([&file.name.hash.0[..]])?;
    Ok(())
}

/// A file held here.
pub(crate) fn get(db: &Connection, hash: &FileHash) -> Stored<Option<HeldFile>> {
    let mut statement = db.prepare_cached("SELECT len, media_type, key, thumbnail FROM files WHERE hash = ?1")?;
    let mut rows = statement.query([&hash.0[..]])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let name = FileName {
        hash: *hash,
        len: row.get::<_, i64>(0)?.unsigned_abs(),
        media_type: row.get(1)?,
    };
    let key = Zeroizing::new(array(row.get(2)?, "file key")?);
    Ok(Some(HeldFile {
        name,
        key,
        thumbnail: row.get(3)?,
    }))
}

/// Whether a file is held here.
pub(crate) fn holds(db: &Connection, hash: &FileHash) -> Stored<bool> {
    Ok(db
        .prepare_cached("SELECT 1 FROM files WHERE hash = ?1")?
        .exists([&hash.0[..]])?)
}

/// Hashes of all files held here.
pub(crate) fn all(db: &Connection) -> Stored<Vec<FileHash>> {
    let mut statement = db.prepare("SELECT hash FROM files")?;
    let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|hash| Ok(FileHash(array(hash?, "file")?))).collect()
}

/// A file that the center has to get.
pub(crate) fn upload(db: &Connection, file: &FileName, scope: &Scope) -> Stored<()> {
    db.prepare_cached("INSERT OR IGNORE INTO uploads (hash, len, media_type, scope) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![
            &file.hash.0[..],
            integer(file.len),
            file.media_type,
            scope.as_str()
        ])?;
    Ok(())
}

/// Files that wait to go up, smallest first.
pub(crate) fn uploads(db: &Connection) -> Stored<Vec<Outgoing>> {
    let mut statement = db.prepare_cached(
        "SELECT hash, len, media_type, scope FROM uploads WHERE hash NOT IN (SELECT hash FROM verified) ORDER BY len, hash",
    )?;
    let mut rows = statement.query([])?;
    let mut outgoing = Vec::new();
    while let Some(row) = rows.next()? {
        let hash = FileHash(array(row.get(0)?, "upload")?);
        let file = FileName {
            hash,
            len: row.get::<_, i64>(1)?.unsigned_abs(),
            media_type: row.get(2)?,
        };
        let scope = row
            .get::<_, String>(3)?
            .parse()
            .map_err(|_| StoreError::Damaged("scope"))?;
        outgoing.push(Outgoing { file, scope });
    }
    Ok(outgoing)
}

/// How many files wait to go up, and their bytes.
pub(crate) fn count_uploads(db: &Connection) -> Stored<(u32, u64)> {
    let mut statement = db.prepare_cached(
        "SELECT count(*), ifnull(sum(len), 0) FROM uploads WHERE hash NOT IN (SELECT hash FROM verified)",
    )?;
    Ok(statement.query_row([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?)
}

/// The center holds this file whole.
pub(crate) fn verify(db: &Connection, hash: &FileHash) -> Stored<()> {
    db.prepare_cached("INSERT OR IGNORE INTO verified (hash) VALUES (?1)")?
        .execute([&hash.0[..]])?;
    Ok(())
}

/// Forgets what the center has verified (it was restored from a backup).
pub(crate) fn unverify_all(db: &Connection) -> Stored<()> {
    db.execute("DELETE FROM verified", [])?;
    Ok(())
}

/// Whether the center holds this file whole.
pub(crate) fn is_verified(db: &Connection, hash: &FileHash) -> Stored<bool> {
    Ok(db
        .prepare_cached("SELECT 1 FROM verified WHERE hash = ?1")?
        .exists([&hash.0[..]])?)
}

/// Notes which application names a file.
pub(crate) fn name(db: &Connection, hash: &FileHash, document: &DocumentId) -> Stored<()> {
    db.prepare_cached("INSERT OR IGNORE INTO named (hash, document) VALUES (?1, ?2)")?
        .execute(params![&hash.0[..], &document.0[..]])?;
    Ok(())
}

/// The applications that name a file.
pub(crate) fn named_by(db: &Connection, hash: &FileHash) -> Stored<Vec<DocumentId>> {
    let mut statement = db.prepare_cached("SELECT document FROM named WHERE hash = ?1")?;
    let rows = statement.query_map([&hash.0[..]], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|id| Ok(DocumentId(array(id?, "document")?))).collect()
}

/// Asks for a file; no effect when it is here.
pub(crate) fn want(db: &Connection, file: &FileName) -> Stored<()> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO wanted (hash, len, media_type) SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM files WHERE hash = ?1)",
    )?
    .execute(params![&file.hash.0[..], integer(file.len), file.media_type])?;
    Ok(())
}

/// Files to be fetched, smallest first, with the bytes that have come.
pub(crate) fn wanted(db: &Connection) -> Stored<Vec<(FileName, u64)>> {
    let mut statement = db.prepare_cached(
        "SELECT hash, len, media_type, (SELECT ifnull(sum(length(bytes)), 0) FROM parts WHERE parts.hash = wanted.hash)
         FROM wanted ORDER BY len, hash",
    )?;
    let mut rows = statement.query([])?;
    let mut wanted = Vec::new();
    while let Some(row) = rows.next()? {
        let hash = FileHash(array(row.get(0)?, "wanted")?);
        let file = FileName {
            hash,
            len: row.get::<_, i64>(1)?.unsigned_abs(),
            media_type: row.get(2)?,
        };
        wanted.push((file, row.get::<_, i64>(3)?.unsigned_abs()));
    }
    Ok(wanted)
}

/// Keeps bytes of a wanted file that came after those kept before; others are left out. Gives the bytes kept so far.
pub(crate) fn append(db: &Connection, hash: &FileHash, offset: u64, bytes: &[u8]) -> Stored<u64> {
    let kept: i64 = db
        .prepare_cached("SELECT ifnull(sum(length(bytes)), 0) FROM parts WHERE hash = ?1")?
        .query_row([&hash.0[..]], |row| row.get(0))?;
    let kept = kept.unsigned_abs();
    if kept != offset || bytes.is_empty() {
        return Ok(kept);
    }
    db.prepare_cached("INSERT INTO parts (hash, at, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![&hash.0[..], integer(offset), bytes])?;
    Ok(kept + bytes.len() as u64)
}

/// All bytes kept of a wanted file.
pub(crate) fn assembled(db: &Connection, hash: &FileHash) -> Stored<Vec<u8>> {
    let mut statement = db.prepare_cached("SELECT bytes FROM parts WHERE hash = ?1 ORDER BY at")?;
    let mut rows = statement.query([&hash.0[..]])?;
    let mut whole = Vec::new();
    while let Some(row) = rows.next()? {
        whole.extend_from_slice(&row.get::<_, Vec<u8>>(0)?);
    }
    Ok(whole)
}

/// Drops the bytes kept of a wanted file.
pub(crate) fn drop_parts(db: &Connection, hash: &FileHash) -> Stored<()> {
    db.execute("DELETE FROM parts WHERE hash = ?1", [&hash.0[..]])?;
    Ok(())
}
