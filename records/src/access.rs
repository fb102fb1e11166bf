//! What the access log says of why somebody saw a record.

use serde::{Deserialize, Serialize};

/// Why somebody saw a record, or that somebody came. The numbers stand in signed items: none is ever given to another reason.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Somebody unlocked a device: no record, but a sign that the log goes on.
    Unlocked,
    /// Opened to work on it.
    Opened,
    /// Shown among the lines that a search found.
    Found,
    /// A scan or another file was looked at.
    Scan,
    /// The receipt was shown or printed.
    Receipt,
    /// Taken out of the device or the center on a stick or in a parcel.
    Exported,
    /// The chain of custody was looked at.
    Custody,
    /// The chain of custody was taken out as a file.
    CustodyFile,
    /// A reason that this program does not know yet.
    Other,
}

/// Each with its number.
const NUMBERS: [(u8, Purpose); 8] = [
    (0, Purpose::Unlocked),
    (1, Purpose::Opened),
    (2, Purpose::Found),
    (3, Purpose::Scan),
    (4, Purpose::Receipt),
    (5, Purpose::Exported),
    (6, Purpose::Custody),
    (7, Purpose::CustodyFile),
];

impl Purpose {
    /// As it stands in the log.
    pub fn number(self) -> u8 {
        NUMBERS
            .iter()
            .find(|(_, purpose)| *purpose == self)
            .map_or(u8::MAX, |(number, _)| *number)
    }
}

impl From<u8> for Purpose {
    fn from(number: u8) -> Self {
        NUMBERS
            .iter()
            .find(|(known, _)| *known == number)
            .map_or(Self::Other, |(_, purpose)| *purpose)
    }
}
