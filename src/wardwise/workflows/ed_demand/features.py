"""What a forecast looks at, in one row: the hours that are told of, as a hash, and the last of them in numbers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from wardwise.loop.declare.feature import Feature, FeatureSet
from wardwise.loop.derive.by_row import by_row
from wardwise.loop.derive.frame import INSTANT
from wardwise.loop.derive.state.arrivals import arrivals_between
from wardwise.workflows.ed_demand.local_hours import HOUR, start_of
from wardwise.workflows.ed_demand.observed import observed

if TYPE_CHECKING:
    from wardwise.loop.derive.view import View

_KINDS = ("arrivals.counted", "stay.arrived", "stay.cancelled", "feed.silent")
_COLUMNS: dict[str, tuple[Any, str]] = {
    "hours_told": (pl.Int64, "h"),
    "told_until": (INSTANT, ""),
    "came_1h": (pl.Int64, "1"),
    "came_4h": (pl.Int64, "1"),
    "came_24h": (pl.Int64, "1"),
    "hours": (pl.String, ""),
    "sources": (pl.String, ""),
}


def feature_set(strings: Mapping[str, str]) -> FeatureSet:
    """Columns by (department, instant, position); None where nobody can tell."""
    declared = tuple(Feature(name, ucum, _KINDS, strings[f"feature_{name}"]) for name, (_, ucum) in _COLUMNS.items())
    return FeatureSet("ed-arrivals", 1, declared, by_row({name: dtype for name, (dtype, *_) in _COLUMNS.items()}, _row))


def _row(view: "View", unit: str) -> Mapping[str, Any]:
    told, now = observed(view, unit), view.instant.at
    last = told.last_told
    return {
        "hours_told": told.hours_told,
        "told_until": start_of(last) + HOUR if last is not None else None,
        **{f"came_{hours}h": arrivals_between(view, unit, now - timedelta(hours=hours), now) for hours in (1, 4, 24)},
        "hours": told.digest,
        "sources": " ".join(told.sources),
    }
