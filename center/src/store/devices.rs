//! Devices and when they were last heard of. What they may do is in their grants.

use doorstep_sync::DeviceId;
use rusqlite::{Connection, Row, params};

use super::{Result, fixed, signed, unsigned};

/// A device.
#[derive(Clone, Debug)]
pub struct Device {
    /// Id.
    pub id: DeviceId,
    /// Public key.
    pub public_key: Vec<u8>,
    /// Station's division.
    pub station: String,
    /// Code within the station.
    pub code: String,
    /// Name for people.
    pub label: String,
    /// When it joined.
    pub enrolled: u64,
    /// When it was last heard of.
    pub last_contact: Option<u64>,
    /// When it was revoked.
    pub revoked: Option<u64>,
    /// Why.
    pub revoked_reason: String,
    /// It was given back and hands over what it wrote before.
    pub hands_over: bool,
}

/// A new device.
pub fn add(sql: &Connection, device: &Device) -> Result<()> {
    sql.execute(
        "INSERT INTO devices(id, public_key, station, code, label, enrolled) VALUES(?,?,?,?,?,?)",
        params![
            &device.id.0[..],
            device.public_key,
            device.station,
            device.code,
            device.label,
            signed(device.enrolled)
        ],
    )?;
    Ok(())
}

/// All devices, by station, revoked ones last.
pub fn all(sql: &Connection) -> Result<Vec<Device>> {
    let mut statement = sql.prepare_cached("SELECT * FROM devices ORDER BY station, revoked IS NOT NULL, code")?;
    let mut rows = statement.query([])?;
    let mut devices = Vec::new();
    while let Some(row) = rows.next()? {
        devices.push(read(row)?);
    }
    Ok(devices)
}

/// One device.
pub fn get(sql: &Connection, id: &DeviceId) -> Result<Option<Device>> {
    let mut statement = sql.prepare_cached("SELECT * FROM devices WHERE id = ?")?;
    let mut rows = statement.query([&id.0[..]])?;
    rows.next()?.map(read).transpose()
}

/// It was just heard of.
pub fn heard(sql: &Connection, id: &DeviceId, now: u64) -> Result<()> {
    sql.prepare_cached("UPDATE devices SET last_contact = ? WHERE id = ?")?
        .execute(params![signed(now), &id.0[..]])?;
    Ok(())
}

/// It is revoked. `false` when it was before; one that hands over may be found to be lost.
pub fn revoke(sql: &Connection, id: &DeviceId, at: u64, hand_over: bool, reason: &str, by: &str) -> Result<bool> {
    let text = "UPDATE devices SET revoked = min(ifnull(revoked, ?1), ?1), revoked_reason = ?2, revoked_by = ?3, hands_over = ?4
                WHERE id = ?5 AND (revoked IS NULL OR hands_over AND NOT ?4)";
    Ok(sql.execute(text, params![signed(at), reason, by, hand_over, &id.0[..]])? == 1)
}

fn read(row: &Row<'_>) -> Result<Device> {
    Ok(Device {
        id: DeviceId(fixed(row.get("id")?, "a device id")?),
        public_key: row.get("public_key")?,
        station: row.get("station")?,
        code: row.get("code")?,
        label: row.get("label")?,
        enrolled: unsigned(row.get("enrolled")?),
        last_contact: row.get::<_, Option<i64>>("last_contact")?.map(unsigned),
        revoked: row.get::<_, Option<i64>>("revoked")?.map(unsigned),
        revoked_reason: row.get("revoked_reason")?,
        hands_over: row.get("hands_over")?,
    })
}
