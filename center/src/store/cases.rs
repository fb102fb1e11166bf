//! The queue: one row for each application that was handed in.

use doorstep_sync::{DocumentId, FileHash};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Params, Row, params, params_from_iter};

use super::{Result, fixed, signed, unsigned};

/// A row of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseLine {
    /// Document id.
    pub id: DocumentId,
    /// 12-digit division.
    pub station: String,
    /// Matter code.
    pub matter: String,
    /// Catalogue version.
    pub catalogue: u64,
    /// 办件编号.
    pub number: String,
    /// Further numbers, separated by spaces.
    pub other_numbers: String,
    /// Applicant's name.
    pub applicant: String,
    /// Pinyin initials of the name.
    pub initials: String,
    /// Applicant's ID number.
    pub id_number: String,
    /// Status, as its JSON word.
    pub status: String,
    /// Queue: `open`, `accepted`, `correction`, `done`.
    pub queue: String,
    /// Last day, or empty.
    pub due: String,
    /// Working days left when the clock stopped.
    pub days_left: i64,
    /// Light, as its JSON word.
    pub light: String,
    /// Station's clock.
    pub received: Option<u64>,
    /// Center's clock.
    pub arrived: Option<u64>,
    /// Fields with rival values.
    pub conflicts: u32,
    /// Problems of the pre-check.
    pub problems: u32,
    /// Account that acted last.
    pub actor: String,
    /// When something last happened.
    pub updated: u64,
    /// The application of the bundle that it is a part of, hex; empty when it is none.
    pub bundle: String,
}

/// An application for a bundle (一件事): it is no case, its parts are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whole {
    /// Code of the bundle.
    pub matter: String,
    /// Catalogue version.
    pub catalogue: u64,
    /// Codes of the matters that are applied for, in order.
    pub parts: Vec<String>,
}

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Words to find.
    pub q: String,
    /// Matter code.
    pub matter: String,
    /// Station.
    pub station: String,
    /// Queue: one of [`CaseLine::queue`], `mine`, or empty for all.
    pub queue: String,
    /// Whose rows are `mine`: the account that asks, and for whom it stands in.
    pub accounts: Vec<String>,
}

/// Puts a row in, with the files it names.
pub fn put(sql: &Connection, line: &CaseLine, files: &[FileHash]) -> Result<()> {
    let id = &line.id.0[..];
    sql.prepare_cached("INSERT OR REPLACE INTO cases VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")?
        .execute(params![
            id,
            line.station,
            line.matter,
            signed(line.catalogue),
            line.number,
            line.other_numbers,
            line.applicant,
            line.initials,
            line.id_number,
            line.status,
            line.queue,
            line.due,
            line.days_left,
            line.light,
            line.received.map(signed),
            line.arrived.map(signed),
            line.conflicts,
            line.problems,
            line.actor,
            signed(line.updated),
            line.bundle,
        ])?;
    sql.prepare_cached("DELETE FROM case_files WHERE case_id = ?")?
        .execute([id])?;
    let mut insert = sql.prepare_cached("INSERT OR IGNORE INTO case_files VALUES(?,?)")?;
    for hash in files {
        insert.execute(params![&hash.0[..], id])?;
    }
    Ok(())
}

/// One row.
pub fn get(sql: &Connection, id: &DocumentId) -> Result<Option<CaseLine>> {
    let row = sql
        .prepare_cached("SELECT * FROM cases WHERE id = ?")?
        .query_row([&id.0[..]], |r| Ok(line(r)))
        .optional()?;
    row.transpose()
}

/// Rows of a queue, the most urgent first; of done ones, the last done first.
pub fn list(sql: &Connection, filter: &Filter, offset: u32, limit: u32) -> Result<Vec<CaseLine>> {
    let (condition, mut values) = conditions(filter, true);
    values.extend([Value::from(i64::from(limit)), Value::from(i64::from(offset))]);
    let text =
        format!("SELECT * FROM cases WHERE {condition} ORDER BY due = '', due, updated DESC, id LIMIT ? OFFSET ?");
    read(sql, &text, params_from_iter(values))
}

fn read(sql: &Connection, text: &str, values: impl Params) -> Result<Vec<CaseLine>> {
    let mut statement = sql.prepare_cached(text)?;
    let mut rows = statement.query(values)?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(line(row)?);
    }
    Ok(lines)
}

/// How many rows each queue has under the same filter, with those of the account that asks as `mine`.
pub fn counts(sql: &Connection, filter: &Filter) -> Result<Vec<(String, u32)>> {
    let (condition, mut values) = conditions(filter, false);
    let text = format!("SELECT queue, count(*) FROM cases WHERE {condition} GROUP BY queue");
    let mut statement = sql.prepare_cached(&text)?;
    let mut counts: Vec<(String, u32)> = statement
        .query_map(params_from_iter(&values), |r| Ok((r.get(0)?, r.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    values.push(own(filter));
    let text = format!("SELECT count(*) FROM cases WHERE {condition} AND {MINE}");
    let mine = sql
        .prepare_cached(&text)?
        .query_row(params_from_iter(&values), |r| r.get(0))?;
    counts.push(("mine".into(), mine));
    Ok(counts)
}

/// Station, status, last day and light of every row.
pub fn figures(sql: &Connection) -> Result<Vec<(String, String, String, String)>> {
    let mut statement = sql.prepare_cached("SELECT station, status, due, light FROM cases")?;
    let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Files named by a case, and how many of them are verified.
pub fn file_counts(sql: &Connection, id: &DocumentId) -> Result<(u32, u32)> {
    Ok(sql
        .prepare_cached(
            "SELECT count(*), count(f.hash) FROM case_files c LEFT JOIN files f ON f.hash = c.hash WHERE c.case_id = ?",
        )?
        .query_row([&id.0[..]], |r| Ok((r.get(0)?, r.get(1)?)))?)
}

/// Whether a case names this file.
pub fn names_file(sql: &Connection, hash: &FileHash) -> Result<bool> {
    Ok(sql
        .prepare_cached("SELECT 1 FROM case_files WHERE hash = ? LIMIT 1")?
        .exists([&hash.0[..]])?)
}

/// Cases that have arrived, name this file, and have all their files here; `most` at most.
pub fn completed(sql: &Connection, file: &FileHash, most: u32) -> Result<Vec<CaseLine>> {
    read(
        sql,
        "SELECT * FROM cases WHERE status = 'arrived' AND id IN (SELECT case_id FROM case_files WHERE hash = ?1)
           AND NOT EXISTS (SELECT 1 FROM case_files c LEFT JOIN files f ON f.hash = c.hash
                           WHERE c.case_id = cases.id AND f.hash IS NULL) LIMIT ?2",
        params![&file.0[..], most],
    )
}

/// Parts of a bundle that are here, in order of arrival.
pub fn of_bundle(sql: &Connection, bundle: &DocumentId) -> Result<Vec<CaseLine>> {
    read(
        sql,
        "SELECT * FROM cases WHERE bundle = ?1 AND bundle <> '' ORDER BY arrived, id LIMIT 100",
        [bundle.to_string()],
    )
}

/// Notes what an application for a bundle is made of.
pub fn put_whole(sql: &Connection, id: &DocumentId, whole: &Whole) -> Result<()> {
    sql.prepare_cached("INSERT OR REPLACE INTO wholes VALUES(?,?,?,?)")?
        .execute(params![
            &id.0[..],
            whole.matter,
            signed(whole.catalogue),
            whole.parts.join(" ")
        ])?;
    Ok(())
}

/// What an application for a bundle is made of.
pub fn whole(sql: &Connection, id: &DocumentId) -> Result<Option<Whole>> {
    let row = sql
        .prepare_cached("SELECT matter, catalogue, parts FROM wholes WHERE id = ?")?
        .query_row([&id.0[..]], |r| Ok((r.get(0)?, r.get(1)?, r.get::<_, String>(2)?)))
        .optional()?;
    Ok(row.map(|(matter, catalogue, parts)| Whole {
        matter,
        catalogue: unsigned(catalogue),
        parts: parts.split_whitespace().map(str::to_owned).collect(),
    }))
}

/// Something that was written for this application was refused.
pub fn doubt(sql: &Connection, id: &DocumentId) -> Result<()> {
    sql.prepare_cached("INSERT OR IGNORE INTO doubtful VALUES(?)")?
        .execute([&id.0[..]])?;
    Ok(())
}

/// Whether something that was written for this application was ever refused.
pub fn is_doubtful(sql: &Connection, id: &DocumentId) -> Result<bool> {
    Ok(sql
        .prepare_cached("SELECT 1 FROM doubtful WHERE document = ?")?
        .exists([&id.0[..]])?)
}

/// Records that somebody looked at a case.
pub fn record_look(sql: &Connection, account: &str, id: &DocumentId, at: u64) -> Result<()> {
    sql.execute(
        "INSERT INTO looks(account, case_id, at) VALUES(?,?,?)",
        params![account, &id.0[..], signed(at)],
    )?;
    Ok(())
}

/// Not done, and one of the names that are given had it last.
const MINE: &str = "queue <> 'done' AND actor IN (SELECT value FROM json_each(?))";

fn own(filter: &Filter) -> Value {
    Value::from(serde_json::json!(filter.accounts).to_string())
}

fn conditions(filter: &Filter, queue: bool) -> (String, Vec<Value>) {
    let mut conditions = vec!["1"];
    let mut values = Vec::new();
    for (condition, value) in [("matter = ?", &filter.matter), ("station = ?", &filter.station)] {
        if !value.is_empty() {
            conditions.push(condition);
            values.push(Value::from(value.clone()));
        }
    }
    let q = filter.q.trim().to_lowercase();
    if !q.is_empty() {
        conditions.push(
            "(instr(lower(applicant), ?) OR instr(initials, ?) = 1 OR instr(lower(number || ' ' || other_numbers), ?)
              OR (length(?) >= 4 AND lower(id_number) LIKE '%' || ? ESCAPE '\\'))",
        );
        let escaped = q.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        values.extend([q.clone(), q.clone(), q.clone(), q, escaped].map(Value::from));
    }
    match filter.queue.as_str() {
        _ if !queue => {}
        "" => {}
        "mine" => {
            conditions.push(MINE);
            values.push(own(filter));
        }
        name => {
            conditions.push("queue = ?");
            values.push(Value::from(name.to_owned()));
        }
    }
    (conditions.join(" AND "), values)
}

fn line(row: &Row<'_>) -> Result<CaseLine> {
    Ok(CaseLine {
        id: DocumentId(fixed(row.get("id")?, "a document id")?),
        station: row.get("station")?,
        matter: row.get("matter")?,
        catalogue: unsigned(row.get("catalogue")?),
        number: row.get("number")?,
        other_numbers: row.get("other_numbers")?,
        applicant: row.get("applicant")?,
        initials: row.get("initials")?,
        id_number: row.get("id_number")?,
        status: row.get("status")?,
        queue: row.get("queue")?,
        due: row.get("due")?,
        days_left: row.get("days_left")?,
        light: row.get("light")?,
        received: row.get::<_, Option<i64>>("received")?.map(unsigned),
        arrived: row.get::<_, Option<i64>>("arrived")?.map(unsigned),
        conflicts: row.get("conflicts")?,
        problems: row.get("problems")?,
        actor: row.get("actor")?,
        updated: unsigned(row.get("updated")?),
        bundle: row.get("bundle")?,
    })
}
