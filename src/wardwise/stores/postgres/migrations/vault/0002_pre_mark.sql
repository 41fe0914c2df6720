-- Of the key these tokens were made with, so that no other key's are mixed in. One row.
CREATE TABLE mark (mark BYTEA NOT NULL);
