//! Figures, and the state of stations.

use std::collections::BTreeMap;

use doorstep_records::Status;
use doorstep_records::deadline::{Deadline, Light};

use crate::center::Center;
use crate::desk::station_name;
use crate::error::ApiError;
use crate::project::{read_word, word};
use crate::routes::{DeviceRow, LightCount, Overview, StaffRow, StationCount, StationRow, StatusCount};
use crate::store;

impl Center {
    /// Counts by status, light and station.
    pub fn overview(&self) -> Result<Overview, ApiError> {
        let (now, today) = (self.clock.now(), self.today());
        self.store.read(|sql| {
            let mut by_status: BTreeMap<String, u32> = BTreeMap::new();
            let mut by_light: BTreeMap<String, u32> = BTreeMap::new();
            let mut stations: BTreeMap<String, StationCount> = BTreeMap::new();
            let devices = store::devices::all(sql)?;
            let known: Vec<String> = store::stations::all(sql)?
                .into_iter()
                .map(|station| station.division)
                .collect();
            let figures = store::cases::figures(sql)?;
            for division in known.iter().chain(figures.iter().map(|(station, ..)| station)) {
                if !stations.contains_key(division) {
                    let contacts = devices
                        .iter()
                        .filter(|device| device.station == *division)
                        .filter_map(|d| d.last_contact);
                    let count = StationCount {
                        station: station_name(sql, division)?,
                        total: 0,
                        open: 0,
                        yellow: 0,
                        red: 0,
                        paused: 0,
                        last_contact: contacts.max(),
                    };
                    stations.insert(division.clone(), count);
                }
            }
            for (station, status, due, light) in &figures {
                let light = if due.is_empty() {
                    read_word(light).unwrap_or(Light::Done)
                } else {
                    Deadline::running(due.clone(), &today).light
                };
                *by_status.entry(status.clone()).or_default() += 1;
                *by_light.entry(word(light)).or_default() += 1;
                if let Some(count) = stations.get_mut(station) {
                    count.total += 1;
                    let is_final = read_word::<Status>(status).is_some_and(Status::is_final);
                    count.open += u32::from(!is_final);
                    match light {
                        Light::Yellow => count.yellow += 1,
                        Light::Red => count.red += 1,
                        Light::Paused => count.paused += 1,
                        Light::Green | Light::Done => {}
                    }
                }
            }
            Ok(Overview {
                now,
                today: today.clone(),
                total: by_status.values().sum(),
                by_status: by_status
                    .iter()
                    .filter_map(|(status, count)| {
                        Some(StatusCount {
                            status: read_word(status)?,
                            count: *count,
                        })
                    })
                    .collect(),
                by_light: by_light
                    .iter()
                    .filter_map(|(light, count)| {
                        Some(LightCount {
                            light: read_word(light)?,
                            count: *count,
                        })
                    })
                    .collect(),
                by_station: stations.into_values().collect(),
            })
        })
    }

    /// Stations with staff and devices.
    pub fn stations(&self) -> Result<Vec<StationRow>, ApiError> {
        let now = self.clock.now();
        self.store.read(|sql| {
            let waiting = store::files::waiting(sql)?;
            let devices = store::devices::all(sql)?;
            let codes = store::enrolment::open(sql, now)?;
            let mut rows = Vec::new();
            for station in store::stations::all(sql)? {
                let staff = store::stations::staff(sql, &station.division)?;
                let staff = staff
                    .into_iter()
                    .map(|s| StaffRow {
                        number: s.number,
                        name: s.name,
                        role: s.role,
                    })
                    .collect();
                let own = devices.iter().filter(|device| device.station == station.division);
                let device = |device: &store::devices::Device| {
                    let waits = waiting.iter().find(|(id, ..)| *id == device.id);
                    DeviceRow {
                        id: device.id.to_string(),
                        code: device.code.clone(),
                        label: device.label.clone(),
                        enrolled: device.enrolled,
                        last_contact: device.last_contact,
                        waiting_files: waits.map_or(0, |(_, count, _)| *count),
                        waiting_bytes: waits.map_or(0, |(.., bytes)| *bytes),
                        revoked: device.revoked,
                        revoked_reason: device.revoked_reason.clone(),
                        hands_over: device.hands_over,
                    }
                };
                rows.push(StationRow {
                    staff,
                    devices: own.map(device).collect(),
                    open_codes: codes
                        .iter()
                        .find(|(division, _)| *division == station.division)
                        .map_or(0, |(_, n)| *n),
                    division: station.division,
                    name: station.name,
                    town: station.town,
                    address: station.address,
                    telephone: station.telephone,
                });
            }
            Ok(rows)
        })
    }
}
