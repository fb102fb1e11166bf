//! Devices join, and are sent away.

use axum::http::StatusCode;
use doorstep_records::{StationDetails, kind};
use doorstep_sync::payload::{Grant, Revoke};
use doorstep_sync::{DeviceId, Item, Kind, Millis, Scope, ScopePattern, VerifyingKey};

use crate::center::Center;
use crate::error::ApiError;
use crate::password::{code_hash, random_code};
use crate::store::devices::Device;
use crate::store::stations::Station;
use crate::store::{self, Connection, StoreError};

/// How long an enrolment code is good.
const CODE_LIFE: Millis = 24 * 3_600_000;
/// How long a grant holds: 5 years.
const GRANT_LIFE: Millis = 5 * 365 * 24 * 3_600_000;
/// Longest name of a device, characters.
const LABEL: usize = 60;

impl Center {
    /// A one-time code for a new device of a station, and when it ends.
    pub fn enrolment_code(&self, division: &str, label: &str) -> Result<(String, Millis), ApiError> {
        let code = random_code(&*self.random);
        let expires = self.clock.now() + CODE_LIFE;
        self.store.write(|sql| {
            store::stations::get(sql, division)?.ok_or_else(|| ApiError::not_found("station"))?;
            store::enrolment::add(sql, &code_hash(&code), division, &tidy(label, ""), expires)?;
            Ok((code, expires))
        })
    }

    /// Exchanges a code and a public key for a grant. The same code and key again (the answer was lost) gives the
    /// same grant again.
    pub fn enrol(&self, code: &str, public_key: &[u8], label: &str) -> Result<Item, ApiError> {
        let key = VerifyingKey::from_bytes(public_key).ok_or_else(|| ApiError::bad_request("not a public key"))?;
        let id = key.device();
        let now = self.clock.now();
        let item = self.store.write(|sql| {
            let hash = code_hash(code);
            if store::enrolment::used_by(sql, &hash, &id)? {
                return self.grant_of(sql, &id);
            }
            let wrong = || {
                ApiError::new(
                    StatusCode::FORBIDDEN,
                    "wrong_code",
                    "the code is unknown, used, or over",
                )
            };
            let (division, given) = store::enrolment::take(sql, &hash, &id, now)?.ok_or_else(wrong)?;
            let station = store::stations::get(sql, &division)?.ok_or_else(|| ApiError::not_found("station"))?;
            if store::devices::get(sql, &id)?.is_some() {
                return Err(ApiError::bad_request("this key belongs to a device already"));
            }
            let code = free_code(&store::devices::all(sql)?, &division)
                .ok_or_else(|| ApiError::bad_request("no device code is left"))?;
            // Several devices of one station are told apart also where nobody named them.
            let unnamed = format!("{} {code}", station.name);
            let device = Device {
                id,
                public_key: public_key.to_vec(),
                label: tidy(label, &tidy(&given, &unnamed)),
                code,
                station: division,
                enrolled: now,
                last_contact: None,
                revoked: None,
                revoked_reason: String::new(),
            };
            store::devices::add(sql, &device)?;
            self.grant(sql, &station, &device, now)
        })?;
        self.reload_grants()?;
        Ok(item)
    }

    /// Writes the grant of a device: its station, and who works there now. Stations that it covers are told first, without
    /// the PINs: they could not check what this device writes into their applications otherwise. The whole grant comes last.
    pub(crate) fn grant(
        &self,
        sql: &Connection,
        station: &Station,
        device: &Device,
        now: Millis,
    ) -> Result<Item, ApiError> {
        let details = StationDetails {
            division: station.division.clone(),
            name: station.name.clone(),
            town: station.town.clone(),
            district: store::meta::text(sql, "district_name")?,
            address: station.address.clone(),
            telephone: station.telephone.clone(),
            staff: store::stations::staff(sql, &station.division)?,
            stand_ins: Some(store::stand_ins::at_station(sql, &station.division, &self.today())?)
                .filter(|stand_ins| !stand_ins.is_empty()),
        };
        let mut grant = Grant {
            public_key: device.public_key.clone(),
            kinds: vec![kind::APPLICATION.to_owned()],
            scopes: vec![ScopePattern {
                division: station.division.clone(),
                period: None,
            }],
            from: now,
            until: now + GRANT_LIFE,
            code: device.code.clone(),
            label: device.label.clone(),
            details: minicbor::to_vec(&details).unwrap_or_default(),
        };
        let own = station_scope(&station.division)?;
        let whole = std::mem::replace(
            &mut grant.details,
            minicbor::to_vec(without_pins(details)).unwrap_or_default(),
        );
        for below in store::stations::all(sql)? {
            let scope = station_scope(&below.division)?;
            if scope != own && grant.scopes.iter().any(|pattern| pattern.covers(&scope)) {
                self.write_item(sql, Kind::Grant, scope, None, "", grant.to_bytes(), now, &[])?;
            }
        }
        // Its passport: what it may show to a device of another station, so that this one carries for it. No names, no
        // PINs.
        grant.details = Vec::new();
        self.write_item(sql, Kind::Grant, own.clone(), None, "", grant.to_bytes(), now, &[])?;
        grant.details = whole;
        Ok(self.write_item(sql, Kind::Grant, own, None, "", grant.to_bytes(), now, &[])?)
    }

    /// The newest grant of a device.
    fn grant_of(&self, sql: &Connection, id: &DeviceId) -> Result<Item, ApiError> {
        let belongs = |item: &Item| {
            let envelope = item.open().ok().filter(|envelope| envelope.kind == Kind::Grant);
            let grant = envelope.and_then(|envelope| Grant::from_bytes(&envelope.payload).ok());
            grant
                .and_then(|grant| VerifyingKey::from_bytes(&grant.public_key))
                .is_some_and(|key| key.device() == *id)
        };
        let grant = store::items::grants(sql)?.into_iter().rfind(belongs);
        grant.ok_or_else(|| StoreError::Damaged("a grant").into())
    }

    /// Tells a new station who signed before, and of the devices that cover it.
    pub(crate) fn introduce(&self, division: &str) -> Result<(), ApiError> {
        let scope = station_scope(division)?;
        let above = |station: &Station| {
            let pattern = ScopePattern {
                division: station.division.clone(),
                period: None,
            };
            station.division != division && pattern.covers(&scope)
        };
        let now = self.clock.now();
        self.store.write(|sql| self.tell_successions(sql, division, now))?;
        let stations = self.store.read(store::stations::all)?;
        stations
            .iter()
            .filter(|station| above(station))
            .try_for_each(|station| self.grant_anew(&station.division))
    }

    /// Grants every device of a station anew, after its staff changed.
    pub fn grant_anew(&self, division: &str) -> Result<(), ApiError> {
        let now = self.clock.now();
        self.store.write(|sql| {
            let station = store::stations::get(sql, division)?.ok_or_else(|| ApiError::not_found("station"))?;
            for device in store::devices::all(sql)?
                .iter()
                .filter(|d| d.station == division && d.revoked.is_none())
            {
                self.grant(sql, &station, device, now)?;
            }
            Ok::<_, ApiError>(())
        })?;
        Ok(self.reload_grants()?)
    }

    /// From now on nothing this device writes is taken.
    pub fn revoke(&self, id: &DeviceId, reason: &str, by: &str) -> Result<(), ApiError> {
        if reason.trim().is_empty() {
            return Err(ApiError::fields([("reason".to_owned(), "required")]));
        }
        let now = self.clock.now();
        self.store.write(|sql| {
            let device = store::devices::get(sql, id)?.ok_or_else(|| ApiError::not_found("device"))?;
            if store::devices::revoke(sql, id, now, reason.trim(), by)? {
                let payload = Revoke { device: *id, at: now }.to_bytes();
                self.write_item(
                    sql,
                    Kind::Revoke,
                    station_scope(&device.station)?,
                    None,
                    by,
                    payload,
                    now,
                    &[],
                )?;
            }
            Ok::<_, ApiError>(())
        })?;
        Ok(self.reload_grants()?)
    }
}

fn without_pins(mut details: StationDetails) -> StationDetails {
    let stand_ins = details
        .stand_ins
        .iter_mut()
        .flatten()
        .map(|stand_in| &mut stand_in.person);
    for staff in details.staff.iter_mut().chain(stand_ins) {
        staff.pin_salt.clear();
        staff.pin_hash.clear();
    }
    details
}

/// Where grants and revocations of a station lie.
pub(crate) fn station_scope(division: &str) -> Result<Scope, StoreError> {
    Scope::new(division, "0").map_err(|_| StoreError::Damaged("a division"))
}

/// The first code that no device of the station has or had: `A1`, `A2` … `A9`, `B1` … `Z9`.
fn free_code(devices: &[Device], division: &str) -> Option<String> {
    let codes = ('A'..='Z').flat_map(|letter| (1..=9).map(move |digit| format!("{letter}{digit}")));
    let taken = |code: &String| {
        devices
            .iter()
            .any(|device| device.station == division && device.code == *code)
    };
    codes.into_iter().find(|code| !taken(code))
}

fn tidy(label: &str, otherwise: &str) -> String {
    let label: String = label.trim().chars().filter(|c| !c.is_control()).take(LABEL).collect();
    if label.is_empty() { otherwise.to_owned() } else { label }
}
