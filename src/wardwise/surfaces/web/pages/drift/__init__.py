"""Drifts that stand, what became the new normal, and where a steward says so."""
