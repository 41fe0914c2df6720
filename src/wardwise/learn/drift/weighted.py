"""Numbers with weights: their middle, their spread, and how they are cut off."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

NORMAL_MAD = 1.4826  # median absolute deviation to standard deviation of a normal law
NORMAL_80 = 2.5631  # width of the middle 80% of a normal law in standard deviations


@dataclass(frozen=True)  # without slots: what is worked out is kept
class Weighted:
    """Distinct numbers in rising order and how often each was seen."""

    numbers: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, counted: Mapping[float, float]) -> "Weighted":
        """From number -> count; counts that are not positive are left out."""
        kept = sorted((number, count) for number, count in counted.items() if count > 0)
        return cls(np.array([each[0] for each in kept]), np.array([each[1] for each in kept], dtype=float))

    @property
    def total(self) -> float:
        """How many there are."""
        return float(self.counts.sum())

    def quantile(self, share: float) -> float:
        """The smallest number with at least this share at or below it."""
        reached = np.searchsorted(np.cumsum(self.counts), share * self.total, side="left")
        return float(self.numbers[min(int(reached), len(self.numbers) - 1)])

    @cached_property
    def middle(self) -> float:
        """The median."""
        return self.quantile(0.5)

    @cached_property
    def scale(self) -> float:
        """A robust standard deviation: the larger of two, at least one step of the grid the numbers lie on."""
        away = Weighted.of(_summed(np.abs(self.numbers - self.middle), self.counts))
        wide = (self.quantile(0.9) - self.quantile(0.1)) / NORMAL_80
        return max(away.middle * NORMAL_MAD, wide, self._step)

    @property
    def _step(self) -> float:
        return float(np.diff(self.numbers).min()) if len(self.numbers) > 1 else max(abs(self.middle) * 0.01, 1e-9)

    def share_outside(self, low: float, high: float) -> float:
        """The share below `low` or above `high`."""
        outside = (self.numbers < low) | (self.numbers > high)
        return float(self.counts[outside].sum()) / self.total

    def share_on(self, step: float) -> float:
        """The share of numbers that are whole multiples of a step."""
        return float(self.counts[on_grid(self.numbers, step)].sum()) / self.total


def on_grid(numbers: np.ndarray, step: float) -> np.ndarray:
    """Which numbers are whole multiples of a step, as far as floating point can tell."""
    parts = numbers / step
    found: np.ndarray = np.abs(parts - np.round(parts)) < 1e-6
    return found


def _summed(numbers: np.ndarray, counts: np.ndarray) -> dict[float, float]:
    found: dict[float, float] = {}
    for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
        found[number] = found.get(number, 0.0) + count
    return found
