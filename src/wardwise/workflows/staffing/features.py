"""What a need looks at, in one row: the forecast it rests on, and the roster of the coming shifts as a hash."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from wardwise.hospital.shift import shifts_from
from wardwise.loop.capture.canonical import canonical, digest
from wardwise.loop.declare.feature import Feature, FeatureSet
from wardwise.loop.derive.by_row import by_row
from wardwise.loop.derive.frame import INSTANT
from wardwise.workflows.staffing.cover import Cover, cover, roster_told_at
from wardwise.workflows.staffing.demand import demand
from wardwise.workflows.staffing.estimate import SHIFTS

if TYPE_CHECKING:
    from wardwise.loop.derive.view import View

LOOKBACK = timedelta(hours=24)

_SHIFT_KINDS = ("shift.assigned", "shift.called_out", "shift.swapped")
_CALL_KINDS = (*_SHIFT_KINDS, "advice.given", "response.given")
_COLUMNS: dict[str, tuple[Any, str, tuple[str, ...]]] = {
    "forecast": (pl.String, "", ("prediction.made",)),
    "forecast_at": (INSTANT, "", ("prediction.made",)),
    "rostered": (pl.Int64, "1", _SHIFT_KINDS),
    "called_out": (pl.Int64, "1", _SHIFT_KINDS),
    "float_free": (pl.Int64, "1", _CALL_KINDS),
    "roster": (pl.String, "", _CALL_KINDS),
    "roster_at": (INSTANT, "", _SHIFT_KINDS),
}


def feature_set(strings: Mapping[str, str]) -> FeatureSet:
    """Columns by (unit, instant, position); counts are of the shift running."""
    declared = tuple(
        Feature(name, ucum, kinds, strings[f"feature_{name}"]) for name, (_, ucum, kinds) in _COLUMNS.items()
    )
    return FeatureSet("staffing", 2, declared, by_row({name: dtype for name, (dtype, *_) in _COLUMNS.items()}, _row))


def _row(view: "View", unit: str) -> Mapping[str, Any]:
    site = view.folder.site
    covers = [cover(view, unit, each) for each in shifts_from(view.instant.at, site.patterns, site.zone, count=SHIFTS)]
    found, now = demand(view, unit, longest=LOOKBACK), covers[0]
    return {
        "forecast": found.id if found else None,
        "forecast_at": found.made_at if found else None,
        "rostered": len(now.rostered) if now.known else None,
        "called_out": len(now.out) if now.known else None,
        "float_free": now.free,
        "roster": digest(canonical([_spelt(each) for each in covers])),
        "roster_at": roster_told_at(view),
    }


def _spelt(found: Cover) -> list[list[str]]:
    assigned = [[each.event for each in part] for part in (found.rostered, found.out, found.pool)]
    return [*assigned, list(found.called.advice)]
