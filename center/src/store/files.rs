//! Which files there are, which are on their way, and who may have them.

use doorstep_sync::payload::FileName;
use doorstep_sync::{DeviceId, FileHash, Scope, preview};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Result, StoreError, fixed, signed, unsigned};
use crate::seal::Key;

/// A file on its way.
#[derive(Clone, Debug)]
pub struct Upload {
    /// What was announced.
    pub file: FileName,
    /// Where its receipt belongs.
    pub scope: Scope,
    /// Who sends it.
    pub device: DeviceId,
    /// When it was announced, or last gone on with as far as that is noted, milliseconds.
    pub touched: u64,
}

/// A verified file's length and media type.
pub fn verified(sql: &Connection, hash: &FileHash) -> Result<Option<(u64, String)>> {
    Ok(sql
        .prepare_cached("SELECT len, media_type FROM files WHERE hash = ?")?
        .query_row([&hash.0[..]], |r| Ok((unsigned(r.get(0)?), r.get(1)?)))
        .optional()?)
}

/// When a file was verified, milliseconds; `None` when it is not here.
pub fn verified_at(sql: &Connection, hash: &FileHash) -> Result<Option<u64>> {
    Ok(sql
        .prepare_cached("SELECT verified FROM files WHERE hash = ?")?
        .query_row([&hash.0[..]], |r| Ok(unsigned(r.get(0)?)))
        .optional()?)
}

/// A file is here, whole, and has its hash. It is no longer on its way; the devices that had begun to send it.
pub fn set_verified(sql: &Connection, file: &FileName, now: u64) -> Result<Vec<DeviceId>> {
    let hash = &file.hash.0[..];
    sql.execute(
        "INSERT OR IGNORE INTO files VALUES(?,?,?,?)",
        params![hash, signed(file.len), file.media_type, signed(now)],
    )?;
    sql.execute("DELETE FROM missing WHERE hash = ?", [hash])?;
    let mut statement = sql.prepare_cached("DELETE FROM uploads WHERE hash = ? RETURNING device")?;
    let rows = statement.query_map([hash], |r| r.get::<_, Vec<u8>>(0))?;
    rows.map(|device| Ok(DeviceId(fixed(device?, "a device id")?)))
        .collect()
}

/// A file that is here, for whoever goes through all of them.
pub struct Kept {
    /// Hash.
    pub hash: FileHash,
    /// The key under which backups hold it; `None` when it was destroyed or was never made.
    pub key: Option<Key>,
}

/// Every file that is here.
pub fn all(sql: &Connection) -> Result<Vec<Kept>> {
    let mut statement =
        sql.prepare("SELECT hash, nullif(key, x'') FROM files LEFT JOIN keys ON name = hash ORDER BY hash")?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get::<_, Option<Vec<u8>>>(1)?)))?;
    rows.map(|row| {
        let (hash, key) = row?;
        Ok(Kept {
            hash: FileHash(fixed(hash, "a file hash")?),
            key: key.map(|key| fixed(key, "a key").map(Key::new)).transpose()?,
        })
    })
    .collect()
}

/// A file that should be here is not: it is missing, and nothing is shown by it.
pub fn lose(sql: &Connection, hash: &FileHash, now: u64) -> Result<()> {
    sql.execute("DELETE FROM files WHERE hash = ?", [&hash.0[..]])?;
    sql.execute("DELETE FROM previews WHERE preview = ?", [&hash.0[..]])?;
    miss(sql, hash, now)
}

/// A receipt says that this file was here: when it is not, it is missing.
pub fn miss(sql: &Connection, hash: &FileHash, now: u64) -> Result<()> {
    sql.prepare_cached(
        "INSERT OR IGNORE INTO missing SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM files WHERE hash = ?1)",
    )?
    .execute(params![&hash.0[..], signed(now)])?;
    Ok(())
}

/// Up to `most` files that are missing since `since` or later, of scopes that `wanted` says yes to.
pub fn missing(sql: &Connection, since: u64, most: usize, wanted: impl Fn(&Scope) -> bool) -> Result<Vec<FileHash>> {
    let mut statement = sql.prepare_cached(
        "SELECT DISTINCT m.hash, s.scope FROM missing m JOIN file_scopes s ON s.hash = m.hash WHERE m.since >= ?1
         ORDER BY m.hash",
    )?;
    let mut rows = statement.query([signed(since)])?;
    let mut missing: Vec<FileHash> = Vec::new();
    while let Some(row) = rows.next()? {
        let hash = FileHash(fixed(row.get(0)?, "a file hash")?);
        let scope: Scope = row
            .get::<_, String>(1)?
            .parse()
            .map_err(|_| StoreError::Damaged("a scope"))?;
        if wanted(&scope) && missing.last() != Some(&hash) {
            missing.push(hash);
            if missing.len() == most {
                break;
            }
        }
    }
    Ok(missing)
}

/// An item of `device` names a file in `scope`.
pub fn name_in_scope(sql: &Connection, file: &FileName, scope: &Scope, device: &DeviceId) -> Result<()> {
    sql.prepare_cached("INSERT OR IGNORE INTO file_scopes(hash, scope, device, len) VALUES(?,?,?,?)")?
        .execute(params![
            &file.hash.0[..],
            scope.as_str(),
            &device.0[..],
            signed(file.len)
        ])?;
    Ok(())
}

/// Where items name a file of this length, and who wrote the first that does so there.
pub fn named(sql: &Connection, hash: &FileHash, len: u64) -> Result<Vec<(Scope, DeviceId)>> {
    let mut statement =
        sql.prepare_cached("SELECT scope, device FROM file_scopes WHERE hash = ? AND len = ? ORDER BY scope")?;
    let rows = statement.query_map(params![&hash.0[..], signed(len)], |r| {
        Ok((r.get::<_, String>(0)?, r.get::<_, Vec<u8>>(1)?))
    })?;
    rows.map(|row| {
        let (scope, device) = row?;
        let scope = scope.parse().map_err(|_| StoreError::Damaged("a scope"))?;
        Ok((scope, DeviceId(fixed(device, "a device id")?)))
    })
    .collect()
}

/// Whether `device`, and no other, names a file in `scope`: of the same length the first who does so, of any other length
/// everyone.
pub fn is_namer(sql: &Connection, hash: &FileHash, scope: &Scope, device: &DeviceId) -> Result<bool> {
    let text = "SELECT count(*) > 0 AND sum(device <> ?3) = 0 FROM file_scopes WHERE hash = ?1 AND scope = ?2";
    let mut statement = sql.prepare_cached(text)?;
    let of = params![&hash.0[..], scope.as_str(), &device.0[..]];
    Ok(statement
        .query_row(of, |row| row.get::<_, Option<bool>>(0))?
        .unwrap_or(false))
}

/// The scopes that name a file.
pub fn scopes(sql: &Connection, hash: &FileHash) -> Result<Vec<Scope>> {
    let mut statement = sql.prepare_cached("SELECT DISTINCT scope FROM file_scopes WHERE hash = ? ORDER BY scope")?;
    let rows: Vec<String> = statement
        .query_map([&hash.0[..]], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    rows.iter()
        .map(|scope| scope.parse().map_err(|_| StoreError::Damaged("a scope")))
        .collect()
}

/// Files that devices named and that are not here: device, number, bytes.
pub fn waiting(sql: &Connection) -> Result<Vec<(DeviceId, u32, u64)>> {
    let mut statement = sql.prepare_cached(
        "SELECT s.device, count(*), sum(s.len) FROM (SELECT DISTINCT hash, device, len FROM file_scopes) s
         WHERE NOT EXISTS (SELECT 1 FROM files f WHERE f.hash = s.hash) GROUP BY s.device",
    )?;
    let rows: Vec<(Vec<u8>, u32, i64)> = statement
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    rows.into_iter()
        .map(|(device, count, bytes)| Ok((DeviceId(fixed(device, "a device id")?), count, unsigned(bytes))))
        .collect()
}

/// Announces a file. An earlier announcement of the same device is replaced.
pub fn announce(sql: &Connection, upload: &Upload) -> Result<()> {
    let Upload {
        file,
        scope,
        device,
        touched,
    } = upload;
    sql.execute(
        "INSERT OR REPLACE INTO uploads(hash, len, media_type, scope, device, touched) VALUES(?,?,?,?,?,?)",
        params![
            &file.hash.0[..],
            signed(file.len),
            file.media_type,
            scope.as_str(),
            &device.0[..],
            signed(*touched)
        ],
    )?;
    Ok(())
}

/// A file on its way from `device`.
pub fn upload(sql: &Connection, hash: &FileHash, device: &DeviceId) -> Result<Option<Upload>> {
    let row: Option<(i64, String, String, i64)> = sql
        .prepare_cached("SELECT len, media_type, scope, touched FROM uploads WHERE hash = ? AND device = ?")?
        .query_row([&hash.0[..], &device.0[..]], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
        })
        .optional()?;
    row.map(|(len, media_type, scope, touched)| {
        Ok(Upload {
            file: FileName {
                hash: *hash,
                len: unsigned(len),
                media_type,
            },
            scope: scope.parse().map_err(|_| StoreError::Damaged("a scope"))?,
            device: *device,
            touched: unsigned(touched),
        })
    })
    .transpose()
}

/// Files that a device has announced and not finished.
pub fn uploads_of(sql: &Connection, device: &DeviceId) -> Result<Vec<FileHash>> {
    let mut statement = sql.prepare_cached("SELECT hash FROM uploads WHERE device = ? ORDER BY hash")?;
    let rows = statement.query_map([&device.0[..]], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|hash| Ok(FileHash(fixed(hash?, "a file hash")?))).collect()
}

/// Bytes that a device has announced and not finished.
pub fn announced_bytes(sql: &Connection, device: &DeviceId) -> Result<u64> {
    let sum: Option<i64> = sql.query_row("SELECT sum(len) FROM uploads WHERE device = ?", [&device.0[..]], |r| {
        r.get(0)
    })?;
    Ok(unsigned(sum.unwrap_or(0)))
}

/// It is on its way from `device` no longer.
pub fn forget_upload(sql: &Connection, hash: &FileHash, device: &DeviceId) -> Result<()> {
    sql.execute(
        "DELETE FROM uploads WHERE hash = ? AND device = ?",
        [&hash.0[..], &device.0[..]],
    )?;
    Ok(())
}

/// A file on its way was gone on with.
pub fn touch(sql: &Connection, hash: &FileHash, device: &DeviceId, now: u64) -> Result<()> {
    sql.execute(
        "UPDATE uploads SET touched = ? WHERE hash = ? AND device = ?",
        params![signed(now), &hash.0[..], &device.0[..]],
    )?;
    Ok(())
}

/// Lets go every file on its way that was not touched since `before`; which they were, and whose.
pub fn expire(sql: &Connection, before: u64) -> Result<Vec<(FileHash, DeviceId)>> {
    let mut statement = sql.prepare("DELETE FROM uploads WHERE touched < ? RETURNING hash, device")?;
    let rows = statement.query_map([signed(before)], |r| {
        Ok((r.get::<_, Vec<u8>>(0)?, r.get::<_, Vec<u8>>(1)?))
    })?;
    rows.map(|row| {
        let (hash, device) = row?;
        Ok((
            FileHash(fixed(hash, "a file hash")?),
            DeviceId(fixed(device, "a device id")?),
        ))
    })
    .collect()
}

/// The small picture that shows a file until its original is here.
pub fn preview(sql: &Connection, original: &FileHash) -> Result<Option<FileHash>> {
    let row: Option<Vec<u8>> = sql
        .prepare_cached("SELECT preview FROM previews WHERE original = ?")?
        .query_row([&original.0[..]], |r| r.get(0))
        .optional()?;
    row.map(|hash| Ok(FileHash(fixed(hash, "a file hash")?))).transpose()
}

/// A small picture shows a file from now on.
pub fn set_preview(sql: &Connection, original: &FileHash, preview: &FileHash) -> Result<()> {
    sql.execute(
        "INSERT OR REPLACE INTO previews VALUES(?,?)",
        params![&original.0[..], &preview.0[..]],
    )?;
    Ok(())
}

/// The original is here: its small picture shows nothing any more. Gives the picture when there was one that shows no
/// other file.
pub fn forget_preview(sql: &Connection, original: &FileHash) -> Result<Option<FileHash>> {
    let Some(hash) = preview(sql, original)? else {
        return Ok(None);
    };
    sql.execute("DELETE FROM previews WHERE original = ?", [&original.0[..]])?;
    let needed = "SELECT 1 FROM previews WHERE preview = ?1 UNION SELECT 1 FROM file_scopes WHERE hash = ?1";
    if sql.prepare_cached(needed)?.exists([&hash.0[..]])? {
        return Ok(None);
    }
    // Only what came as the small picture of this very file: nothing else is given up for it.
    if !shows(sql, &hash, original)? {
        return Ok(None);
    }
    sql.execute("DELETE FROM files WHERE hash = ?", [&hash.0[..]])?;
    Ok(Some(hash))
}

/// Whether the file `hash` is here as a small picture of `original`.
pub fn shows(sql: &Connection, hash: &FileHash, original: &FileHash) -> Result<bool> {
    let here = verified(sql, hash)?;
    Ok(here.is_some_and(|(_, media_type)| media_type == preview::media_type(original)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn whoever_names_a_file_with_another_length_is_not_its_namer() {
        let folder = tempfile::tempdir().unwrap();
        let store = crate::store::Store::open(&folder.path().join("center.sqlite")).unwrap();
        let (own, other) = (DeviceId([1; 16]), DeviceId([2; 16]));
        let scope: Scope = "500199101201/2026".parse().unwrap();
        let hash = FileHash::of(b"page");
        let names = |device: &DeviceId, len| {
            let media_type = "image/jpeg".to_owned();
            let file = FileName { hash, len, media_type };
            store
                .write(|sql| {
                    name_in_scope(sql, &file, &scope, device)?;
                    Ok::<_, StoreError>([&own, &other].map(|who| is_namer(sql, &hash, &scope, who).unwrap()))
                })
                .unwrap()
        };
        assert_eq!(names(&own, 4), [true, false]);
        assert_eq!(names(&other, 4), [true, false], "as one who carries it");
        assert_eq!(names(&other, 5), [false, false]);
        let none = store.read(|sql| is_namer(sql, &FileHash::of(b"none"), &scope, &own));
        assert!(!none.unwrap());
    }
}
