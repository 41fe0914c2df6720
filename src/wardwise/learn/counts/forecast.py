"""A forecast of hourly counts that answers for any window of its hours."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wardwise.errors import ImpossibleValue
from wardwise.learn.counts.spread import DailyNoise, Spread, window_sums
from wardwise.learn.counts.stretch import Stretch, stretched

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_MEDIAN = 0.5


@dataclass(frozen=True, slots=True)
class CountForecast:
    """Expected counts from hour `first` on, with what their ranges are made of.

    Expected counts of windows are the sums of their hours; ranges of windows come from one law of variance, so
    an hour, a shift and a day never contradict one another.
    """

    first: int
    expected: Floats
    noise: DailyNoise
    spread: Spread
    stretch: Stretch

    def hourly(self, levels: Floats) -> Floats:
        """Quantiles of every hour: one row per hour, one column per level."""
        hours = np.arange(self.expected.size)
        return self.over(hours, hours + 1, levels)

    def daily(self, levels: Floats) -> Floats:
        """Quantiles of every local day, or of the part of it that is forecast."""
        starts, stops = self.days()
        return self.over(starts, stops, levels)

    def days(self) -> tuple[Integers, Integers]:
        """Where each local day starts and stops, as positions in `expected`."""
        starts = np.flatnonzero(np.diff(self.noise.day, prepend=self.noise.day[:1] - 1))
        return starts, np.append(starts[1:], self.noise.day.size)

    def over(self, starts: Integers, stops: Integers, levels: Floats) -> Floats:
        """Quantiles of the count in each window of positions `starts` to `stops` (not included)."""
        if not (starts.min() >= 0 and (starts < stops).all() and stops.max() <= self.expected.size):
            raise ImpossibleValue(
                what=f"a window lies outside the {self.expected.size} hours forecast",
                remedy="Give windows of at least one hour inside the forecast",
            )
        sums = window_sums(self.expected, self.noise, starts=starts, stops=stops)
        found = self.spread.quantiles(sums, np.append(levels, _MEDIAN))
        return stretched(found[:, :-1], found[:, -1], self.stretch.factors(stops - starts))
