"""Learn a count model: the pattern from all days, its spread and ranges from days the pattern did not see."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from wardwise.errors import ImpossibleValue
from wardwise.learn.counts.advance import HORIZON_DAYS, advance
from wardwise.learn.counts.days import days_of
from wardwise.learn.counts.learn_spread import ForecastWeeks, learn_spread
from wardwise.learn.counts.model import CountModel
from wardwise.learn.counts.pattern import Pattern, learn_pattern
from wardwise.learn.counts.series import Calendar, HourlySeries
from wardwise.learn.counts.settings import CountSettings
from wardwise.learn.counts.spread import Spread
from wardwise.learn.counts.state import CountState
from wardwise.learn.counts.stretch import Stretch

Floats = npt.NDArray[np.float64]

LEAST_DAYS = 84
_REHEARSED_SHARE = 1 / 2
_MOST_REHEARSED_DAYS = 730
_LEVEL_PRIOR_DAYS = 14
_SETTLING_HALF_LIVES = 10
_HOURS_AHEAD = HORIZON_DAYS * 24


def fit(series: HourlySeries, calendar: Calendar, settings: CountSettings) -> CountModel:
    """A model that stands at the end of `series`; deterministic, and reads nothing after it."""
    days = int(days_of(series, calendar).complete.sum())
    if days < LEAST_DAYS:
        raise ImpossibleValue(
            what=f"{days} whole days of counts are too few to learn a season",
            remedy=f"Give at least {LEAST_DAYS} whole days",
        )
    spread, stretch = _rehearse(series, calendar, settings)
    pattern = learn_pattern(series, calendar, settings)
    settling = round(settings.level_days * _SETTLING_HALF_LIVES)
    first = _midnight_before_end(series, calendar, days=settling)
    state = advance(pattern, spread, _fresh(pattern, calendar, hour=first), series=series, calendar=calendar)
    return CountModel(pattern, spread, replace(state, stretch=stretch))


def _rehearse(series: HourlySeries, calendar: Calendar, settings: CountSettings) -> tuple[Spread, Stretch]:
    """Forecast the last third (at most a year) with what the days before it teach."""
    days = calendar.between(series.first, series.end).midnights().size
    kept_back = min(round(days * _REHEARSED_SHARE), _MOST_REHEARSED_DAYS)
    cut = _midnight_before_end(series, calendar, days=kept_back)
    early = HourlySeries(series.first, series.between(series.first, cut))
    pattern = learn_pattern(early, calendar, settings)
    spread = _spread(pattern, series, calendar, cut=cut)
    state = advance(pattern, spread, _settled(pattern, early, calendar), series=series, calendar=calendar)
    return spread, state.stretch


def _spread(pattern: Pattern, series: HourlySeries, calendar: Calendar, *, cut: int) -> Spread:
    """Moments of the forecasts of a week ahead made at every midnight after `cut`."""
    part = calendar.between(cut, series.end)
    seasonal, counts = pattern.expected(part), series.between(cut, series.end)
    state = _settled(pattern, HourlySeries(series.first, series.between(series.first, cut)), calendar)
    expected_weeks, observed_weeks, days_of_year = [], [], []
    for midnight in part.midnights().tolist():
        week = slice(midnight, midnight + _HOURS_AHEAD)
        reached = HourlySeries(state.hour, series.between(state.hour, cut + midnight))
        state = advance(pattern, _POISSON, state, series=reached, calendar=calendar)
        if counts[week].size == _HOURS_AHEAD and np.isfinite(counts[week]).all():
            expected_weeks.append(state.level * seasonal[week])
            observed_weeks.append(counts[week])
            days_of_year.append(part.day_of_year[week][::24])
    if not expected_weeks:
        return _POISSON
    weeks = ForecastWeeks(_weeks(expected_weeks), _weeks(observed_weeks), np.array(days_of_year))
    return learn_spread(weeks)


_POISSON = Spread(0.0, 0.0, 0.0)


def _weeks(found: list[Floats]) -> Floats:
    """Stack weeks as (week, day, hour); where the clocks change a day is taken as the next 24 hours."""
    return np.array(found).reshape(-1, HORIZON_DAYS, 24)


def _settled(pattern: Pattern, series: HourlySeries, calendar: Calendar) -> CountState:
    """The state at the end of `series`, its ranges not yet scored."""
    settling = round(pattern.settings.level_days * _SETTLING_HALF_LIVES)
    first = _midnight_before_end(series, calendar, days=settling)
    fresh = _fresh(pattern, calendar, hour=first)
    state = advance(pattern, _POISSON, fresh, series=series, calendar=calendar)
    return replace(state, stretch=Stretch())


def _fresh(pattern: Pattern, calendar: Calendar, *, hour: int) -> CountState:
    """Level one, trusted like two weeks of counts."""
    weeks = pattern.expected(calendar.between(hour, min(hour + _LEVEL_PRIOR_DAYS * 24, calendar.end)))
    trust = float(weeks.sum())
    return CountState(hour=hour, seen=trust, expected=trust)


def _midnight_before_end(series: HourlySeries, calendar: Calendar, *, days: int) -> int:
    """The hour at which the last `days` days of the series begin; its first hour when it is shorter."""
    midnights = calendar.between(series.first, series.end).midnights()
    return series.first + int(midnights[max(midnights.size - days, 0)])
