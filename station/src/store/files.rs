//! What the database knows of files: their keys, which are verified, who names them, and what has to come down. What has to
//! go up is in [`super::uploads`].

use doorstep_sync::payload::FileName;
use doorstep_sync::{DocumentId, FileHash};
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

/// The center no longer holds this file.
pub(crate) fn unverify(db: &Connection, hash: &FileHash) -> Stored<()> {
    db.execute("DELETE FROM verified WHERE hash = ?1", [&hash.0[..]])?;
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

/// Asks for a file; no effect when it is here. `urgent`: somebody waits for it, or nothing works without it.
pub(crate) fn want(db: &Connection, file: &FileName, urgent: bool) -> Stored<()> {
    db.prepare_cached(
        "INSERT INTO wanted (hash, len, media_type, asked) SELECT ?1, ?2, ?3, ?4
         WHERE NOT EXISTS (SELECT 1 FROM files WHERE hash = ?1)
         ON CONFLICT (hash) DO UPDATE SET asked = asked OR ?4",
    )?
    .execute(params![&file.hash.0[..], integer(file.len), file.media_type, urgent])?;
    Ok(())
}

/// A file that is held and cannot be read is to come again.
pub(crate) fn fetch_again(db: &Connection, hash: &FileHash) -> Stored<()> {
    db.execute(
        "INSERT OR IGNORE INTO wanted (hash, len, media_type) SELECT hash, len, media_type FROM files WHERE hash = ?1",
        [&hash.0[..]],
    )?;
    db.execute("DELETE FROM files WHERE hash = ?1", [&hash.0[..]])?;
    Ok(())
}

/// Somebody waits for a file that is wanted already; true when it is.
pub(crate) fn ask(db: &Connection, hash: &FileHash) -> Stored<bool> {
    let mut statement = db.prepare_cached("UPDATE wanted SET asked = 1 WHERE hash = ?1")?;
    Ok(statement.execute([&hash.0[..]])? > 0)
}

/// Files to be fetched, the urgent ones (or these alone) first, then the smallest, with the bytes that have come.
pub(crate) fn wanted(db: &Connection, urgent_alone: bool) -> Stored<Vec<(FileName, u64)>> {
    let mut statement = db.prepare_cached(
        "SELECT hash, len, media_type, (SELECT ifnull(sum(length(bytes)), 0) FROM parts WHERE parts.hash = wanted.hash)
         FROM wanted WHERE asked OR NOT ?1 ORDER BY NOT asked, len, hash",
    )?;
    let mut rows = statement.query([urgent_alone])?;
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

/// The bytes kept of a wanted file, piece by piece.
pub(crate) fn each_part(db: &Connection, hash: &FileHash, mut take: impl FnMut(&[u8]) -> Stored<()>) -> Stored<()> {
    let mut statement = db.prepare_cached("SELECT bytes FROM parts WHERE hash = ?1 ORDER BY at")?;
    let mut rows = statement.query([&hash.0[..]])?;
    while let Some(row) = rows.next()? {
        let piece = row.get_ref(0)?.as_blob().map_err(|_| StoreError::Damaged("part"))?;
        take(piece)?;
    }
    Ok(())
}

/// Drops the bytes kept of a wanted file.
pub(crate) fn drop_parts(db: &Connection, hash: &FileHash) -> Stored<()> {
    db.execute("DELETE FROM parts WHERE hash = ?1", [&hash.0[..]])?;
    Ok(())
}

/// Bytes of all files held here.
pub(crate) fn held_bytes(db: &Connection) -> Stored<u64> {
    let mut statement = db.prepare_cached("SELECT ifnull(sum(len), 0) FROM files")?;
    Ok(statement.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
}
