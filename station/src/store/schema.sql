-- Version 1. What a later version changes is a further file, never an edit of this one.

-- Everything that syncs, as it came and in the order it came. The rest of this file can be made from it.
CREATE TABLE items (
  seq           INTEGER PRIMARY KEY,
  id            BLOB NOT NULL UNIQUE,
  kind          INTEGER NOT NULL,
  scope         TEXT NOT NULL,
  document_kind TEXT,
  document      BLOB,
  device        BLOB NOT NULL,
  time          INTEGER NOT NULL,
  -- 0 own, waiting · 1 own, accepted · 2 own, refused · 3 received · 4 received, waits for earlier ones · 5 set aside
  state         INTEGER NOT NULL,
  settled       INTEGER,
  bytes         BLOB NOT NULL
) STRICT;
CREATE INDEX items_document ON items (document, seq, kind, state, settled) WHERE document IS NOT NULL;
CREATE INDEX items_waiting ON items (seq) WHERE state = 0;
CREATE INDEX items_early ON items (document) WHERE state = 4;

-- Why items were not taken: own ones by the center, received ones by this device.
CREATE TABLE refusals (
  item     BLOB PRIMARY KEY,
  document BLOB,
  own      INTEGER NOT NULL,
  code     TEXT NOT NULL,
  reason   TEXT NOT NULL,
  contents TEXT NOT NULL,
  seen     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX refusals_document ON refusals (document);

-- A document as of item `through`; later items are applied when it is opened.
CREATE TABLE documents (
  kind    TEXT NOT NULL,
  id      BLOB NOT NULL,
  through INTEGER NOT NULL,
  bytes   BLOB NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

-- One line per application, for the list.
CREATE TABLE rows (
  number_of  INTEGER PRIMARY KEY,
  id         BLOB NOT NULL UNIQUE,
  number     TEXT,
  matter     TEXT NOT NULL,
  matter_en  TEXT NOT NULL,
  applicant  TEXT NOT NULL,
  id_tail    TEXT NOT NULL,
  status     TEXT NOT NULL,
  changed    INTEGER NOT NULL,
  conflict   INTEGER NOT NULL,
  correction INTEGER NOT NULL,
  saved      INTEGER NOT NULL,
  reached    INTEGER NOT NULL,
  reached_at INTEGER,
  files      INTEGER NOT NULL,
  verified   INTEGER NOT NULL,
  words      TEXT NOT NULL
) STRICT;
CREATE INDEX rows_changed ON rows (changed DESC);
CREATE INDEX rows_status ON rows (status, changed DESC);
CREATE INDEX rows_wanting ON rows (conflict, correction) WHERE conflict OR correction;
CREATE VIRTUAL TABLE search USING fts5(words, content = '', contentless_delete = 1, detail = none, prefix = '1 2 3');

-- Files held here, each under a key of its own.
CREATE TABLE files (
  hash       BLOB PRIMARY KEY,
  len        INTEGER NOT NULL,
  media_type TEXT NOT NULL,
  key        BLOB NOT NULL,
  thumbnail  BLOB
) STRICT;
-- Own files that the center has to get, and in which scope.
CREATE TABLE uploads (hash BLOB PRIMARY KEY, len INTEGER NOT NULL, media_type TEXT NOT NULL, scope TEXT NOT NULL) STRICT;
-- Files the center has verified.
CREATE TABLE verified (hash BLOB PRIMARY KEY) STRICT;
-- Which application names which file.
CREATE TABLE named (hash BLOB NOT NULL, document BLOB NOT NULL, PRIMARY KEY (hash, document)) STRICT, WITHOUT ROWID;
CREATE INDEX named_document ON named (document);
-- Files to be fetched, and what has come of them.
CREATE TABLE wanted (hash BLOB PRIMARY KEY, len INTEGER NOT NULL, media_type TEXT NOT NULL) STRICT;
CREATE TABLE parts (hash BLOB NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (hash, at)) STRICT;

-- Published catalogues, and why one is not used.
CREATE TABLE catalogues (version INTEGER PRIMARY KEY, payload BLOB NOT NULL, problem TEXT) STRICT;

-- The last application number of a day.
CREATE TABLE counters (day TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;
CREATE TABLE fingerprints (scope TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
