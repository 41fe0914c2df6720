-- Stretches of a site's log whose records are in a file of the archive; `record` is empty in their rows of `event`.
CREATE TABLE archived (
    site        INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    first       INTEGER NOT NULL,
    file        TEXT NOT NULL,
    sha256      BLOB NOT NULL,
    head_before BLOB NOT NULL,
    head_after  BLOB NOT NULL,
    begins      INTEGER NOT NULL,
    ends        INTEGER NOT NULL,
    PRIMARY KEY (site, last)
) STRICT, WITHOUT ROWID;
