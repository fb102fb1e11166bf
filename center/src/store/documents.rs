//! The Automerge documents as they were last saved.

use doorstep_sync::{DocumentId, Scope};
use rusqlite::{Connection, OptionalExtension, params};

use super::{Result, StoreError};

/// A document's scope and bytes.
pub fn load(sql: &Connection, kind: &str, id: &DocumentId) -> Result<Option<(Scope, Vec<u8>)>> {
    let row: Option<(String, Vec<u8>)> = sql
        .prepare_cached("SELECT scope, bytes FROM documents WHERE kind = ?1 AND id = ?2")?
        .query_row(params![kind, &id.0[..]], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    row.map(|(scope, bytes)| Ok((scope.parse().map_err(|_| StoreError::Damaged("a scope"))?, bytes)))
        .transpose()
}

/// A document's scope.
pub fn scope(sql: &Connection, kind: &str, id: &DocumentId) -> Result<Option<Scope>> {
    let scope: Option<String> = sql
        .prepare_cached("SELECT scope FROM documents WHERE kind = ?1 AND id = ?2")?
        .query_row(params![kind, &id.0[..]], |r| r.get(0))
        .optional()?;
    scope
        .map(|scope| scope.parse().map_err(|_| StoreError::Damaged("a scope")))
        .transpose()
}

/// Saves a document.
pub fn save(sql: &Connection, kind: &str, id: &DocumentId, scope: &Scope, bytes: &[u8]) -> Result<()> {
    sql.prepare_cached("INSERT OR REPLACE INTO documents VALUES(?,?,?,?)")?
        .execute(params![kind, &id.0[..], scope.as_str(), bytes])?;
    Ok(())
}
