"""Which events a row of a spine may see: position <= p, known_at <= t, and not superseded by then."""

from datetime import datetime

import polars as pl

from wardwise.hospital.moment import micros
from wardwise.loop.capture.event import Status

_UNSCORED = [Status.SUSPECT.value, Status.CANCELLED.value]


def with_supersession(events: pl.DataFrame) -> pl.DataFrame:
    """Events with `replaced_at` and `replaced_position`: when and where each event that supersedes one was known."""
    # Several may replace one: the first that is both recorded and known counts, so the pair is kept together.
    replacing = (
        events.filter(pl.col("supersedes").is_not_null())
        .sort("position")
        .group_by("supersedes", maintain_order=True)
        .agg(pl.col("known_at").alias("replaced_at"), pl.col("position").alias("replaced_position"))
    )
    return events.join(replacing, left_on="id", right_on="supersedes", how="left", maintain_order="left")


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


def seen_by(spine: pl.DataFrame, events: pl.DataFrame, *, key: str) -> pl.DataFrame:
    """Each spine row (with its `row` number) joined to the events about its entity that it may see.

    `key` is the column of events that holds the entity. Suspect and cancelled facts are left out: they are
    kept and shown, never scored. Windows are the caller's.
    """
    rows = spine.with_row_index("row").rename({"position": "asked_position"})
    joined = rows.join(with_supersession(events), left_on="entity", right_on=key, how="inner")
    seen = joined.filter(
        (pl.col("position") <= pl.col("asked_position"))
        & (pl.col("known_at") <= pl.col("at"))
        & ~pl.col("status").is_in(_UNSCORED)
    )
    return seen.join(_replaced(seen), on=("row", "id"), how="anti", maintain_order="left")


def _replaced(seen: pl.DataFrame) -> pl.DataFrame:
    each = seen.filter(pl.col("replaced_position").is_not_null()).explode("replaced_at", "replaced_position")
    by_then = (pl.col("replaced_position") <= pl.col("asked_position")) & (pl.col("replaced_at") <= pl.col("at"))
    return each.filter(by_then).select("row", "id")
