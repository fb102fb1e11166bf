-- Version 3. The access log of this device: entries that are in no item yet, each under its number, as CBOR. Where the log ends, and
-- how far it has been put into items, are facts.
CREATE TABLE looks (number INTEGER PRIMARY KEY, time INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
