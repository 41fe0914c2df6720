"""Is it doing good? What was said, answered and came true, read from the log."""
