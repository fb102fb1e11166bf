//! Who may do what at the center: one small table.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The role of an account at the center.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum AccountRole {
    /// 综合窗口: takes in what arrives, accepts or asks for corrections.
    Window,
    /// 审核 (首席代表): everything about a case, the decision too.
    Reviewer,
    /// 监察: sees cases and figures, changes nothing.
    Supervisor,
    /// 管理: stations, devices, and the catalogue; sees no case, because it needs none.
    Administrator,
}

/// One thing an account may be allowed to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Sees cases and their scans.
    ReadCases,
    /// Accepts, does not accept, asks for a correction.
    Accept,
    /// Grants or refuses.
    Decide,
    /// Sees the figures.
    ReadOverview,
    /// Sees whether the access logs hold.
    ReadAccess,
    /// Sees stations and their devices.
    ReadStations,
    /// Makes enrolment codes, revokes devices.
    ManageStations,
    /// Publishes and withdraws matters.
    ManageCatalogue,
}

impl AccountRole {
    /// The table.
    pub fn rights(self) -> &'static [Right] {
        use Right::*;
        match self {
            Self::Window => &[ReadCases, Accept, ReadOverview, ReadStations],
            Self::Reviewer => &[ReadCases, Accept, Decide, ReadOverview, ReadStations],
            Self::Supervisor => &[ReadCases, ReadOverview, ReadAccess, ReadStations],
            Self::Administrator => &[ReadOverview, ReadStations, ManageStations, ManageCatalogue],
        }
    }

    /// Whether the table has it.
    pub fn may(self, right: Right) -> bool {
        self.rights().contains(&right)
    }

    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Reviewer => "reviewer",
            Self::Supervisor => "supervisor",
            Self::Administrator => "administrator",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Window, Self::Reviewer, Self::Supervisor, Self::Administrator]
            .into_iter()
            .find(|r| r.as_str() == text)
    }
}
