//! The tables. A new version of the program adds a step at the end; no step is ever changed.

use rusqlite::Connection;

use super::{Result, StoreError, places};

const STEPS: &[&str] = &["
CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- The truth. Everything below that says 'projection' can be made again from it.
CREATE TABLE items(
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id BLOB NOT NULL UNIQUE,
  scope TEXT NOT NULL,
  kind INTEGER NOT NULL,
  document_kind TEXT NOT NULL,
  document BLOB NOT NULL,
  device BLOB NOT NULL,
  staff TEXT NOT NULL,
  time INTEGER NOT NULL,
  arrived INTEGER NOT NULL,
  bytes BLOB NOT NULL
);
CREATE INDEX items_document ON items(document, seq);
-- Changes whose forerunners have not come yet: kept, not acknowledged.
CREATE TABLE orphans(
  id BLOB PRIMARY KEY,
  document BLOB NOT NULL,
  device BLOB NOT NULL,
  arrived INTEGER NOT NULL,
  bytes BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX orphans_document ON orphans(document);
-- Projection: the Automerge documents.
CREATE TABLE documents(
  kind TEXT NOT NULL,
  id BLOB NOT NULL,
  scope TEXT NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY(kind, id)
) WITHOUT ROWID;
-- Projection: what item changed what, as paths.
CREATE TABLE changed(item BLOB PRIMARY KEY, paths TEXT NOT NULL) WITHOUT ROWID;
-- Projection: the sum of the item ids of each scope.
CREATE TABLE fingerprints(scope TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
-- Projection: the queue.
CREATE TABLE cases(
  id BLOB PRIMARY KEY,
  station TEXT NOT NULL,
  matter TEXT NOT NULL,
  catalogue INTEGER NOT NULL,
  number TEXT NOT NULL,
  other_numbers TEXT NOT NULL,
  applicant TEXT NOT NULL,
  initials TEXT NOT NULL,
  id_number TEXT NOT NULL,
  status TEXT NOT NULL,
  queue TEXT NOT NULL,
  due TEXT NOT NULL,
  days_left INTEGER NOT NULL,
  light TEXT NOT NULL,
  received INTEGER,
  arrived INTEGER,
  conflicts INTEGER NOT NULL,
  problems INTEGER NOT NULL,
  actor TEXT NOT NULL,
  updated INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX cases_queue ON cases(queue, due);
-- Projection: the files an application names, and results.
CREATE TABLE case_files(hash BLOB NOT NULL, case_id BLOB NOT NULL, PRIMARY KEY(hash, case_id)) WITHOUT ROWID;
CREATE INDEX case_files_case ON case_files(case_id);
-- Projection: where a file was named, and by whom.
CREATE TABLE file_scopes(
  hash BLOB NOT NULL,
  scope TEXT NOT NULL,
  device BLOB NOT NULL,
  len INTEGER NOT NULL,
  PRIMARY KEY(hash, scope)
) WITHOUT ROWID;

-- Files that are here, whole, and have the hash they are named by.
CREATE TABLE files(
  hash BLOB PRIMARY KEY,
  len INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  verified INTEGER NOT NULL
) WITHOUT ROWID;
-- Files on their way. How much is stored is the length of the partial file.
CREATE TABLE uploads(
  hash BLOB PRIMARY KEY,
  len INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  scope TEXT NOT NULL,
  device BLOB NOT NULL,
  touched INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE catalogues(version INTEGER PRIMARY KEY, published INTEGER NOT NULL, payload BLOB NOT NULL);

CREATE TABLE stations(
  division TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  town TEXT NOT NULL,
  address TEXT NOT NULL,
  telephone TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE staff(
  number TEXT PRIMARY KEY,
  station TEXT NOT NULL REFERENCES stations(division),
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  pin_salt BLOB NOT NULL,
  pin_hash BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE devices(
  id BLOB PRIMARY KEY,
  public_key BLOB NOT NULL,
  station TEXT NOT NULL REFERENCES stations(division),
  code TEXT NOT NULL,
  label TEXT NOT NULL,
  enrolled INTEGER NOT NULL,
  last_contact INTEGER,
  revoked INTEGER,
  revoked_reason TEXT NOT NULL DEFAULT '',
  revoked_by TEXT NOT NULL DEFAULT '',
  UNIQUE(station, code)
) WITHOUT ROWID;
CREATE TABLE enrolment_codes(
  hash BLOB PRIMARY KEY,
  station TEXT NOT NULL REFERENCES stations(division),
  label TEXT NOT NULL,
  expires INTEGER NOT NULL,
  used_by BLOB
) WITHOUT ROWID;

CREATE TABLE accounts(
  account TEXT PRIMARY KEY,
  -- The name stands in the events of cases, so it says who it was.
  name TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  password TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE sessions(
  hash BLOB PRIMARY KEY,
  account TEXT NOT NULL REFERENCES accounts(account) ON DELETE CASCADE,
  expires INTEGER NOT NULL
) WITHOUT ROWID;
-- Who saw what, and when (personal information law).
CREATE TABLE looks(
  id INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  case_id BLOB NOT NULL,
  at INTEGER NOT NULL
);
CREATE INDEX looks_case ON looks(case_id, at);
", "
-- Small pictures that show a file until its original is here.
CREATE TABLE previews(original BLOB PRIMARY KEY, preview BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX previews_preview ON previews(preview);
", "
-- What a device said of itself in the last bundle that came from it.
CREATE TABLE told(
  device BLOB PRIMARY KEY,
  epoch BLOB NOT NULL,
  position INTEGER NOT NULL,
  wants BLOB NOT NULL
) WITHOUT ROWID;
", "
-- Projection: the items that are compared with a device's, in order of time, and a sum for each day. It takes the place
-- of one sum for each scope.
DROP TABLE fingerprints;
CREATE TABLE places(
  scope TEXT NOT NULL,
  time INTEGER NOT NULL,
  id BLOB NOT NULL,
  PRIMARY KEY(scope, time, id)
) WITHOUT ROWID;
CREATE TABLE days(
  scope TEXT NOT NULL,
  day INTEGER NOT NULL,
  count INTEGER NOT NULL,
  sum BLOB NOT NULL,
  PRIMARY KEY(scope, day)
) WITHOUT ROWID;
-- Items that were taken here once, as a receipt says that came back after a backup was restored, and that have not.
CREATE TABLE acknowledged(item BLOB PRIMARY KEY) WITHOUT ROWID;
", "
-- Files that were here whole, as a receipt says that came back after a backup was restored, and that are not; since when
-- that is known.
CREATE TABLE missing(hash BLOB PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;
", "
-- Bytes on their way belong to who sends them: what one device sends is nobody else's beginning. Those that were on their
-- way are sent again.
DROP TABLE uploads;
CREATE TABLE uploads(
  hash BLOB NOT NULL,
  device BLOB NOT NULL,
  len INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  scope TEXT NOT NULL,
  touched INTEGER NOT NULL,
  PRIMARY KEY(hash, device)
) WITHOUT ROWID;
-- Whoever names a file with a wrong length takes no place from who names it with the right one.
ALTER TABLE file_scopes RENAME TO named_before;
CREATE TABLE file_scopes(
  hash BLOB NOT NULL,
  scope TEXT NOT NULL,
  len INTEGER NOT NULL,
  device BLOB NOT NULL,
  PRIMARY KEY(hash, scope, len)
) WITHOUT ROWID;
INSERT INTO file_scopes SELECT hash, scope, len, device FROM named_before;
DROP TABLE named_before;
-- By the device's clock. A parcel that comes late says nothing new.
ALTER TABLE told ADD COLUMN made INTEGER NOT NULL DEFAULT 0;
-- What waits is not here yet: it has no place until it is taken.
DELETE FROM places;
DELETE FROM days;
", "
-- What waits is looked through by time, and counted by author.
CREATE INDEX orphans_arrived ON orphans(arrived);
CREATE INDEX orphans_device ON orphans(device, length(bytes));
", "
-- Projection: the application of a bundle that a case is a part of, hex or empty; and what such an application is made of.
ALTER TABLE cases ADD COLUMN bundle TEXT NOT NULL DEFAULT '';
CREATE INDEX cases_bundle ON cases(bundle) WHERE bundle <> '';
CREATE TABLE wholes(
  id BLOB PRIMARY KEY,
  matter TEXT NOT NULL,
  catalogue INTEGER NOT NULL,
  parts TEXT NOT NULL
) WITHOUT ROWID;
-- Applications of which something was refused: what stands there may not be all that was written.
CREATE TABLE doubtful(document BLOB PRIMARY KEY) WITHOUT ROWID;
", "
-- Who left keeps their name, which stands in the record of what they did.
ALTER TABLE accounts ADD COLUMN disabled INTEGER;
ALTER TABLE staff ADD COLUMN gone INTEGER;
-- Stand-ins (AB): accounts of the console, or staff numbers of stations; with the first and the last day. Kept for ever:
-- they say in whose place somebody acted.
CREATE TABLE stand_ins(
  id INTEGER PRIMARY KEY,
  place TEXT NOT NULL,
  who TEXT NOT NULL,
  stands_for TEXT NOT NULL,
  first_day TEXT NOT NULL,
  last_day TEXT NOT NULL,
  ended INTEGER
);
CREATE INDEX stand_ins_who ON stand_ins(who);
-- What administrators did: added only.
CREATE TABLE deeds(
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  account TEXT NOT NULL,
  stands_for TEXT NOT NULL,
  deed TEXT NOT NULL
);
-- Projection: decisions under the seal.
CREATE TABLE seal_uses(
  event TEXT PRIMARY KEY,
  case_id BLOB NOT NULL,
  number TEXT NOT NULL,
  seal TEXT NOT NULL,
  granted INTEGER NOT NULL,
  account TEXT NOT NULL,
  stands_for TEXT NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX seal_uses_at ON seal_uses(at);
", "
-- The chain of custody asks for the receipts of a scope.
CREATE INDEX items_receipts ON items(scope) WHERE kind = 5;
-- Projection: who saw which record, out of the items of the access logs. The console has such a log now as well; `looks` is emptied
-- into it.
CREATE INDEX items_looks ON items(device) WHERE kind = 8;
CREATE TABLE seen(
  document BLOB NOT NULL,
  time INTEGER NOT NULL,
  device BLOB NOT NULL,
  staff TEXT NOT NULL,
  purpose INTEGER NOT NULL,
  PRIMARY KEY(document, time, device, staff, purpose)
) WITHOUT ROWID;
", "
-- A session ends when nobody uses it, is listed by where it is, and is whole only after the second factor. Everybody signs
-- in once more.
DROP TABLE sessions;
CREATE TABLE sessions(
  hash BLOB PRIMARY KEY,
  account TEXT NOT NULL REFERENCES accounts(account) ON DELETE CASCADE,
  begun INTEGER NOT NULL,
  used INTEGER NOT NULL,
  proved INTEGER NOT NULL,
  address TEXT NOT NULL,
  browser TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_account ON sessions(account);
-- Whether somebody else knows the password, because they set it.
ALTER TABLE accounts ADD COLUMN initial INTEGER NOT NULL DEFAULT 0;
-- The secret of a second factor; one that is being set up, until a code of it came; the last step a code was taken of.
CREATE TABLE factors(
  account TEXT PRIMARY KEY REFERENCES accounts(account) ON DELETE CASCADE,
  secret BLOB,
  pending BLOB,
  step INTEGER NOT NULL
) WITHOUT ROWID;
-- What opens an account when the phone is gone: each once.
CREATE TABLE recovery_codes(
  account TEXT NOT NULL REFERENCES accounts(account) ON DELETE CASCADE,
  hash BLOB NOT NULL,
  PRIMARY KEY(account, hash)
) WITHOUT ROWID;
-- Tries that failed, by the hash of who tried what.
CREATE TABLE tries(
  key BLOB PRIMARY KEY,
  failed INTEGER NOT NULL,
  until INTEGER NOT NULL,
  last INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX tries_last ON tries(last);
", "
-- Projection: items that devices were told to forget.
CREATE TABLE forgotten(item BLOB PRIMARY KEY, scope TEXT NOT NULL, time INTEGER NOT NULL) WITHOUT ROWID;
-- A device that was given back hands over what it wrote before it was revoked.
ALTER TABLE devices ADD COLUMN hands_over INTEGER NOT NULL DEFAULT 0;
", "
-- The keys under which backups hold an application (its document id) or a file (its hash). An empty one was destroyed.
CREATE TABLE keys(name BLOB PRIMARY KEY, key BLOB NOT NULL) WITHOUT ROWID;
", "
-- Of each table that follows from nothing else, a sum over its rows as they were written.
CREATE TABLE digests(name TEXT PRIMARY KEY, sum BLOB NOT NULL) WITHOUT ROWID;
"];
/// From this step on there are sums: who changes a table by a later one has them taken anew.
const SUMS: usize = 14;
/// Tables that can be made again from the others.
pub(super) const PROJECTIONS: [&str; 11] = [
    "documents",
    "changed",
    "places",
    "days",
    "cases",
    "case_files",
    "file_scopes",
    "wholes",
    "seal_uses",
    "seen",
    "forgotten",
];
/// The steps after which the places are made from the items that are there.
const PLACES: [usize; 2] = [4, 6];

/// Brings the tables up to date.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    migrate_to(connection, STEPS.len())
}

/// Brings the tables to where an earlier program left them, or up to date.
pub(super) fn migrate_to(connection: &mut Connection, version: usize) -> Result<()> {
    let done: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let done = usize::try_from(done).unwrap_or(0);
    if done.max(version) > STEPS.len() {
        return Err(StoreError::Newer);
    }
    for (index, step) in STEPS.iter().enumerate().take(version).skip(done) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        if PLACES.contains(&(index + 1)) {
            places::fill(&transaction)?;
        }
        if index + 1 > SUMS {
            transaction.execute("DELETE FROM digests", [])?;
        }
        transaction.pragma_update(None, "user_version", i64::try_from(index + 1).unwrap_or(i64::MAX))?;
        transaction.commit()?;
    }
    Ok(())
}

/// Empties every projection.
pub(super) fn clear_projections(sql: &Connection) -> Result<()> {
    for table in PROJECTIONS {
        sql.execute(&format!("DELETE FROM {table}"), [])?;
    }
    Ok(())
}
