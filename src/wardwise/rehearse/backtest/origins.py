"""What a forecaster says at one origin about the week after it, and what came."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from wardwise.learn.counts.series import HourlySeries
from wardwise.learn.metrics.quantile import CRPS_LEVELS

Floats = npt.NDArray[np.float64]

DAY_LEVELS: Floats = np.array(CRPS_LEVELS)
HOUR_LEVELS: Floats = np.array([0.1, 0.5, 0.9])
SUM_HOURS = 10
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class WeekAhead:
    """Quantiles of days (19 columns, .05 to .95), of hours (.10, .50, .90), and the median of each 10-h sum."""

    daily: Floats
    hourly: Floats
    sums: Floats


class Forecaster(Protocol):
    """Forecasts the days after the end of what it is handed; it is never handed more."""

    def week_ahead(self, past: HourlySeries, *, days: int) -> WeekAhead:
        """Forecast the `days` days from the end of `past` on."""
        ...


@dataclass(frozen=True, slots=True)
class Judged:
    """A forecast beside the hours that came."""

    forecast: WeekAhead
    hours: Floats

    @property
    def days(self) -> Floats:
        """Daily totals that came."""
        return np.asarray(self.hours.reshape(-1, 24).sum(axis=1))

    @property
    def sums(self) -> Floats:
        """Totals of every run of ten hours that came."""
        return sliding_sums(self.hours)


def sliding_sums(hours: Floats) -> Floats:
    """Totals of every run of ten hours."""
    return np.asarray(np.lib.stride_tricks.sliding_window_view(hours, SUM_HOURS).sum(axis=1))


def judge_at(forecaster: Forecaster, series: HourlySeries, *, origin: int, days: int) -> Judged:
    """Forecast from `origin` with the hours before it alone, then put what came beside it."""
    past = HourlySeries(series.first, series.between(series.first, origin))
    came = series.between(origin, origin + days * 24)
    return Judged(forecaster.week_ahead(past, days=days), came)
