-- Items of documents that the center says are kept no longer, until the document is forgotten. From then on their row in
-- `items` is in state 6 and holds nothing that they said.
CREATE TABLE forgetting (
  item     BLOB PRIMARY KEY,
  document BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX forgetting_document ON forgetting (document);
