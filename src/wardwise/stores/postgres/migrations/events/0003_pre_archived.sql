-- Stretches of a site's log whose records are in a file of the archive; `record` is empty in their rows of `event`.
CREATE TABLE archived (
    site        BIGINT NOT NULL,
    last        BIGINT NOT NULL,
    first       BIGINT NOT NULL,
    file        TEXT COLLATE "C" NOT NULL,
    sha256      BYTEA NOT NULL,
    head_before BYTEA NOT NULL,
    head_after  BYTEA NOT NULL,
    begins      BIGINT NOT NULL,
    ends        BIGINT NOT NULL,
    PRIMARY KEY (site, last)
);
