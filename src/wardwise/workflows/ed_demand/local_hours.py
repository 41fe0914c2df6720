"""The calendar of whole UTC hours as a place lives through them: weekday, season, holidays, local events.

Hours are numbered from 1970-01-01 00:00 UTC. Local days number the ordinals of their dates, so the days on which
clocks change have 23 or 25 hours. Where the zone is not whole hours from UTC an hour belongs to the local hour in
which it starts.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache

import holidays
import numpy as np
import numpy.typing as npt
import polars as pl

from wardwise.hospital.moment import EPOCH
from wardwise.learn.counts.series import Calendar
from wardwise.workflows.ed_demand.place import Place

HOUR = timedelta(hours=1)
REST_MARK = "holiday"
EVENT_MARK = "event"

_BEFORE, _AFTER = ", day before", ", day after"
_UNIX_DAY = date(1970, 1, 1).toordinal()
_MICROS = 3_600_000_000


def number_of(at: datetime) -> int:
    """The number of the hour an instant lies in."""
    return int((at - EPOCH) // HOUR)


def start_of(number: int) -> datetime:
    """When an hour starts."""
    return EPOCH + number * HOUR


@lru_cache(maxsize=1024)
def local_hours(place: Place, first: int, end: int) -> Calendar:
    """The calendar of the hours from `first` up to, not including, `end`; all of it is known years ahead."""
    utc = pl.Series(np.arange(first, end, dtype=np.int64) * _MICROS).cast(pl.Datetime("us", "UTC"))
    local = utc.dt.convert_time_zone(place.zone).dt
    day = local.date().cast(pl.Int64).to_numpy() + _UNIX_DAY
    weekday = local.weekday().cast(pl.Int64).to_numpy() - 1
    return Calendar(
        first=first,
        hour_of_week=_fixed(weekday * 24 + local.hour().cast(pl.Int64).to_numpy()),
        day_of_year=_fixed(local.ordinal_day().cast(pl.Int64).to_numpy()),
        day=_fixed(day),
        marks=_marks(place, day),
    )


def _marks(place: Place, day: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[np.bool_]]:
    """One flag per mark and hour; a mark that no day of the calendar bears is left out."""
    if not day.size:
        return {}
    borne: dict[str, list[int]] = {}
    for number in range(int(day[0]), int(day[-1]) + 1):
        for mark in marks_of(place, number):
            borne.setdefault(mark, []).append(number)
    return {mark: np.isin(day, days) for mark, days in sorted(borne.items())}


@lru_cache(maxsize=8192)
def marks_of(place: Place, day: int) -> tuple[str, ...]:
    """What marks a local day: a public holiday, the day before or after one, a local event."""
    return tuple(dict.fromkeys([*_holiday_marks(place, day), *_event_marks(place, day)]))


def _holiday_marks(place: Place, day: int) -> Iterator[str]:
    for suffix, ahead in (("", 0), (_BEFORE, 1), (_AFTER, -1)):
        then = date.fromordinal(day + ahead)
        for name in _holidays(place.country, place.subdivision, then.year).get(then, ()):
            yield name + suffix
            yield REST_MARK + suffix


def _event_marks(place: Place, day: int) -> Iterator[str]:
    for title, first, last in place.events:
        if first <= day <= last:
            yield f"{EVENT_MARK}: {title}"
        if day == last + 1:
            yield f"{EVENT_MARK}: {title}{_AFTER}"


@lru_cache(maxsize=128)
def _holidays(country: str, subdivision: str | None, year: int) -> dict[date, tuple[str, ...]]:
    """Public holidays on the days they fall on, not the days off given in their stead; none for an unknown country."""
    known = holidays.list_supported_countries(include_aliases=True)
    if country not in known:
        return {}
    part = subdivision if subdivision in known[country] else None
    found = holidays.country_holidays(country, subdiv=part, years=year, observed=False)
    return {day: tuple(sorted(found.get_list(day))) for day in sorted(found)}


def _fixed(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    # Calendars are shared between turns, so nobody may write into them.
    values = np.ascontiguousarray(values, dtype=np.int64)
    values.setflags(write=False)
    return values
