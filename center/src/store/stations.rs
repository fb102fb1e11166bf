//! Stations and who works there.

use doorstep_records::{Role, Staff};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Result, StoreError};

/// A station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// 12-digit division.
    pub division: String,
    /// Name.
    pub name: String,
    /// Town name.
    pub town: String,
    /// Address.
    pub address: String,
    /// Telephone.
    pub telephone: String,
}

/// Adds a station, or changes it.
pub fn put(sql: &Connection, station: &Station) -> Result<()> {
    sql.execute(
        "INSERT INTO stations VALUES(?,?,?,?,?) ON CONFLICT(division) DO UPDATE SET
         name = excluded.name, town = excluded.town, address = excluded.address, telephone = excluded.telephone",
        params![
            station.division,
            station.name,
            station.town,
            station.address,
            station.telephone
        ],
    )?;
    Ok(())
}

/// One station.
pub fn get(sql: &Connection, division: &str) -> Result<Option<Station>> {
    Ok(sql
        .prepare_cached("SELECT * FROM stations WHERE division = ?")?
        .query_row([division], station)
        .optional()?)
}

/// All stations, in order of division.
pub fn all(sql: &Connection) -> Result<Vec<Station>> {
    let mut statement = sql.prepare_cached("SELECT * FROM stations ORDER BY division")?;
    Ok(statement.query_map([], station)?.collect::<rusqlite::Result<_>>()?)
}

/// Adds a staff member, or changes them.
pub fn put_staff(sql: &Connection, division: &str, staff: &Staff) -> Result<()> {
    sql.execute(
        "INSERT OR REPLACE INTO staff VALUES(?,?,?,?,?,?)",
        params![
            staff.number,
            division,
            staff.name,
            role_word(staff.role),
            staff.pin_salt,
            staff.pin_hash
        ],
    )?;
    Ok(())
}

/// Who works at a station, in order of number.
pub fn staff(sql: &Connection, division: &str) -> Result<Vec<Staff>> {
    let mut statement = sql.prepare_cached("SELECT * FROM staff WHERE station = ? ORDER BY number")?;
    let mut rows = statement.query([division])?;
    let mut staff = Vec::new();
    while let Some(row) = rows.next()? {
        staff.push(Staff {
            number: row.get("number")?,
            name: row.get("name")?,
            role: role(&row.get::<_, String>("role")?)?,
            pin_salt: row.get("pin_salt")?,
            pin_hash: row.get("pin_hash")?,
        });
    }
    Ok(staff)
}

/// The name of a staff member.
pub fn staff_name(sql: &Connection, number: &str) -> Result<Option<String>> {
    Ok(sql
        .prepare_cached("SELECT name FROM staff WHERE number = ?")?
        .query_row([number], |r| r.get(0))
        .optional()?)
}

/// Where a member of staff works.
pub fn station_of(sql: &Connection, number: &str) -> Result<Option<String>> {
    Ok(sql
        .prepare_cached("SELECT station FROM staff WHERE number = ?")?
        .query_row([number], |r| r.get(0))
        .optional()?)
}

fn station(row: &Row<'_>) -> rusqlite::Result<Station> {
    Ok(Station {
        division: row.get("division")?,
        name: row.get("name")?,
        town: row.get("town")?,
        address: row.get("address")?,
        telephone: row.get("telephone")?,
    })
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::VillageClerk => "village_clerk",
        Role::Agent => "agent",
        Role::TownClerk => "town_clerk",
    }
}

fn role(word: &str) -> Result<Role> {
    match word {
        "village_clerk" => Ok(Role::VillageClerk),
        "agent" => Ok(Role::Agent),
        "town_clerk" => Ok(Role::TownClerk),
        _ => Err(StoreError::Damaged("a role")),
    }
}
