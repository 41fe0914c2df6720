"""The rule: the mean of the last eight same hours of the week, with ranges from how far it lay off before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wardwise.learn.counts.series import HourlySeries
from wardwise.workflows.ed_demand.local_hours import local_hours
from wardwise.workflows.ed_demand.outlook import Stretch
from wardwise.workflows.ed_demand.place import Place

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

WEEKS = 8
LEAST_WEEKS = 2
LOOKED_BACK = 12
"""Weeks searched for eight that were told of."""

_LEAST_ERRORS = 168
_LEAST_COUNT = 1.0


@dataclass(frozen=True, slots=True)
class MeanOutlook:
    """Means of the hours from `first` on; `before` and `missed` are past means and what came less what they said."""

    first: int
    means: Floats
    before: Floats
    missed: Floats

    def hourly(self, levels: Sequence[float]) -> Floats:
        """One row per hour, one column per level."""
        return self._around(self.means, 1, levels)

    def over(self, part: Stretch, levels: Sequence[float]) -> Floats:
        """Quantiles of the count in a stretch: its mean, and errors of past stretches of as many hours."""
        at = slice(part.first - self.first, part.first - self.first + part.weights.size)
        mean = float((self.means[at] * part.weights).sum())
        hours = max(round(float(part.weights.sum())), 1)
        return np.asarray(self._around(np.array([mean]), hours, levels)[0])

    def _around(self, means: Floats, hours: int, levels: Sequence[float]) -> Floats:
        """Means with the quantiles of past errors, in units of the root of what was expected; never below zero."""
        window = np.ones(hours)
        expected = np.convolve(self.before, window, mode="valid")
        scaled = np.convolve(self.missed, window, mode="valid") / np.sqrt(np.maximum(expected, _LEAST_COUNT))
        off = np.quantile(scaled, np.array(levels))
        spread = np.sqrt(np.maximum(means, _LEAST_COUNT))[:, None]
        return np.asarray(np.maximum(means[:, None] + spread * off, 0.0), dtype=np.float64)


def mean_outlook(series: HourlySeries, place: Place, *, first: int, hours: int) -> MeanOutlook | None:
    """The rule from hour `first` on, at most a week of hours; None where too few weeks were told of to say anything.

    Only hours before `first` are read. An hour is compared with those of its own local hour of the week, so a change of
    the clocks shifts nothing. An hour of which fewer than two weeks were told has no mean, and then there is no rule.
    """
    start = max(series.first, first - (LOOKED_BACK + WEEKS) * 168)
    end = min(series.end, first)
    if end <= start:
        return None
    table = _Weeks(HourlySeries(start, series.between(start, end)), place, end=first + hours)
    means = table.means(np.arange(first, first + hours))
    said = table.means(np.arange(start, end))
    judged = np.isfinite(said) & np.isfinite(series.between(start, end))
    if not np.isfinite(means).all() or int(judged.sum()) < _LEAST_ERRORS:
        return None
    return MeanOutlook(first, means, said[judged], (series.between(start, end) - said)[judged])


class _Weeks:
    """Counts by local day and local hour."""

    def __init__(self, series: HourlySeries, place: Place, *, end: int) -> None:
        calendar = local_hours(place, series.first, end)
        self._first = series.first
        self._day = calendar.day
        self._hour = calendar.hour_of_week % 24
        self._day_zero = int(calendar.day[0])
        self._table = np.full((int(calendar.day[-1]) - self._day_zero + 1, 24), np.nan)
        size = series.counts.size
        # The hour a clock shows twice is one cell; the later of the two stands in it.
        self._table[self._day[:size] - self._day_zero, self._hour[:size]] = series.counts

    def means(self, hours: Integers) -> Floats:
        """The mean of the last eight told of at the same local hour, one to twelve weeks before each hour."""
        at = hours - self._first
        rows, columns = self._day[at] - self._day_zero, self._hour[at]
        back = np.stack([self._week(rows - 7 * week, columns) for week in range(1, LOOKED_BACK + 1)])
        told = np.isfinite(back)
        told &= np.cumsum(told, axis=0) <= WEEKS
        count = told.sum(axis=0)
        sums = np.where(told, back, 0.0).sum(axis=0)
        return np.where(count >= LEAST_WEEKS, sums / np.maximum(count, 1), np.nan)

    def _week(self, rows: Integers, columns: Integers) -> Floats:
        inside = rows >= 0
        return np.where(inside, self._table[np.maximum(rows, 0), columns], np.nan)
