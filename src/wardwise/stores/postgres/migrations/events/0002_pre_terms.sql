-- Until when a lease keeps others out, by this server's clock; null: it keeps nobody out, it only fences.
ALTER TABLE lease ADD COLUMN until TIMESTAMPTZ;
