//! What waits here for the district, by application.

use doorstep_sync::DocumentId;
use rusqlite::Connection;

use super::{Stored, array};
use crate::contract::Unsent;

/// Applications of which an item or a file has no receipt, the newest first. A file that several name counts in each.
pub(crate) fn applications(db: &Connection, english: bool) -> Stored<Vec<Unsent>> {
    let mut statement = db.prepare_cached(
        "WITH waiting AS (
           SELECT document, 1 AS items, 0 AS files, 0 AS bytes, 0 AS failed FROM items
           WHERE state = 0 AND document IS NOT NULL
           UNION ALL SELECT named.document, 0, 1, len, trouble <> '' FROM uploads JOIN named USING (hash)
           WHERE hash NOT IN (SELECT hash FROM verified))
         SELECT waiting.document, number, iif(?1, matter_en, rows.matter), applicant,
                sum(items), sum(waiting.files), sum(bytes), sum(failed)
         FROM waiting LEFT JOIN rows ON rows.id = waiting.document
         GROUP BY waiting.document ORDER BY max(changed) DESC, waiting.document",
    )?;
    let mut rows = statement.query([english])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Unsent {
            id: DocumentId(array(row.get(0)?, "document")?).to_string(),
            number: row.get(1)?,
            matter: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
            applicant: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
            items: row.get(4)?,
            files: row.get(5)?,
            bytes: row.get::<_, i64>(6)?.unsigned_abs(),
            files_failed: row.get(7)?,
            handed: None,
        });
    }
    Ok(found)
}
