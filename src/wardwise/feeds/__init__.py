"""Doors in: raw bytes are stored by a door, then read into events by a reader."""
