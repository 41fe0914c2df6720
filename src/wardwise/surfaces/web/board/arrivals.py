"""Arrivals at the emergency department: the hours behind, the forecast ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from wardwise.hospital.moment import from_iso
from wardwise.loop.derive.state.arrivals import hourly_arrivals
from wardwise.surfaces.web.board.beds import ed_units
from wardwise.surfaces.web.board.glance import Glance, Said

HOUR = timedelta(hours=1)
BACK = timedelta(hours=24)
AHEAD = 24
LEVELS = ("0.025", "0.1", "0.5", "0.9", "0.975")


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the curve: counted, or forecast at the five levels."""

    start: datetime
    clock: str
    counted: int | None = None
    quantiles: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """A forecast of a total with its 80% range."""

    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """One department's curve and what was said of it; `said` is None where no forecast may be shown; `none_says`
    is what the tier that makes none says aloud.
    """

    unit: str
    title: str
    running: int
    hours: tuple[Hour, ...]
    said: Said | None = None
    next4h: Sum | None = None
    surging: bool = False
    baseline: str = ""
    none_says: str = ""


def arrivals(glance: Glance) -> Arrivals | None:
    """The first emergency department of the site; None where there is none."""
    unit = next(iter(ed_units(glance)), None)
    if unit is None:
        return None
    counted = hourly_arrivals(glance.view, unit, back=BACK)
    behind = [(counted.start + index * HOUR, count) for index, count in enumerate(counted.counts)]
    hours = [Hour(start, glance.clock(start), counted=count) for start, count in behind]
    said = glance.said("ed_demand", "ed-arrivals-hourly").get(unit)
    output: Mapping[str, Any] = said.output if said else {}
    hours += _ahead(glance, output)
    return Arrivals(
        unit=unit,
        title=glance.title(unit),
        running=counted.running,
        hours=tuple(hours),
        said=said if output else None,
        next4h=_sum(output.get("sums", {}).get("next4h")),
        surging=output.get("surge", {}).get("is_surge") is True,
        none_says=said.maker if said and not output else "",
        baseline=str(output.get("baseline", {}).get("says", "")),
    )


def _ahead(glance: Glance, output: Mapping[str, Any]) -> list[Hour]:
    quantiles = output.get("quantiles", {})
    if "from" not in output or any(level not in quantiles for level in LEVELS):
        return []
    first = from_iso(output["from"])
    this_hour = glance.now.replace(minute=0, second=0, microsecond=0)
    skipped = max(int((this_hour - first) // HOUR), 0)
    rows = list(zip(*(quantiles[level] for level in LEVELS), strict=True))[skipped : skipped + AHEAD]
    starts = [first + (skipped + index) * HOUR for index in range(len(rows))]
    return [Hour(at, glance.clock(at), quantiles=_floats(row)) for at, row in zip(starts, rows, strict=True)]


def _floats(texts: Sequence[str]) -> tuple[float, ...]:
    return tuple(float(text) for text in texts)


def _sum(stated: Mapping[str, str] | None) -> Sum | None:
    if not stated or not {"0.1", "0.5", "0.9"} <= stated.keys():
        return None
    return Sum(low=float(stated["0.1"]), median=float(stated["0.5"]), high=float(stated["0.9"]))
