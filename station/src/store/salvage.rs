//! A damaged database: everything that can still be read goes into a new one.
//!
//! SQLCipher authenticates every page, so a page in which a single bit has turned cannot be read at all, and whatever can
//! be read is what was written. A table is read row by row from the front; where a page stops it, reading goes on behind
//! that page. Tables that are ordered by their own key are read from the front and from the back.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use zeroize::Zeroizing;

use super::{MIGRATIONS, StoreError, Stored, facts};
use crate::files::sync_folder;

/// Tables that are made anew from the others.
const MADE_ANEW: [&str; 4] = ["documents", "rows", "places", "days"];
/// Rows that are skipped at most to get behind what cannot be read.
const FURTHEST: i64 = 1 << 40;

/// Whether pages of the database under `data` cannot be read; reads all of them.
pub(crate) fn is_damaged(data: &Path, key: &[u8; 32]) -> Stored<bool> {
    let db = reader(&data.join("station.db"), key)?;
    let mut statement = db.prepare("PRAGMA cipher_integrity_check")?;
    let mut rows = statement.query([])?;
    match rows.next() {
        Ok(problem) => Ok(problem.is_some()),
        Err(_) => Ok(true),
    }
}

/// Ends a replacement that a power cut interrupted between its two renames.
pub(crate) fn finish(data: &Path) -> Stored<()> {
    let (old, new) = (data.join("station.db"), data.join(NEW));
    if !old.exists() && new.exists() {
        fs::rename(new, old)?;
        sync_folder(data)?;
    }
    Ok(())
}

const NEW: &str = "station.db.new";

/// Puts a new database with everything that can be read in the place of a damaged one, which stays beside it as
/// `station.damaged-NOW.db`. The names of tables of which something could not be read. Nobody may have it open.
pub(crate) fn salvage(data: &Path, key: &[u8; 32], now: u64) -> Stored<Vec<String>> {
    let (old, new) = (data.join("station.db"), data.join(NEW));
    remove(&new)?;
    let target = super::open(&new, key)?;
    let version: i64 = reader(&old, key)?.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if usize::try_from(version).ok() != Some(MIGRATIONS.len()) {
        return Err(StoreError::Unreadable);
    }
    let mut lost = Vec::new();
    for table in tables(&target)? {
        if !copy(&old, key, &target, &table)? {
            lost.push(table.name);
        }
    }
    target.execute("DELETE FROM facts WHERE name = ?1", [facts::name::PLACED])?;
    target.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    target.close().map_err(|(_, error)| error)?;
    fs::File::open(&new)?.sync_all()?;
    // Its log belongs to it, under the name that SQLite will look for.
    let aside = data.join(format!("station.damaged-{now}.db"));
    for ending in ["-wal", ""] {
        let from = suffixed(&old, ending);
        if from.exists() {
            fs::rename(from, suffixed(&aside, ending))?;
        }
    }
    let _ = fs::remove_file(suffixed(&old, "-shm"));
    fs::rename(&new, &old)?;
    sync_folder(data)?;
    Ok(lost)
}

fn suffixed(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn remove(path: &Path) -> Stored<()> {
    for ending in ["", "-wal", "-shm"] {
        match fs::remove_file(suffixed(path, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Opens without looking at anything: what is damaged shows when it is read.
fn reader(path: &Path, key: &[u8; 32]) -> Stored<Connection> {
    let db = Connection::open(path)?;
    let hex = Zeroizing::new(hex::encode(key));
    db.execute_batch(&Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", *hex)))?;
    Ok(db)
}

struct Table {
    name: String,
    columns: Vec<String>,
    /// The columns it is ordered by, when it has no row numbers.
    key: Option<Vec<String>>,
}

fn tables(db: &Connection) -> Stored<Vec<Table>> {
    let mut statement = db.prepare(
        "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'",
    )?;
    let names: Vec<(String, bool)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut tables = Vec::new();
    for (name, ordered) in names
        .into_iter()
        .filter(|(name, _)| !MADE_ANEW.contains(&name.as_str()))
    {
        let mut statement = db.prepare("SELECT name, pk FROM pragma_table_info(?1)")?;
        let columns: Vec<(String, i64)> = statement
            .query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let mut key: Vec<&(String, i64)> = columns.iter().filter(|(_, place)| *place > 0).collect();
        key.sort_by_key(|(_, place)| *place);
        let key = ordered.then(|| key.into_iter().map(|(column, _)| column.clone()).collect());
        let columns = columns.into_iter().map(|(column, _)| column).collect();
        tables.push(Table { name, columns, key });
    }
    Ok(tables)
}

/// Copies what can be read; whether that was everything.
fn copy(old: &Path, key: &[u8; 32], target: &Connection, table: &Table) -> Stored<bool> {
    let columns = table.columns.join(", ");
    let places = vec!["?"; table.columns.len()].join(", ");
    let insert = format!("INSERT OR REPLACE INTO {} ({columns}) VALUES ({places})", table.name);
    let tx = target.unchecked_transaction()?;
    let mut keep = |values: Vec<Value>| -> Stored<()> {
        tx.prepare_cached(&insert)?.execute(params_from_iter(values))?;
        Ok(())
    };
    let whole = match &table.key {
        Some(by) => {
            let front = format!("SELECT 0, {columns} FROM {} ORDER BY {}", table.name, by.join(", "));
            let back = format!(
                "SELECT 0, {columns} FROM {} ORDER BY {} DESC",
                table.name,
                by.join(" DESC, ")
            );
            let whole = scan(old, key, &front, None, &mut keep)?.is_none();
            if !whole {
                scan(old, key, &back, None, &mut keep)?;
            }
            whole
        }
        None => by_number(old, key, table, &columns, &mut keep)?,
    };
    tx.commit()?;
    Ok(whole)
}

fn by_number(
    old: &Path,
    key: &[u8; 32],
    table: &Table,
    columns: &str,
    keep: &mut dyn FnMut(Vec<Value>) -> Stored<()>,
) -> Stored<bool> {
    let from = format!(
        "SELECT rowid, {columns} FROM {} WHERE rowid >= ?1 ORDER BY rowid",
        table.name
    );
    let one = format!("{from} LIMIT 1");
    let mut whole = true;
    let mut begin = 0;
    while let Some(last) = scan(old, key, &from, Some(begin), keep)? {
        whole = false;
        let bad = last.map_or(begin, |last| last + 1);
        // Doubling finds a row behind what cannot be read, halving the first such row.
        let mut step = 1;
        while step < FURTHEST && scan(old, key, &one, Some(bad + step), &mut |_| Ok(()))?.is_some() {
            step *= 2;
        }
        if step >= FURTHEST {
            break;
        }
        let (mut unreadable, mut readable) = (bad + step / 2, bad + step);
        while readable - unreadable > 1 {
            let middle = unreadable + (readable - unreadable) / 2;
            match scan(old, key, &one, Some(middle), &mut |_| Ok(()))? {
                Some(_) => unreadable = middle,
                None => readable = middle,
            }
        }
        begin = readable;
    }
    Ok(whole)
}

/// Reads rows until the end (`None`) or until one cannot be read: then the number of the last that could. Every scan has a
/// connection of its own: one that met a damaged page reads nothing any more.
fn scan(
    old: &Path,
    key: &[u8; 32],
    sql: &str,
    from: Option<i64>,
    keep: &mut dyn FnMut(Vec<Value>) -> Stored<()>,
) -> Stored<Option<Option<i64>>> {
    let db = reader(old, key)?;
    let mut last = None;
    let Ok(mut statement) = db.prepare(sql) else {
        return Ok(Some(last));
    };
    let columns = statement.column_count();
    let Ok(mut rows) = statement.query(params_from_iter(from)) else {
        return Ok(Some(last));
    };
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(None),
            Err(_) => return Ok(Some(last)),
        };
        let number: i64 = row.get(0)?;
        let values: Result<Vec<Value>, _> = (1..columns).map(|column| row.get(column)).collect();
        // A long value lies on pages of its own, and one of those may be the damaged one.
        let Ok(values) = values else {
            return Ok(Some(last));
        };
        keep(values)?;
        last = Some(number);
    }
}
