//! The list: one line per application, written with every save and read without opening a document.

use doorstep_records::Status;
use doorstep_sync::DocumentId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::items::integer;
use super::{StoreError, Stored, array, search};
use crate::contract::{ApplicationRow, ApplicationSearch, Attention, Chain};

/// A line, as it is stored.
pub(crate) struct Line {
    /// Application.
    pub id: DocumentId,
    /// 办件编号.
    pub number: Option<String>,
    /// Matter name, Chinese.
    pub matter: String,
    /// Matter name, English.
    pub matter_en: String,
    /// Applicant.
    pub applicant: String,
    /// Last four of the ID number.
    pub id_tail: String,
    /// Status.
    pub status: Status,
    /// How far it has got.
    pub progress: Progress,
    /// Rival values.
    pub conflict: bool,
    /// The authority wants something.
    pub correction: bool,
    /// Search tokens.
    pub words: String,
}

/// Writes a line. The search follows with [`index`].
pub(crate) fn put(db: &Connection, line: &Line) -> Stored<()> {
    let chain = &line.progress.chain;
    // Apart from the rest: an update that names a column writes the pages of every index over it, changed or not.
    db.prepare_cached("UPDATE rows SET indexed = 0 WHERE id = ?1 AND indexed AND words <> ?2")?
        .execute(params![&line.id.0[..], line.words])?;
    db.prepare_cached(
        "INSERT INTO rows (id, number, matter, matter_en, applicant, id_tail, status, changed, conflict, correction, saved,
                           reached, reached_at, files, verified, words, indexed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, 0)
         ON CONFLICT (id) DO UPDATE SET number = ?2, matter = ?3, matter_en = ?4, applicant = ?5, id_tail = ?6, status = ?7,
           changed = ?8, conflict = ?9, correction = ?10, saved = ?11, reached = ?12, reached_at = ?13, files = ?14,
           verified = ?15, words = ?16",
    )?
    .execute(params![
        &line.id.0[..],
        line.number,
        line.matter,
        line.matter_en,
        line.applicant,
        line.id_tail,
        status_name(line.status),
        integer(line.progress.changed),
        line.conflict,
        line.correction,
        chain.saved,
        chain.reached,
        chain.reached_at.map(integer),
        chain.files,
        chain.verified,
        line.words,
    ])?;
    Ok(())
}

/// Brings the search up to date with the lines written since.
pub(crate) fn index(db: &Connection) -> Stored<()> {
    let mut unindexed = db.prepare_cached("SELECT number_of, words FROM rows WHERE NOT indexed")?;
    let lines: Vec<(i64, String)> = unindexed
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (number, words) in lines {
        db.prepare_cached("DELETE FROM search WHERE rowid = ?1")?
            .execute([number])?;
        db.prepare_cached("INSERT INTO search (rowid, words) VALUES (?1, ?2)")?
            .execute(params![number, words])?;
        db.prepare_cached("UPDATE rows SET indexed = 1 WHERE number_of = ?1")?
            .execute([number])?;
    }
    Ok(())
}

/// Whether the search lags behind the lines.
pub(crate) fn is_unindexed(db: &Connection) -> Stored<bool> {
    Ok(db
        .prepare_cached("SELECT 1 FROM rows WHERE NOT indexed LIMIT 1")?
        .exists([])?)
}

/// Takes a line out (nothing of the application is left that counts).
pub(crate) fn remove(db: &Connection, id: &DocumentId) -> Stored<()> {
    db.execute(
        "DELETE FROM search WHERE rowid = (SELECT number_of FROM rows WHERE id = ?1)",
        [&id.0[..]],
    )?;
    db.execute("DELETE FROM rows WHERE id = ?1", [&id.0[..]])?;
    Ok(())
}

/// Lines that match, newest first, and how many there are in all. The search knows lines as of the last [`index`].
pub(crate) fn find(db: &Connection, asked: &ApplicationSearch, english: bool) -> Stored<(Vec<ApplicationRow>, u32)> {
    let ApplicationSearch {
        query,
        status,
        attention,
        limit,
        offset,
    } = asked;
    let limit = (*limit).clamp(1, 200);
    let expression = search::expression(query);
    if expression.is_none() && !query.trim().is_empty() {
        return Ok((Vec::new(), 0));
    }
    let mut conditions = Vec::new();
    if expression.is_some() {
        conditions.push("number_of IN (SELECT rowid FROM search WHERE search MATCH :words)".to_owned());
    }
    if !status.is_empty() {
        // Names of an enumeration, never what was typed.
        let names: Vec<String> = status.iter().map(|s| format!("'{}'", status_name(*s))).collect();
        conditions.push(format!("status IN ({})", names.join(", ")));
    }
    match attention {
        Some(Attention::Conflict) => conditions.push("conflict".to_owned()),
        Some(Attention::Refused) => {
            conditions.push("id IN (SELECT document FROM refusals WHERE own AND NOT seen)".to_owned())
        }
        None => {}
    }
    let filter = if conditions.is_empty() {
        "1".to_owned()
    } else {
        conditions.join(" AND ")
    };
    let words: Vec<(&str, &dyn rusqlite::ToSql)> = expression
        .iter()
        .map(|e| (":words", e as &dyn rusqlite::ToSql))
        .collect();
    let total = db
        .prepare_cached(&format!("SELECT count(*) FROM rows WHERE {filter}"))?
        .query_row(&words[..], |row| row.get(0))?;
    let sql = format!(
        "SELECT id, number, matter, matter_en, applicant, id_tail, status, conflict, saved, reached, reached_at, files, verified, changed
         FROM rows WHERE {filter} ORDER BY changed DESC, id LIMIT {limit} OFFSET {offset}"
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(&words[..])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row, english)?);
    }
    Ok((found, total))
}

/// How far an application has got, and when it last changed.
pub(crate) struct Progress {
    /// Without what devices nearby hold.
    pub chain: Chain,
    /// Newest item, milliseconds.
    pub changed: u64,
}

impl Progress {
    /// From six columns: saved, reached, reached_at, files, verified, changed.
    pub(super) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            chain: Chain {
                saved: row.get(at)?,
                reached: row.get(at + 1)?,
                reached_at: row.get::<_, Option<i64>>(at + 2)?.map(i64::unsigned_abs),
                files: row.get(at + 3)?,
                verified: row.get(at + 4)?,
                handed: None,
                handed_files: None,
            },
            changed: row.get::<_, i64>(at + 5)?.unsigned_abs(),
        })
    }
}

/// How far an application has got, as its line says.
pub(crate) fn progress(db: &Connection, id: &DocumentId) -> Stored<Progress> {
    let sql = "SELECT saved, reached, reached_at, files, verified, changed FROM rows WHERE id = ?1";
    let found = db
        .prepare_cached(sql)?
        .query_row([&id.0[..]], |row| Progress::read(row, 0));
    found.optional()?.ok_or(StoreError::Damaged("row"))
}

fn read(row: &Row<'_>, english: bool) -> Stored<ApplicationRow> {
    let matter: String = row.get(if english { 3 } else { 2 })?;
    let status: String = row.get(6)?;
    let Progress { chain, changed } = Progress::read(row, 8)?;
    Ok(ApplicationRow {
        id: DocumentId(array(row.get(0)?, "row")?).to_string(),
        number: row.get(1)?,
        matter,
        applicant: row.get(4)?,
        id_tail: row.get(5)?,
        status: serde_json::from_value(serde_json::Value::String(status)).unwrap_or(Status::Draft),
        changed,
        conflict: row.get(7)?,
        chain,
    })
}

/// Drafts that hold nothing but their beginning, as far as a line tells; newest first.
pub(crate) fn untouched(db: &Connection) -> Stored<Vec<DocumentId>> {
    let mut statement = db.prepare_cached(
        "SELECT id FROM rows WHERE status = ?1 AND saved = 1 AND files = 0 AND applicant = '' ORDER BY changed DESC, id",
    )?;
    let rows = statement.query_map([status_name(Status::Draft)], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|id| Ok(DocumentId(array(id?, "row")?))).collect()
}

/// How many lines there are in each status.
pub(crate) fn counts(db: &Connection) -> Stored<std::collections::BTreeMap<String, u32>> {
    let mut statement = db.prepare_cached("SELECT status, count(*) FROM rows GROUP BY status")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many applications have rival values, and how many the authority wants something for.
pub(crate) fn wanting(db: &Connection) -> Stored<(u32, u32)> {
    let mut statement = db.prepare_cached(
        "SELECT count(*) FILTER (WHERE conflict), count(*) FILTER (WHERE correction) FROM rows WHERE conflict OR correction",
    )?;
    Ok(statement.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Applications whose matter's name was not known: it stands there as its code.
pub(crate) fn nameless(db: &Connection) -> Stored<Vec<DocumentId>> {
    let mut statement = db.prepare("SELECT id FROM rows WHERE matter = matter_en")?;
    let rows = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|id| Ok(DocumentId(array(id?, "row")?))).collect()
}

/// Every line and its words, for comparing.
pub(crate) fn all(db: &Connection) -> Stored<Vec<(ApplicationRow, String)>> {
    let mut statement = db.prepare(
        "SELECT id, number, matter, matter_en, applicant, id_tail, status, conflict, saved, reached, reached_at, files, verified,
                changed, words FROM rows ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push((read(row, false)?, row.get(14)?));
    }
    Ok(found)
}

/// The stable name of a status.
pub(crate) fn status_name(status: Status) -> String {
    match serde_json::to_value(status) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// Applications of the person with this ID number, at most `most`, the newest first. The search knows lines as of the last
/// [`index`].
pub(crate) fn of_person(db: &Connection, id_number: &str, most: usize) -> Stored<Vec<DocumentId>> {
    let Some(expression) = search::expression(id_number) else {
        return Ok(Vec::new());
    };
    let mut statement = db.prepare_cached(
        "SELECT id FROM rows WHERE number_of IN (SELECT rowid FROM search WHERE search MATCH ?1)
         ORDER BY changed DESC, id LIMIT ?2",
    )?;
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![expression, limit], |row| row.get::<_, Vec<u8>>(0))?;
    rows.map(|id| Ok(DocumentId(array(id?, "row")?))).collect()
}
