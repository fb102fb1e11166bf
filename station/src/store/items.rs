//! Items: everything that syncs, in the order it came.

use doorstep_sync::{Document, DocumentId, Envelope, Item, ItemId, Kind};
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::Progress;
use super::{StoreError, Stored, array, near, places};

/// What became of an item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// Own, not yet confirmed.
    Waiting = 0,
    /// Own, confirmed by the center.
    Accepted = 1,
    /// Own, refused by the center: set aside.
    Refused = 2,
    /// From the center or another device.
    Received = 3,
    /// As [`State::Received`], but what it builds on has not come.
    Early = 4,
    /// Received and not taken.
    Aside = 5,
}

/// A stored item with its place.
pub(crate) struct Held {
    /// Order of arrival.
    pub seq: i64,
    /// The item.
    pub item: Item,
}

/// Stores an item; gives its place in the order of arrival.
pub(crate) fn insert(
    db: &Connection,
    item: &Item,
    envelope: &Envelope,
    state: State,
    settled: Option<u64>,
) -> Stored<i64> {
    let id = item.id();
    let mut statement = db.prepare_cached(
        "INSERT INTO items (id, kind, scope, document_kind, document, device, time, state, settled, bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    statement.execute(params![
        &id.0[..],
        kind(envelope.kind),
        envelope.scope.as_str(),
        envelope.document.as_ref().map(|d| d.kind.as_str()),
        envelope.document.as_ref().map(|d| d.id.0.to_vec()),
        &envelope.device.0[..],
        integer(envelope.time),
        state as i64,
        settled.map(integer),
        minicbor::to_vec(item).unwrap_or_default(),
    ])?;
    Ok(db.last_insert_rowid())
}

/// The state of an item held here.
pub(crate) fn state(db: &Connection, id: &ItemId) -> Stored<Option<i64>> {
    let mut statement = db.prepare_cached("SELECT state FROM items WHERE id = ?1")?;
    Ok(statement.query_row([&id.0[..]], |row| row.get(0)).optional()?)
}

/// Changes the state of an item; true when it was in one of `from`.
pub(crate) fn settle(db: &Connection, id: &ItemId, from: &[State], to: State, settled: Option<u64>) -> Stored<bool> {
    let Some(now) = state(db, id)? else { return Ok(false) };
    if !from.iter().any(|state| *state as i64 == now) {
        return Ok(false);
    }
    let mut statement = db.prepare_cached("UPDATE items SET state = ?2, settled = ?3 WHERE id = ?1")?;
    statement.execute(params![&id.0[..], to as i64, settled.map(integer)])?;
    Ok(true)
}

/// An own item in state `from` waits for a receipt once more, in its old place; true when it was in that state. Whoever was
/// handed what waited up to a later place was not given it.
pub(crate) fn wait_again(db: &Connection, id: &ItemId, from: State) -> Stored<bool> {
    let waits = settle(db, id, &[from], State::Waiting, None)?;
    if waits {
        near::unhand(db, id)?;
    }
    Ok(waits)
}

/// One item.
pub(crate) fn get(db: &Connection, id: &ItemId) -> Stored<Option<Item>> {
    let mut statement = db.prepare_cached("SELECT bytes FROM items WHERE id = ?1")?;
    statement
        .query_row([&id.0[..]], |row| row.get::<_, Vec<u8>>(0))
        .optional()?
        .map(|bytes| read(&bytes))
        .transpose()
}

/// Own and carried items without a receipt, oldest first, up to `limit` bytes of envelopes (at least one).
pub(crate) fn waiting(db: &Connection, limit: usize) -> Stored<Vec<Item>> {
    let mut statement = db.prepare_cached(
        "SELECT bytes, seq FROM items WHERE state = 0
         UNION ALL SELECT bytes, seq FROM carried JOIN items USING (seq) WHERE state = 3 ORDER BY seq",
    )?;
    let mut rows = statement.query([])?;
    let (mut items, mut size) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let item = read(&row.get::<_, Vec<u8>>(0)?)?;
        size += item.envelope.len();
        if size > limit && !items.is_empty() {
            break;
        }
        items.push(item);
    }
    Ok(items)
}

/// How many own items have no receipt.
pub(crate) fn count_waiting(db: &Connection) -> Stored<u32> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM items WHERE state = 0")?
        .query_row([], |row| row.get(0))?)
}

/// Takes an item that was set aside out of the store, to be judged again.
pub(crate) fn forget_aside(db: &Connection, id: &ItemId) -> Stored<()> {
    let mut statement = db.prepare_cached("DELETE FROM items WHERE id = ?1 AND state = 5 RETURNING seq")?;
    let seq = statement.query_row([&id.0[..]], |row| row.get(0)).optional()?;
    seq.map_or(Ok(()), |seq| places::look_again(db, seq))?;
    db.prepare_cached("DELETE FROM refusals WHERE item = ?1 AND NOT own")?
        .execute([&id.0[..]])?;
    Ok(())
}

/// Items that were set aside because nothing granted them, in the order they came.
pub(crate) fn ungranted(db: &Connection) -> Stored<Vec<Item>> {
    let mut statement = db.prepare_cached(
        "SELECT bytes FROM items WHERE state = 5
         AND id IN (SELECT item FROM refusals WHERE code IN ('unknown_device', 'not_granted', 'center_only') AND NOT own) ORDER BY seq",
    )?;
    let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|bytes| read(&bytes?)).collect()
}

/// The change items of a document that are in one of the `states` and after `seq`, in order.
pub(crate) fn changes(db: &Connection, document: &Document, after: i64, states: &[State]) -> Stored<Vec<Held>> {
    let mut statement = db.prepare_cached(
        "SELECT seq, state, bytes FROM items WHERE document = ?1 AND seq > ?2 AND kind = 0 AND document_kind = ?3 ORDER BY seq",
    )?;
    let mut rows = statement.query(params![&document.id.0[..], after, document.kind])?;
    let mut held = Vec::new();
    while let Some(row) = rows.next()? {
        let state: i64 = row.get(1)?;
        if states.iter().any(|wanted| *wanted as i64 == state) {
            held.push(Held {
                seq: row.get(0)?,
                item: read(&row.get::<_, Vec<u8>>(2)?)?,
            });
        }
    }
    Ok(held)
}

/// How far an application has got (without its files), counted in one pass over an index that has it all: its changes on
/// this disk, how many of them the center has, since when it has them all, and the time of the newest item of application
/// and case.
pub(crate) fn progress(db: &Connection, id: &DocumentId) -> Stored<Progress> {
    let mut statement = db.prepare_cached(
        "SELECT count(*) FILTER (WHERE counts), count(*) FILTER (WHERE counts AND state <> 0)
                  - (SELECT count(*) FROM carried JOIN items AS waiting USING (seq)
                     WHERE carried.document = ?1 AND waiting.state = 3),
                max(settled) FILTER (WHERE counts), 0, 0, ifnull(max(time), 0)
         FROM (SELECT state, settled, time, kind = 0 AND state <> 2 AND document_kind = 'application' AS counts
               FROM items WHERE document = ?1 AND state IN (0, 1, 2, 3))",
    )?;
    let mut progress = statement.query_row([&id.0[..]], |row| Progress::read(row, 0))?;
    let chain = &mut progress.chain;
    chain.reached_at = chain.reached_at.filter(|_| chain.saved == chain.reached);
    Ok(progress)
}

/// Every document that somebody here or elsewhere wrote into; what was not taken from others is left out.
pub(crate) fn documents(db: &Connection) -> Stored<Vec<DocumentId>> {
    let mut statement = db.prepare("SELECT DISTINCT document FROM items WHERE document IS NOT NULL AND state <> 5")?;
    let ids = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    ids.map(|id| Ok(DocumentId(array(id?, "document")?))).collect()
}

/// Calls `each` with every item of a kind that counts, or will when what it builds on has come, in order.
pub(crate) fn each(db: &Connection, of: Kind, mut each: impl FnMut(Item, i64) -> Stored<()>) -> Stored<()> {
    let mut statement =
        db.prepare("SELECT bytes, state FROM items WHERE kind = ?1 AND state IN (0, 1, 3, 4) ORDER BY seq")?;
    let mut rows = statement.query([kind(of)])?;
    while let Some(row) = rows.next()? {
        each(read(&row.get::<_, Vec<u8>>(0)?)?, row.get(1)?)?;
    }
    Ok(())
}

/// A refusal, as it is kept.
#[derive(Clone)]
pub(crate) struct Refused {
    /// Stable code.
    pub code: String,
    /// Words.
    pub reason: String,
    /// What was typed: (path, value).
    pub contents: Vec<(String, String)>,
}

/// Notes why an item is set aside. `own`: what was typed in it is to be shown here.
pub(crate) fn refuse(
    db: &Connection,
    id: &ItemId,
    document: Option<&DocumentId>,
    own: bool,
    refused: &Refused,
) -> Stored<()> {
    let contents = serde_json::to_string(&refused.contents).unwrap_or_default();
    db.prepare_cached(
        "INSERT OR IGNORE INTO refusals (item, document, own, code, reason, contents) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        &id.0[..],
        document.map(|d| d.0.to_vec()),
        own,
        refused.code,
        refused.reason,
        contents
    ])?;
    Ok(())
}

/// What was refused counts again; a change takes its place as soon as what it builds on is there.
pub(crate) fn forget_refused(db: &Connection, id: &ItemId, kind: Kind) -> Stored<()> {
    let state = match kind {
        Kind::Change => State::Early,
        _ => State::Received,
    };
    settle(db, id, &[State::Refused], state, None)?;
    db.prepare_cached("DELETE FROM refusals WHERE item = ?1")?
        .execute([&id.0[..]])?;
    Ok(())
}

/// What of an application is set aside and shown here, each with the number of who typed it.
pub(crate) fn refusals(db: &Connection, document: &DocumentId) -> Stored<Vec<(Refused, String)>> {
    let mut statement = db.prepare_cached(
        "SELECT code, reason, contents, bytes FROM refusals JOIN items ON items.id = refusals.item
         WHERE refusals.document = ?1 AND own ORDER BY refusals.rowid",
    )?;
    let mut rows = statement.query([&document.0[..]])?;
    let mut refusals = Vec::new();
    while let Some(row) = rows.next()? {
        let contents: String = row.get(2)?;
        let refused = Refused {
            code: row.get(0)?,
            reason: row.get(1)?,
            contents: serde_json::from_str(&contents).unwrap_or_default(),
        };
        let envelope = read(&row.get::<_, Vec<u8>>(3)?)?.open();
        refusals.push((refused, envelope.map(|envelope| envelope.staff).unwrap_or_default()));
    }
    Ok(refusals)
}

/// Marks the refusals of an application as looked at.
pub(crate) fn refusals_seen(db: &Connection, document: &DocumentId) -> Stored<()> {
    db.execute("UPDATE refusals SET seen = 1 WHERE document = ?1", [&document.0[..]])?;
    Ok(())
}

/// What is set aside, is shown here, and nobody has looked at.
pub(crate) fn count_unseen(db: &Connection) -> Stored<u32> {
    Ok(db
        .prepare_cached("SELECT count(*) FROM refusals WHERE own AND NOT seen")?
        .query_row([], |row| row.get(0))?)
}

/// How many items there are in each state, by its name.
pub(crate) fn count_states(db: &Connection) -> Stored<Vec<(String, u32)>> {
    let mut statement = db.prepare("SELECT state, count(*) FROM items GROUP BY state ORDER BY state")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, u32>(0)?, row.get(1)?)))?;
    let name = |state| match state {
        0 => "own, waiting".to_owned(),
        1 => "own, accepted".to_owned(),
        2 => "own, refused".to_owned(),
        3 => "received".to_owned(),
        4 => "received, early".to_owned(),
        5 => "set aside".to_owned(),
        other => format!("in state {other}"),
    };
    rows.map(|row| row.map(|(state, count)| (name(state), count)).map_err(StoreError::from))
        .collect()
}

/// Received items that were not taken, by code.
pub(crate) fn count_aside(db: &Connection) -> Stored<Vec<(String, u32)>> {
    let mut statement = db.prepare("SELECT code, count(*) FROM refusals WHERE NOT own GROUP BY code ORDER BY code")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn read(bytes: &[u8]) -> Stored<Item> {
    minicbor::decode(bytes).map_err(|_| StoreError::Damaged("item"))
}

fn kind(kind: Kind) -> i64 {
    match kind {
        Kind::Change => 0,
        Kind::File => 1,
        Kind::Grant => 2,
        Kind::Revoke => 3,
        Kind::Forget => 4,
        Kind::Receipt => 5,
        Kind::Catalogue => 6,
        Kind::Succession => 7,
    }
}

pub(crate) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
