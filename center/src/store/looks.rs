//! Who saw which record: a projection of the items of the access logs.

use doorstep_sync::payload::Looks;
use doorstep_sync::{DeviceId, DocumentId, Item};
use rusqlite::{Connection, params};

use super::items::decode;
use super::{Result, fixed, signed, unsigned};

/// One look at one record.
pub struct Look {
    /// The device it was seen on; the center's own when it was at the console.
    pub device: DeviceId,
    /// By that device's clock.
    pub time: u64,
    /// Staff number or account; empty for the device by itself.
    pub staff: String,
    /// Why, as [`doorstep_records::Purpose`] numbers it.
    pub purpose: u8,
}

/// Notes what a run of a log says. What is noted already stays once.
pub fn note(sql: &Connection, device: &DeviceId, looks: &Looks) -> Result<()> {
    let mut statement = sql.prepare_cached("INSERT OR IGNORE INTO seen VALUES(?,?,?,?,?)")?;
    for look in &looks.entries {
        for document in &look.documents {
            statement.execute(params![
                &document.0[..],
                signed(look.time),
                &device.0[..],
                look.staff,
                look.purpose
            ])?;
        }
    }
    Ok(())
}

/// Who saw a record, the newest first.
pub fn of(sql: &Connection, document: &DocumentId) -> Result<Vec<Look>> {
    let mut statement =
        sql.prepare_cached("SELECT device, time, staff, purpose FROM seen WHERE document = ? ORDER BY time DESC")?;
    let mut rows = statement.query([&document.0[..]])?;
    let mut looks = Vec::new();
    while let Some(row) = rows.next()? {
        looks.push(Look {
            device: DeviceId(fixed(row.get(0)?, "a device id")?),
            time: unsigned(row.get(1)?),
            staff: row.get(2)?,
            purpose: row.get(3)?,
        });
    }
    Ok(looks)
}

/// What the console wrote down before its log was a chain: account, case and time, in order. It is taken out.
pub fn take_unchained(sql: &Connection) -> Result<Vec<(String, DocumentId, u64)>> {
    let mut statement = sql.prepare("SELECT account, case_id, at FROM looks ORDER BY id")?;
    let rows: Vec<(String, Vec<u8>, i64)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    if !rows.is_empty() {
        sql.execute("DELETE FROM looks", [])?;
    }
    rows.into_iter()
        .map(|(account, id, at)| Ok((account, DocumentId(fixed(id, "a document id")?), unsigned(at))))
        .collect()
}

/// Calls `each` with every item of the access logs, as it is stored, with the author that its row names.
pub fn each(sql: &Connection, mut each: impl FnMut(DeviceId, Option<Item>)) -> Result<()> {
    let mut statement = sql.prepare("SELECT device, bytes FROM items WHERE kind = 8 ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let device = DeviceId(fixed(row.get(0)?, "a device id")?);
        each(device, decode(&row.get::<_, Vec<u8>>(1)?).ok());
    }
    Ok(())
}

/// The newest change that each device wrote, by its own clock.
pub fn last_changes(sql: &Connection) -> Result<Vec<(DeviceId, u64)>> {
    let mut statement = sql.prepare("SELECT device, max(time) FROM items WHERE kind = 0 GROUP BY device")?;
    let rows: Vec<(Vec<u8>, i64)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    rows.into_iter()
        .map(|(device, time)| Ok((DeviceId(fixed(device, "a device id")?), unsigned(time))))
        .collect()
}
