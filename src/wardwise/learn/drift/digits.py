"""Has a column been rounded, or does it come with more digits than before?"""

from scipy.special import bdtrc

from wardwise.learn.drift.verdict import NOTHING, Verdict, verdict
from wardwise.learn.drift.weighted import Weighted

EXPONENTS = range(-4, 4)
COARSER = (2, 5, 10)
MOSTLY = 0.98
LEAST_ROUNDED = 0.35
LEAST_FINER = 0.30
LEAST_PEOPLE = 5
LEAST_NUMBERS = 5  # distinct ones in the reference: a constant has no digits to lose


def grid(reference: Weighted) -> float | None:
    """The coarsest power of ten of which nearly all numbers are multiples; None when they lie on no such grid."""
    fitting = [10.0**exponent for exponent in EXPONENTS if reference.share_on(10.0**exponent) >= MOSTLY]
    return max(fitting, default=None)


def rounded(reference: Weighted, window: Weighted, *, people: int, alpha: float) -> tuple[Verdict, float]:
    """Whether the window lies on a coarser grid, and that grid's step; effect as a share over the reference's own.

    Tried are 2, 5 and 10 times the reference's own grid. Exact binomial, worth as many as there are people.
    """
    step = grid(reference)
    if step is None or people < LEAST_PEOPLE or len(reference.numbers) < LEAST_NUMBERS:
        return NOTHING, 0.0
    tried = [(_coarser(reference, window, step * times, people, alpha), step * times) for times in COARSER]
    return max(tried, key=lambda each: (each[0].strength, each[1]))


def finer(reference: Weighted, window: Weighted, *, people: int, alpha: float) -> Verdict:
    """Whether the window has digits that the reference did not have; effect as a share of its values."""
    step = grid(reference)
    if step is None or people < LEAST_PEOPLE or len(reference.numbers) < LEAST_NUMBERS:
        return NOTHING
    off = 1 - window.share_on(step)
    p = float(bdtrc(round(off * people) - 1, people, max(1 - reference.share_on(step), 0.02)))
    return verdict(off, LEAST_FINER, p, alpha)


def _coarser(reference: Weighted, window: Weighted, step: float, people: int, alpha: float) -> Verdict:
    own, now = reference.share_on(step), window.share_on(step)
    if now <= own:
        return NOTHING
    p = float(bdtrc(round(now * people) - 1, people, max(own, 0.05)))
    return verdict(now - own, LEAST_ROUNDED, p, alpha)
