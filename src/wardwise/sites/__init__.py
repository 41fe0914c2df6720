"""Configuration: what a site wrote in its files, checked, with file and line in every message."""
