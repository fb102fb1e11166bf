//! What a grant tells a device about its station and staff.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A role at a station.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, minicbor::Encode, minicbor::Decode)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Role {
    /// 村(社区)便民服务站工作人员.
    #[n(0)]
    VillageClerk,
    /// 代办员.
    #[n(1)]
    Agent,
    /// 镇街便民服务中心.
    #[n(2)]
    TownClerk,
}

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
    /// Role.
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
}
