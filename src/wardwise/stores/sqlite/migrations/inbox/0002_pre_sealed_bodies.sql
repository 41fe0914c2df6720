-- `key` is the id of the key a body is sealed with; empty: it is kept as it came.
ALTER TABLE body ADD COLUMN key TEXT NOT NULL DEFAULT '';

CREATE INDEX body_sealed ON body (key) WHERE key <> '';

-- Every key this inbox was ever sealed with: once there is one, nothing is kept unsealed again.
CREATE TABLE sealing (key TEXT PRIMARY KEY) STRICT;
