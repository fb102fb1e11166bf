//! Names of staff and devices, as the center's grants tell them.

use std::collections::HashMap;

use doorstep_records::StationDetails;
use doorstep_sync::payload::Grant;
use doorstep_sync::trust::Grants;

use crate::contract::StationView;

/// Who is who, as far as known here.
#[derive(Default)]
pub(crate) struct People {
    staff: HashMap<String, String>,
    devices: HashMap<String, String>,
}

impl People {
    pub(super) fn of(grants: &Grants) -> Self {
        let mut people = Self::default();
        for (device, held) in grants.devices() {
            for grant in held {
                people.devices.insert(device.to_string(), grant.label.clone());
                for staff in details(grant).map(|details| details.staff).unwrap_or_default() {
                    people.staff.insert(staff.number, staff.name);
                }
            }
        }
        people
    }

    /// Name of a staff member, or the number when it is not known here.
    pub(crate) fn name(&self, staff: &str) -> String {
        self.staff.get(staff).cloned().unwrap_or_else(|| staff.to_owned())
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

/// The station a grant tells of.
pub(crate) fn details(grant: &Grant) -> Option<StationDetails> {
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
