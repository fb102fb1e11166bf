//! Stand-ins (AB角): who has whose rights beside their own, from a day to a day.

use doorstep_records::{Role, StandIn};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Result, StoreError, signed, stations, unsigned};
use crate::rights::StandsFor;

/// Where somebody stands in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// At the console: both are accounts.
    Center,
    /// At a station: both are staff numbers.
    Station,
}

/// Somebody stands in for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Number of the line.
    pub id: i64,
    /// Where.
    pub place: Place,
    /// Account or staff number.
    pub who: String,
    /// Account or staff number.
    pub stands_for: String,
    /// First day, `2026-03-01`.
    pub from: String,
    /// Last day.
    pub until: String,
    /// When it was ended before its time, milliseconds.
    pub ended: Option<u64>,
}

impl Place {
    fn word(self) -> &'static str {
        match self {
            Self::Center => "center",
            Self::Station => "station",
        }
    }
}

/// Adds one; `line.id` does not matter.
pub fn add(sql: &Connection, line: &Line) -> Result<()> {
    sql.execute(
        "INSERT INTO stand_ins(place, who, stands_for, first_day, last_day) VALUES(?,?,?,?,?)",
        params![line.place.word(), line.who, line.stands_for, line.from, line.until],
    )?;
    Ok(())
}

/// One of them.
pub fn get(sql: &Connection, id: i64) -> Result<Option<Line>> {
    let row = sql
        .prepare_cached("SELECT * FROM stand_ins WHERE id = ?")?
        .query_row([id], |r| Ok(line(r)))
        .optional()?;
    row.transpose()
}

/// It ends now.
pub fn end(sql: &Connection, id: i64, now: u64) -> Result<()> {
    sql.execute("UPDATE stand_ins SET ended = ? WHERE id = ?", params![signed(now), id])?;
    Ok(())
}

/// The last ones, newest first; `most` at most.
pub fn all(sql: &Connection, most: u32) -> Result<Vec<Line>> {
    let mut statement = sql.prepare_cached("SELECT * FROM stand_ins ORDER BY id DESC LIMIT ?")?;
    let mut rows = statement.query([most])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(line(row)?);
    }
    Ok(lines)
}

/// Whether the same two have a day in common with this one already.
pub fn overlaps(sql: &Connection, new: &Line) -> Result<bool> {
    Ok(sql
        .prepare_cached(
            "SELECT 1 FROM stand_ins WHERE place = ? AND who = ? AND stands_for = ? AND ended IS NULL
             AND first_day <= ? AND last_day >= ?",
        )?
        .exists(params![new.place.word(), new.who, new.stands_for, new.until, new.from])?)
}

/// For whom an account stands in on this day. Nobody stands in for an account that is disabled.
pub fn of_account(sql: &Connection, account: &str, today: &str) -> Result<Vec<StandsFor>> {
    let mut statement = sql.prepare_cached(
        "SELECT a.name, a.role, max(s.last_day) AS until FROM stand_ins s JOIN accounts a ON a.account = s.stands_for
         WHERE s.place = 'center' AND s.who = ?1 AND s.ended IS NULL AND s.first_day <= ?2 AND s.last_day >= ?2
           AND a.disabled IS NULL GROUP BY a.account ORDER BY a.account",
    )?;
    let mut rows = statement.query([account, today])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(StandsFor {
            name: row.get("name")?,
            role: Role::read(&row.get::<_, String>("role")?).ok_or(StoreError::Damaged("a role"))?,
            until: row.get("until")?,
        });
    }
    Ok(found)
}

/// Who stands in at a station on this day or later, as its devices are told.
pub fn at_station(sql: &Connection, division: &str, today: &str) -> Result<Vec<StandIn>> {
    let mut statement = sql.prepare_cached(
        "SELECT p.*, s.stands_for, s.first_day, s.last_day FROM stand_ins s
         JOIN staff p ON p.number = s.who AND p.gone IS NULL
         JOIN staff o ON o.number = s.stands_for AND o.gone IS NULL
         WHERE s.place = 'station' AND o.station = ? AND s.ended IS NULL AND s.last_day >= ? ORDER BY s.id",
    )?;
    let mut rows = statement.query([division, today])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(StandIn {
            person: stations::person(row)?,
            stands_for: row.get("stands_for")?,
            from: row.get("first_day")?,
            until: row.get("last_day")?,
        });
    }
    Ok(found)
}

/// Stations at which this staff member stands in on this day or later.
pub fn stations_of(sql: &Connection, number: &str, today: &str) -> Result<Vec<String>> {
    let mut statement = sql.prepare_cached(
        "SELECT DISTINCT o.station FROM stand_ins s JOIN staff o ON o.number = s.stands_for
         WHERE s.place = 'station' AND s.who = ? AND s.ended IS NULL AND s.last_day >= ? ORDER BY o.station",
    )?;
    let stations = statement.query_map([number, today], |r| r.get(0))?;
    Ok(stations.collect::<rusqlite::Result<_>>()?)
}

fn line(row: &Row<'_>) -> Result<Line> {
    let place = match row.get::<_, String>("place")?.as_str() {
        "center" => Place::Center,
        "station" => Place::Station,
        _ => return Err(StoreError::Damaged("a stand-in")),
    };
    Ok(Line {
        id: row.get("id")?,
        place,
        who: row.get("who")?,
        stands_for: row.get("stands_for")?,
        from: row.get("first_day")?,
        until: row.get("last_day")?,
        ended: row.get::<_, Option<i64>>("ended")?.map(unsigned),
    })
}
