"""Verify: outcomes joined to what was said."""
