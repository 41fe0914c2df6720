"""The events of a feed that were recorded in a stretch of time: what rules and tests are held against."""

from datetime import datetime

import numpy as np
import polars as pl

from wardwise.hospital.moment import micros
from wardwise.loop.derive.view import View


def recorded(view: View, kind: str, start: datetime, *, feed: str | None = None) -> pl.DataFrame:
    """Events of a kind recorded after `start` and up to the view's position, corrections and doubted ones included."""
    late = recorded_after(view.table(kind), start)
    return late if feed is None else late.filter(pl.col("source") == feed)


def recorded_after(events: pl.DataFrame, start: datetime) -> pl.DataFrame:
    """Of events in the order they were recorded: those recorded after an instant."""
    if events.is_empty():
        return events
    # Polars starts its engine for a search, which takes longer than the search itself.
    told = events["recorded_at"].to_physical().to_numpy()
    return events.slice(int(np.searchsorted(told, micros(start), side="right")))
