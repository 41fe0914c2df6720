"""How sure a share is that was counted in a small sample."""

from math import sqrt

from wardwise.errors import ImpossibleValue
from wardwise.learn.metrics.coverage import Interval

Z95 = 1.959963984540054


def wilson(hits: int, total: int) -> Interval:
    """A share with its 95% score interval (Wilson 1927); of nothing, nothing is known: 0 to 1.

    Unlike the interval around the share itself it stays within 0 and 1 and keeps its rate for small samples.
    """
    if not 0 <= hits <= total:
        raise ImpossibleValue(what=f"{hits} of {total}", remedy="Count at most as many hits as there were trials")
    if total == 0:
        return Interval(0.0, 0.0, 1.0)
    share, square = hits / total, Z95 * Z95
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = Z95 * sqrt(share * (1 - share) / total + square / (4 * total * total)) / (1 + square / total)
    low = 0.0 if hits == 0 else middle - half
    high = 1.0 if hits == total else middle + half
    return Interval(share, low, high)
