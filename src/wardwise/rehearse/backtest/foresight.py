"""Refuse a forecaster that sees past its origin."""

import numpy as np

from wardwise.errors import NotAllowed
from wardwise.learn.counts.series import HourlySeries
from wardwise.rehearse.backtest.origins import Forecaster, judge_at


def refuse_foresight(forecaster: Forecaster, series: HourlySeries, *, origin: int) -> None:
    """Forecast twice from `origin`, once with every later count trebled: nothing may change."""
    disturbed = series.counts.copy()
    disturbed[origin - series.first :] = 3.0 * disturbed[origin - series.first :] + 50.0
    days = min(7, (series.end - origin) // 24)
    honest = judge_at(forecaster, series, origin=origin, days=days).forecast
    other = judge_at(forecaster, HourlySeries(series.first, disturbed), origin=origin, days=days).forecast
    pairs = ((honest.daily, other.daily), (honest.hourly, other.hourly), (honest.sums, other.sums))
    if not all(np.array_equal(one, two) for one, two in pairs):
        raise NotAllowed(
            what="This forecast",
            why="it changes when counts after its origin change",
            remedy="Hand it the hours before the origin alone",
        )
