"""Respond: what people answer, and silence when nobody does."""
