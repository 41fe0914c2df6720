CREATE TABLE person (
    token      TEXT PRIMARY KEY,
    authority  TEXT NOT NULL,
    identifier TEXT NOT NULL
) STRICT, WITHOUT ROWID;
