"""Mappings tried on messages: the tests that people wrote for them, and what messages say that no mapping reads."""
