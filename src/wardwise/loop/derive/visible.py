"""Which events a row of a spine may see: position <= p, known_at <= t, and not superseded by then."""

import polars as pl

from wardwise.loop.capture.event import Status

_UNSCORED = [Status.SUSPECT.value, Status.CANCELLED.value]


def with_supersession(events: pl.DataFrame) -> pl.DataFrame:
    """Events with `replaced_at` and `replaced_position`: when the event that supersedes each became visible."""
    replacing = (
        events.filter(pl.col("supersedes").is_not_null())
        .group_by("supersedes")
        .agg(pl.col("known_at").min().alias("replaced_at"), pl.col("position").min().alias("replaced_position"))
    )
    return events.join(replacing, left_on="id", right_on="supersedes", how="left", maintain_order="left")


def seen_by(spine: pl.DataFrame, events: pl.DataFrame, *, key: str) -> pl.DataFrame:
    """Each spine row (with its `row` number) joined to the events about its entity that it may see.

    `key` is the column of events that holds the entity. Suspect and cancelled facts are left out: they are
    kept and shown, never scored. Windows are the caller's.
    """
    rows = spine.with_row_index("row").rename({"position": "asked_position"})
    joined = rows.join(with_supersession(events), left_on="entity", right_on=key, how="inner")
    replaced = (pl.col("replaced_position") <= pl.col("asked_position")) & (pl.col("replaced_at") <= pl.col("at"))
    return joined.filter(
        (pl.col("position") <= pl.col("asked_position"))
        & (pl.col("known_at") <= pl.col("at"))
        & ~replaced.fill_null(value=False)
        & ~pl.col("status").is_in(_UNSCORED)
    )
