//! Who acts at the console: an account, with what the table of rights gives it today.

pub use doorstep_records::Right;
use doorstep_records::{Case, Deciders, Role};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::center::Center;
use crate::store::accounts::Account;
use crate::store::{self, Connection};

/// An account that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// What is typed to sign in.
    pub account: String,
    /// Name for people.
    pub name: String,
    /// Its own role.
    pub role: Role,
    /// Who decides in this district.
    deciders: Deciders,
    /// For whom it stands in today.
    pub stands_for: Vec<StandsFor>,
}

/// 代岗 (AB角): for whom an account stands in today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StandsFor {
    /// Name for people.
    pub name: String,
    /// Role, whose rights it has meanwhile.
    pub role: Role,
    /// Last day, `2026-03-01`.
    pub until: String,
}

impl Actor {
    /// Whether it may do this, by its own role or by one that it stands in for.
    pub fn may(&self, right: Right) -> bool {
        self.rights().contains(&right)
    }

    /// All that it may do.
    pub fn rights(&self) -> Vec<Right> {
        let others = self.stands_for.iter().map(|other| other.role);
        let roles = [self.role].into_iter().chain(others);
        let mut rights: Vec<Right> = roles.flat_map(|role| role.rights_where(self.deciders)).collect();
        rights.sort();
        rights.dedup();
        rights
    }

    /// For whom a step in this case is taken: for whom the case lies with, or else for whoever has the right that the
    /// account itself lacks. `None`: for nobody but itself.
    pub fn acts_for(&self, right: Right, case: &Case) -> Option<&StandsFor> {
        let lies_with = case.lies_with();
        let whose = self
            .stands_for
            .iter()
            .find(|other| Some(other.name.as_str()) == lies_with);
        whose.or_else(|| self.borrows(right))
    }

    /// Whose right it uses for something that its own role may not do.
    pub fn borrows(&self, right: Right) -> Option<&StandsFor> {
        let has = |role: Role| role.rights_where(self.deciders).any(|held| held == right);
        let mut others = self.stands_for.iter();
        others.find(|other| !has(self.role) && has(other.role))
    }

    /// Its own name and those of whom it stands in for: whose cases are its own today.
    pub fn names(&self) -> Vec<String> {
        let others = self.stands_for.iter().map(|other| other.name.clone());
        [self.name.clone()].into_iter().chain(others).collect()
    }
}

impl Center {
    /// An account with what it may do today.
    pub(crate) fn actor(&self, sql: &Connection, account: Account) -> store::Result<Actor> {
        Ok(Actor {
            deciders: deciders(sql)?,
            stands_for: store::stand_ins::of_account(sql, &account.account, &self.today())?,
            account: account.account,
            name: account.name,
            role: account.role,
        })
    }
}

/// Who decides in this district.
pub(crate) fn deciders(sql: &Connection) -> store::Result<Deciders> {
    let word = store::meta::text(sql, "deciders")?;
    Ok(crate::project::read_word(&word).unwrap_or_default())
}
