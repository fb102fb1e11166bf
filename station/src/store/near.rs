//! What passes through from device to device.

use std::net::SocketAddr;

use doorstep_sync::payload::FileName;
use doorstep_sync::{DeviceId, DocumentId, FileHash, ItemId, Scope};
use rusqlite::{Connection, OptionalExtension, params};

use super::items::integer;
use super::{StoreError, Stored, array};

/// An item that came from a neighbour waits for the center's receipt: as one of our own when this device once wrote it
/// (and lost it), as carried otherwise. One that was set aside does not; one of our own that came before what it builds on is
/// carried until that comes.
pub(crate) fn carry(db: &Connection, id: &ItemId, document: Option<&DocumentId>, own: bool) -> Stored<()> {
    if own {
        let sql = "UPDATE items SET state = 0, settled = NULL WHERE id = ?1 AND state = 3";
        if db.prepare_cached(sql)?.execute([&id.0[..]])? > 0 {
            return Ok(());
        }
    }
    let sql =
        "INSERT OR IGNORE INTO carried (seq, document) SELECT seq, ?2 FROM items WHERE id = ?1 AND state IN (3, 4)";
    db.prepare_cached(sql)?
        .execute(params![&id.0[..], document.map(|document| document.0.to_vec())])?;
    let sql = "UPDATE items SET settled = NULL WHERE id = ?1 AND state IN (3, 4)";
    db.prepare_cached(sql)?.execute([&id.0[..]])?;
    Ok(())
}

/// A carried item waits no longer: the center answered at `at`, or has it by another way. True when it was carried.
pub(crate) fn uncarry(db: &Connection, id: &ItemId, at: Option<u64>) -> Stored<bool> {
    let sql = "DELETE FROM carried WHERE seq = (SELECT seq FROM items WHERE id = ?1)";
    if db.prepare_cached(sql)?.execute([&id.0[..]])? == 0 {
        return Ok(false);
    }
    let sql = "UPDATE items SET settled = ?2 WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![&id.0[..], at.map(integer)])?;
    Ok(true)
}

/// Items of others that wait here for the district.
pub(crate) fn count_carried(db: &Connection) -> Stored<u32> {
    let mut statement = db.prepare_cached("SELECT count(*) FROM carried")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// Notes a receipt for an item that has not come.
pub(crate) fn note_receipt(db: &Connection, id: &ItemId, at: u64) -> Stored<()> {
    db.prepare_cached("INSERT OR IGNORE INTO receipted (item, at) VALUES (?1, ?2)")?
        .execute(params![&id.0[..], integer(at)])?;
    Ok(())
}

/// Takes out the receipt that came before an item.
pub(crate) fn take_receipt(db: &Connection, id: &ItemId) -> Stored<Option<u64>> {
    let mut statement = db.prepare_cached("DELETE FROM receipted WHERE item = ?1 RETURNING at")?;
    let at: Option<i64> = statement.query_row([&id.0[..]], |row| row.get(0)).optional()?;
    Ok(at.map(i64::unsigned_abs))
}

/// A device that was met, or added by its code.
pub(crate) struct Known {
    /// Which.
    pub device: DeviceId,
    /// Where it was.
    pub addresses: Vec<SocketAddr>,
    /// When an exchange with it last came to its end.
    pub last_contact: Option<u64>,
}

/// Devices that were met or added.
pub(crate) fn known(db: &Connection) -> Stored<Vec<Known>> {
    let mut statement = db.prepare_cached("SELECT device, addresses, last_contact FROM neighbours")?;
    let mut rows = statement.query([])?;
    let mut known = Vec::new();
    while let Some(row) = rows.next()? {
        let addresses: String = row.get(1)?;
        known.push(Known {
            device: DeviceId(array(row.get(0)?, "neighbour")?),
            addresses: addresses
                .split(',')
                .filter_map(|address| address.parse().ok())
                .collect(),
            last_contact: row.get::<_, Option<i64>>(2)?.map(i64::unsigned_abs),
        });
    }
    Ok(known)
}

/// Notes where a device is, and when it was met (`None`: not yet).
pub(crate) fn know(db: &Connection, device: &DeviceId, addresses: &[SocketAddr], met: Option<u64>) -> Stored<()> {
    let addresses: Vec<String> = addresses.iter().map(SocketAddr::to_string).collect();
    let sql = "INSERT INTO neighbours (device, addresses, last_contact) VALUES (?1, ?2, ?3)
               ON CONFLICT (device) DO UPDATE SET addresses = ?2, last_contact = ifnull(?3, last_contact)";
    db.prepare_cached(sql)?
        .execute(params![&device.0[..], addresses.join(","), met.map(integer)])?;
    Ok(())
}

/// Keeps the name of a device of another station, as its passport has it.
pub(crate) fn set_name(db: &Connection, device: &DeviceId, name: &str) -> Stored<()> {
    db.prepare_cached("UPDATE neighbours SET name = ?2 WHERE device = ?1")?
        .execute(params![&device.0[..], name])?;
    Ok(())
}

/// The name of a device of another station.
pub(crate) fn name(db: &Connection, device: &DeviceId) -> Stored<Option<String>> {
    let mut statement = db.prepare_cached("SELECT name FROM neighbours WHERE device = ?1 AND name IS NOT NULL")?;
    Ok(statement.query_row([&device.0[..]], |row| row.get(0)).optional()?)
}

/// Scopes in which own items wait for the district. The access log goes along with others and calls nobody.
pub(crate) fn waiting_scopes(db: &Connection) -> Stored<Vec<Scope>> {
    let mut statement = db.prepare_cached("SELECT DISTINCT scope FROM items WHERE state = 0 AND kind <> 8")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    rows.map(|scope| scope?.parse().map_err(|_| StoreError::Damaged("scope")))
        .collect()
}

/// The place of the newest item.
pub(crate) fn newest(db: &Connection) -> Stored<i64> {
    let mut statement = db.prepare_cached("SELECT ifnull(max(seq), 0) FROM items")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// The place of the newest own item that waits for the district, but for the access log.
pub(crate) fn newest_waiting(db: &Connection) -> Stored<i64> {
    let mut statement = db.prepare_cached("SELECT ifnull(max(seq), 0) FROM items WHERE state = 0 AND kind <> 8")?;
    Ok(statement.query_row([], |row| row.get(0))?)
}

/// What a neighbour was handed counts for three days: when no receipt has come by then, and it was not met again, it may
/// never come to the district.
const LAPSES: u64 = 3 * 24 * 3_600_000;
/// A note from further ahead than this was made by a clock that has been set back since, and says nothing of how old it is.
const AHEAD: u64 = 24 * 3_600_000;
/// That a neighbour still holds something is noted anew no more often than this.
const CONFIRMED: u64 = 24 * 3_600_000;

/// A neighbour holds the items of a scope up to `through`.
pub(crate) fn hand(db: &Connection, device: &DeviceId, scope: &Scope, through: i64, at: u64) -> Stored<()> {
    let sql = "INSERT INTO handed (device, scope, through, at) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (scope, device) DO UPDATE SET through = max(through, ?3), at = ?4
               WHERE through < ?3 OR at NOT BETWEEN ?5 AND ?6";
    let (confirmed, ahead) = (integer(at.saturating_sub(CONFIRMED)), integer(at.saturating_add(AHEAD)));
    db.prepare_cached(sql)?.execute(params![
        &device.0[..],
        scope.as_str(),
        through,
        integer(at),
        confirmed,
        ahead
    ])?;
    Ok(())
}

/// Nobody counts any more as holding all of the scope of an item up to some place.
pub(crate) fn unhand(db: &Connection, id: &ItemId) -> Stored<()> {
    db.prepare_cached("DELETE FROM handed WHERE scope = (SELECT scope FROM items WHERE id = ?1)")?
        .execute([&id.0[..]])?;
    Ok(())
}

/// Between which times a note counts at `now`.
fn counting(now: u64) -> (i64, i64) {
    (integer(now.saturating_sub(LAPSES)), integer(now.saturating_add(AHEAD)))
}

/// A neighbour has nothing any more of what it was handed.
pub(crate) fn take_back(db: &Connection, device: &DeviceId) -> Stored<()> {
    for sql in [
        "DELETE FROM handed WHERE device = ?1",
        "DELETE FROM handed_files WHERE device = ?1",
    ] {
        db.prepare_cached(sql)?.execute([&device.0[..]])?;
    }
    Ok(())
}

/// A neighbour holds a file whole.
pub(crate) fn hand_file(db: &Connection, device: &DeviceId, hash: &FileHash, at: u64) -> Stored<()> {
    db.prepare_cached("INSERT OR REPLACE INTO handed_files (hash, device, at) VALUES (?1, ?2, ?3)")?
        .execute(params![&hash.0[..], &device.0[..], integer(at)])?;
    Ok(())
}

/// Which neighbour has at `now` every item of an application that still waits for the district, and since when; `None`
/// when nothing waits or nobody has it all.
pub(crate) fn handed(db: &Connection, document: &DocumentId, now: u64) -> Stored<Option<(DeviceId, u64)>> {
    // In this order: where no neighbour was ever met, no item of a long application is looked at.
    let sql = "SELECT device, at FROM handed
               WHERE at BETWEEN ?1 AND ?2
               AND through >= (SELECT max(seq) FROM items WHERE document = ?3 AND state = 0)
               AND +scope = (SELECT scope FROM items WHERE document = ?3 AND state = 0 LIMIT 1) ORDER BY at LIMIT 1";
    who(db, sql, Some(document), now)
}

/// Which neighbour has at `now` every own item that still waits for the district.
pub(crate) fn handed_all(db: &Connection, now: u64) -> Stored<Option<(DeviceId, u64)>> {
    let sql = "WITH last AS (SELECT scope, max(seq) AS seq FROM items WHERE state = 0 AND kind <> 8 GROUP BY scope)
               SELECT handed.device, max(handed.at) FROM last JOIN handed USING (scope)
               WHERE handed.through >= last.seq AND handed.at BETWEEN ?1 AND ?2 GROUP BY handed.device
               HAVING count(*) = (SELECT count(*) FROM last) ORDER BY 2 LIMIT 1";
    who(db, sql, None, now)
}

fn who(db: &Connection, sql: &str, document: Option<&DocumentId>, now: u64) -> Stored<Option<(DeviceId, u64)>> {
    let mut statement = db.prepare_cached(sql)?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?));
    let (since, until) = counting(now);
    let found = match document {
        Some(document) => statement.query_row(params![since, until, &document.0[..]], read),
        None => statement.query_row([since, until], read),
    };
    match found.optional()? {
        Some((device, at)) => Ok(Some((DeviceId(array(device, "neighbour")?), at.unsigned_abs()))),
        None => Ok(None),
    }
}

/// Whether some neighbour, or `device` when one is named, holds this file at `now`.
pub(crate) fn is_file_handed(db: &Connection, hash: &FileHash, device: Option<&DeviceId>, now: u64) -> Stored<bool> {
    let mut statement = db.prepare_cached(
        "SELECT 1 FROM handed_files WHERE hash = ?1 AND (?2 IS NULL OR device = ?2) AND at BETWEEN ?3 AND ?4",
    )?;
    let (since, until) = counting(now);
    let device = device.map(|device| device.0.to_vec());
    Ok(statement.exists(params![&hash.0[..], device, since, until])?)
}

/// A file that is coming in.
pub(crate) struct Incoming {
    /// Its name.
    pub file: FileName,
    /// Where its receipt belongs.
    pub scope: Scope,
}

/// Notes that a file is coming in from `device`.
pub(crate) fn announce(db: &Connection, coming: &Incoming, device: &DeviceId, at: u64) -> Stored<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO incoming (hash, len, media_type, scope, device, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        &coming.file.hash.0[..],
        integer(coming.file.len),
        coming.file.media_type,
        coming.scope.as_str(),
        &device.0[..],
        integer(at)
    ])?;
    Ok(())
}

/// A file that is coming in.
pub(crate) fn incoming(db: &Connection, hash: &FileHash) -> Stored<Option<Incoming>> {
    let mut statement = db.prepare_cached("SELECT len, media_type, scope FROM incoming WHERE hash = ?1")?;
    let mut rows = statement.query([&hash.0[..]])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let file = FileName {
        hash: *hash,
        len: row.get::<_, i64>(0)?.unsigned_abs(),
        media_type: row.get(1)?,
    };
    let scope: String = row.get(2)?;
    let scope = scope.parse().map_err(|_| StoreError::Damaged("scope"))?;
    Ok(Some(Incoming { file, scope }))
}

/// The file has come, or comes no more.
pub(crate) fn arrived(db: &Connection, hash: &FileHash) -> Stored<()> {
    db.prepare_cached("DELETE FROM incoming WHERE hash = ?1")?
        .execute([&hash.0[..]])?;
    Ok(())
}

/// Bytes that `device` has announced and not finished.
pub(crate) fn announced_bytes(db: &Connection, device: &DeviceId) -> Stored<u64> {
    let mut statement = db.prepare_cached("SELECT ifnull(sum(len), 0) FROM incoming WHERE device = ?1")?;
    Ok(statement
        .query_row([&device.0[..]], |row| row.get::<_, i64>(0))?
        .unsigned_abs())
}

/// Bytes kept of a file that is coming in.
pub(crate) fn kept(db: &Connection, hash: &FileHash) -> Stored<u64> {
    let mut statement = db.prepare_cached("SELECT ifnull(sum(length(bytes)), 0) FROM parts WHERE hash = ?1")?;
    Ok(statement
        .query_row([&hash.0[..]], |row| row.get::<_, i64>(0))?
        .unsigned_abs())
}

/// Files that were announced before `before` and never came whole.
pub(crate) fn abandoned(db: &Connection, before: u64) -> Stored<Vec<FileHash>> {
    let mut statement = db.prepare_cached("SELECT hash FROM incoming WHERE at < ?1")?;
    let rows = statement.query_map([integer(before)], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|hash| Ok(FileHash(array(hash?, "file")?))).collect()
}

/// The scopes in which a file is named.
pub(crate) fn scopes_of_file(db: &Connection, hash: &FileHash) -> Stored<Vec<Scope>> {
    let mut statement = db.prepare_cached(
        "SELECT DISTINCT items.scope FROM named JOIN items ON items.document = named.document WHERE named.hash = ?1",
    )?;
    let rows = statement.query_map([&hash.0[..]], |row| row.get::<_, String>(0))?;
    rows.map(|scope| scope?.parse().map_err(|_| StoreError::Damaged("scope")))
        .collect()
}
