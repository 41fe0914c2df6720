"""Whole reported days of a series, as the rows seasons are learnt from."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wardwise.learn.counts.series import Calendar, HourlySeries

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DAYS_OF_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Days:
    """One row per local day; `complete` is false where an hour was not reported or the day is cut."""

    number: Integers
    day_of_week: Integers
    day_of_year: Integers
    marks: Mapping[str, npt.NDArray[np.bool_]]
    totals: Floats
    complete: npt.NDArray[np.bool_]


def days_of(series: HourlySeries, calendar: Calendar) -> Days:
    """The local days the series touches; days of fewer than 23 hours count as cut."""
    known = calendar.between(series.first, series.end)
    starts = known.midnights()
    hours = np.diff(np.append(starts, len(known.day)))
    totals = np.add.reduceat(series.counts, starts)
    return Days(
        number=known.day[starts],
        day_of_week=known.hour_of_week[starts] // 24,
        day_of_year=known.day_of_year[starts],
        marks={name: flags[starts] for name, flags in known.marks.items()},
        totals=totals,
        complete=np.isfinite(totals) & (hours >= 23),
    )


def waves(day_of_year: Integers, harmonics: int) -> Floats:
    """Sine and cosine columns of the year, one pair per harmonic."""
    turn = 2.0 * np.pi * day_of_year[:, None] / DAYS_OF_YEAR * np.arange(1, harmonics + 1)
    return np.concatenate([np.sin(turn), np.cos(turn)], axis=1)
