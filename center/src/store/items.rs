//! The log of items, and the changes that wait for earlier ones.

use doorstep_sync::repair::Key;
use doorstep_sync::serve::{Batch, batch};
use doorstep_sync::{DeviceId, DocumentId, Envelope, Item, ItemId, Kind, Scope};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Result, StoreError, fixed, places, signed, unsigned};

/// One item of a document, with what the log knows of it.
pub struct Logged {
    /// Id.
    pub id: ItemId,
    /// The item.
    pub item: Item,
    /// When it came.
    pub arrived: u64,
    /// What it changed, as paths.
    pub changed: Vec<String>,
}

pub(super) fn kind_number(kind: Kind) -> i64 {
    match kind {
        Kind::Change => 0,
        Kind::File => 1,
        Kind::Grant => 2,
        Kind::Revoke => 3,
        Kind::Forget => 4,
        Kind::Receipt => 5,
        Kind::Catalogue => 6,
        Kind::Succession => 7,
        Kind::Look => 8,
    }
}

/// An item's bytes as they are stored.
pub fn encode(item: &Item) -> Vec<u8> {
    // Writing into a vector cannot fail.
    minicbor::to_vec(item).unwrap_or_default()
}

/// An item as it was stored.
pub fn decode(bytes: &[u8]) -> Result<Item> {
    minicbor::decode(bytes).map_err(|_| StoreError::Damaged("an item"))
}

/// Whether the log has it.
pub fn has(sql: &Connection, id: &ItemId) -> Result<bool> {
    Ok(sql
        .prepare_cached("SELECT 1 FROM items WHERE id = ?1")?
        .exists([&id.0[..]])?)
}

/// Its place in the log, when the log has it.
pub fn position(sql: &Connection, id: &ItemId) -> Result<Option<u64>> {
    let mut statement = sql.prepare_cached("SELECT seq FROM items WHERE id = ?1")?;
    Ok(statement
        .query_row([&id.0[..]], |row| row.get(0))
        .optional()?
        .map(unsigned))
}

/// Appends an item to the log and puts it into the set that is compared. An item that is there stays as it is.
pub fn append(sql: &Connection, item: &Item, envelope: &Envelope, arrived: u64, changed: &[String]) -> Result<()> {
    let id = item.id();
    let (document_kind, document) = match &envelope.document {
        Some(document) => (document.kind.as_str(), &document.id.0[..]),
        None => ("", &[][..]),
    };
    let new = sql
        .prepare_cached("INSERT OR IGNORE INTO items(id,scope,kind,document_kind,document,device,staff,time,arrived,bytes) VALUES(?,?,?,?,?,?,?,?,?,?)")?
        .execute(params![
            &id.0[..],
            envelope.scope.as_str(),
            kind_number(envelope.kind),
            document_kind,
            document,
            &envelope.device.0[..],
            envelope.staff,
            signed(envelope.time),
            signed(arrived),
            encode(item)
        ])?;
    if new == 1 {
        sql.prepare_cached("DELETE FROM acknowledged WHERE item = ?")?
            .execute([&id.0[..]])?;
        places::put(sql, &envelope.scope, &Key::of(envelope.time, id))?;
    }
    set_changed(sql, &id, changed)
}

/// Remembers what an item changed.
pub fn set_changed(sql: &Connection, id: &ItemId, changed: &[String]) -> Result<()> {
    if !changed.is_empty() {
        sql.prepare_cached("INSERT OR REPLACE INTO changed VALUES(?,?)")?
            .execute(params![&id.0[..], changed.join("\n")])?;
    }
    Ok(())
}

/// Those of `ids` that are here, in this order, up to `bytes` of envelopes (at least one).
pub fn some(sql: &Connection, ids: &[ItemId], bytes: usize) -> Result<Vec<Item>> {
    let mut statement = sql.prepare_cached("SELECT bytes FROM items WHERE id = ?1 AND bytes <> x''")?;
    let (mut found, mut size) = (Vec::new(), 0);
    for id in ids {
        let stored: Option<Vec<u8>> = statement.query_row([&id.0[..]], |row| row.get(0)).optional()?;
        let Some(stored) = stored else { continue };
        let item = decode(&stored)?;
        size += item.envelope.len();
        if size > bytes && !found.is_empty() {
            break;
        }
        found.push(item);
    }
    Ok(found)
}

/// Remembers that an item was taken once, unless it is here. The document for which it waits here, if it does.
pub fn acknowledge(sql: &Connection, id: &ItemId) -> Result<Option<DocumentId>> {
    if has(sql, id)? {
        return Ok(None);
    }
    sql.prepare_cached("INSERT OR IGNORE INTO acknowledged VALUES(?)")?
        .execute([&id.0[..]])?;
    let document: Option<Vec<u8>> = sql
        .prepare_cached("SELECT document FROM orphans WHERE id = ?")?
        .query_row([&id.0[..]], |row| row.get(0))
        .optional()?;
    document
        .map(|id| Ok(DocumentId(fixed(id, "a document id")?)))
        .transpose()
}

/// Whether an item that is not here was taken once.
pub fn is_acknowledged(sql: &Connection, id: &ItemId) -> Result<bool> {
    Ok(sql
        .prepare_cached("SELECT 1 FROM acknowledged WHERE item = ?")?
        .exists([&id.0[..]])?)
}

/// Position of the last item.
pub fn last_position(sql: &Connection) -> Result<u64> {
    let last: Option<i64> = sql.query_row("SELECT max(seq) FROM items", [], |r| r.get(0))?;
    Ok(unsigned(last.unwrap_or(0)))
}

/// What lies after `position` in the scopes that `wanted` says yes to, written by others than `device`. What devices forget
/// is left out: the item that says so names it.
pub fn since(sql: &Connection, position: u64, device: &DeviceId, wanted: impl Fn(&Scope) -> bool) -> Result<Batch> {
    let mut statement = sql.prepare_cached(
        "SELECT seq, scope, bytes FROM items WHERE seq > ?1 AND device <> ?2
         AND bytes <> x'' AND NOT EXISTS (SELECT 1 FROM forgotten WHERE item = items.id) ORDER BY seq",
    )?;
    let mut rows = statement.query(params![signed(position), &device.0[..]])?;
    let mut failed = None;
    let mut next = || -> Result<Option<(u64, Item)>> {
        while let Some(row) = rows.next()? {
            let scope: Scope = row
                .get::<_, String>(1)?
                .parse()
                .map_err(|_| StoreError::Damaged("a scope"))?;
            if wanted(&scope) {
                let bytes: Vec<u8> = row.get(2)?;
                return Ok(Some((unsigned(row.get(0)?), decode(&bytes)?)));
            }
        }
        Ok(None)
    };
    let log = std::iter::from_fn(|| {
        next().unwrap_or_else(|error| {
            failed = Some(error);
            None
        })
    });
    let batch = batch(log);
    failed.map_or(Ok(batch), Err)
}

/// Something new: who wrote it in which scope, and the last position of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Scope.
    pub scope: Scope,
    /// Author.
    pub device: DeviceId,
    /// Position.
    pub position: u64,
}

/// What is new after `position`.
pub fn news(sql: &Connection, position: u64) -> Result<Vec<News>> {
    let mut statement =
        sql.prepare_cached("SELECT scope, device, max(seq) FROM items WHERE seq > ?1 GROUP BY scope, device")?;
    let rows: Vec<(String, Vec<u8>, i64)> = statement
        .query_map([signed(position)], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    rows.into_iter()
        .map(|(scope, device, position)| {
            Ok(News {
                scope: scope.parse().map_err(|_| StoreError::Damaged("a scope"))?,
                device: DeviceId(fixed(device, "a device id")?),
                position: unsigned(position),
            })
        })
        .collect()
}

/// Every item of a document that is not forgotten here (an application and its case share the id), in order of arrival.
pub fn of_document(sql: &Connection, document: &DocumentId) -> Result<Vec<Logged>> {
    let mut statement = sql.prepare_cached(
        "SELECT i.id, i.bytes, i.arrived, coalesce(c.paths, '') FROM items i LEFT JOIN changed c ON c.item = i.id
         WHERE i.document = ?1 AND i.bytes <> x'' ORDER BY i.seq",
    )?;
    let mut rows = statement.query([&document.0[..]])?;
    let mut logged = Vec::new();
    while let Some(row) = rows.next()? {
        logged.push(read_logged(row)?);
    }
    Ok(logged)
}

/// How many items are about a document.
pub fn count(sql: &Connection, document: &DocumentId) -> Result<u32> {
    let mut statement = sql.prepare_cached("SELECT count(*) FROM items WHERE document = ?1")?;
    Ok(statement.query_row([&document.0[..]], |row| row.get(0))?)
}

fn read_logged(row: &Row<'_>) -> Result<Logged> {
    let bytes: Vec<u8> = row.get(1)?;
    let changed: String = row.get(3)?;
    Ok(Logged {
        id: ItemId(fixed(row.get(0)?, "an item id")?),
        item: decode(&bytes)?,
        arrived: unsigned(row.get(2)?),
        changed: changed.lines().map(str::to_owned).collect(),
    })
}

/// Up to `most` items that are not forgotten here, after `position`, of every kind, in order of arrival: position and item.
pub fn page(sql: &Connection, position: u64, most: u32) -> Result<Vec<(u64, Item)>> {
    let mut statement =
        sql.prepare_cached("SELECT seq, bytes FROM items WHERE seq > ?1 AND bytes <> x'' ORDER BY seq LIMIT ?2")?;
    let mut rows = statement.query(params![signed(position), most])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(1)?;
        items.push((unsigned(row.get(0)?), decode(&bytes)?));
    }
    Ok(items)
}

/// All grants and revocations.
pub fn grants(sql: &Connection) -> Result<Vec<Item>> {
    let mut statement = sql.prepare("SELECT bytes FROM items WHERE kind IN (2, 3, 7) ORDER BY seq")?;
    let rows: Vec<Vec<u8>> = statement
        .query_map([], |r| r.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    rows.iter().map(|bytes| decode(bytes)).collect()
}

/// Grants, revocations and successions after `position`, with their positions.
pub fn grants_since(sql: &Connection, position: u64) -> Result<Vec<(u64, Item)>> {
    let mut statement =
        sql.prepare_cached("SELECT seq, bytes FROM items WHERE seq > ?1 AND kind IN (2, 3, 7) ORDER BY seq")?;
    let rows: Vec<(i64, Vec<u8>)> = statement
        .query_map([signed(position)], |r| Ok((r.get(0)?, r.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    rows.iter()
        .map(|(seq, bytes)| Ok((unsigned(*seq), decode(bytes)?)))
        .collect()
}

/// Of the first `most` items: how many there are, and the hash of their names in the order of the log.
pub fn beginning(sql: &Connection, most: u64) -> Result<(u64, [u8; 32])> {
    let mut statement = sql.prepare("SELECT id FROM items ORDER BY seq LIMIT ?")?;
    let mut rows = statement.query([signed(most)])?;
    let (mut count, mut hasher) = (0, blake3::Hasher::new());
    while let Some(row) = rows.next()? {
        hasher.update(&row.get::<_, Vec<u8>>(0)?);
        count += 1;
    }
    Ok((count, *hasher.finalize().as_bytes()))
}

/// How the latest item of a device is dated; 0 when there is none.
pub fn latest_of(sql: &Connection, device: &DeviceId) -> Result<u64> {
    let latest: Option<i64> = sql.query_row("SELECT max(time) FROM items WHERE device = ?", [&device.0[..]], |r| {
        r.get(0)
    })?;
    Ok(unsigned(latest.unwrap_or(0)))
}

/// Keeps an item that cannot be taken yet. When it first came; `None` when of its author too many wait (`most`), or too many
/// `bytes`.
pub fn keep_orphan(
    sql: &Connection,
    item: &Item,
    envelope: &Envelope,
    now: u64,
    most: u32,
    bytes: u64,
) -> Result<Option<u64>> {
    let (id, device) = (item.id(), &envelope.device);
    let document = envelope.document.as_ref().map_or([0; 16], |document| document.id.0);
    // Stations send again what has no receipt yet.
    let kept: Option<i64> = sql
        .prepare_cached("SELECT arrived FROM orphans WHERE id = ?")?
        .query_row([&id.0[..]], |row| row.get(0))
        .optional()?;
    if let Some(arrived) = kept {
        return Ok(Some(unsigned(arrived)));
    }
    let (waiting, held): (u32, i64) = sql
        .prepare_cached("SELECT count(*), coalesce(sum(length(bytes)), 0) FROM orphans WHERE device = ?")?
        .query_row([&device.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let stored = encode(item);
    if waiting >= most || unsigned(held).saturating_add(stored.len() as u64) > bytes {
        return Ok(None);
    }
    sql.execute(
        "INSERT OR IGNORE INTO orphans(id, document, device, arrived, bytes) VALUES(?,?,?,?,?)",
        params![&id.0[..], &document[..], &device.0[..], signed(now), stored],
    )?;
    Ok(Some(now))
}

/// What waits since a time after `after` and not after `until`: about `most`, and the time up to which they are all.
pub fn orphans_since(sql: &Connection, after: u64, until: u64, most: u32) -> Result<(Vec<ItemId>, u64)> {
    let text = "SELECT arrived FROM orphans WHERE arrived > ?1 AND arrived <= ?2 ORDER BY arrived LIMIT 1 OFFSET ?3";
    let last: Option<i64> = sql
        .prepare_cached(text)?
        .query_row(params![signed(after), signed(until), most.saturating_sub(1)], |row| {
            row.get(0)
        })
        .optional()?;
    // What came in one batch is not parted.
    let until = last.map_or(until, unsigned);
    let mut statement = sql.prepare_cached("SELECT id FROM orphans WHERE arrived > ?1 AND arrived <= ?2")?;
    let rows = statement.query_map([signed(after), signed(until)], |row| row.get(0))?;
    Ok((item_ids(rows)?, until))
}

/// The changes that wait for earlier ones of this document, in the order in which they came.
pub fn orphans(sql: &Connection, document: &DocumentId) -> Result<Vec<ItemId>> {
    let mut statement = sql.prepare_cached("SELECT id FROM orphans WHERE document = ?1 ORDER BY arrived, id")?;
    let rows = statement.query_map([&document.0[..]], |row| row.get(0))?;
    item_ids(rows)
}

fn item_ids(rows: impl Iterator<Item = rusqlite::Result<Vec<u8>>>) -> Result<Vec<ItemId>> {
    rows.map(|id| Ok(ItemId(fixed(id?, "an item id")?))).collect()
}

/// One that waits, with when it came.
pub fn orphan(sql: &Connection, id: &ItemId) -> Result<Option<(Item, u64)>> {
    let row: Option<(Vec<u8>, i64)> = sql
        .prepare_cached("SELECT bytes, arrived FROM orphans WHERE id = ?")?
        .query_row([&id.0[..]], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    row.map(|(bytes, arrived)| Ok((decode(&bytes)?, unsigned(arrived))))
        .transpose()
}

/// It waits no longer.
pub fn forget_orphan(sql: &Connection, id: &ItemId) -> Result<()> {
    sql.execute("DELETE FROM orphans WHERE id = ?1", [&id.0[..]])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use doorstep_sync::repair::Held;

    use super::*;
    use crate::store::places::Places;

    #[test]
    fn what_waits_comes_again_and_has_no_place_until_it_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let store = crate::store::Store::open(&folder.path().join("center.sqlite")).unwrap();
        let key = doorstep_sync::SigningKey::from_seed(&[2; 32]);
        let envelope = |byte| Envelope {
            version: doorstep_sync::envelope::VERSION,
            kind: Kind::Change,
            scope: "500199101201/2026".parse().unwrap(),
            document: None,
            device: key.verifying_key().device(),
            staff: String::new(),
            time: 1,
            payload: vec![byte],
        };
        let item = |byte| Item::sign(&envelope(byte), &key);
        let kept: Vec<Option<u64>> = store
            .write(|sql| {
                let keep = |byte, now| keep_orphan(sql, &item(byte), &envelope(byte), now, 1, 1_000);
                Ok::<_, StoreError>(vec![keep(1, 5)?, keep(1, 9)?, keep(2, 9)?])
            })
            .unwrap();
        assert_eq!(kept, [Some(5), Some(5), None]);
        store
            .read(|sql| {
                let held = Places(sql).sum(&envelope(1).scope, &Key::START, &Key::END).unwrap();
                assert_eq!((held.count, some(sql, &[item(1).id()], 1_000)?.len()), (0, 0));
                let waits = |after, until| orphans_since(sql, after, until, 9).map(|(waiting, _)| waiting.len());
                assert_eq!((waits(0, 4)?, waits(4, 5)?, waits(5, 9)?), (0, 1, 0));
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }

    #[test]
    fn what_waits_is_bounded_in_bytes_and_looked_at_in_pages() {
        let folder = tempfile::tempdir().unwrap();
        let store = crate::store::Store::open(&folder.path().join("center.sqlite")).unwrap();
        let key = doorstep_sync::SigningKey::from_seed(&[2; 32]);
        let envelope = |byte: u8| Envelope {
            version: doorstep_sync::envelope::VERSION,
            kind: Kind::Change,
            scope: "500199101201/2026".parse().unwrap(),
            document: None,
            device: key.verifying_key().device(),
            staff: String::new(),
            time: 1,
            payload: vec![byte; 1_000],
        };
        let keep = |sql: &Connection, byte, now| {
            let envelope = envelope(byte);
            keep_orphan(sql, &Item::sign(&envelope, &key), &envelope, now, 9, 7_000)
        };
        store
            .write(|sql| {
                for byte in 1..=6 {
                    // Two at a time.
                    assert!(keep(sql, byte, u64::from(byte.div_ceil(2)))?.is_some());
                }
                assert_eq!(keep(sql, 7, 4)?, None, "seven thousand bytes are full");
                let page = |after| orphans_since(sql, after, 9, 3).map(|(waiting, until)| (waiting.len(), until));
                assert_eq!(page(0)?, (4, 2), "what came at one time stays together");
                assert_eq!(page(2)?, (2, 9));
                let all = orphans(sql, &DocumentId([0; 16]))?;
                let (first, arrived) = orphan(sql, &all[0])?.unwrap();
                assert_eq!((all.len(), first.id(), arrived), (6, all[0], 1));
                forget_orphan(sql, &all[0])?;
                assert!(orphan(sql, &all[0])?.is_none() && keep(sql, 7, 4)?.is_some());
                Ok::<_, StoreError>(())
            })
            .unwrap();
    }
}
