"""How often a range held what came, and how sure that share is."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wardwise.errors import ImpossibleValue

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with the ends of its 95% interval."""

    point: float
    low: float
    high: float


def inside(observed: Floats, low: Floats, high: Floats) -> Booleans:
    """Whether each observation lies in its range, both ends included."""
    return (observed >= low) & (observed <= high)


def coverage(observed: Floats, low: Floats, high: Floats) -> float:
    """Share of observations inside their range."""
    return float(inside(observed, low, high).mean())


def block_bootstrap(values: Floats, counts: Floats, *, block: int, seed: int, draws: int = 2000) -> Interval:
    """Ratio of sums with a circular block bootstrap interval (Politis and Romano 1992).

    `values` and `counts` hold one entry per day in order of time: hits and pairs of that day. Days that
    follow one another share their errors, so whole blocks of `block` days are drawn.
    """
    days = values.size
    if days == 0 or days != counts.size or block < 1:
        raise ImpossibleValue(
            what=f"{days} days of hits, {counts.size} of pairs, blocks of {block} days",
            remedy="Give the same number of days of both, and blocks of at least a day",
        )
    generator = np.random.default_rng(seed)
    starts = generator.integers(0, days, size=(draws, -(-days // block)))
    drawn = ((starts[:, :, None] + np.arange(block)) % days).reshape(draws, -1)[:, :days]
    shares = values[drawn].sum(axis=1) / np.maximum(counts[drawn].sum(axis=1), 1.0)
    low, high = np.quantile(shares, [0.025, 0.975])
    return Interval(float(values.sum() / counts.sum()), float(low), float(high))
