import numpy as np
import pytest

from wardwise.errors import ImpossibleValue
from wardwise.learn.counts.excess import excess_over
from wardwise.learn.counts.forecast import CountForecast
from wardwise.learn.counts.spread import DailyNoise, Spread
from wardwise.learn.counts.stretch import Stretch

FOUR_HOURS_OF_TEN = CountForecast(
    first=0,
    expected=np.full(4, 10.0),
    noise=DailyNoise(np.zeros(4, dtype=np.int64), np.zeros(4)),
    spread=Spread(0.0, 0.0, 0.0),
    stretch=Stretch(),
)


def test_sixty_where_forty_are_due_is_half_more_and_surely_a_quarter_more():
    found = excess_over(FOUR_HOURS_OF_TEN, 60.0, hours=4, baseline=40.0)
    assert (found.expected, found.excess, found.percent) == (40.0, 20.0, 50.0)
    assert found.lower == pytest.approx(60 - 48.2, abs=0.5)
    assert found.percent_lower == pytest.approx(100 * found.lower / 40)


def test_what_was_due_is_no_excess():
    found = excess_over(FOUR_HOURS_OF_TEN, 40.0, hours=4, baseline=40.0)
    assert found.lower < 0 < found.upper


@pytest.mark.parametrize(("observed", "baseline"), [(-1.0, 40.0), (40.0, 0.0)])
def test_impossible_counts_are_refused(observed, baseline):
    with pytest.raises(ImpossibleValue, match="baseline above zero"):
        excess_over(FOUR_HOURS_OF_TEN, observed, hours=4, baseline=baseline)
