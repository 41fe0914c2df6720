"""Hourly counts: a seasonal mean, a level that follows, and ranges that correct themselves."""
