"""How many more came in the last hours than the season expects, and how sure that is."""

from dataclasses import dataclass

import numpy as np

from wardwise.errors import ImpossibleValue
from wardwise.learn.counts.forecast import CountForecast

_LEVELS = np.array([0.1, 0.9])


@dataclass(frozen=True, slots=True)
class Excess:
    """Observed minus expected count with its 80% bounds, and the same as a percentage of a baseline."""

    observed: float
    expected: float
    excess: float
    lower: float
    upper: float
    percent: float
    percent_lower: float


def excess_over(expectation: CountForecast, observed: float, *, hours: int, baseline: float) -> Excess:
    """Compare the count of the first `hours` hours of an expectation made before them with what came.

    The lower bound takes the expectation at its .90 quantile, the upper at its .10; `baseline` is the count
    that 100% means, such as the usual arrivals of so many hours.
    """
    if baseline <= 0 or observed < 0:
        raise ImpossibleValue(
            what=f"an excess of {observed} arrivals is asked against a baseline of {baseline}",
            remedy="Give a baseline above zero and a count from zero up",
        )
    low, high = expectation.over(np.array([0]), np.array([hours]), _LEVELS)[0]
    expected = float(expectation.expected[:hours].sum())
    return Excess(
        observed=observed,
        expected=expected,
        excess=observed - expected,
        lower=observed - float(high),
        upper=observed - float(low),
        percent=100.0 * (observed - expected) / baseline,
        percent_lower=100.0 * (observed - float(high)) / baseline,
    )
