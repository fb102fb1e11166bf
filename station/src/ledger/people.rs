//! Names of staff and devices, as the center's grants tell them.

use std::collections::HashMap;

use doorstep_records::people::named;
use doorstep_records::{Right, Role, Staff, StationDetails};
use doorstep_sync::payload::Grant;
use doorstep_sync::trust::Grants;

use crate::contract::{StaffView, StandsFor, StationView};

/// Who is who, as far as known here.
#[derive(Default)]
pub(crate) struct People {
    staff: HashMap<String, String>,
    devices: HashMap<String, String>,
    /// What this device's own grant says of its station.
    here: Option<StationDetails>,
}

impl People {
    pub(super) fn of(grants: &Grants, own: Option<&Grant>) -> Self {
        let mut people = Self {
            here: own.and_then(details),
            ..Self::default()
        };
        for (device, held) in grants.devices() {
            for grant in held {
                people.devices.insert(device.to_string(), grant.label.clone());
                for staff in details(grant).map(everybody).unwrap_or_default() {
                    people.staff.insert(staff.number, staff.name);
                }
            }
        }
        people
    }

    /// Name of a staff member, or the number when it is not known here; both names of who stood in for somebody.
    pub(crate) fn name(&self, staff: &str) -> String {
        named(staff, |number| self.staff.get(number).cloned()).unwrap_or_else(|| staff.to_owned())
    }

    /// Somebody who has a PIN here, with the role and for whom they stand in on this day (AB角); `None` on a day on which
    /// they have no business here.
    pub(crate) fn at_work(&self, person: &StaffView, today: &str) -> Option<StaffView> {
        // A grant that names nobody who works here says nothing: those known before stay.
        let Some(here) = self.here.as_ref().filter(|here| !here.staff.is_empty()) else {
            return Some(person.clone());
        };
        let member = |number: &str| here.staff.iter().find(|staff| staff.number == number);
        let home = member(&person.number);
        let mut duties = here.stand_ins.iter().flatten();
        let duty = duties.find_map(|duty| {
            let whom = member(&duty.stands_for)?;
            // A colleague of the same rights does the same work under their own name.
            let needed = home.is_none_or(|home| adds(home.role, whom.role));
            let holds = duty.person.number == person.number && duty.holds(today) && needed;
            holds.then(|| {
                let stands_for = StandsFor {
                    number: whom.number.clone(),
                    name: whom.name.clone(),
                    role: whom.role,
                    until: duty.until.clone(),
                };
                (&duty.person, stands_for)
            })
        });
        let staff = home.or(duty.as_ref().map(|(guest, _)| *guest))?;
        Some(StaffView {
            number: staff.number.clone(),
            name: staff.name.clone(),
            role: staff.role,
            stands_for: duty.map(|(_, stands_for)| stands_for),
        })
    }

    /// Name of a device (hex), when it is known here.
    pub(crate) fn known_device(&self, device: &str) -> Option<String> {
        self.devices.get(device).cloned()
    }

    /// Name of a device (hex), or the first digits of its id when it is not known here.
    pub(crate) fn device(&self, device: &str) -> String {
        self.known_device(device)
            .unwrap_or_else(|| device.chars().take(8).collect())
    }
}

/// Whether somebody of one role has more rights when they stand in for somebody of another.
fn adds(own: Role, other: Role) -> bool {
    let has = |right: &Right| own.rights().contains(right);
    !other.rights().iter().all(has)
}

/// The station a grant tells of, with everybody who has a PIN there: its staff, and who stands in for one of them.
pub(crate) fn details_of_everybody(grant: &Grant) -> Option<StationDetails> {
    let details = details(grant)?;
    let staff = everybody(details.clone());
    Some(StationDetails { staff, ..details })
}

fn everybody(details: StationDetails) -> Vec<Staff> {
    let mut all = details.staff;
    for guest in details.stand_ins.into_iter().flatten().map(|duty| duty.person) {
        if !all.iter().any(|staff| staff.number == guest.number) {
            all.push(guest);
        }
    }
    all
}

/// The station a grant tells of.
fn details(grant: &Grant) -> Option<StationDetails> {
    minicbor::decode(&grant.details).ok()
}

/// The station a grant tells of, for people.
pub(crate) fn station_view(grant: &Grant) -> Option<StationView> {
    let details = details(grant)?;
    Some(StationView {
        division: details.division,
        name: details.name,
        town: details.town,
        district: details.district,
        address: details.address,
        telephone: details.telephone,
        device_code: grant.code.clone(),
        device_label: grant.label.clone(),
    })
}
