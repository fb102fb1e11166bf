//! Stand-ins (AB角): somebody has another one's rights beside their own, from a day to a day. It ends by itself.

use doorstep_records::people::{LONGEST, in_place_of};
use doorstep_records::{Right, Role};
use jiff::ToSpan;
use jiff::civil::Date;

use crate::accounts::yourself;
use crate::center::Center;
use crate::deeds::Deed;
use crate::error::ApiError;
use crate::rights::Actor;
use crate::routes::{NewStandIn, StandInRow, StandInState};
use crate::staff::member;
use crate::store::stand_ins::{Line, Place};
use crate::store::{self, Connection};

/// Lines that are shown.
const MOST: u32 = 200;
/// A stand-in of more days than this is another post.
const LONGEST_DAYS: i32 = 366;

/// Somebody who stands in, or for whom somebody does.
struct Party {
    name: String,
    role: Role,
    /// Division of the station; empty at the center.
    station: String,
}

impl Center {
    /// The last stand-ins, newest first.
    pub fn stand_ins(&self) -> Result<Vec<StandInRow>, ApiError> {
        let today = self.today();
        self.store.read(|sql| {
            let lines = store::stand_ins::all(sql, MOST)?;
            lines.into_iter().map(|line| row(sql, line, &today)).collect()
        })
    }

    /// Somebody stands in for somebody. Nobody arranges that for themselves.
    pub fn add_stand_in(&self, by: &Actor, request: &NewStandIn) -> Result<(), ApiError> {
        let line = Line {
            id: 0,
            place: if request.at_station {
                Place::Station
            } else {
                Place::Center
            },
            who: request.who.clone(),
            stands_for: request.whom.clone(),
            from: request.from.clone(),
            until: request.until.clone(),
            ended: None,
        };
        let mut faults = days(&line.from, &line.until, &self.today());
        let whom = self.store.write(|sql| {
            if line.place == Place::Center && line.who == by.account {
                return Err(yourself());
            }
            let (who, whom) = (
                party(sql, line.place, &line.who)?,
                party(sql, line.place, &line.stands_for)?,
            );
            if who.is_none() || line.who == line.stands_for {
                faults.push(("who", "unknown"));
            }
            if whom.is_none() {
                faults.push(("whom", "unknown"));
            }
            if in_place_of(&line.who, &line.stands_for).len() > LONGEST {
                faults.push(("who", "too_long"));
            }
            if store::stand_ins::overlaps(sql, &line)? {
                faults.push(("from", "taken"));
            }
            let (Some(who), Some(whom), true) = (who, whom, faults.is_empty()) else {
                return Err(ApiError::fields(
                    faults.into_iter().map(|(name, code)| (name.to_owned(), code)),
                ));
            };
            if !who.role.may_stand_in_for(whom.role) {
                return Err(ApiError::fields([("who".to_owned(), "unknown")]));
            }
            store::stand_ins::add(sql, &line)?;
            let deed = Deed::StandInSet {
                who: who.name,
                whom: whom.name.clone(),
                from: line.from.clone(),
                until: line.until.clone(),
            };
            self.write_down(sql, by, Right::ManagePeople, &deed)?;
            Ok(whom)
        })?;
        self.tell(&whom)
    }

    /// Ends one before its time.
    pub fn end_stand_in(&self, by: &Actor, id: i64) -> Result<(), ApiError> {
        let now = self.clock.now();
        let whom = self.store.write(|sql| {
            let unknown = || ApiError::not_found("stand-in");
            let line = store::stand_ins::get(sql, id)?.filter(|line| line.ended.is_none());
            let line = line.ok_or_else(unknown)?;
            store::stand_ins::end(sql, id, now)?;
            let shown = row(sql, line.clone(), &self.today())?;
            let deed = Deed::StandInEnded {
                who: shown.who_name,
                whom: shown.whom_name,
            };
            self.write_down(sql, by, Right::ManagePeople, &deed)?;
            Ok::<_, ApiError>(party(sql, line.place, &line.stands_for)?)
        })?;
        whom.map_or(Ok(()), |whom| self.tell(&whom))
    }

    /// The devices of a station learn of it.
    fn tell(&self, whom: &Party) -> Result<(), ApiError> {
        if whom.station.is_empty() {
            return Ok(());
        }
        self.grant_anew(&whom.station)
    }
}

/// Who this is now; `None` for nobody, or who has left.
fn party(sql: &Connection, place: Place, key: &str) -> Result<Option<Party>, ApiError> {
    if place == Place::Station {
        return Ok(member(sql, key).ok().map(|(staff, station)| Party {
            name: staff.name,
            role: staff.role,
            station,
        }));
    }
    if store::accounts::is_disabled(sql, key)? {
        return Ok(None);
    }
    Ok(store::accounts::get(sql, key)?.map(|(account, _)| Party {
        name: account.name,
        role: account.role,
        station: String::new(),
    }))
}

fn name(sql: &Connection, place: Place, key: &str) -> Result<String, ApiError> {
    let known = match place {
        Place::Center => store::accounts::get(sql, key)?.map(|(account, _)| account.name),
        Place::Station => store::stations::staff_name(sql, key)?,
    };
    Ok(known.unwrap_or_else(|| key.to_owned()))
}

fn row(sql: &Connection, line: Line, today: &str) -> Result<StandInRow, ApiError> {
    let state = if line.ended.is_some() || line.until.as_str() < today {
        StandInState::Over
    } else if line.from.as_str() > today {
        StandInState::Coming
    } else {
        StandInState::Now
    };
    Ok(StandInRow {
        id: line.id,
        at_station: line.place == Place::Station,
        who_name: name(sql, line.place, &line.who)?,
        whom_name: name(sql, line.place, &line.stands_for)?,
        from: line.from,
        until: line.until,
        state,
    })
}

/// What is wrong with the days.
fn days(from: &str, until: &str, today: &str) -> Vec<(&'static str, &'static str)> {
    let read = |text: &str| text.parse::<Date>().ok().filter(|day| day.to_string() == text);
    let mut faults = Vec::new();
    let (first, last) = (read(from), read(until));
    for (field, text, day) in [("from", from, first), ("until", until, last)] {
        if day.is_none() {
            faults.push((field, if text.is_empty() { "required" } else { "date" }));
        }
    }
    if let (Some(first), Some(last)) = (first, last) {
        let most = first.saturating_add(LONGEST_DAYS.days());
        if last < first || until < today {
            faults.push(("until", "past"));
        } else if last > most {
            faults.push(("until", "too_long"));
        }
    }
    faults
}
