"""Which events may be seen at one instant; what each row of a spine may see is in facts.py."""

from datetime import datetime

import polars as pl

from wardwise.hospital.moment import micros


def visible_part(events: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Of events up to a position: those known by an instant, superseded ones left out, in order of occurrence."""
    if events.is_empty():
        return events
    # A number, for an aware datetime takes Polars longer to read than the comparison does.
    known = events.filter(events["known_at"].to_physical() <= micros(at))
    replaced = known["supersedes"].drop_nulls()
    if not replaced.is_empty():
        known = known.filter(~pl.col("id").is_in(replaced.implode()))
    return known.sort("occurred_at", "sequence", "tie")
