//! What a district is made of: its name, its stations, who works there.

use doorstep_records::{Role, Staff};

use crate::center::Center;
use crate::error::ApiError;
use crate::password::{hash_pin, random_pin};
use crate::store;
use crate::store::stations::Station;

/// Most characters of a name or an address.
const LONGEST: usize = 120;

impl Center {
    /// Names the district. `division` is its 12-digit code, ending in `000000`; it can be set once.
    pub fn set_district(&self, division: &str, name: &str) -> Result<(), ApiError> {
        if !is_division(division) || !division.ends_with("000000") {
            return Err(ApiError::bad_request(
                "a district's code has 12 digits and ends in 000000",
            ));
        }
        self.store.write(|sql| {
            let known = store::meta::text(sql, "district_division")?;
            if !known.is_empty() && known != division {
                return Err(ApiError::bad_request("this center belongs to another district already"));
            }
            store::meta::set(sql, "district_division", division.as_bytes())?;
            Ok(store::meta::set(sql, "district_name", name.as_bytes())?)
        })
    }

    /// Names the seal (审批专用章) under which the district decides.
    pub fn set_seal(&self, name: &str) -> Result<(), ApiError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST {
            return Err(ApiError::bad_request("a seal has a name, of at most 120 characters"));
        }
        Ok(self.store.write(|sql| store::meta::set(sql, "seal", name.as_bytes()))?)
    }

    /// Whether the district has been named.
    pub fn has_district(&self) -> Result<bool, ApiError> {
        Ok(self.store.read(|sql| self.district_scope(sql))?.is_some())
    }

    /// Adds a station, or changes it; its devices learn of it.
    pub fn put_station(
        &self,
        division: &str,
        name: &str,
        town: &str,
        address: &str,
        telephone: &str,
    ) -> Result<(), ApiError> {
        if !is_division(division)
            || [name, town, address, telephone]
                .iter()
                .any(|text| text.chars().count() > LONGEST)
        {
            return Err(ApiError::bad_request(
                "a station's code has 12 digits, and its name and address are short",
            ));
        }
        let station = Station {
            division: division.to_owned(),
            name: name.to_owned(),
            town: town.to_owned(),
            address: address.to_owned(),
            telephone: telephone.to_owned(),
        };
        let known = self.store.write(|sql| {
            let known = store::stations::get(sql, division)?.is_some();
            store::stations::put(sql, &station)?;
            Ok::<_, ApiError>(known)
        })?;
        if known {
            self.grant_anew(division)
        } else {
            self.introduce(division)
        }
    }

    /// Adds somebody to a station, or gives them a new PIN; the PIN, which is stored nowhere. The station's devices
    /// learn of it at next contact.
    pub fn put_staff(&self, division: &str, number: &str, name: &str, role: Role) -> Result<String, ApiError> {
        let plain = |text: &str| !text.trim().is_empty() && text.chars().count() <= 40;
        // Every save carries the number, and has room for 64 bytes.
        if !plain(number) || !plain(name) || number.len() > 64 {
            return Err(ApiError::bad_request("number and name are 1 to 40 characters"));
        }
        let pin = random_pin(&*self.random);
        let hashed = hash_pin(&pin, &*self.random).ok_or_else(|| ApiError::bad_request("the PIN cannot be hashed"))?;
        let staff = Staff {
            number: number.to_owned(),
            name: name.to_owned(),
            role,
            pin_salt: hashed.salt,
            pin_hash: hashed.hash,
        };
        let before = self.store.write(|sql| {
            store::stations::get(sql, division)?.ok_or_else(|| ApiError::not_found("station"))?;
            let before = store::stations::station_of(sql, number)?;
            store::stations::put_staff(sql, division, &staff)?;
            Ok::<_, ApiError>(before)
        })?;
        self.grant_anew(division)?;
        // Whoever moves unlocks nothing any more where they were.
        if let Some(before) = before.filter(|before| before != division) {
            self.grant_anew(&before)?;
        }
        Ok(pin)
    }
}

fn is_division(code: &str) -> bool {
    code.len() == 12 && code.bytes().all(|b| b.is_ascii_digit())
}
