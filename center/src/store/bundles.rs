//! What devices said of themselves in bundles, and the log as it goes into one.

use doorstep_sync::wire::Cursor;
use doorstep_sync::{DeviceId, DocumentId, FileHash, Item, Kind, Scope};
use rusqlite::{Connection, OptionalExtension, params};

use super::items::{decode, kind_number};
use super::{Result, StoreError, fixed, signed, unsigned};

/// Where a device stood when it made its last bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// In the log.
    pub cursor: Cursor,
    /// Files it lacked.
    pub wants: Vec<FileHash>,
    /// When, by its clock.
    pub made: u64,
}

/// Remembers what a device says of itself, unless it has said something newer.
pub fn tell(sql: &Connection, device: &DeviceId, told: &Told) -> Result<()> {
    let wants: Vec<u8> = told.wants.iter().flat_map(|hash| hash.0).collect();
    sql.execute(
        "INSERT INTO told(device, epoch, position, wants, made) VALUES(?1,?2,?3,?4,?5)
         ON CONFLICT(device) DO UPDATE SET epoch = ?2, position = ?3, wants = ?4, made = ?5 WHERE made <= ?5",
        params![
            &device.0[..],
            &told.cursor.epoch.to_le_bytes()[..],
            signed(told.cursor.position),
            wants,
            signed(told.made)
        ],
    )?;
    Ok(())
}

/// What a device said last; the beginning of everything when it never did.
pub fn told(sql: &Connection, device: &DeviceId) -> Result<Told> {
    let row: Option<(Vec<u8>, i64, Vec<u8>, i64)> = sql
        .query_row(
            "SELECT epoch, position, wants, made FROM told WHERE device = ?",
            [&device.0[..]],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .optional()?;
    let Some((epoch, position, wants, made)) = row else {
        return Ok(Told::default());
    };
    let wants = wants
        .chunks_exact(32)
        .map(|hash| Ok(FileHash(fixed(hash.to_vec(), "a file")?)));
    Ok(Told {
        cursor: Cursor {
            epoch: u64::from_le_bytes(fixed(epoch, "an epoch")?),
            position: unsigned(position),
        },
        wants: wants.collect::<Result<_>>()?,
        made: unsigned(made),
    })
}

/// An item of the log, without its bytes.
pub struct Line {
    /// Position.
    pub position: u64,
    /// Where it belongs.
    pub scope: Scope,
    /// Author.
    pub device: DeviceId,
    /// What it is.
    pub kind: Kind,
    /// Kind of the document; empty without one.
    pub document_kind: String,
    /// The document.
    pub document: Option<DocumentId>,
    /// Stored bytes.
    pub bytes: u64,
}

/// Calls `each` with every item after `position` that devices keep, in order.
pub fn lines(sql: &Connection, position: u64, mut each: impl FnMut(Line)) -> Result<()> {
    let mut statement = sql.prepare_cached(
        "SELECT seq, scope, device, kind, document_kind, document, length(bytes) FROM items WHERE seq > ?
         AND bytes <> x'' AND NOT EXISTS (SELECT 1 FROM forgotten WHERE item = items.id) ORDER BY seq",
    )?;
    let mut rows = statement.query([signed(position)])?;
    while let Some(row) = rows.next()? {
        let document: Vec<u8> = row.get(5)?;
        let document = (!document.is_empty()).then_some(document);
        let number: i64 = row.get(3)?;
        let kinds = [
            Kind::Change,
            Kind::File,
            Kind::Grant,
            Kind::Revoke,
            Kind::Forget,
            Kind::Receipt,
            Kind::Catalogue,
            Kind::Succession,
            Kind::Look,
        ];
        each(Line {
            position: unsigned(row.get(0)?),
            scope: row
                .get::<_, String>(1)?
                .parse()
                .map_err(|_| StoreError::Damaged("a scope"))?,
            device: DeviceId(fixed(row.get(2)?, "a device id")?),
            kind: kinds
                .into_iter()
                .find(|kind| kind_number(*kind) == number)
                .ok_or(StoreError::Damaged("an item kind"))?,
            document_kind: row.get(4)?,
            document: document.map(|id| fixed(id, "a document").map(DocumentId)).transpose()?,
            bytes: unsigned(row.get(6)?),
        });
    }
    Ok(())
}

/// The item at `position`.
pub fn item(sql: &Connection, position: u64) -> Result<Item> {
    let mut statement = sql.prepare_cached("SELECT bytes FROM items WHERE seq = ?")?;
    let bytes: Vec<u8> = statement.query_row([signed(position)], |row| row.get(0))?;
    decode(&bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn what_comes_late_says_nothing_new() {
        let folder = tempfile::tempdir().unwrap();
        let store = crate::store::Store::open(&folder.path().join("center.sqlite")).unwrap();
        let device = DeviceId([1; 16]);
        let says = |position, made| {
            let cursor = Cursor { epoch: 7, position };
            let wants = vec![FileHash([made as u8; 32])];
            let said = Told { cursor, wants, made };
            store
                .write(|sql| {
                    tell(sql, &device, &said)?;
                    told(sql, &device)
                })
                .unwrap()
                .cursor
                .position
        };
        assert_eq!(says(5, 10), 5);
        assert_eq!(says(9, 20), 9);
        assert_eq!(says(5, 10), 9, "an old parcel, brought once more");
        assert_eq!(says(3, 30), 3, "the device itself was restored from a backup");
    }
}
