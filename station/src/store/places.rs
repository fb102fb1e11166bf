//! The set of items that is compared with a peer's: all that this device holds but what the center refused, copies that
//! were altered on their way, and what came before what it builds on: should nobody have that any more, two peers are level
//! all the same. Each item's place in order of time, and a sum for each day.
//!
//! A save does not write here: a person waits for it, and these are two pages more. What came since is put in when the set
//! is asked for; how far that got stands in the same transaction, so a crash at any time leaves nothing out.

use doorstep_sync::repair::days::{self, Days};
use doorstep_sync::repair::{Key, Sum};
use doorstep_sync::replica::ReplicaError;
use doorstep_sync::{Fingerprint, ItemId, Scope};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::items::integer;
use super::{StoreError, Stored, array, facts, near};

/// Puts an item into its place; one that is there stays.
pub(crate) fn put(db: &Connection, scope: &Scope, key: &Key) -> Stored<()> {
    let mut statement = db.prepare_cached("INSERT OR IGNORE INTO places (scope, time, id) VALUES (?1, ?2, ?3)")?;
    if statement.execute(params![scope.as_str(), integer(key.time), &key.id.0[..]])? == 0 {
        return Ok(());
    }
    count(db, scope, key, |sum| {
        sum.count += 1;
        sum.total.add(&key.id);
    })
}

/// Takes an item out, when it is there.
pub(crate) fn remove(db: &Connection, scope: &Scope, key: &Key) -> Stored<()> {
    let mut statement = db.prepare_cached("DELETE FROM places WHERE scope = ?1 AND time = ?2 AND id = ?3")?;
    if statement.execute(params![scope.as_str(), integer(key.time), &key.id.0[..]])? == 0 {
        return Ok(());
    }
    count(db, scope, key, |sum| {
        sum.count = sum.count.saturating_sub(1);
        sum.total.remove(&key.id);
    })
}

fn count(db: &Connection, scope: &Scope, key: &Key, change: impl FnOnce(&mut Sum)) -> Stored<()> {
    let day = integer(days::day(key));
    let mut statement = db.prepare_cached("SELECT count, sum FROM days WHERE scope = ?1 AND day = ?2")?;
    let found = statement.query_row(params![scope.as_str(), day], |row| Ok(sum(row, 0)));
    let mut sum = found.optional()?.transpose()?.unwrap_or_default();
    change(&mut sum);
    let mut statement =
        db.prepare_cached("INSERT OR REPLACE INTO days (scope, day, count, sum) VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![scope.as_str(), day, integer(sum.count), &sum.total.0[..]])?;
    Ok(())
}

/// A scope of which nothing is held is compared too, from now on.
pub(crate) fn compare_too(db: &Connection, scope: &Scope) -> Stored<()> {
    db.prepare_cached("INSERT OR IGNORE INTO days (scope, day, count, sum) VALUES (?1, 0, 0, ?2)")?
        .execute(params![scope.as_str(), &Fingerprint::default().0[..]])?;
    Ok(())
}

/// The fingerprint of every scope that has or had an item, or is to be compared all the same.
pub(crate) fn fingerprints(db: &Connection) -> Stored<Vec<(Scope, Fingerprint)>> {
    catch_up(db)?;
    placed(db)
}

/// As [`fingerprints`], of the set as it was when it was last brought up to date.
pub(crate) fn placed(db: &Connection) -> Stored<Vec<(Scope, Fingerprint)>> {
    let mut statement = db.prepare_cached("SELECT scope, count, sum FROM days ORDER BY scope")?;
    let mut rows = statement.query([])?;
    let mut prints: Vec<(Scope, Fingerprint)> = Vec::new();
    while let Some(row) = rows.next()? {
        let day = sum(row, 1)?;
        let scope = row.get_ref(0)?.as_str().map_err(|_| StoreError::Damaged("scope"))?;
        match prints.last_mut() {
            Some((last, print)) if last.as_str() == scope => print.join(&day.total),
            _ => prints.push((scope.parse().map_err(|_| StoreError::Damaged("scope"))?, day.total)),
        }
    }
    Ok(prints)
}

/// Puts what came since the last time into its place, as far as it belongs to the set.
pub(crate) fn catch_up(db: &Connection) -> Stored<()> {
    let (newest, through) = (near::newest(db)?, facts::number(db, facts::name::PLACED)?.unwrap_or(0));
    if newest <= through {
        return Ok(());
    }
    let own = db.is_autocommit().then(|| db.unchecked_transaction()).transpose()?;
    let mut statement = db.prepare_cached(
        "SELECT scope, time, id FROM items WHERE seq > ?1 AND state NOT IN (2, 4)
         AND NOT EXISTS (SELECT 1 FROM refusals WHERE item = items.id AND code = 'signature')",
    )?;
    let mut rows = statement.query([through])?;
    while let Some(row) = rows.next()? {
        let scope: String = row.get(0)?;
        let id = ItemId(array(row.get(2)?, "item id")?);
        let key = Key::of(row.get::<_, i64>(1)?.unsigned_abs(), id);
        put(db, &scope.parse().map_err(|_| StoreError::Damaged("scope"))?, &key)?;
    }
    drop(rows);
    facts::set_number(db, facts::name::PLACED, newest)?;
    own.map_or(Ok(()), |own| Ok(own.commit()?))
}

/// Item `seq` was taken out of the store, and another one may get its number.
pub(crate) fn look_again(db: &Connection, seq: i64) -> Stored<()> {
    match facts::number(db, facts::name::PLACED)? {
        Some(through) if through >= seq => facts::set_number(db, facts::name::PLACED, seq - 1),
        _ => Ok(()),
    }
}

/// The set, to be compared.
pub(crate) struct Places<'a>(&'a Connection);

impl<'a> Places<'a> {
    /// The set as it is now.
    pub(crate) fn of(db: &'a Connection) -> Result<Self, ReplicaError> {
        catch_up(db).map_err(failed)?;
        Ok(Self(db))
    }
}

impl Places<'_> {
    fn days(&self, scope: &Scope, from: u64, to: u64) -> Stored<Vec<(u64, Sum)>> {
        let mut statement = self.0.prepare_cached(
            "SELECT day, count, sum FROM days WHERE scope = ?1 AND day >= ?2 AND day < ?3 AND count > 0 ORDER BY day",
        )?;
        let mut rows = statement.query(params![scope.as_str(), integer(from), integer(to)])?;
        let mut days = Vec::new();
        while let Some(row) = rows.next()? {
            days.push((row.get::<_, i64>(0)?.unsigned_abs(), sum(row, 1)?));
        }
        Ok(days)
    }

    fn places(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Stored<Vec<Key>> {
        let mut statement = self.0.prepare_cached(
            "SELECT time, id FROM places WHERE scope = ?1 AND (time, id) >= (?2, ?3) AND (time, id) < (?4, ?5)
             ORDER BY time, id LIMIT ?6 OFFSET ?7",
        )?;
        let mut rows = statement.query(params![
            scope.as_str(),
            integer(from.time),
            &from.id.0[..],
            integer(to.time),
            &to.id.0[..],
            integer(most as u64),
            integer(skip)
        ])?;
        let mut keys = Vec::new();
        while let Some(row) = rows.next()? {
            let id = ItemId(array(row.get(1)?, "item id")?);
            keys.push(Key::of(row.get::<_, i64>(0)?.unsigned_abs(), id));
        }
        Ok(keys)
    }
}

impl Days for Places<'_> {
    fn days(&self, scope: &Scope, from: u64, to: u64) -> Result<Vec<(u64, Sum)>, ReplicaError> {
        self.days(scope, from, to).map_err(failed)
    }

    fn places(&self, scope: &Scope, from: &Key, to: &Key, skip: u64, most: usize) -> Result<Vec<Key>, ReplicaError> {
        self.places(scope, from, to, skip, most).map_err(failed)
    }
}

fn failed(error: StoreError) -> ReplicaError {
    ReplicaError(error.to_string())
}

fn sum(row: &Row<'_>, at: usize) -> Stored<Sum> {
    Ok(Sum {
        count: row.get::<_, i64>(at)?.unsigned_abs(),
        total: Fingerprint(array(row.get(at + 1)?, "sum")?),
    })
}
