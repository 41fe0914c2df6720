"""Replay: take past turns again and compare."""
