//! Whether the tables that follow from nothing else hold what was written. Of each the database keeps a sum over its rows,
//! which the writing connection brings up to date with every row; whoever turns a bit, or writes by another program, does not.

use doorstep_sync::{Fingerprint, ItemId};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::{Result, fixed, schema};

/// Tables that are not summed: what can be made again, what is of this hour, and the sums.
const LEFT_OUT: [&str; 3] = ["sessions", "uploads", "digests"];
/// The column of signed bytes, whose names are summed.
const SIGNED: &str = "bytes";

/// Sums what this connection writes from now on, and what nobody has summed yet.
pub(super) fn keep(sql: &Connection) -> Result<()> {
    add_functions(sql)?;
    // A row that another one takes the place of is taken out like any other.
    sql.pragma_update(None, "recursive_triggers", true)?;
    for (table, columns) in tables(sql)? {
        let row = |of: &str| {
            columns
                .iter()
                .map(|c| format!("{of}.{c}"))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let (old, new) = (row("OLD"), row("NEW"));
        let set = |sum: String| format!("BEGIN UPDATE digests SET sum = {sum} WHERE name = '{table}'; END");
        sql.execute_batch(&format!(
            "CREATE TEMP TRIGGER sum_{table}_1 AFTER INSERT ON main.{table} {};
             CREATE TEMP TRIGGER sum_{table}_2 AFTER DELETE ON main.{table} {};
             CREATE TEMP TRIGGER sum_{table}_3 AFTER UPDATE ON main.{table} {};",
            set(format!("sum_with(sum, {new})")),
            set(format!("sum_without(sum, {old})")),
            set(format!("sum_with(sum_without(sum, {old}), {new})")),
        ))?;
    }
    if !unsummed(sql)?.is_empty() {
        let sql = Transaction::new_unchecked(sql, TransactionBehavior::Immediate)?;
        for (table, columns) in unsummed(&sql)? {
            take(&sql, &table, &columns)?;
        }
        sql.commit()?;
    }
    Ok(())
}

/// Tables that do not hold what was written. With `accept` they are taken for right from now on.
pub fn differing(sql: &Connection, accept: bool) -> Result<Vec<String>> {
    let mut differing = Vec::new();
    for (table, columns) in tables(sql)? {
        let kept: Vec<u8> = sql.query_row("SELECT sum FROM digests WHERE name = ?", [&table], |row| row.get(0))?;
        if sum(sql, &table, &columns)? != kept {
            if accept {
                take(sql, &table, &columns)?;
            }
            differing.push(table);
        }
    }
    Ok(differing)
}

/// What every table that can be made again holds, as sums.
pub fn of_projections(sql: &Connection) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let of = |table: &'static str| Ok((table, sum(sql, table, &columns(sql, table)?)?));
    schema::PROJECTIONS.into_iter().map(of).collect()
}

fn unsummed(sql: &Connection) -> Result<Vec<(String, Vec<String>)>> {
    let mut statement = sql.prepare("SELECT name FROM digests")?;
    let known: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut all = tables(sql)?;
    all.retain(|(table, _)| !known.contains(table));
    Ok(all)
}

fn take(sql: &Connection, table: &str, columns: &[String]) -> Result<()> {
    sql.execute(
        "INSERT OR REPLACE INTO digests VALUES(?,?)",
        params![table, sum(sql, table, columns)?],
    )?;
    Ok(())
}

fn sum(sql: &Connection, table: &str, columns: &[String]) -> Result<Vec<u8>> {
    let mut statement = sql.prepare(&format!("SELECT {} FROM {table} NOT INDEXED", columns.join(", ")))?;
    let mut rows = statement.query([])?;
    let mut sum = Fingerprint::default();
    while let Some(row) = rows.next()? {
        let mut hasher = blake3::Hasher::new();
        for place in 0..columns.len() {
            add(&mut hasher, row.get_ref(place)?);
        }
        sum.add(&ItemId(*hasher.finalize().as_bytes()));
    }
    Ok(sum.0.to_vec())
}

fn tables(sql: &Connection) -> Result<Vec<(String, Vec<String>)>> {
    let mut statement = sql.prepare(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )?;
    let names: Vec<String> = statement
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    names
        .into_iter()
        .filter(|name| !schema::PROJECTIONS.contains(&name.as_str()) && !LEFT_OUT.contains(&name.as_str()))
        .map(|name| {
            let columns = columns(sql, &name)?;
            Ok((name, columns))
        })
        .collect()
}

/// Columns of a table, but the signed bytes.
fn columns(sql: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = sql.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let mut columns: Vec<String> = statement
        .query_map([table], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if ["items", "orphans"].contains(&table) {
        columns.retain(|name| name != SIGNED);
    }
    Ok(columns)
}

fn add_functions(sql: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    sql.create_scalar_function("sum_with", -1, flags, |context| {
        changed(context, |sum, row| sum.add(row))
    })?;
    sql.create_scalar_function("sum_without", -1, flags, |context| {
        changed(context, |sum, row| sum.remove(row))
    })?;
    Ok(())
}

fn changed(context: &Context<'_>, change: impl Fn(&mut Fingerprint, &ItemId)) -> rusqlite::Result<Vec<u8>> {
    let sum = context.get_raw(0).as_blob().unwrap_or_default();
    let sum = fixed(sum.to_vec(), "a sum").map_err(|error| rusqlite::Error::UserFunctionError(Box::new(error)))?;
    let mut sum = Fingerprint(sum);
    let mut hasher = blake3::Hasher::new();
    for place in 1..context.len() {
        add(&mut hasher, context.get_raw(place));
    }
    change(&mut sum, &ItemId(*hasher.finalize().as_bytes()));
    Ok(sum.0.to_vec())
}

fn add(hasher: &mut blake3::Hasher, value: ValueRef<'_>) {
    let (kind, bytes) = match value {
        ValueRef::Null => (0, &[][..]),
        ValueRef::Integer(number) => {
            hasher.update(&[1]).update(&number.to_le_bytes());
            return;
        }
        ValueRef::Real(number) => {
            hasher.update(&[2]).update(&number.to_le_bytes());
            return;
        }
        ValueRef::Text(text) => (3, text),
        ValueRef::Blob(blob) => (4, blob),
    };
    hasher
        .update(&[kind])
        .update(&(bytes.len() as u64).to_le_bytes())
        .update(bytes);
}
