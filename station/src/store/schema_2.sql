-- Version 2. How far an application has got is counted with every save: without touching the items themselves.
DROP INDEX items_document;
CREATE INDEX items_document ON items (document, document_kind, kind, seq, state, settled, time) WHERE document IS NOT NULL;
