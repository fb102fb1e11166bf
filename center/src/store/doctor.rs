//! A database whose pages are damaged: what can be read of it goes into a new one.

use std::fs;
use std::path::{Path, PathBuf};

use doorstep_sync::{Item, Kind};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::{Result, custody, items, schema};

/// What does not hold between the pages of a database, in SQLite's words.
pub fn pages(path: &Path) -> Vec<String> {
    let look = || -> rusqlite::Result<Vec<String>> {
        let sql = Connection::open(path)?;
        let mut statement = sql.prepare("PRAGMA integrity_check")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect()
    };
    match look() {
        Ok(words) => words.into_iter().filter(|words| words != "ok").collect(),
        Err(error) => vec![error.to_string()],
    }
}

/// Puts a new database in the place of a damaged one, which stays beside it. Tables that could not be read whole; what can be
/// made again is left empty.
pub fn make_anew(path: &Path, now: u64) -> Result<Vec<String>> {
    let new = path.with_extension("new");
    for ending in ["", "-wal", "-shm", "-journal"] {
        let _ = fs::remove_file(ending_in(&new, ending));
    }
    let version: i64 = Connection::open(path)?.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let mut target = Connection::open(&new)?;
    schema::migrate_to(&mut target, usize::try_from(version).unwrap_or(usize::MAX))?;
    target.pragma_update(None, "foreign_keys", false)?;
    let copied = target.unchecked_transaction()?;
    let mut lost = Vec::new();
    for table in tables(&copied)? {
        copied.execute(&format!("DELETE FROM {table}"), [])?;
        if !copy(path, &copied, &table)? {
            lost.push(table);
        }
    }
    copied.commit()?;
    target.close().map_err(|(_, error)| error)?;
    let aside = path.with_extension(format!("damaged-{now}"));
    let moved = |from: &Path, to: &Path| match from.exists() {
        true => fs::rename(from, to),
        false => Ok(()),
    };
    let swap = || {
        fs::File::open(&new)?.sync_all()?;
        moved(&ending_in(path, "-wal"), &ending_in(&aside, "-wal"))?;
        let _ = fs::remove_file(ending_in(path, "-shm"));
        moved(path, &aside)?;
        fs::rename(&new, path)?;
        crate::disk::sync_folder(path.parent().unwrap_or(Path::new(".")))
    };
    swap().map_err(|_: std::io::Error| super::StoreError::Damaged("the folder"))?;
    Ok(lost)
}

fn ending_in(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn tables(sql: &Connection) -> Result<Vec<String>> {
    let mut statement = sql.prepare(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'",
    )?;
    let names = statement.query_map([], |row| row.get(0))?;
    let mut names: Vec<String> = names.collect::<rusqlite::Result<_>>()?;
    names.retain(|name| !schema::PROJECTIONS.contains(&name.as_str()));
    Ok(names)
}

/// Reads a table from the front, and from the back when something stops it; whether nothing did.
fn copy(old: &Path, target: &Connection, table: &str) -> Result<bool> {
    let first: String = target.query_row("SELECT name FROM pragma_table_info(?1)", [table], |row| row.get(0))?;
    if scan(old, target, table, &format!("{first} ASC"))? {
        return Ok(true);
    }
    scan(old, target, table, &format!("{first} DESC"))?;
    Ok(false)
}

fn scan(old: &Path, target: &Connection, table: &str, order: &str) -> Result<bool> {
    let sql = Connection::open(old)?;
    // The order of the table itself: an index may be damaged where the table is not.
    let Ok(mut statement) = sql.prepare(&format!("SELECT * FROM {table} NOT INDEXED ORDER BY {order}")) else {
        return Ok(false);
    };
    let columns = statement.column_count();
    let insert = format!(
        "INSERT OR IGNORE INTO {table} VALUES({})",
        vec!["?"; columns].join(", ")
    );
    let mut insert = target.prepare(&insert)?;
    let Ok(mut rows) = statement.query([]) else {
        return Ok(false);
    };
    let mut whole = true;
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(whole),
            Err(_) => return Ok(false),
        };
        let values: rusqlite::Result<Vec<Value>> = (0..columns).map(|column| row.get(column)).collect();
        // A text that is none any more, or a row that no table takes.
        whole &= values.is_ok_and(|values| insert.execute(params_from_iter(values)).is_ok());
    }
}

/// A row of the log.
pub struct Logged {
    /// Its place.
    pub place: i64,
    /// Its name, as the row has it.
    pub id: String,
    /// Whether devices have what is of its kind, as the row says it; nobody can ask for another's grant.
    pub comes_again: bool,
    /// The item, when the row says what it says.
    pub item: Option<Item>,
}

/// Calls `each` with every row of the log but forgotten ones.
pub fn each_item(sql: &Connection, mut each: impl FnMut(Logged)) -> Result<()> {
    let mut statement = sql.prepare("SELECT * FROM items NOT INDEXED WHERE bytes <> x'' ORDER BY seq")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let stored = custody::read(row).ok();
        let kind: i64 = row.get("kind").unwrap_or(-1);
        each(Logged {
            place: row.get("seq")?,
            id: stored.as_ref().map(|stored| stored.id.clone()).unwrap_or_default(),
            comes_again: [Kind::Change, Kind::File, Kind::Forget, Kind::Receipt, Kind::Look]
                .iter()
                .any(|of| items::kind_number(*of) == kind),
            item: stored.filter(|stored| stored.fits).and_then(|stored| stored.item),
        });
    }
    Ok(())
}

/// Takes an item out of the log, as if it had never come.
pub fn drop_item(sql: &Connection, place: i64) -> Result<()> {
    sql.execute("DELETE FROM items WHERE seq = ?", [place])?;
    Ok(())
}

/// Takes out what waits and is not what it is called; their names.
pub fn drop_waiting(sql: &Connection) -> Result<Vec<String>> {
    let mut statement = sql.prepare("SELECT id, bytes FROM orphans")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let mut dropped = Vec::new();
    for row in rows {
        let (id, bytes) = row?;
        if !items::decode(&bytes).is_ok_and(|item| item.id().0[..] == id[..]) {
            sql.execute("DELETE FROM orphans WHERE id = ?", [&id])?;
            dropped.push(hex::encode(id));
        }
    }
    Ok(dropped)
}
