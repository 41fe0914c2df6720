-- Sites are numbered so that every index row carries a small integer.
CREATE TABLE site (
    number INTEGER PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE lease (
    site   INTEGER PRIMARY KEY REFERENCES site,
    token  INTEGER NOT NULL,
    holder TEXT NOT NULL
) STRICT;

-- `record` is the fact; `digest` is of its stored bytes; the columns before them only find it again.
CREATE TABLE event (
    site        INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    id          TEXT NOT NULL,
    kind        TEXT NOT NULL,
    encounter   TEXT,
    patient     TEXT,
    occurred_at INTEGER NOT NULL,
    known_at    INTEGER NOT NULL,
    digest      BLOB NOT NULL,
    record      BLOB NOT NULL
) STRICT;

CREATE UNIQUE INDEX event_position ON event (site, position);
CREATE UNIQUE INDEX event_id ON event (site, id);
CREATE INDEX event_kind ON event (site, kind, position, occurred_at);
CREATE INDEX event_occurred ON event (site, occurred_at, position);
CREATE INDEX event_encounter ON event (site, encounter, position) WHERE encounter IS NOT NULL;
CREATE INDEX event_patient ON event (site, patient, position)
    WHERE patient IS NOT NULL AND encounter IS NULL;

-- A patient's events are those of the patient's encounters: one row a stay dirties far fewer pages than
-- an index row an event would.
CREATE TABLE stay (
    site      INTEGER NOT NULL,
    patient   TEXT NOT NULL,
    encounter TEXT NOT NULL,
    PRIMARY KEY (site, patient, encounter)
) STRICT, WITHOUT ROWID;

CREATE TABLE cause (
    site     INTEGER NOT NULL,
    cause    TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (site, cause, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE batch (
    site        INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    first       INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    root        BLOB NOT NULL,
    head        BLOB NOT NULL,
    PRIMARY KEY (site, last)
) STRICT, WITHOUT ROWID;

CREATE TABLE disposition (
    site     INTEGER NOT NULL,
    raw      TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    outcome  TEXT NOT NULL,
    events   INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    PRIMARY KEY (site, raw)
) STRICT, WITHOUT ROWID;

-- Counters kept with every write, so that no page counts millions of rows.
CREATE TABLE outcome (
    site    INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    raws    INTEGER NOT NULL,
    PRIMARY KEY (site, outcome)
) STRICT, WITHOUT ROWID;

CREATE TABLE consumer (
    site     INTEGER NOT NULL,
    name     TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (site, name)
) STRICT, WITHOUT ROWID;

-- Up to where the chain was last found whole; a start-up verifies from here.
CREATE TABLE checkpoint (
    site     INTEGER PRIMARY KEY REFERENCES site,
    position INTEGER NOT NULL,
    head     BLOB NOT NULL
) STRICT;
