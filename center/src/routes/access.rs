//! Who saw what: the logs of all devices and of the console, and who saw one record.

use std::fmt;

use axum::Json;
use axum::extract::{Path, State};
use doorstep_custody::moment;
use doorstep_records::Purpose;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::cases::case_id;
use super::{Shared, Signed, StationName};
use crate::error::{Answer, ErrorBody};
use crate::rights::Right;

/// Every access log, checked when it was asked for.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccessView {
    /// When, milliseconds.
    pub checked: u64,
    /// The console's log first, then one for each device.
    pub logs: Vec<AccessLog>,
    /// Items, hex, for which the center gave a receipt and which it does not have: a log was cut off here.
    pub gone: Vec<String>,
}

/// The access log of one device, or of the console.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AccessLog {
    /// Name of the device; empty for the console.
    pub device: String,
    /// Device id, hex.
    pub id: String,
    /// Whether it is the console's.
    pub center: bool,
    /// Where the device belongs.
    pub station: Option<StationName>,
    /// Entries.
    pub entries: u64,
    /// Ends of the log. More than one: a copy of the disk was put back, or went on beside it.
    pub branches: u32,
    /// The numbers of the entries at which it parts.
    pub forks: Vec<u64>,
    /// The newest entry, by the device's clock, milliseconds.
    pub last: Option<u64>,
    /// The hashes of its ends, hex. Whoever notes one down can see later that nothing before it was changed.
    pub end: Vec<String>,
    /// What does not hold.
    pub faults: Vec<AccessFault>,
}

/// Something in an access log that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccessFault {
    /// `gap`: entries before number `about` are missing or were altered; `stopped`: the device wrote, and wrote nothing into
    /// its log; `end`: the log does not end where it was signed to end; `altered_row` and the codes of items: one of its items
    /// does not hold.
    pub code: String,
    /// A number of an entry, or the id of an item; may be empty.
    pub about: String,
}

impl AccessFault {
    /// A fault.
    pub(crate) fn of(code: &str, about: String) -> Self {
        let code = code.to_owned();
        Self { code, about }
    }
}

impl AccessView {
    /// Whether every log holds. A second branch is told, and is no fault: disks are put back from copies.
    pub fn holds(&self) -> bool {
        self.gone.is_empty() && self.logs.iter().all(|log| log.faults.is_empty())
    }
}

/// For a command line.
impl fmt::Display for AccessLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.center { "console" } else { &self.device };
        let last = self.last.map_or_else(|| "never".to_owned(), moment);
        write!(f, "{name} ({}): {} entries, last {last}", self.id, self.entries)?;
        if let Some(station) = &self.station {
            write!(f, ", {}", station.name)?;
        }
        if self.branches > 1 {
            write!(
                f,
                "\n  {} branches, from entry {:?}: a copy was put back or went on",
                self.branches, self.forks
            )?;
        }
        for end in &self.end {
            write!(f, "\n  ends with {end}")?;
        }
        for fault in &self.faults {
            write!(f, "\n  DOES NOT HOLD: {} {}", fault.code, fault.about)?;
        }
        Ok(())
    }
}

/// One look at a record.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SeenBy {
    /// When, milliseconds, by the clock of the device.
    pub time: u64,
    /// Staff number or account; empty for a device or a command by itself.
    pub staff: String,
    /// Their name, when known.
    pub staff_name: String,
    /// Name of the device; empty for the console.
    pub device: String,
    /// Where the device belongs.
    pub station: Option<StationName>,
    /// Why.
    pub purpose: Purpose,
}

/// For a command line.
impl fmt::Display for SeenBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match self.staff.as_str() {
            "" => "(by itself)",
            _ => &self.staff_name,
        };
        let at = match &self.station {
            Some(station) => format!("{} {}", station.name, self.device),
            None => "the center".to_owned(),
        };
        let why = match self.purpose {
            Purpose::Unlocked => "unlocked a device",
            Purpose::Opened => "opened it",
            Purpose::Found => "found it by a search",
            Purpose::Scan => "looked at a scan",
            Purpose::Receipt => "showed or printed the receipt",
            Purpose::Exported => "took it out on a stick or in a parcel",
            Purpose::Custody => "looked at who wrote it",
            Purpose::CustodyFile => "took out the custody file",
            Purpose::Other => "another reason",
        };
        write!(f, "{} · {who} ({}) · {at} · {why}", moment(self.time), self.staff)
    }
}

/// Who saw a record, the newest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SeenList {
    /// The looks.
    pub looks: Vec<SeenBy>,
}

/// Checks every access log: what is missing, what was altered, and who has stopped keeping one.
#[utoipa::path(get, path = "/api/access", tag = "overview",
    responses((status = 200, body = AccessView), (status = "4XX", body = ErrorBody)))]
pub(super) async fn access(State(center): State<Shared>, signed: Signed) -> Answer<AccessView> {
    signed.may(Right::ReadLogs)?;
    center.run(|center| center.check_access()).await.map(Json)
}

/// Who saw the record of a resident, when, and why: they may ask.
#[utoipa::path(get, path = "/api/cases/{id}/looks", tag = "cases", params(("id" = String, Path, description = "document id, hex")),
    responses((status = 200, body = SeenList), (status = "4XX", body = ErrorBody)))]
pub(super) async fn looks(State(center): State<Shared>, signed: Signed, Path(id): Path<String>) -> Answer<SeenList> {
    signed.may(Right::ReadCases)?;
    let id = case_id(&id)?;
    let looks = center.run(move |center| center.seen_by(&id)).await?;
    Ok(Json(SeenList { looks }))
}
