"""A forecast as its event holds it: decimals as short text, so that a week of hours stays a small payload."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from wardwise.hospital.moment import iso
from wardwise.hospital.shift import Shift, shifts_from
from wardwise.loop.capture.canonical import Json
from wardwise.loop.derive.state.arrivals import arrivals_between
from wardwise.loop.derive.view import View
from wardwise.workflows.ed_demand.forecaster import Forecaster, hours_over
from wardwise.workflows.ed_demand.outlook import Outlook, stretch

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
NEXT_LEVELS = (0.1, 0.5, 0.9)
SHIFT_LEVELS = (0.1, 0.5, 0.9, 0.975)
NEXT = timedelta(hours=4)
SHIFTS = 4
_DIGITS = 1
"""Tenths of an arrival: finer than anybody counts."""


def text(number: float) -> str:
    """A number to tenths as text, whole ones without a fraction: `7.5`, `7`, never `-0`."""
    rounded = round(number, _DIGITS)
    return str(int(rounded)) if rounded == int(rounded) else f"{rounded:.{_DIGITS}f}"


def hourly_output(outlook: Outlook) -> Mapping[str, Json]:
    """Quantiles of every hour by level."""
    found = outlook.hourly(LEVELS)
    return {_key(level): [text(value) for value in found[:, column].tolist()] for column, level in enumerate(LEVELS)}


def sums_output(view: View, unit: str, outlook: Outlook, forecaster: Forecaster) -> Mapping[str, Json]:
    """Totals of the next 4 h and of the shift running and the three after it.

    Of the shift running, what came counts as it is; while nobody can tell, the whole of it is forecast.
    """
    now, site = view.instant.at, view.folder.site
    sums: dict[str, Json] = {"next4h": _spelt(outlook, now, now + NEXT, NEXT_LEVELS)}
    for shift in shifts_from(now, site.patterns, site.zone, count=SHIFTS):
        found = _shift(view, unit, shift, outlook=outlook, forecaster=forecaster)
        if found:
            sums[f"shift:{shift.key}"] = {"from": iso(shift.start), "to": iso(shift.end), **found}
    return sums


def _shift(
    view: View, unit: str, shift: Shift, *, outlook: Outlook, forecaster: Forecaster
) -> Mapping[str, str] | None:
    now = view.instant.at
    if shift.start >= now:
        return _spelt(outlook, shift.start, shift.end, SHIFT_LEVELS)
    came = arrivals_between(view, unit, shift.start, now)
    if came is not None:
        return _spelt(outlook, now, shift.end, SHIFT_LEVELS, came=came)
    whole = forecaster(view, unit, shift.start, hours_over(shift.start, shift.end))
    return _spelt(whole, shift.start, shift.end, SHIFT_LEVELS) if whole else None


def _spelt(
    outlook: Outlook, start: datetime, end: datetime, levels: Sequence[float], *, came: int = 0
) -> Mapping[str, str]:
    found = outlook.over(stretch(start, end), levels)
    return {_key(level): text(came + value) for level, value in zip(levels, found.tolist(), strict=True)}


def _key(level: float) -> str:
    return f"{level:g}"
