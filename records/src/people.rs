//! What a grant tells a device about its station and staff.

use std::fmt;

use crate::Role;

/// A staff member who may unlock a device.
#[derive(Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Staff {
    /// Staff number, unique in the district: `T0103`.
    #[n(0)]
    pub number: String,
    /// Name.
    #[n(1)]
    pub name: String,
    /// Role, one of [`Role::AT_STATION`].
    #[n(2)]
    pub role: Role,
    /// Argon2id salt of the PIN, 16 bytes.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub pin_salt: Vec<u8>,
    /// Argon2id output over the PIN (m = 19 MiB, t = 2, p = 1), 32 bytes. A device turns it into a key-encryption
    /// key for its database and does not keep it in the clear.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub pin_hash: Vec<u8>,
}

impl fmt::Debug for Staff {
    // Salt and hash together let anyone guess the PIN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Staff");
        shown.field("number", &self.number).field("role", &self.role);
        shown.finish_non_exhaustive()
    }
}

/// The `details` of a grant.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct StationDetails {
    /// 12-digit division, the station's code.
    #[n(0)]
    pub division: String,
    /// Station name.
    #[n(1)]
    pub name: String,
    /// Town name.
    #[n(2)]
    pub town: String,
    /// District name.
    #[n(3)]
    pub district: String,
    /// Address.
    #[n(4)]
    pub address: String,
    /// Telephone.
    #[n(5)]
    pub telephone: String,
    /// Who works here.
    #[n(6)]
    pub staff: Vec<Staff>,
    /// Who stands in for whom here. Programs before this field read the rest, and let no stand-in in.
    #[n(7)]
    pub stand_ins: Option<Vec<StandIn>>,
}

/// 代岗 (AB角): somebody who has the rights of one of [`StationDetails::staff`] beside their own, from a day to a day.
#[derive(Clone, PartialEq, Eq, Debug, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct StandIn {
    /// Who; of this station or another one.
    #[n(0)]
    pub person: Staff,
    /// Staff number of whom they stand in for.
    #[n(1)]
    pub stands_for: String,
    /// First day, `2026-03-01`.
    #[n(2)]
    pub from: String,
    /// Last day.
    #[n(3)]
    pub until: String,
}

/// Between the two numbers of [`in_place_of`]: in no staff number.
pub const FOR: char = '>';
/// Most bytes of what items and documents name somebody by.
pub const LONGEST: usize = 64;

/// How somebody is named who writes in another one's place: wherever a staff number stands in items and documents, this
/// stands then, and says both for ever.
pub fn in_place_of(who: &str, whom: &str) -> String {
    format!("{who}{FOR}{whom}")
}

/// Who wrote, and in whose place, if in another one's.
pub fn who_and_whom(staff: &str) -> (&str, Option<&str>) {
    staff
        .split_once(FOR)
        .map_or((staff, None), |(who, whom)| (who, Some(whom)))
}

/// The same, in names for people.
pub fn named(staff: &str, name: impl Fn(&str) -> Option<String>) -> Option<String> {
    let (who, whom) = who_and_whom(staff);
    let known = |number: &str| name(number).unwrap_or_else(|| number.to_owned());
    match whom {
        Some(whom) => Some(format!("{}（代 {}）", known(who), known(whom))),
        None => name(who),
    }
}

impl StandIn {
    /// Whether it holds on this day.
    pub fn holds(&self, today: &str) -> bool {
        (self.from.as_str()..=self.until.as_str()).contains(&today)
    }
}
