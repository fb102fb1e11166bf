-- Version 2. How far an application has got is counted with every save: without touching the items themselves.
DROP INDEX items_document;
CREATE INDEX items_document ON items (document, document_kind, kind, seq, state, settled, time) WHERE document IS NOT NULL;

-- The search is brought up to date when nobody waits for a save, and before it is asked.
ALTER TABLE rows ADD COLUMN indexed INTEGER NOT NULL DEFAULT 1;
CREATE INDEX rows_unindexed ON rows (number_of) WHERE NOT indexed;
-- One index serves the list with and without a status: each one is a page more in every save.
DROP INDEX rows_status;
DROP INDEX rows_changed;
CREATE INDEX rows_changed ON rows (changed DESC, status);

-- Of files on their way up: whether the center may hold a part, the small picture that goes before the file, and why the
-- last try failed.
ALTER TABLE uploads ADD COLUMN begun INTEGER NOT NULL DEFAULT 0;
ALTER TABLE uploads ADD COLUMN preview BLOB;
ALTER TABLE uploads ADD COLUMN preview_len INTEGER NOT NULL DEFAULT 0;
ALTER TABLE uploads ADD COLUMN previewed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE uploads ADD COLUMN trouble TEXT NOT NULL DEFAULT '';
UPDATE uploads SET begun = 1;
CREATE INDEX uploads_preview ON uploads (preview) WHERE preview IS NOT NULL;
-- Of files on their way down: a person asked to see it.
ALTER TABLE wanted ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
-- The last contacts with the district.
CREATE TABLE contacts (
  at             INTEGER PRIMARY KEY,
  result         TEXT NOT NULL,
  sent_items     INTEGER NOT NULL,
  received_items INTEGER NOT NULL,
  sent_files     INTEGER NOT NULL,
  received_files INTEGER NOT NULL,
  bytes_up       INTEGER NOT NULL,
  bytes_down     INTEGER NOT NULL
) STRICT;

-- What passes through from device to device. Items of others that came from one of them and that no receipt of the center
-- has named yet: they wait here for the district as own ones do.
CREATE TABLE carried (seq INTEGER PRIMARY KEY, document BLOB) STRICT;
CREATE INDEX carried_document ON carried (document) WHERE document IS NOT NULL;
-- Items that a receipt named before they came.
CREATE TABLE receipted (item BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- Files of others that are coming in from one of them.
CREATE TABLE incoming (
  hash       BLOB PRIMARY KEY,
  len        INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  scope      TEXT NOT NULL,
  device     BLOB NOT NULL,
  at         INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Devices that were met, or added by their code.
CREATE TABLE neighbours (
  device       BLOB PRIMARY KEY,
  addresses    TEXT NOT NULL,
  name         TEXT,
  last_contact INTEGER
) STRICT, WITHOUT ROWID;
-- What a neighbour holds too: the items of a scope up to `through`, and files.
CREATE TABLE handed (
  device  BLOB NOT NULL,
  scope   TEXT NOT NULL,
  through INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (scope, device)
) STRICT, WITHOUT ROWID;
CREATE TABLE handed_files (
  hash   BLOB NOT NULL,
  device BLOB NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY (hash, device)
) STRICT, WITHOUT ROWID;

-- The set of items that is compared with a peer's, in order of time, and a sum for each day: see places.rs. It takes the
-- place of one sum for each scope.
DROP TABLE fingerprints;
CREATE TABLE places (
  scope TEXT NOT NULL,
  time  INTEGER NOT NULL,
  id    BLOB NOT NULL,
  PRIMARY KEY (scope, time, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE days (
  scope TEXT NOT NULL,
  day   INTEGER NOT NULL,
  count INTEGER NOT NULL,
  sum   BLOB NOT NULL,
  PRIMARY KEY (scope, day)
) STRICT, WITHOUT ROWID;
