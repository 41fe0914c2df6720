"""What is to be expected of the hours from one on: hour by hour, and for any stretch of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt

from wardwise.learn.counts.forecast import CountForecast
from wardwise.learn.counts.spread import DailyNoise
from wardwise.workflows.ed_demand.local_hours import HOUR, number_of, start_of

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hours `first` to `first + weights.size`, each counted by the part of it that is meant."""

    first: int
    weights: Floats


def stretch(start: datetime, end: datetime) -> Stretch:
    """The stretch of `[start, end)`: hours cut by either end count by their part."""
    first = number_of(start)
    count = max(number_of(end) - first + (start_of(number_of(end)) < end), 1)
    edges = np.arange(count + 1, dtype=np.float64)
    low, high = (start - start_of(first)) / HOUR, (end - start_of(first)) / HOUR
    return Stretch(first, np.diff(np.clip(edges, low, high)))


class Outlook(Protocol):
    """Expected counts of the hours from `first` on, and quantiles of hours and of stretches."""

    @property
    def first(self) -> int:
        """The first hour."""
        ...

    def hourly(self, levels: Sequence[float]) -> Floats:
        """One row per hour, one column per level."""
        ...

    def over(self, part: Stretch, levels: Sequence[float]) -> Floats:
        """Quantiles of the count in a stretch."""
        ...


@dataclass(frozen=True, slots=True)
class ModelOutlook:
    """The count model's forecast."""

    forecast: CountForecast

    @property
    def first(self) -> int:
        """The first hour."""
        return self.forecast.first

    def hourly(self, levels: Sequence[float]) -> Floats:
        """One row per hour, one column per level."""
        return self.forecast.hourly(np.array(levels))

    def over(self, part: Stretch, levels: Sequence[float]) -> Floats:
        """Quantiles of the count in a stretch."""
        cut = self.cut(part)
        size = np.array([cut.expected.size])
        return np.asarray(cut.over(np.array([0]), size, np.array(levels))[0])

    def cut(self, part: Stretch) -> CountForecast:
        """The forecast of a stretch alone, hours cut by an end expected by their part."""
        at = slice(part.first - self.first, part.first - self.first + part.weights.size)
        noise = self.forecast.noise
        return replace(
            self.forecast,
            first=part.first,
            expected=self.forecast.expected[at] * part.weights,
            noise=DailyNoise(noise.day[at], noise.variance[at]),
        )
