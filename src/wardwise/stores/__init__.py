"""Stores: the only room that opens files, databases and artefacts."""
