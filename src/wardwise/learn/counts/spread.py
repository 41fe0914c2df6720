"""How far counts lie from their expected value: hour noise, day noise and a level that is only estimated."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wardwise.learn.counts.days import waves
from wardwise.learn.counts.negative_binomial import quantiles

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class WindowSums:
    """Expected counts of windows of hours with the sums their variance is made of."""

    expected: Floats
    hour_squares: Floats
    """Sum of the squared expected counts of the hours."""
    day_variance: Floats
    """What the days add: the squared expected count of each day's part, times that day's relative variance."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Relative variances beyond Poisson: of each hour, of each day, and of the level common to all days.

    That of days follows an annual wave (`day_sine`, `day_cosine`): winters are less even than summers.
    """

    hour: float
    day: float
    level: float
    day_sine: float = 0.0
    day_cosine: float = 0.0

    def of_days(self, day_of_year: Integers) -> Floats:
        """Relative variance of days at that time of the year, never below zero."""
        wave = waves(day_of_year, 1)
        return np.maximum(self.day + self.day_sine * wave[:, 0] + self.day_cosine * wave[:, 1], 0.0)

    def variance(self, sums: WindowSums) -> Floats:
        """Variance of the count in each window: Poisson, plus what its hours and days share."""
        return sums.expected + self.hour * sums.hour_squares + sums.day_variance + self.level * np.square(sums.expected)

    def quantiles(self, sums: WindowSums, levels: Floats) -> Floats:
        """Negative binomial quantiles with that variance; one row per window."""
        return quantiles(sums.expected, self.variance(sums), levels)


@dataclass(frozen=True, slots=True)
class DailyNoise:
    """The local day of each hour, and the relative variance of that day."""

    day: Integers
    variance: Floats


def window_sums(expected: Floats, noise: DailyNoise, *, starts: Integers, stops: Integers) -> WindowSums:
    """Sums of the windows `starts` to `stops` (not included), positions in `expected`."""
    day = noise.day
    mean = _between(expected, starts, stops)
    hour_squares = _between(np.square(expected), starts, stops)
    day_variance = np.zeros_like(mean)
    first_of_day = np.flatnonzero(np.diff(day, prepend=day[:1] - 1))
    end_of_day = np.append(first_of_day[1:], day.size)
    for first, end in zip(first_of_day, end_of_day, strict=True):
        part = _between(expected, np.clip(starts, first, end), np.clip(stops, first, end))
        day_variance += noise.variance[first] * np.square(part)
    return WindowSums(mean, hour_squares, day_variance)


def _between(values: Floats, starts: Integers, stops: Integers) -> Floats:
    """Sums of slices by differences of the running sum."""
    running = np.concatenate([[0.0], np.cumsum(values)])
    return np.asarray(running[stops] - running[starts], dtype=np.float64)
