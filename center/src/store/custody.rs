//! What is stored of one application, row by row, for a check that believes no column.

use doorstep_sync::{DocumentId, Item, Scope};
use rusqlite::{Connection, Row};

use super::items::{decode, kind_number};
use super::{Result, unsigned};

/// An item as it is stored.
pub struct Stored {
    /// Its id as the row has it, hex.
    pub id: String,
    /// The item; `None` when its bytes are none.
    pub item: Option<Item>,
    /// When it came, as the row says.
    pub arrived: u64,
    /// Whether every other column says what the item says.
    pub fits: bool,
}

/// The rows of a document, in order of arrival.
pub fn rows(sql: &Connection, document: &DocumentId) -> Result<Vec<Stored>> {
    let mut statement = sql.prepare_cached("SELECT * FROM items WHERE document = ?1 AND bytes <> x'' ORDER BY seq")?;
    let rows = statement.query_map([&document.0[..]], read)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Every receipt of a scope.
pub fn receipts(sql: &Connection, scope: &Scope) -> Result<Vec<Item>> {
    let mut statement = sql.prepare_cached("SELECT bytes FROM items WHERE kind = 5 AND scope = ?1 ORDER BY seq")?;
    let rows = statement.query_map([scope.as_str()], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|bytes| decode(&bytes?)).collect()
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let id: Vec<u8> = row.get("id")?;
    let item = decode(&row.get::<_, Vec<u8>>("bytes")?).ok();
    let mut fits = true;
    if let Some(item) = &item {
        fits = item.id().0[..] == id[..];
        if let Ok(envelope) = item.open() {
            let document = envelope.document.as_ref();
            fits = fits
                && row.get::<_, String>("scope")? == envelope.scope.as_str()
                && row.get::<_, i64>("kind")? == kind_number(envelope.kind)
                && row.get::<_, String>("document_kind")? == document.map_or("", |document| &document.kind)
                && row.get::<_, Vec<u8>>("document")? == document.map_or(&[][..], |document| &document.id.0)
                && row.get::<_, Vec<u8>>("device")? == envelope.device.0
                && row.get::<_, String>("staff")? == envelope.staff
                && unsigned(row.get("time")?) == envelope.time;
        }
    }
    Ok(Stored {
        id: hex::encode(id),
        item,
        arrived: unsigned(row.get("arrived")?),
        fits,
    })
}
