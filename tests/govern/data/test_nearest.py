"""Moments of two sides paired as by hand: of all pairs that are left always the nearest; very many in little memory."""

from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from wardwise.govern.data.nearest import paired

WITHIN = timedelta(microseconds=5)
moments = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12), st.booleans()), max_size=14, unique=True)


def by_hand(told: list[tuple[int, int, bool]]) -> list[int]:
    """How far apart each pair is, taken one after the other out of all."""
    left, found = list(told), []
    while True:
        near = [
            (abs(one[1] - other[1]), one, other)
            for one in left
            for other in left
            if one[0] == other[0] and one[2] and not other[2] and abs(one[1] - other[1]) <= 5
        ]
        if not near:
            return found
        apart, one, other = min(near, key=lambda pair: (pair[0], min(pair[1:])))
        found.append(apart)
        left = [each for each in left if each not in (one, other)]


@example([(0, 0, True), (0, 2, False), (0, 3, True), (0, 5, False)])
@given(moments)
def test_the_nearest_are_paired_first(told: list[tuple[int, int, bool]]) -> None:
    line = sorted(told)
    pairs = paired([m[0] for m in line], [m[1] for m in line], [m[2] for m in line], WITHIN)
    assert [line[other][1] - line[one][1] for one, other in pairs] == by_hand(line)
    assert all(line[one][0] == line[other][0] and line[one][2] != line[other][2] for one, other in pairs)
    places = [place for pair in pairs for place in pair]
    assert len(places) == len(set(places))


def test_a_sign_told_each_minute_by_both_sides_is_no_square() -> None:
    count = 40_000
    line = [(0, minute * 60_000_000 + late, late > 0) for minute in range(count) for late in (0, 3_000_000)]
    pairs = paired([m[0] for m in line], [m[1] for m in line], [m[2] for m in line], timedelta(hours=10_000))
    assert pairs == [(2 * minute, 2 * minute + 1) for minute in range(count)]
