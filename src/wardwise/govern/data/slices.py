"""The events of a feed that were recorded in a stretch of time: what rules and tests are held against."""

from datetime import datetime

import polars as pl

from wardwise.loop.derive.view import View


def recorded(view: View, kind: str, start: datetime, *, feed: str | None = None) -> pl.DataFrame:
    """Events of a kind recorded after `start` and up to the view's position, corrections and doubted ones included."""
    events = view.table(kind)
    first = int(events["recorded_at"].search_sorted(start, side="right")) if events.height else 0
    late = events.slice(first)
    return late if feed is None else late.filter(pl.col("source") == feed)
