"""Seeded chance: every stream has a name, so that adding one draw somewhere moves nothing elsewhere."""

import math
from collections.abc import Sequence
from random import Random

MOST_AT_ONCE = 20.0  # a Poisson mean above this is drawn in parts, for exp(-mean) would lose digits


def stream(seed: int, *name: object) -> Random:
    """The stream of this name: the same seed and name give the same draws on every machine."""
    return Random("/".join(str(part) for part in (seed, *name)))  # noqa: S311 - invented patients, not secrets


def poisson(rng: Random, mean: float) -> int:
    """A Poisson count by multiplying uniforms (Knuth 1969, 3.4.1), in parts when the mean is large."""
    count = 0
    while mean > 0:
        part = min(mean, MOST_AT_ONCE)
        mean -= part
        floor, product = math.exp(-part), rng.random()
        while product > floor:
            count += 1
            product *= rng.random()
    return count


def overdispersed(rng: Random, mean: float, *, size: float) -> int:
    """A negative binomial count as a Poisson with a gamma mean; variance = mean + mean^2 / size."""
    return poisson(rng, mean * rng.gammavariate(size, 1 / size))


def around(rng: Random, middle: float, *, spread: float, least: float, most: float) -> float:
    """A normal draw held inside its bounds."""
    return min(max(rng.gauss(middle, spread), least), most)


def skewed(rng: Random, median: float, *, sigma: float, least: float, most: float) -> float:
    """A log-normal draw held inside its bounds: how long people stay and wait."""
    return min(max(median * math.exp(rng.gauss(0, sigma)), least), most)


def pick(rng: Random, words: Sequence[tuple[str, float]]) -> str:
    """One of the words by weight; weights need not sum to one."""
    return rng.choices([word for word, _ in words], [weight for _, weight in words])[0]
