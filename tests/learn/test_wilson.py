"""The interval of a share against figures worked out by hand, and what must hold for any count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardwise.errors import ImpossibleValue
from wardwise.learn.metrics.proportion import wilson


def test_it_gives_the_figures_of_the_formula() -> None:
    one = wilson(1, 20)
    assert (round(one.low, 4), round(one.high, 4)) == (0.0089, 0.2361)
    half = wilson(10, 20)
    assert (round(half.low, 4), round(half.high, 4)) == (0.2993, 0.7007)


def test_of_nothing_nothing_is_known() -> None:
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def test_more_hits_than_trials_are_refused() -> None:
    with pytest.raises(ImpossibleValue, match="3 of 2"):
        wilson(3, 2)


@given(st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_it_holds_the_share_stays_in_bounds_and_mirrors(pair: tuple[int, int]) -> None:
    hits, total = pair
    found, other = wilson(hits, total), wilson(total - hits, total)
    assert 0.0 <= found.low <= found.point <= found.high <= 1.0
    assert found.low == pytest.approx(1 - other.high)
