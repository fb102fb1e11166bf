//! Who may do what, at a station and at the center: one table, used by both ends.

use serde::{Deserialize, Serialize};

/// A role of somebody who works with Doorstep. A station's staff have one of [`Role::AT_STATION`], accounts of the
/// console one of [`Role::AT_CENTER`].
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, minicbor::Encode, minicbor::Decode,
)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Role {
    /// 村(社区)便民服务站工作人员.
    #[n(0)]
    VillageClerk,
    /// 代办员: takes applications for those who cannot come, and hands over.
    #[n(1)]
    Agent,
    /// 镇街便民服务中心.
    #[n(2)]
    TownClerk,
    /// 综合窗口: takes in what arrives, accepts or asks for corrections.
    #[n(3)]
    Window,
    /// 审核: prepares the decision, and makes it unless the district leaves that to the chief representatives.
    #[n(4)]
    Reviewer,
    /// 首席代表: answers for an office at the district center; decides.
    #[n(5)]
    ChiefRepresentative,
    /// 监察: sees cases, figures and the logs, changes nothing.
    #[n(6)]
    Supervisor,
    /// 管理: people, stations, devices, and the catalogue; sees no case, because it needs none.
    #[n(7)]
    Administrator,
}

/// One thing that somebody may be allowed to do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// At a station: sees its applications and their scans.
    ReadApplications,
    /// At a station: begins, fills in, photographs, takes in (收件), answers a correction, withdraws.
    TakeApplications,
    /// At a station: sends and gives on what was taken, by line, to a device nearby, by stick.
    HandOver,
    /// At a station: chooses between two values that two people typed apart.
    ChooseValues,
    /// At a station: sets up the device for everybody who uses it, such as which files go by themselves.
    KeepDevice,
    /// Sees cases and their scans.
    ReadCases,
    /// Accepts, does not accept, asks for a correction, leads from stage to stage.
    Accept,
    /// Grants or refuses, under the seal (审批专用章).
    Decide,
    /// Sees the figures.
    ReadOverview,
    /// Sees stations and their devices.
    ReadStations,
    /// Makes enrolment codes, revokes devices.
    ManageStations,
    /// Publishes and withdraws matters.
    ManageCatalogue,
    /// Accounts, staff of stations, stand-ins (AB角), and who decides.
    ManagePeople,
    /// Sees what administrators did and where the seal was used.
    ReadLogs,
}

/// Who decides in a district: its own choice, kept at the center.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Deciders {
    /// Reviewers and chief representatives.
    #[default]
    Reviewers,
    /// Chief representatives alone; a reviewer prepares.
    ChiefRepresentatives,
}

impl Role {
    /// Roles of a station's staff.
    pub const AT_STATION: [Self; 3] = [Self::VillageClerk, Self::Agent, Self::TownClerk];
    /// Roles of the console's accounts.
    pub const AT_CENTER: [Self; 5] = [
        Self::Window,
        Self::Reviewer,
        Self::ChiefRepresentative,
        Self::Supervisor,
        Self::Administrator,
    ];

    /// The table.
    pub fn rights(self) -> &'static [Right] {
        use Right::*;
        match self {
            Self::VillageClerk | Self::TownClerk => {
                &[ReadApplications, TakeApplications, HandOver, ChooseValues, KeepDevice]
            }
            Self::Agent => &[ReadApplications, TakeApplications, HandOver],
            Self::Window => &[ReadCases, Accept, ReadOverview, ReadStations],
            Self::Reviewer | Self::ChiefRepresentative => &[ReadCases, Accept, Decide, ReadOverview, ReadStations],
            Self::Supervisor => &[ReadCases, ReadOverview, ReadStations, ReadLogs],
            Self::Administrator => &[
                ReadOverview,
                ReadStations,
                ManageStations,
                ManageCatalogue,
                ManagePeople,
            ],
        }
    }

    /// Its rights in a district where `deciders` decide.
    pub fn rights_where(self, deciders: Deciders) -> impl Iterator<Item = Right> {
        let kept_back = self == Self::Reviewer && deciders == Deciders::ChiefRepresentatives;
        let rights = self.rights().iter().copied();
        rights.filter(move |right| !(kept_back && *right == Right::Decide))
    }

    /// Whether somebody of this role may stand in (AB角) for somebody of that one: both at a station, or both at the center.
    pub fn may_stand_in_for(self, other: Self) -> bool {
        Self::AT_STATION.contains(&self) == Self::AT_STATION.contains(&other)
    }

    /// As it is stored, and stands in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::VillageClerk => "village_clerk",
            Self::Agent => "agent",
            Self::TownClerk => "town_clerk",
            Self::Window => "window",
            Self::Reviewer => "reviewer",
            Self::ChiefRepresentative => "chief_representative",
            Self::Supervisor => "supervisor",
            Self::Administrator => "administrator",
        }
    }

    /// Reads what [`Self::word`] wrote.
    pub fn read(word: &str) -> Option<Self> {
        let mut all = Self::AT_STATION.into_iter().chain(Self::AT_CENTER);
        all.find(|role| role.word() == word)
    }
}
