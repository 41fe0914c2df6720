"""Tests of drift: what has not changed is left alone, what sources do to numbers and codes is found, and only that."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardwise.learn.drift.digits import finer, grid, rounded
from wardwise.learn.drift.level import explained, fences, outlying, shifted
from wardwise.learn.drift.usage import Change, usage
from wardwise.learn.drift.verdict import verdict
from wardwise.learn.drift.weighted import Weighted

ALPHA = 1e-5


def numbers(*, mean: float = 1.2, spread: float = 0.3, digits: int = 1, count: int = 400, seed: int = 1) -> Weighted:
    drawn = np.round(np.random.default_rng(seed).normal(mean, spread, count), digits)
    values, counts = np.unique(drawn, return_counts=True)
    return Weighted(values, counts.astype(float))


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=200))
def test_quantiles_are_those_of_the_numbers_written_out(drawn: list[int]) -> None:
    found = Weighted.of({number: float(drawn.count(number)) for number in drawn})
    ordered = sorted(drawn)
    for share in (0.1, 0.5, 0.9):
        assert found.quantile(share) == ordered[max(int(np.ceil(share * len(drawn) - 1e-9)) - 1, 0)]


@settings(max_examples=60)
@given(st.integers(0, 10_000), st.integers(6, 200))
def test_a_sample_of_the_same_law_is_no_finding(seed: int, people: int) -> None:
    reference, window = numbers(), numbers(count=people, seed=seed + 2)
    low, high = fences(reference)
    beyond = int((window.counts[(window.numbers < low) | (window.numbers > high)]).sum())
    assert not shifted(reference, window, people=people, alpha=ALPHA).found
    assert not outlying(reference, beyond=beyond, people=people, alpha=ALPHA).found
    assert not rounded(reference, window, people=people, alpha=ALPHA)[0].found
    assert not finer(reference, window, people=people, alpha=ALPHA).found


@pytest.mark.parametrize(("factor", "offset"), [(9.008, 0), (0.1, 0), (1.8, 32), (0.6206, 0.0)])
def test_another_measure_moves_the_level_and_explains_it(factor: float, offset: float) -> None:
    reference, plain = numbers(mean=12.9, spread=1.3), numbers(mean=12.9, spread=1.3, count=30, seed=9)
    window = Weighted(plain.numbers * factor + offset, plain.counts)
    assert shifted(reference, window, people=30, alpha=ALPHA).found
    assert explained(reference, window, factor=factor, offset=offset) < 0.5
    assert explained(reference, window, factor=factor * 3, offset=offset) > 1


def test_a_level_that_moved_by_less_than_its_own_spread_is_left_alone() -> None:
    assert not shifted(numbers(), numbers(mean=1.4, count=5_000, seed=3), people=5_000, alpha=ALPHA).found


def test_too_few_people_say_nothing() -> None:
    assert not shifted(numbers(), numbers(mean=11.0), people=4, alpha=ALPHA).found
    assert not outlying(numbers(), beyond=4, people=4, alpha=ALPHA).found


def test_a_change_that_only_some_make_shows_in_the_outliers() -> None:
    assert outlying(numbers(), beyond=12, people=60, alpha=ALPHA).found
    assert not outlying(numbers(), beyond=2, people=60, alpha=ALPHA).found


def test_the_grid_is_the_coarsest_that_fits() -> None:
    assert grid(numbers(digits=2)) == 0.01
    assert grid(numbers(mean=120, spread=15, digits=0)) == 1.0
    assert grid(Weighted.of({0.123456: 5.0, 0.654321: 5.0})) is None


@pytest.mark.parametrize(("digits", "to"), [(1, 0), (2, 1), (0, -1)])
def test_a_rounded_column_is_found_and_its_step_named(digits: int, to: int) -> None:
    reference = numbers(mean=40, spread=12, digits=digits)
    window = numbers(mean=40, spread=12, digits=to, count=40, seed=5)
    found, step = rounded(reference, window, people=40, alpha=ALPHA)
    assert found.found
    assert step == pytest.approx(10.0**-to)
    assert finer(window, numbers(mean=40, spread=12, digits=digits, count=40, seed=6), people=40, alpha=ALPHA).found


DAY = {"chest pain": 12.0, "fever": 11.0, "fall": 13.0, "rash": 14.0}


def changes(days: int, window: dict[str, float]) -> dict[str, Change]:
    heads = {code: round(count) for code, count in window.items()}
    return {used.code: used.change for used in usage([DAY] * days, window, heads, alpha=ALPHA) if used.verdict.found}


def test_the_same_use_of_codes_is_no_finding() -> None:
    assert changes(14, DAY) == {}


def test_a_new_code_is_found_by_a_few_people_and_sooner_the_longer_the_reference() -> None:
    assert changes(28, DAY | {"cp": 4.0}) == {"cp": Change.NEW}
    assert changes(3, DAY | {"cp": 4.0}) == {}
    assert changes(3, DAY | {"cp": 10.0}) == {"cp": Change.NEW}


def test_a_code_used_no_more_has_gone_and_one_used_twice_as_much_has_moved() -> None:
    crowd = {code: 4 * count for code, count in DAY.items()}
    day = {"chest pain": 0.0, "fever": crowd["fever"] + crowd["chest pain"]}
    heads = {code: round(count) for code, count in (crowd | day).items()}
    found = {u.code: u.change for u in usage([crowd] * 14, crowd | day, heads, alpha=ALPHA) if u.verdict.found}
    assert found == {"chest pain": Change.GONE, "fever": Change.MOVED}


def test_days_that_swing_by_themselves_need_a_greater_change() -> None:
    calm = [{"a": 50.0, "b": 50.0}] * 14
    swinging = [{"a": 50.0 + 30 * (-1) ** n, "b": 50.0 - 30 * (-1) ** n} for n in range(14)]
    window, heads = {"a": 76.0, "b": 24.0}, {"a": 76, "b": 24}

    def moved(days: list[dict[str, float]]) -> bool:
        return any(used.verdict.found for used in usage(days, window, heads, alpha=ALPHA))

    assert moved(calm)
    assert not moved(swinging)


def test_no_reference_no_finding() -> None:
    assert list(usage([], DAY, {}, alpha=ALPHA)) == []


def test_a_verdict_needs_both_size_and_certainty() -> None:
    assert verdict(2.0, 1.0, 1e-9, 1e-5).found
    assert not verdict(0.9, 1.0, 1e-9, 1e-5).found
    assert not verdict(2.0, 1.0, 1e-4, 1e-5).found
    assert verdict(0.4, 1.0, 1e-9, 1e-5).cleared
    assert not verdict(0.6, 1.0, 1e-9, 1e-5).cleared
