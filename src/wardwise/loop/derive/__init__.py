"""Derive: what was known at an instant, as frames, features and state."""
