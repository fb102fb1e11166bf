//! Accounts of the console, and who is signed in.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Result, StoreError};
use crate::rights::AccountRole;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What is typed to sign in.
    pub account: String,
    /// Name for people.
    pub name: String,
    /// Role.
    pub role: AccountRole,
}

/// Adds an account, or changes it. `initial`: whoever set the password is not who will use it. Everybody who was signed in
/// under it is signed out.
pub fn put(sql: &Connection, account: &Account, password: &str, initial: bool) -> Result<()> {
    super::sessions::end_all(sql, &account.account)?;
    sql.execute(
        "INSERT INTO accounts(account, name, role, password, initial) VALUES(?,?,?,?,?) ON CONFLICT(account) DO UPDATE SET
         name = excluded.name, role = excluded.role, password = excluded.password, initial = excluded.initial",
        params![account.account, account.name, account.role.as_str(), password, initial],
    )?;
    Ok(())
}

/// A person gives their account another password.
pub fn set_password(sql: &Connection, account: &str, password: &str) -> Result<()> {
    sql.execute(
        "UPDATE accounts SET password = ?, initial = 0 WHERE account = ?",
        [password, account],
    )?;
    Ok(())
}

/// Whether another account has this name for people.
pub fn is_taken(sql: &Connection, account: &Account) -> Result<bool> {
    let mut statement = sql.prepare("SELECT 1 FROM accounts WHERE name = ? AND account <> ?")?;
    Ok(statement.exists([&account.name, &account.account])?)
}

/// An account and its hashed password.
pub fn get(sql: &Connection, account: &str) -> Result<Option<(Account, String)>> {
    let row = sql
        .query_row(
            "SELECT account, name, role, password FROM accounts WHERE account = ?",
            [account],
            |r| Ok((read(r), r.get(3)?)),
        )
        .optional()?;
    row.map(|(account, password)| Ok((account?, password))).transpose()
}

pub(super) fn read(row: &Row<'_>) -> Result<Account> {
    let role: String = row.get(2)?;
    Ok(Account {
        account: row.get(0)?,
        name: row.get(1)?,
        role: AccountRole::parse(&role).ok_or(StoreError::Damaged("a role"))?,
    })
}
