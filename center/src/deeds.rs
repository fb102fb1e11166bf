//! What administrators do is written down, with who and when: a supervisor reads it.

use doorstep_records::{Deciders, Right, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::center::Center;
use crate::error::ApiError;
use crate::rights::Actor;
use crate::routes::{DeedPage, DeedRow, LogQuery, SealPage, SealUse};
use crate::store::{self, Connection, StoreError};

/// Rows of a page of a log.
const PAGE: u32 = 50;

/// One thing an administrator did.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Deed {
    /// An account of the console was made.
    AccountAdded {
        /// What is typed to sign in.
        account: String,
        /// Name for people.
        name: String,
        /// Role.
        role: Role,
    },
    /// An account has another role.
    RoleChanged {
        /// Name for people.
        name: String,
        /// Role before.
        before: Role,
        /// Role now.
        role: Role,
    },
    /// An account has a new one-time password.
    PasswordSet {
        /// Name for people.
        name: String,
    },
    /// An account can no longer be used.
    AccountDisabled {
        /// Name for people.
        name: String,
    },
    /// An account can be used again.
    AccountEnabled {
        /// Name for people.
        name: String,
    },
    /// Somebody works at a station.
    StaffAdded {
        /// Staff number.
        number: String,
        /// Name.
        name: String,
        /// Role.
        role: Role,
        /// Name of the station.
        station: String,
    },
    /// Somebody has another name, role or station.
    StaffChanged {
        /// Staff number.
        number: String,
        /// Name.
        name: String,
        /// Role.
        role: Role,
        /// Name of the station.
        station: String,
    },
    /// Somebody at a station has a new PIN.
    PinSet {
        /// Staff number.
        number: String,
        /// Name.
        name: String,
    },
    /// Somebody works at a station no longer.
    StaffRemoved {
        /// Staff number.
        number: String,
        /// Name.
        name: String,
    },
    /// Somebody stands in for somebody (AB角).
    StandInSet {
        /// Name of who stands in.
        who: String,
        /// Name of for whom.
        whom: String,
        /// First day, `2026-03-01`.
        from: String,
        /// Last day.
        until: String,
    },
    /// It was ended before its time.
    StandInEnded {
        /// Name of who stood in.
        who: String,
        /// Name of for whom.
        whom: String,
    },
    /// Who decides in this district.
    DecidersSet {
        /// Who.
        deciders: Deciders,
    },
    /// A code for a new device was made.
    CodeMade {
        /// 12-digit division of the station.
        station: String,
        /// Name the device will have.
        device: String,
    },
    /// A device was revoked.
    DeviceRevoked {
        /// Device id, hex.
        device: String,
        /// Why.
        reason: String,
    },
    /// A version of the catalogue was published.
    CataloguePublished {
        /// Which.
        version: u64,
    },
    /// The center has forgotten an application, as it was told to on its machine.
    ApplicationForgotten {
        /// Document id, hex.
        application: String,
        /// Why.
        reason: String,
    },
    /// A matter was taken out of the catalogue.
    MatterWithdrawn {
        /// Its code.
        matter: String,
        /// The version without it.
        version: u64,
    },
}

impl Center {
    /// Writes down what `by` does with `right`, in the same transaction.
    pub(crate) fn write_down(&self, sql: &Connection, by: &Actor, right: Right, deed: &Deed) -> Result<(), ApiError> {
        let stands_for = by.borrows(right).map(|other| other.name.clone());
        self.add_deed(sql, by.name.clone(), stands_for.unwrap_or_default(), deed)
    }

    /// Writes down what a command on this machine does, in the same transaction.
    pub(crate) fn write_down_here(&self, sql: &Connection, deed: &Deed) -> Result<(), ApiError> {
        self.add_deed(sql, String::new(), String::new(), deed)
    }

    fn add_deed(&self, sql: &Connection, by: String, stands_for: String, deed: &Deed) -> Result<(), ApiError> {
        let line = store::deeds::Line {
            at: self.clock.now(),
            by,
            stands_for,
            deed: serde_json::to_string(deed).map_err(|_| StoreError::Damaged("a deed"))?,
        };
        Ok(store::deeds::add(sql, &line)?)
    }

    /// Writes down what was just done.
    pub fn wrote_down(&self, by: &Actor, right: Right, deed: &Deed) -> Result<(), ApiError> {
        self.store.write(|sql| self.write_down(sql, by, right, deed))
    }

    /// A page of what administrators did, newest first.
    pub fn deeds(&self, query: &LogQuery) -> Result<DeedPage, ApiError> {
        self.store.read(|sql| {
            let lines = store::deeds::page(sql, query.offset, PAGE)?;
            let row = |line: store::deeds::Line| {
                Ok(DeedRow {
                    at: line.at,
                    by: line.by,
                    stands_for: line.stands_for,
                    deed: serde_json::from_str(&line.deed).map_err(|_| StoreError::Damaged("a deed"))?,
                })
            };
            Ok(DeedPage {
                rows: lines.into_iter().map(row).collect::<Result<_, ApiError>>()?,
                total: store::deeds::count(sql)?,
            })
        })
    }

    /// A page of where the seal was used, newest first.
    pub fn seal_uses(&self, query: &LogQuery) -> Result<SealPage, ApiError> {
        self.store.read(|sql| {
            let row = |line: store::seals::Line| SealUse {
                case: line.case.to_string(),
                number: line.number,
                seal: line.seal,
                granted: line.granted,
                by: line.by,
                stands_for: line.stands_for,
                at: line.at,
            };
            let lines = store::seals::page(sql, query.offset, PAGE)?;
            Ok(SealPage {
                rows: lines.into_iter().map(row).collect(),
                total: store::seals::count(sql)?,
            })
        })
    }
}
