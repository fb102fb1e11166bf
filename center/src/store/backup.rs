//! The database as it lies in a backup: what cannot be made again, with the items of each application sealed under its key.
//! Every page is encrypted and authenticated (SQLCipher).

use std::path::Path;

use doorstep_sync::FileHash;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use zeroize::Zeroizing;

use super::{Result, Store, StoreError, fixed, keys, schema, unsigned};
use crate::seal::{self, Key};

/// What is not kept: it can be made again, or is of this hour, or lies apart.
const LEFT_OUT: [&str; 4] = ["sessions", "uploads", "keys", "digests"];

/// Why a sealed row does not open.
#[derive(Debug, thiserror::Error)]
enum Unopened {
    #[error("a key is lacking")]
    NoKey,
    #[error("a key does not fit")]
    WrongKey,
}

/// What a copy holds.
pub struct Copied {
    /// How many items.
    pub items: u64,
    /// Its files.
    pub files: Vec<CopiedFile>,
}

/// A file that a copy speaks of.
pub struct CopiedFile {
    /// Hash.
    pub hash: FileHash,
    /// Length.
    pub len: u64,
    /// Its key.
    pub key: Key,
}

impl Store {
    /// Writes one consistent state into a new file, while others read and write. What got no key before is left out.
    pub fn copy_to(&self, path: &Path, key: &[u8; 32]) -> Result<Copied> {
        let mut target = Connection::open(path)?;
        target.pragma_update(None, "key", &*spelt(key))?;
        schema::migrate(&mut target)?;
        target.close().map_err(|(_, error)| error)?;
        let sql = Connection::open(&self.path)?;
        super::prepare(&sql)?;
        attach(&sql, path, key)?;
        // Nothing speaks of the file before all of it is there.
        sql.execute_batch("PRAGMA backup.synchronous = OFF; PRAGMA backup.journal_mode = OFF; BEGIN")?;
        copy(&sql, "main", "backup", |table| match table {
            "items" => Some((
                "CASE WHEN t.kind IN (0, 1) AND t.bytes <> x'' THEN seal(k.key, t.id, t.bytes) ELSE t.bytes END",
                "LEFT JOIN main.keys k ON k.name = t.document
                 WHERE t.kind NOT IN (0, 1) OR t.bytes = x'' OR length(k.key) = 32",
            )),
            "orphans" => Some((
                "seal(k.key, t.id, t.bytes)",
                "JOIN main.keys k ON k.name = t.document WHERE length(k.key) = 32",
            )),
            "files" => Some(("", "JOIN main.keys k ON k.name = t.hash WHERE length(k.key) = 32")),
            _ => None,
        })?;
        let items: i64 = sql.query_row("SELECT count(*) FROM backup.items", [], |row| row.get(0))?;
        let mut statement =
            sql.prepare("SELECT f.hash, f.len, k.key FROM backup.files f JOIN main.keys k ON k.name = f.hash")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let files = rows
            .map(|row| {
                let (hash, len, key) = row?;
                Ok(CopiedFile {
                    hash: FileHash(fixed(hash, "a file hash")?),
                    len: unsigned(len),
                    key: fixed(key, "a key")?.into(),
                })
            })
            .collect::<Result<_>>()?;
        drop(statement);
        sql.execute_batch("COMMIT; DETACH backup")?;
        Ok(Copied {
            items: unsigned(items),
            files,
        })
    }
}

/// Whether this key opens a copy.
pub fn opens(path: &Path, key: &[u8; 32]) -> Result<bool> {
    let sql = reader(path, key)?;
    match sql.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)) {
        Ok(_) => Ok(true),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// What does not hold in a copy, page by page.
pub fn faults(path: &Path, key: &[u8; 32]) -> Result<Vec<String>> {
    let sql = reader(path, key)?;
    let mut faults = Vec::new();
    for check in ["PRAGMA cipher_integrity_check", "PRAGMA integrity_check"] {
        let mut statement = sql.prepare(check)?;
        let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
        let found: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
        faults.extend(found.into_iter().filter(|words| words != "ok"));
        if !faults.is_empty() {
            break;
        }
    }
    Ok(faults)
}

/// Makes a new database out of a copy. Of what lost its key nothing comes but the names of its items.
pub fn copy_from(path: &Path, key: &[u8; 32], content: &[(Vec<u8>, Vec<u8>)], new: &Path) -> Result<()> {
    let mut sql = Connection::open(new)?;
    attach(&sql, path, key)?;
    let version: i64 = sql.query_row("PRAGMA backup.user_version", [], |row| row.get(0))?;
    schema::migrate_to(&mut sql, usize::try_from(version).unwrap_or(usize::MAX))?;
    let sql = sql.unchecked_transaction()?;
    for (name, key) in content {
        keys::put(&sql, name, key)?;
    }
    copy(&sql, "backup", "main", |table| match table {
        "items" => Some((
            "CASE WHEN t.kind IN (0, 1) AND t.bytes <> x'' THEN unseal(k.key, t.id, t.bytes) ELSE t.bytes END",
            "LEFT JOIN main.keys k ON k.name = t.document",
        )),
        "orphans" => Some((
            "unseal(k.key, t.id, t.bytes)",
            "LEFT JOIN main.keys k ON k.name = t.document WHERE k.key IS NULL OR k.key <> x''",
        )),
        _ => None,
    })?;
    Ok(sql.commit()?)
}

/// Copies every table that is kept. `special` says of a table how its column `bytes` is to be read, and from which rows.
fn copy(
    sql: &Connection,
    from: &str,
    to: &str,
    special: impl Fn(&str) -> Option<(&'static str, &'static str)>,
) -> Result<()> {
    for (table, columns) in tables(sql, from)? {
        let (bytes, rows) = special(&table).unwrap_or_default();
        let read = |column: &String| match column.as_str() {
            "bytes" if !bytes.is_empty() => bytes.to_owned(),
            other => format!("t.{other}"),
        };
        let (names, values) = (
            columns.join(", "),
            columns.iter().map(read).collect::<Vec<_>>().join(", "),
        );
        // What a migration put there is in the copy too.
        sql.execute(&format!("DELETE FROM {to}.{table}"), [])?;
        sql.execute(
            &format!("INSERT INTO {to}.{table}({names}) SELECT {values} FROM {from}.{table} t {rows}"),
            [],
        )
        .map_err(|error| match error {
            rusqlite::Error::SqliteFailure(_, Some(words)) if words == Unopened::NoKey.to_string() => StoreError::NoKey,
            other => StoreError::Sql(other),
        })?;
    }
    Ok(())
}

/// Every table that is kept, with its columns.
fn tables(sql: &Connection, schema: &str) -> Result<Vec<(String, Vec<String>)>> {
    let mut statement = sql.prepare(
        "SELECT name FROM pragma_table_list WHERE schema = ?1 AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )?;
    let names: Vec<String> = statement
        .query_map([schema], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let kept = names.into_iter().filter(|name| {
        let name = name.as_str();
        !schema::PROJECTIONS.contains(&name) && !LEFT_OUT.contains(&name)
    });
    kept.map(|name| {
        let mut statement = sql.prepare("SELECT name FROM pragma_table_info(?1, ?2)")?;
        let columns = statement
            .query_map([&name, schema], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok((name, columns))
    })
    .collect()
}

/// Opens a copy and looks at nothing.
fn reader(path: &Path, key: &[u8; 32]) -> Result<Connection> {
    let sql = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    sql.pragma_update(None, "key", &*spelt(key))?;
    // What does not hold is told here, not on the screen.
    sql.pragma_update(None, "cipher_log_level", "NONE")?;
    Ok(sql)
}

fn attach(sql: &Connection, path: &Path, key: &[u8; 32]) -> Result<()> {
    let path = path.to_str().ok_or(StoreError::Damaged("the name of a folder"))?;
    sql.execute("ATTACH ?1 AS backup KEY ?2", [path, &spelt(key)])?;
    // A table is copied before those that it speaks of.
    sql.pragma_update(None, "foreign_keys", false)?;
    add_functions(sql)
}

/// A key as SQLCipher takes it, without deriving another one from it.
fn spelt(key: &[u8; 32]) -> Zeroizing<String> {
    Zeroizing::new(format!("x'{}'", *Zeroizing::new(hex::encode(key))))
}

fn add_functions(sql: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    sql.create_scalar_function("seal", 3, flags, |context| {
        let [name, bytes] = [1, 2].map(|place| context.get_raw(place).as_blob().unwrap_or_default());
        let key = key_of(context)?.ok_or_else(|| failed(Unopened::NoKey))?;
        seal::seal(&key, name, bytes).ok_or_else(|| failed(Unopened::WrongKey))
    })?;
    sql.create_scalar_function("unseal", 3, flags, |context| {
        let [name, bytes] = [1, 2].map(|place| context.get_raw(place).as_blob().unwrap_or_default());
        match key_of(context)? {
            None => Ok(Vec::new()),
            Some(key) => seal::unseal(&key, name, bytes).ok_or_else(|| failed(Unopened::WrongKey)),
        }
    })?;
    Ok(())
}

/// The key that a function was given first; `None` when it was destroyed.
fn key_of(context: &Context<'_>) -> rusqlite::Result<Option<[u8; 32]>> {
    match context.get_raw(0).as_blob_or_null().ok().flatten() {
        None => Err(failed(Unopened::NoKey)),
        Some([]) => Ok(None),
        Some(key) => key.try_into().map(Some).map_err(|_| failed(Unopened::WrongKey)),
    }
}

fn failed(why: Unopened) -> rusqlite::Error {
    rusqlite::Error::UserFunctionError(Box::new(why))
}
