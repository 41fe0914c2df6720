"""How a day's total falls over its hours, by weekday."""

import numpy as np
import numpy.typing as npt

from wardwise.learn.counts.series import HOURS_OF_WEEK, Calendar, HourlySeries
from wardwise.learn.counts.settings import CountSettings

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

SUNDAY = 6
_SATURDAY = 5
_DIGITS = 10


def hours_followed(calendar: Calendar, rest_mark: str) -> Integers:
    """The hour of the week whose share each hour takes: a rest day takes those of a Sunday."""
    sunday = SUNDAY * 24 + calendar.hour_of_week % 24
    return np.where(calendar.mark(rest_mark), sunday, calendar.hour_of_week)


def learn_hour_shares(series: HourlySeries, calendar: Calendar, settings: CountSettings) -> Floats:
    """168 shares, one per hour of the week, each weekday adding to one.

    A weekday is drawn towards all working days (or both weekend days) by `hour_prior` arrivals, then each
    hour is smoothed with the hours beside it. Rest days are left out.
    """
    known = calendar.between(series.first, series.end)
    usable = np.isfinite(series.counts) & ~known.mark(settings.rest_mark)
    weights = np.power(0.5, (known.day[-1] - known.day[usable]) / settings.memory_days)
    weighted = weights * series.counts[usable]
    sums = np.bincount(known.hour_of_week[usable], weighted, HOURS_OF_WEEK).reshape(7, 24) + 1e-6
    working, weekend = sums[:_SATURDAY].sum(axis=0), sums[_SATURDAY:].sum(axis=0)
    kind = np.vstack([np.tile(working / working.sum(), (5, 1)), np.tile(weekend / weekend.sum(), (2, 1))])
    shares = (sums + settings.hour_prior * kind) / (sums.sum(axis=1, keepdims=True) + settings.hour_prior)
    smooth = _smooth(shares.ravel(), settings.hour_smoothing).reshape(7, 24)
    of_day = smooth / smooth.sum(axis=1, keepdims=True)
    return np.asarray(of_day.ravel().round(_DIGITS), dtype=np.float64)


def _smooth(shares: Floats, part: float) -> Floats:
    """Mix each hour with the mean of the two beside it, round the week."""
    beside = (np.roll(shares, 1) + np.roll(shares, -1)) / 2.0
    return (1.0 - part) * shares + part * beside
