-- Of a receipt's other columns and its door's names, so that a changed bit is found; null: kept before there were any.
ALTER TABLE receipt ADD COLUMN digest BLOB;
