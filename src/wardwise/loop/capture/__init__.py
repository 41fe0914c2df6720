"""Capture: the canonical event, its vocabulary, and the protocols of the log. Standard library only."""
