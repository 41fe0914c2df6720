"""Features worked out a spine row at a time, each from its own instant: for sets that ask about few entities."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from wardwise.loop.capture.instant import Instant
from wardwise.loop.derive.view import View

Row = Callable[[View, str], Mapping[str, Any]]
Compute = Callable[[View, pl.DataFrame], pl.DataFrame]


def by_row(columns: Mapping[str, Any], row: Row) -> Compute:
    """`compute` of a feature set: `row(view, entity)` gives a value for each of `columns` (name: Polars type).

    The view handed on looks from the row's own instant and position, so no row sees past it.
    """

    def compute(view: View, spine: pl.DataFrame) -> pl.DataFrame:
        asked = spine.select("entity", "at", "position").iter_rows()
        rows = [row(_from(view, Instant(at, position)), entity) for entity, at, position in asked]
        return spine.with_columns([pl.Series(name, [each[name] for each in rows], of) for name, of in columns.items()])

    return compute


def _from(view: View, instant: Instant) -> View:
    return view if instant == view.instant else view.looking_from(instant.at, instant.position)
