//! The set of items that is compared with a device's: the log. What waits is not in it, since nobody may take it for
//! arrived. Each item's place in order of time, and a sum for each day.

use doorstep_sync::repair::days::{self, Days};
use doorstep_sync::repair::{Held, Key, Sum};
use doorstep_sync::replica::ReplicaError;
use doorstep_sync::{Fingerprint, Item, ItemId, Scope};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Result, StoreError, fixed, items, signed, unsigned};

/// Puts an item into its place; one that is there stays.
pub fn put(sql: &Connection, scope: &Scope, key: &Key) -> Result<()> {
    let new = sql
        .prepare_cached("INSERT OR IGNORE INTO places(scope, time, id) VALUES(?,?,?)")?
        .execute(params![scope.as_str(), signed(key.time), &key.id.0[..]])?;
    if new == 0 {
        return Ok(());
    }
    let day = signed(days::day(key));
    let found = sql
        .prepare_cached("SELECT count, sum FROM days WHERE scope = ? AND day = ?")?
        .query_row(params![scope.as_str(), day], |row| Ok(read_sum(row, 0)))
        .optional()?;
    let mut sum = found.transpose()?.unwrap_or_default();
    sum.add(&key.id);
    sql.prepare_cached("INSERT OR REPLACE INTO days(scope, day, count, sum) VALUES(?,?,?,?)")?
        .execute(params![scope.as_str(), day, signed(sum.count), &sum.total.0[..]])?;
    Ok(())
}

/// Puts everything into its place.
pub fn fill(sql: &Connection) -> Result<()> {
    let mut statement = sql.prepare("SELECT bytes, scope, time, id FROM items")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(0)?;
        // Of what is forgotten here the name counts.
        if bytes.is_empty() {
            let scope = row
                .get::<_, String>(1)?
                .parse()
                .map_err(|_| StoreError::Damaged("a scope"))?;
            let id = ItemId(fixed(row.get(3)?, "an item id")?);
            put(sql, &scope, &Key::of(unsigned(row.get(2)?), id))?;
            continue;
        }
        let item: Item = items::decode(&bytes)?;
        if let Ok(envelope) = item.open() {
            put(sql, &envelope.scope, &Key::of(envelope.time, item.id()))?;
        }
    }
    Ok(())
}

/// Every scope with an item.
pub fn scopes(sql: &Connection) -> Result<Vec<Scope>> {
    let mut statement = sql.prepare_cached("SELECT DISTINCT scope FROM days WHERE count > 0")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    rows.map(|scope| scope?.parse().map_err(|_| StoreError::Damaged("a scope")))
        .collect()
}

/// The set, to be compared.
pub struct Places<'a>(pub &'a Connection);

impl Places<'_> {
    fn sums(&self, scope: &Scope, from: u64, to: u64) -> Result<Vec<(u64, Sum)>> {
        let mut statement = self.0.prepare_cached(
            "SELECT day, count, sum FROM days WHERE scope = ? AND day >= ? AND day < ? AND count > 0 ORDER BY day",
        )?;
        let mut rows = statement.query(params![scope.as_str(), signed(from), signed(to)])?;
        let mut days = Vec::new();
        while let Some(row) = rows.next()? {
            days.push((unsigned(row.get(0)?), read_sum(row, 1)?));
        }
        Ok(days)
    }

    fn range(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>> {
        let mut statement = self.0.prepare_cached(
            "SELECT time, id FROM places WHERE scope = ?1 AND (time, id) >= (?2, ?3) AND (time, id) < (?4, ?5)
             ORDER BY time, id LIMIT ?6 OFFSET ?7",
        )?;
        let mut rows = statement.query(params![
            scope.as_str(),
            signed(from.time),
            &from.id.0[..],
            signed(to.time),
            &to.id.0[..],
            signed(most as u64),
            signed(skip)
        ])?;
        let mut keys = Vec::new();
        while let Some(row) = rows.next()? {
            keys.push(Key::of(
                unsigned(row.get(0)?),
                ItemId(fixed(row.get(1)?, "an item id")?),
            ));
        }
        Ok(keys)
    }
}

impl Days for Places<'_> {
    fn days(&self, scope: &Scope, from: u64, to: u64) -> std::result::Result<Vec<(u64, Sum)>, ReplicaError> {
        self.sums(scope, from, to).map_err(failed)
    }

    fn places(
        &self,
        scope: &Scope,
        from: &Key,
        to: &Key,
        skip: u64,
        most: usize,
    ) -> std::result::Result<Vec<Key>, ReplicaError> {
        self.range(scope, from, to, skip, most).map_err(failed)
    }
}

impl Held for Places<'_> {
    fn sum(&self, scope: &Scope, from: &Key, to: &Key) -> std::result::Result<Sum, ReplicaError> {
        days::sum(self, scope, from, to)
    }

    fn keys(
        &self,
        scope: &Scope,
        from: &Key,
        to: &Key,
        skip: u64,
        most: usize,
    ) -> std::result::Result<Vec<Key>, ReplicaError> {
        days::keys(self, scope, from, to, skip, most)
    }
}

fn failed(error: StoreError) -> ReplicaError {
    ReplicaError(error.to_string())
}

fn read_sum(row: &Row<'_>, at: usize) -> Result<Sum> {
    Ok(Sum {
        count: unsigned(row.get(at)?),
        total: Fingerprint(fixed(row.get(at + 1)?, "a sum")?),
    })
}
