"""Measure how far forecasts of whole weeks lay from what came."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wardwise.learn.counts.days import waves
from wardwise.learn.counts.spread import Spread

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_WAVE_PRIOR_DAYS = 60.0
"""Days' worth of trust that the noise of days is the same all year."""
_LARGEST_SPREADS = 4.0
_DIGITS = 10


@dataclass(frozen=True, slots=True)
class ForecastWeeks:
    """Expected and observed counts as (week, day, hour), and the day of the year of each (week, day)."""

    expected: Floats
    observed: Floats
    day_of_year: Integers


def learn_spread(weeks: ForecastWeeks) -> Spread:
    """Method of moments.

    The excess of the squared error over Poisson is measured at three sizes of window (hour, day, week); each
    size adds one of the three sources, so three linear equations give them. None is below zero.
    """
    day_expected, day_observed = weeks.expected.sum(axis=2), weeks.observed.sum(axis=2)
    week_expected, week_observed = day_expected.sum(axis=1), day_observed.sum(axis=1)
    hour_squares, day_squares = np.square(weeks.expected).sum(), np.square(day_expected).sum()
    hours_in_days = float(hour_squares / day_squares)
    days_in_weeks = float(day_squares / np.square(week_expected).sum())
    at_hour = _beyond(weeks.expected, weeks.observed)
    at_day = _beyond(day_expected, day_observed)
    at_week = _beyond(week_expected, week_observed)
    above_hour = max((at_day - hours_in_days * at_hour) / (1.0 - hours_in_days), 0.0)
    hour = max(at_hour - above_hour, 0.0)
    level = (at_week - days_in_weeks * (hours_in_days * hour + above_hour)) / (1.0 - days_in_weeks)
    level = min(max(level, 0.0), above_hour)
    flat = Spread(round(hour, _DIGITS), round(above_hour - level, _DIGITS), round(level, _DIGITS))
    sine, cosine = _day_wave(weeks, flat)
    return Spread(flat.hour, flat.day, flat.level, round(sine, _DIGITS), round(cosine, _DIGITS))


def _beyond(expected: Floats, observed: Floats) -> float:
    """Squared error beyond Poisson, relative to the squared expectation."""
    return float((np.square(observed - expected) - expected).sum() / np.square(expected).sum())


def _day_wave(weeks: ForecastWeeks, flat: Spread) -> tuple[float, float]:
    """Ridge regression of the daily squared error, errors beyond three spreads cut, on the annual wave.

    Each day is forecast by seven weeks, which count as one.
    """
    expected = weeks.expected.sum(axis=2).ravel()
    error = np.square(weeks.observed.sum(axis=2).ravel() - expected)
    constant = expected + flat.hour * np.square(weeks.expected).sum(axis=2).ravel()
    variance = constant + (flat.day + flat.level) * np.square(expected)
    error = np.minimum(error, _LARGEST_SPREADS**2 * variance)
    beyond = (error - variance) / np.square(expected)
    columns = waves(weeks.day_of_year.ravel(), 1)
    per_day = 1.0 / weeks.day_of_year.shape[1]
    moments = per_day * columns.T @ columns + _WAVE_PRIOR_DAYS * np.eye(2)
    sine, cosine = np.linalg.solve(moments, per_day * columns.T @ (beyond - beyond.mean()))
    return float(sine), float(cosine)
