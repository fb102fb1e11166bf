//! Accounts of the console, as an administrator keeps them.

use axum::http::StatusCode;
use doorstep_records::{Deciders, Right, Role};

use crate::center::Center;
use crate::deeds::Deed;
use crate::error::ApiError;
use crate::password::{self, random_password};
use crate::project::word;
use crate::rights::{self, Actor};
use crate::routes::{AccountRow, NewAccount, RightsTable, RoleRights};
use crate::store::accounts::Account;
use crate::store::{self, Connection};

/// Most characters of an account or a name.
pub(crate) const LONGEST_NAME: usize = 40;

impl Center {
    /// Who may do what in this district.
    pub fn rights_table(&self) -> Result<RightsTable, ApiError> {
        let deciders = self.store.read(rights::deciders)?;
        let row = |role: Role| RoleRights {
            role,
            rights: role.rights_where(deciders).collect(),
        };
        let roles = Role::AT_STATION.into_iter().chain(Role::AT_CENTER);
        Ok(RightsTable {
            roles: roles.map(row).collect(),
            deciders,
        })
    }

    /// From now on these decide.
    pub fn set_deciders(&self, by: &Actor, deciders: Deciders) -> Result<(), ApiError> {
        self.store.write(|sql| {
            store::meta::set(sql, "deciders", word(deciders).as_bytes())?;
            self.write_down(sql, by, Right::ManagePeople, &Deed::DecidersSet { deciders })
        })
    }

    /// Every account.
    pub fn accounts(&self) -> Result<Vec<AccountRow>, ApiError> {
        let row = |(account, disabled): (Account, Option<u64>)| AccountRow {
            account: account.account,
            name: account.name,
            role: account.role,
            disabled,
        };
        let accounts = self.store.read(store::accounts::all)?;
        Ok(accounts.into_iter().map(row).collect())
    }

    /// Makes an account; its one-time password, which is stored nowhere.
    pub fn add_account(&self, by: &Actor, request: &NewAccount) -> Result<String, ApiError> {
        let account = Account {
            account: request.account.trim().to_owned(),
            name: request.name.trim().to_owned(),
            role: at_center(request.role)?,
        };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let mut faults = Vec::new();
        faults.extend(named(&account.account).map(|code| ("account", code)));
        faults.extend(named(&account.name).map(|code| ("name", code)));
        if !account.account.chars().all(plain) {
            faults.push(("account", "characters"));
        }
        let secret = self.one_time_password()?;
        self.store.write(|sql| {
            if store::accounts::get(sql, &account.account)?.is_some() {
                faults.push(("account", "taken"));
            }
            if store::accounts::is_taken(sql, &account)? {
                faults.push(("name", "taken"));
            }
            if !faults.is_empty() {
                return Err(ApiError::fields(
                    faults.into_iter().map(|(name, code)| (name.to_owned(), code)),
                ));
            }
            store::accounts::put(sql, &account, &secret.stored)?;
            let deed = Deed::AccountAdded {
                account: account.account,
                name: account.name,
                role: account.role,
            };
            self.write_down(sql, by, Right::ManagePeople, &deed)
        })?;
        Ok(secret.plain)
    }

    /// Gives an account another role; whoever is signed in under it signs in anew.
    pub fn change_role(&self, by: &Actor, account: &str, role: Role) -> Result<(), ApiError> {
        let role = at_center(role)?;
        self.store.write(|sql| {
            let other = somebody_else(sql, by, account)?;
            if role != Role::Administrator {
                not_the_last(sql, &other)?;
            }
            store::accounts::set_role(sql, account, role)?;
            let deed = Deed::RoleChanged {
                name: other.name,
                before: other.role,
                role,
            };
            self.write_down(sql, by, Right::ManagePeople, &deed)
        })
    }

    /// Gives an account a new one-time password.
    pub fn set_password(&self, by: &Actor, account: &str) -> Result<String, ApiError> {
        let secret = self.one_time_password()?;
        self.store.write(|sql| {
            let other = somebody_else(sql, by, account)?;
            if store::accounts::is_disabled(sql, account)? {
                return Err(disabled());
            }
            store::accounts::put(sql, &other, &secret.stored)?;
            self.write_down(sql, by, Right::ManagePeople, &Deed::PasswordSet { name: other.name })
        })?;
        Ok(secret.plain)
    }

    /// Disables an account: whoever is signed in under it is out at once. What it did stays under its name.
    pub fn disable(&self, by: &Actor, account: &str) -> Result<(), ApiError> {
        let now = self.clock.now();
        self.store.write(|sql| {
            let other = somebody_else(sql, by, account)?;
            not_the_last(sql, &other)?;
            store::accounts::set_disabled(sql, account, Some(now))?;
            self.write_down(
                sql,
                by,
                Right::ManagePeople,
                &Deed::AccountDisabled { name: other.name },
            )
        })
    }

    /// Lets an account in again, with the password it had.
    pub fn enable(&self, by: &Actor, account: &str) -> Result<(), ApiError> {
        self.store.write(|sql| {
            let other = somebody_else(sql, by, account)?;
            store::accounts::set_disabled(sql, account, None)?;
            self.write_down(sql, by, Right::ManagePeople, &Deed::AccountEnabled { name: other.name })
        })
    }

    fn one_time_password(&self) -> Result<Secret, ApiError> {
        let plain = random_password(&*self.random);
        let stored = password::hash(&plain, &*self.random);
        let stored = stored.ok_or_else(|| ApiError::bad_request("the password cannot be hashed"))?;
        Ok(Secret { plain, stored })
    }
}

/// A password, and what is stored of it.
struct Secret {
    plain: String,
    stored: String,
}

/// What is wrong with a name.
pub(crate) fn named(text: &str) -> Option<&'static str> {
    match text.chars().count() {
        0 => Some("required"),
        n if n > LONGEST_NAME => Some("too_long"),
        _ if text.chars().any(char::is_control) => Some("characters"),
        _ => None,
    }
}

/// What an account says that is disabled.
pub(crate) fn disabled() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "account_disabled", "this account is disabled")
}

fn at_center(role: Role) -> Result<Role, ApiError> {
    let is_known = Role::AT_CENTER.contains(&role);
    let unknown = || ApiError::fields([("role".to_owned(), "unknown")]);
    is_known.then_some(role).ok_or_else(unknown)
}

/// An account that is not the administrator's own: nobody takes rights from themselves, or gives them to themselves.
fn somebody_else(sql: &Connection, by: &Actor, account: &str) -> Result<Account, ApiError> {
    let (other, _) = store::accounts::get(sql, account)?.ok_or_else(|| ApiError::not_found("account"))?;
    if other.account == by.account {
        return Err(yourself());
    }
    Ok(other)
}

/// What an administrator hears who would change their own rights.
pub(crate) fn yourself() -> ApiError {
    ApiError::new(StatusCode::CONFLICT, "yourself", "nobody does that for themselves")
}

/// Somebody is left who can set things right.
fn not_the_last(sql: &Connection, other: &Account) -> Result<(), ApiError> {
    let is_left = |(account, disabled): &(Account, Option<u64>)| {
        account.role == Role::Administrator && disabled.is_none() && account.account != other.account
    };
    if other.role == Role::Administrator && !store::accounts::all(sql)?.iter().any(is_left) {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "last_administrator",
            "the last administrator stays",
        ));
    }
    Ok(())
}
