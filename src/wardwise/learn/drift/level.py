"""Has the level of a measurement moved, as it does when a unit or a code changes at the source?"""

import math

import numpy as np
from scipy.special import bdtrc, ndtr

from wardwise.learn.drift.verdict import NOTHING, Verdict, verdict
from wardwise.learn.drift.weighted import Weighted

LEAST_SHIFT = 1.0  # robust standard deviations of the reference
LEAST_OUTSIDE = 0.15  # share of people with a value beyond the fences, over the reference's own
LEAST_PEOPLE = 5
MEDIAN_COST = math.pi / 2  # variance of a median over that of a mean, normal law
FENCE_SHARE = 0.005


def shifted(reference: Weighted, window: Weighted, *, people: int, alpha: float) -> Verdict:
    """Whether the window's median lies away from the reference's; effect in robust standard deviations.

    `people` is how many different ones the window's values come from: a patient's values hang together, so the
    window is worth as many independent ones (a normal approximation; `alpha` bounds a false alarm of one look).
    """
    if people < LEAST_PEOPLE:
        return NOTHING
    effect = (window.middle - reference.middle) / reference.scale
    error = math.sqrt(MEDIAN_COST / people)
    return verdict(effect, LEAST_SHIFT, 2 * float(ndtr(-abs(effect) / error)), alpha)


def fences(reference: Weighted) -> tuple[float, float]:
    """Below and above which hardly any value of the reference lies: its outer half percents and one scale more."""
    return (
        reference.quantile(FENCE_SHARE) - reference.scale,
        reference.quantile(1 - FENCE_SHARE) + reference.scale,
    )


def outlying(reference: Weighted, *, beyond: int, people: int, alpha: float) -> Verdict:
    """Whether too many people have values beyond the fences; effect as a share over the reference's own.

    Sees a change that only some wards or devices made, or that has only begun. Exact binomial upper tail.
    """
    if people < LEAST_PEOPLE or not beyond:
        return NOTHING
    own = max(4 * reference.share_outside(*fences(reference)), 0.01)  # a person has several values, so more than one's
    p = float(bdtrc(beyond - 1, people, min(own, 1.0)))
    return verdict(beyond / people - own, LEAST_OUTSIDE, p, alpha)


def explained(reference: Weighted, window: Weighted, *, factor: float, offset: float) -> float:
    """How far the window's middle lies from the reference's after x -> factor x + offset, in the scale of the result.

    Small means that the change of measure explains the shift.
    """
    expected = factor * reference.middle + offset
    return float(np.abs(window.middle - expected) / (abs(factor) * reference.scale))
