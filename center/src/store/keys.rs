//! The keys under which backups hold applications and files. A destroyed one stays, empty: what it sealed is forgotten, in
//! every backup that there is.

use doorstep_sync::Random;
use rusqlite::{Connection, params};

use super::{Result, StoreError};
use crate::seal::new_key;

/// Gives a key to every application and file that has none. An application whose key was destroyed gets none any more; the
/// bytes of a file may come again with somebody else's papers.
pub fn make(sql: &Connection, random: &dyn Random) -> Result<()> {
    let mut statement = sql.prepare(
        "SELECT document FROM items WHERE kind IN (0, 1) UNION SELECT document FROM orphans UNION SELECT hash FROM files
         EXCEPT SELECT name FROM keys
         UNION SELECT f.hash FROM files f JOIN keys k ON k.name = f.hash WHERE k.key = x''",
    )?;
    let names: Vec<Vec<u8>> = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for name in names {
        put(sql, &name, &*new_key(random))?;
    }
    Ok(())
}

/// Puts one in.
pub fn put(sql: &Connection, name: &[u8], key: &[u8]) -> Result<()> {
    sql.prepare_cached("INSERT OR REPLACE INTO keys VALUES(?,?)")?
        .execute(params![name, key])?;
    Ok(())
}

/// Whether it was destroyed.
pub fn is_destroyed(sql: &Connection, name: &[u8]) -> Result<bool> {
    let mut statement = sql.prepare_cached("SELECT 1 FROM keys WHERE name = ? AND key = x''")?;
    Ok(statement.exists([name])?)
}

/// All of them, destroyed ones included: name and key.
pub fn all(sql: &Connection) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut statement = sql.prepare("SELECT name, key FROM keys")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.map(|row| row.map_err(StoreError::from)).collect()
}
