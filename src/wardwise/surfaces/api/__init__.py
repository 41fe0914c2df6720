"""The API for machines: JSON, read only."""
