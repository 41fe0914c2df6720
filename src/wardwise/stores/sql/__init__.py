"""What every SQL database has in common: the log and the inbox over named statements, and their verification."""
