//! Accounts of the console, and who is signed in.

use doorstep_records::Role;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Result, StoreError, signed, unsigned};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What is typed to sign in.
    pub account: String,
    /// Name for people.
    pub name: String,
    /// One of [`Role::AT_CENTER`].
    pub role: Role,
}

/// Adds an account, or changes it. Whoever was signed in under it is signed out.
pub fn put(sql: &Connection, account: &Account, password: &str) -> Result<()> {
    sql.execute("DELETE FROM sessions WHERE account = ?", [&account.account])?;
    sql.execute(
        "INSERT INTO accounts(account, name, role, password) VALUES(?,?,?,?) ON CONFLICT(account) DO UPDATE SET
         name = excluded.name, role = excluded.role, password = excluded.password, disabled = NULL",
        params![account.account, account.name, account.role.word(), password],
    )?;
    Ok(())
}

/// Whether another account has this name for people.
pub fn is_taken(sql: &Connection, account: &Account) -> Result<bool> {
    let mut statement = sql.prepare("SELECT 1 FROM accounts WHERE name = ? AND account <> ?")?;
    Ok(statement.exists([&account.name, &account.account])?)
}

/// Every account in order of name, and since when it is disabled.
pub fn all(sql: &Connection) -> Result<Vec<(Account, Option<u64>)>> {
    let mut statement = sql.prepare_cached("SELECT account, name, role, disabled FROM accounts ORDER BY account")?;
    let mut rows = statement.query([])?;
    let mut accounts = Vec::new();
    while let Some(row) = rows.next()? {
        accounts.push((read(row)?, row.get::<_, Option<i64>>(3)?.map(unsigned)));
    }
    Ok(accounts)
}

/// Gives an account another role. Whoever was signed in under it is signed out.
pub fn set_role(sql: &Connection, account: &str, role: Role) -> Result<()> {
    sql.execute("DELETE FROM sessions WHERE account = ?", [account])?;
    sql.execute("UPDATE accounts SET role = ? WHERE account = ?", [role.word(), account])?;
    Ok(())
}

/// Disables an account, or enables it again (`None`). Whoever was signed in under it is signed out.
pub fn set_disabled(sql: &Connection, account: &str, since: Option<u64>) -> Result<()> {
    sql.execute("DELETE FROM sessions WHERE account = ?", [account])?;
    sql.execute(
        "UPDATE accounts SET disabled = ? WHERE account = ?",
        params![since.map(signed), account],
    )?;
    Ok(())
}

/// Whether an account is disabled.
pub fn is_disabled(sql: &Connection, account: &str) -> Result<bool> {
    let text = "SELECT 1 FROM accounts WHERE account = ? AND disabled IS NOT NULL";
    Ok(sql.prepare_cached(text)?.exists([account])?)
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

/// Somebody signs in until `expires`. Sessions that are over are cleared away.
pub fn sign_in(sql: &Connection, token: &[u8; 32], account: &str, now: u64, expires: u64) -> Result<()> {
    sql.execute("DELETE FROM sessions WHERE expires <= ?", [signed(now)])?;
    sql.execute(
        "INSERT INTO sessions VALUES(?,?,?)",
        params![&token[..], account, signed(expires)],
    )?;
    Ok(())
}

/// Who is signed in under this token.
pub fn signed_in(sql: &Connection, token: &[u8; 32], now: u64) -> Result<Option<Account>> {
    let row = sql
        .prepare_cached(
            "SELECT a.account, a.name, a.role FROM sessions s JOIN accounts a ON a.account = s.account WHERE s.hash = ? AND s.expires > ? AND a.disabled IS NULL",
        )?
        .query_row(params![&token[..], signed(now)], |r| Ok(read(r)))
        .optional()?;
    row.transpose()
}

/// Signs out.
pub fn sign_out(sql: &Connection, token: &[u8; 32]) -> Result<()> {
    sql.execute("DELETE FROM sessions WHERE hash = ?", [&token[..]])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Account> {
    let role: String = row.get(2)?;
    Ok(Account {
        account: row.get(0)?,
        name: row.get(1)?,
        role: Role::read(&role).ok_or(StoreError::Damaged("a role"))?,
    })
}
