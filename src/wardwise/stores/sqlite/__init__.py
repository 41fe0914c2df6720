"""The default store: SQLite in WAL mode, synced on every commit, one file per concern."""
