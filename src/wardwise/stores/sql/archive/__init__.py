"""The archive: records of old events in Parquet files, apart from the log that still lists and vouches for them."""
