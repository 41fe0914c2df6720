"""The shared store: PostgreSQL, committed synchronously, many processes on one log."""
