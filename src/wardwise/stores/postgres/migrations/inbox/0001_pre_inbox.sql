-- A door is a site's source; numbered so that the index of fingerprints, which is kept for ever, stays small.
CREATE TABLE door (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site   TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    UNIQUE (site, source)
);

-- One row per receipt, for ever. `holder` is the receipt whose body this one's bytes are kept under; `digest` is of
-- the other columns and the door's names.
CREATE TABLE receipt (
    sequence    BIGINT PRIMARY KEY,
    door        BIGINT NOT NULL REFERENCES door,
    raw         TEXT COLLATE "C" NOT NULL,
    listener    TEXT COLLATE "C" NOT NULL,
    control_id  TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    receipt     TEXT COLLATE "C" NOT NULL,
    refusal     TEXT COLLATE "C" NOT NULL,
    holder      BIGINT NOT NULL,
    digest      BYTEA NOT NULL
);

CREATE INDEX receipt_raw ON receipt (raw);
CREATE INDEX receipt_pending ON receipt (door, sequence) WHERE receipt IN ('stored', 'conflict');
CREATE INDEX receipt_refused ON receipt (door, sequence) WHERE receipt = 'refused';

-- `control` is the SHA-256 of the control id as it stands in `receipt`: an index row has a limit of 2,700 bytes, a control id has none.
CREATE TABLE fingerprint (
    door     BIGINT NOT NULL,
    control  BYTEA NOT NULL,
    sha256   BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (door, control, sha256)
);

-- The bytes, with a retention of their own. `key` is the id of the key they are sealed with; empty: kept as they came.
CREATE TABLE body (
    sequence    BIGINT PRIMARY KEY,
    received_at BIGINT NOT NULL,
    bytes       BYTEA NOT NULL,
    key         TEXT COLLATE "C" NOT NULL
);

CREATE INDEX body_age ON body (received_at, sequence);
CREATE INDEX body_sealed ON body (key) WHERE key <> '';

-- Every key this inbox was ever sealed with: once there is one, nothing is kept unsealed again.
CREATE TABLE sealing (key TEXT COLLATE "C" PRIMARY KEY);

-- Counters kept with every write, so that no page counts millions of rows.
CREATE TABLE tally (
    site     TEXT COLLATE "C" NOT NULL,
    receipt  TEXT COLLATE "C" NOT NULL,
    receipts BIGINT NOT NULL,
    PRIMARY KEY (site, receipt)
);

CREATE TABLE last_receipt (
    door        BIGINT PRIMARY KEY REFERENCES door,
    received_at BIGINT NOT NULL
);
