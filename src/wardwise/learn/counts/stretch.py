"""Online correction of ranges: wider after misses, narrower after hits (adaptive conformal inference)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

MISS_RATE = 0.2
"""The range from .10 to .90 should miss one in five."""

RANGE_LEVELS: Floats = np.array([0.1, 0.5, 0.9])

_HOURS_OF_DAY = 24.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Factors on the distance of every quantile from the median, for single hours and for whole days."""

    hour: float = 1.0
    day: float = 1.0

    def after(self, misses: "Misses", step: float) -> "Stretch":
        """The factors after one more day of ranges met or missed (Gibbs and Candes 2021, on the log scale)."""
        return Stretch(
            hour=self.hour * float(np.exp(step * (misses.hour - MISS_RATE))),
            day=self.day * float(np.exp(step * (misses.day - MISS_RATE))),
        )

    def factors(self, hours: Integers) -> Floats:
        """The factor for windows of so many hours: between hour and day by the logarithm of the length."""
        share = np.clip(np.log(np.maximum(hours, 1)) / np.log(_HOURS_OF_DAY), 0.0, 1.0)
        return np.asarray(np.exp((1.0 - share) * np.log(self.hour) + share * np.log(self.day)))


@dataclass(frozen=True, slots=True)
class Misses:
    """Share of a day's hourly and daily ranges that did not hold what came."""

    hour: float
    day: float


def stretched(quantiles: Floats, median: Floats, factors: Floats) -> Floats:
    """Quantiles moved away from their median by the factor of their row, never below zero."""
    centre = median[:, None]
    return np.maximum(centre + factors[:, None] * (quantiles - centre), 0.0)


def missed(counts: Floats, ranges: Floats, factors: Floats) -> Floats:
    """One where a count lies outside its stretched .10 to .90 range; `ranges` holds .10, .50 and .90."""
    wide = stretched(ranges, ranges[:, 1], factors)
    return ((counts < wide[:, 0]) | (counts > wide[:, 2])).astype(np.float64)
