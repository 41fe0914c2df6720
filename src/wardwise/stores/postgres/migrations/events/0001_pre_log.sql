-- Names compare by their bytes whatever the database's language is, hence the collation.
-- Sites are numbered so that every index row carries a small integer.
CREATE TABLE site (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name   TEXT COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE lease (
    site   BIGINT PRIMARY KEY REFERENCES site,
    token  BIGINT NOT NULL,
    holder TEXT COLLATE "C" NOT NULL
);

-- `record` is the fact; `digest` is of its stored bytes; the columns before them only find it again.
CREATE TABLE event (
    site        BIGINT NOT NULL,
    position    BIGINT NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    encounter   TEXT COLLATE "C",
    patient     TEXT COLLATE "C",
    occurred_at BIGINT NOT NULL,
    known_at    BIGINT NOT NULL,
    digest      BYTEA NOT NULL,
    record      BYTEA NOT NULL
);

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
    site      BIGINT NOT NULL,
    patient   TEXT COLLATE "C" NOT NULL,
    encounter TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (site, patient, encounter)
);

CREATE TABLE cause (
    site     BIGINT NOT NULL,
    cause    TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (site, cause, position)
);

CREATE TABLE batch (
    site        BIGINT NOT NULL,
    last        BIGINT NOT NULL,
    first       BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    root        BYTEA NOT NULL,
    head        BYTEA NOT NULL,
    PRIMARY KEY (site, last)
);

CREATE TABLE disposition (
    site     BIGINT NOT NULL,
    raw      TEXT COLLATE "C" NOT NULL,
    sequence BIGINT NOT NULL,
    outcome  TEXT COLLATE "C" NOT NULL,
    events   BIGINT NOT NULL,
    reason   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (site, raw)
);

-- Counters kept with every write, so that no page counts millions of rows.
CREATE TABLE outcome (
    site    BIGINT NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    raws    BIGINT NOT NULL,
    PRIMARY KEY (site, outcome)
);

CREATE TABLE consumer (
    site     BIGINT NOT NULL,
    name     TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (site, name)
);

-- Up to where the chain was last found whole; a start-up verifies from here.
CREATE TABLE checkpoint (
    site     BIGINT PRIMARY KEY REFERENCES site,
    position BIGINT NOT NULL,
    head     BYTEA NOT NULL
);
