//! Stations and who works there.

use std::collections::HashMap;

use doorstep_records::{Role, Staff, people};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Result, StoreError, signed, unsigned};

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
        "INSERT OR REPLACE INTO staff(number, station, name, role, pin_salt, pin_hash) VALUES(?,?,?,?,?,?)",
        params![
            staff.number,
            division,
            staff.name,
            staff.role.word(),
            staff.pin_salt,
            staff.pin_hash
        ],
    )?;
    Ok(())
}

/// Who works at a station, in order of number.
pub fn staff(sql: &Connection, division: &str) -> Result<Vec<Staff>> {
    let mut statement = sql.prepare_cached("SELECT * FROM staff WHERE station = ? AND gone IS NULL ORDER BY number")?;
    let mut rows = statement.query([division])?;
    let mut staff = Vec::new();
    while let Some(row) = rows.next()? {
        staff.push(person(row)?);
    }
    Ok(staff)
}

/// A staff member with their station, and since when they are gone.
pub fn member(sql: &Connection, number: &str) -> Result<Option<(Staff, String, Option<u64>)>> {
    let row = sql
        .prepare_cached("SELECT * FROM staff WHERE number = ?")?
        .query_row([number], |r| {
            Ok((person(r), r.get("station")?, r.get::<_, Option<i64>>("gone")?))
        })
        .optional()?;
    row.map(|(staff, station, gone)| Ok((staff?, station, gone.map(unsigned))))
        .transpose()
}

/// A staff member works here no longer. The name stays, for the record of what they did.
pub fn remove_staff(sql: &Connection, number: &str, now: u64) -> Result<()> {
    sql.execute(
        "UPDATE staff SET gone = ? WHERE number = ?",
        params![signed(now), number],
    )?;
    Ok(())
}

/// The name of a staff member; of who stood in for somebody, both names.
pub fn staff_name(sql: &Connection, number: &str) -> Result<Option<String>> {
    let (who, whom) = people::who_and_whom(number);
    let mut names = HashMap::new();
    for number in [Some(who), whom].into_iter().flatten() {
        let name: Option<String> = sql
            .prepare_cached("SELECT name FROM staff WHERE number = ?")?
            .query_row([number], |r| r.get(0))
            .optional()?;
        names.extend(name.map(|name| (number, name)));
    }
    Ok(people::named(number, |number| names.get(number).cloned()))
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

/// A row of `staff`.
pub(super) fn person(row: &Row<'_>) -> Result<Staff> {
    Ok(Staff {
        number: row.get("number")?,
        name: row.get("name")?,
        role: Role::read(&row.get::<_, String>("role")?).ok_or(StoreError::Damaged("a role"))?,
        pin_salt: row.get("pin_salt")?,
        pin_hash: row.get("pin_hash")?,
    })
}
