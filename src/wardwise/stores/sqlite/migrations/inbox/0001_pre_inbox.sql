-- A door is a site's source; numbered so that the index of fingerprints, which is kept for ever, stays small.
CREATE TABLE door (
    number INTEGER PRIMARY KEY,
    site   TEXT NOT NULL,
    source TEXT NOT NULL,
    UNIQUE (site, source)
) STRICT;

-- One row per receipt, for ever. `holder` is the receipt whose body this one's bytes are kept under.
CREATE TABLE receipt (
    sequence    INTEGER PRIMARY KEY,
    door        INTEGER NOT NULL REFERENCES door,
    raw         TEXT NOT NULL,
    listener    TEXT NOT NULL,
    control_id  TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    receipt     TEXT NOT NULL,
    refusal     TEXT NOT NULL,
    holder      INTEGER NOT NULL
) STRICT;

CREATE INDEX receipt_raw ON receipt (raw);
CREATE INDEX receipt_pending ON receipt (door, sequence) WHERE receipt IN ('stored', 'conflict');
CREATE INDEX receipt_refused ON receipt (door, sequence) WHERE receipt = 'refused';

CREATE TABLE fingerprint (
    door       INTEGER NOT NULL,
    control_id TEXT NOT NULL,
    sha256     BLOB NOT NULL,
    sequence   INTEGER NOT NULL,
    PRIMARY KEY (door, control_id, sha256)
) STRICT, WITHOUT ROWID;

-- The bytes, with a retention of their own.
CREATE TABLE body (
    sequence    INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    bytes       BLOB NOT NULL
) STRICT;

CREATE INDEX body_age ON body (received_at, sequence);

-- Counters kept with every write, so that no page counts millions of rows.
CREATE TABLE tally (
    site     TEXT NOT NULL,
    receipt  TEXT NOT NULL,
    receipts INTEGER NOT NULL,
    PRIMARY KEY (site, receipt)
) STRICT, WITHOUT ROWID;

CREATE TABLE last_receipt (
    door        INTEGER PRIMARY KEY REFERENCES door,
    received_at INTEGER NOT NULL
) STRICT;
