"""Doors out: the board, CDS Hooks. They read the log, and hand what people answer to the inbox."""
