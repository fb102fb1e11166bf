//! Staff of stations, as an administrator keeps them. The devices of a station learn of it at next contact.

use doorstep_records::people::FOR;
use doorstep_records::{Right, Role, Staff};

use crate::accounts::named;
use crate::center::Center;
use crate::deeds::Deed;
use crate::error::ApiError;
use crate::password::{Pin, hash_pin, random_pin};
use crate::rights::Actor;
use crate::routes::{NewStaff, StaffChange};
use crate::store::stations::Station;
use crate::store::{self, Connection};

/// Most bytes of a staff number: every save carries it, or two of them ([`doorstep_records::people::in_place_of`]).
const LONGEST_NUMBER: usize = 31;

impl Center {
    /// Somebody begins to work at a station; their first PIN, which is stored nowhere. Who had left may come back.
    pub fn add_staff(&self, by: &Actor, division: &str, request: &NewStaff) -> Result<String, ApiError> {
        let (number, name) = (request.number.trim(), request.name.trim());
        let mut faults = Vec::new();
        faults.extend(named(number).map(|code| ("number", code)));
        faults.extend(named(name).map(|code| ("name", code)));
        if number.len() > LONGEST_NUMBER {
            faults.push(("number", "too_long"));
        }
        if number.contains(FOR) {
            faults.push(("number", "characters"));
        }
        if !Role::AT_STATION.contains(&request.role) {
            faults.push(("role", "unknown"));
        }
        let (pin, hashed) = self.new_pin()?;
        self.store.write(|sql| {
            let station = station(sql, division)?;
            // The number stands in the record of what its owner did: nobody else can have it.
            let known = store::stations::member(sql, number)?;
            if known.is_some_and(|(staff, _, gone)| gone.is_none() || staff.name != name) {
                faults.push(("number", "taken"));
            }
            if !faults.is_empty() {
                return Err(ApiError::fields(
                    faults.into_iter().map(|(name, code)| (name.to_owned(), code)),
                ));
            }
            let staff = Staff {
                number: number.to_owned(),
                name: name.to_owned(),
                role: request.role,
                pin_salt: hashed.salt,
                pin_hash: hashed.hash,
            };
            store::stations::put_staff(sql, division, &staff)?;
            let deed = Deed::StaffAdded {
                number: staff.number,
                name: staff.name,
                role: staff.role,
                station: station.name,
            };
            self.write_down(sql, by, Right::ManagePeople, &deed)
        })?;
        self.grant_where(number, &[division])?;
        Ok(pin)
    }

    /// Gives somebody another name, role or station.
    pub fn change_staff(&self, by: &Actor, number: &str, change: &StaffChange) -> Result<(), ApiError> {
        let name = change.name.trim();
        if let Some(code) = named(name) {
            return Err(ApiError::fields([("name".to_owned(), code)]));
        }
        if !Role::AT_STATION.contains(&change.role) {
            return Err(ApiError::fields([("role".to_owned(), "unknown")]));
        }
        let before = self.store.write(|sql| {
            let (staff, before) = member(sql, number)?;
            let station = station(sql, &change.station)?;
            let staff = Staff {
                name: name.to_owned(),
                role: change.role,
                ..staff
            };
            store::stations::put_staff(sql, &station.division, &staff)?;
            let deed = Deed::StaffChanged {
                number: staff.number,
                name: staff.name,
                role: staff.role,
                station: station.name,
            };
            self.write_down(sql, by, Right::ManagePeople, &deed)?;
            Ok::<_, ApiError>(before)
        })?;
        // Whoever moves unlocks nothing any more where they were.
        self.grant_where(number, &[&change.station, &before])
    }

    /// Gives somebody a new PIN, which is stored nowhere.
    pub fn set_pin(&self, by: &Actor, number: &str) -> Result<String, ApiError> {
        let (pin, hashed) = self.new_pin()?;
        let division = self.store.write(|sql| {
            let (staff, division) = member(sql, number)?;
            let staff = Staff {
                pin_salt: hashed.salt,
                pin_hash: hashed.hash,
                ..staff
            };
            store::stations::put_staff(sql, &division, &staff)?;
            let deed = Deed::PinSet {
                number: staff.number,
                name: staff.name,
            };
            self.write_down(sql, by, Right::ManagePeople, &deed)?;
            Ok::<_, ApiError>(division)
        })?;
        self.grant_where(number, &[&division])?;
        Ok(pin)
    }

    /// Somebody works at their station no longer: out at its devices' next contact. What they did stays under their name.
    pub fn remove_staff(&self, by: &Actor, number: &str) -> Result<(), ApiError> {
        let now = self.clock.now();
        let division = self.store.write(|sql| {
            let (staff, division) = member(sql, number)?;
            store::stations::remove_staff(sql, number, now)?;
            let deed = Deed::StaffRemoved {
                number: staff.number,
                name: staff.name,
            };
            self.write_down(sql, by, Right::ManagePeople, &deed)?;
            Ok::<_, ApiError>(division)
        })?;
        self.grant_where(number, &[&division])
    }

    /// Grants anew where a change about this staff member counts: at these stations, and where they stand in.
    fn grant_where(&self, number: &str, divisions: &[&str]) -> Result<(), ApiError> {
        let today = self.today();
        let also = self
            .store
            .read(|sql| store::stand_ins::stations_of(sql, number, &today))?;
        let mut all: Vec<&str> = divisions
            .iter()
            .copied()
            .chain(also.iter().map(String::as_str))
            .collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().try_for_each(|division| self.grant_anew(division))
    }

    fn new_pin(&self) -> Result<(String, Pin), ApiError> {
        let pin = random_pin(&*self.random);
        let hashed = hash_pin(&pin, &*self.random).ok_or_else(|| ApiError::bad_request("the PIN cannot be hashed"))?;
        Ok((pin, hashed))
    }
}

fn station(sql: &Connection, division: &str) -> Result<Station, ApiError> {
    store::stations::get(sql, division)?.ok_or_else(|| ApiError::not_found("station"))
}

/// Who works somewhere now, and where.
pub(crate) fn member(sql: &Connection, number: &str) -> Result<(Staff, String), ApiError> {
    let known = store::stations::member(sql, number)?.filter(|(_, _, gone)| gone.is_none());
    let (staff, division, _) = known.ok_or_else(|| ApiError::not_found("staff"))?;
    Ok((staff, division))
}
