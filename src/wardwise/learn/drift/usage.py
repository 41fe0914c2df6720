"""Are codes used as before? A new one, one that has gone, one whose share has moved."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scipy.special import bdtrc, ndtr

from wardwise.learn.drift.verdict import Verdict, verdict

LEAST_NEW = 3  # people with a new code
LEAST_SHARE = 0.10  # of all, by which a code's share must have moved; for a rare code half of its own share
RARE = 0.001  # of the reference: a code seen less often counts as new
GONE = 0.1  # of what was expected: a code seen less often has gone
LEAST_REFERENCE = 60.0
YATES = 0.5


class Change(StrEnum):
    """What happened to a code."""

    NEW = "new"
    GONE = "gone"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Usage:
    """One code: what happened to it, its share before and now."""

    code: str
    change: Change
    before: float
    now: float
    verdict: Verdict


def usage(
    days: Sequence[Mapping[str, float]], window: Mapping[str, float], people: Mapping[str, int], *, alpha: float
) -> Iterator[Usage]:
    """Every code of the reference's days or of the window, each tested against all others together.

    Counts are of readings, scaled down to as many as there are different people with a code, so that one patient with
    many readings is no crowd; `people` is how many had each code in the window. The days of the reference tell how
    much a code's share swings by itself (Pearson's dispersion, at least 1).
    """
    whole: dict[str, float] = {}
    for day in days:
        for code, count in day.items():
            whole[code] = whole.get(code, 0.0) + count
    many, now = sum(whole.values()), sum(window.values())
    if many < LEAST_REFERENCE or now < LEAST_NEW:
        return
    for code in sorted(whole.keys() | window.keys()):
        before, seen = whole.get(code, 0.0), window.get(code, 0.0)
        if before <= RARE * many:
            yield _new(code, before, (seen, people.get(code, 0)), (many, now), alpha)
        else:
            swing = _dispersion(days, code, before / many)
            yield _changed(code, before / many, seen, (many, now), (swing, len(days)), alpha)


def _new(code: str, before: float, seen: tuple[float, int], totals: tuple[float, float], alpha: float) -> Usage:
    # Given how often the code was seen in all, how likely is it that so many fell into the window? Exact.
    many, now = totals
    share, heads = seen[0] / now, seen[1]
    p = float(bdtrc(heads - 1, round(heads + before), now / (many + now))) if heads else 1.0
    return Usage(code, Change.NEW, before / many, share, verdict(heads, LEAST_NEW, p, alpha))


def _changed(
    code: str, share: float, seen: float, totals: tuple[float, float], swings: tuple[float, int], alpha: float
) -> Usage:
    (many, now), (swing, days) = totals, swings
    expected = share * now
    if seen < GONE * expected:
        # Nothing of what a Poisson law expects; the days must show a swing beyond their own doubt to soften that.
        sure = max(swing - math.sqrt(2 / days), 1.0)
        p = math.exp(-max(expected - seen - (YATES if seen else 0.0), 0.0) / sure)
        return Usage(code, Change.GONE, share, seen / now, verdict(1.0, 1.0, p, alpha))
    spread = math.sqrt(swing * now * share * (1 - share) * (1 + now / many)) or 1.0
    z = max(abs(seen - expected) - YATES, 0.0) / spread
    p = 2 * float(ndtr(-z))
    return Usage(
        code, Change.MOVED, share, seen / now, verdict(seen / now - share, min(LEAST_SHARE, share / 2), p, alpha)
    )


def _dispersion(days: Sequence[Mapping[str, float]], code: str, share: float) -> float:
    """Pearson's chi-square of the days over its degrees of freedom, with one day's worth of doubt; at least 1."""
    total, counted = 2.0, 1
    for day in days:
        size = sum(day.values())
        variance = size * share * (1 - share)
        if variance > 0:
            total += (day.get(code, 0.0) - size * share) ** 2 / variance
            counted += 1
    return max(total / counted, 1.0)
