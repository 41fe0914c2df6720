"""Moments that two sides tell of the same subjects, paired one to one, the nearest first: a day may hold very many."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from heapq import heapify, heappop, heappush

_MICROSECOND = timedelta(microseconds=1)


def paired(
    subjects: Sequence[int], times: Sequence[int], sides: Sequence[bool], within: timedelta
) -> list[tuple[int, int]]:
    """Pairs of places, the earlier moment first, at most `within` apart.

    Moments are sorted by subject and time, in microseconds; `sides` says whose each is.
    """
    return _Line(subjects, times, sides, within // _MICROSECOND).pairs()


@dataclass(slots=True)
class _Line:
    """The moments that have no pair yet; each knows its neighbours. The nearest pair of all are always neighbours."""

    subjects: Sequence[int]
    times: Sequence[int]
    sides: Sequence[bool]
    within: int
    _before: list[int] = field(init=False)
    _after: list[int] = field(init=False)
    _near: list[tuple[int, int, int]] = field(init=False)

    def __post_init__(self) -> None:
        count = len(self.times)
        self._before, self._after = list(range(-1, count - 1)), list(range(1, count + 1))
        self._near = [near for one in range(count - 1) for near in self._gap(one, one + 1)]
        heapify(self._near)

    def pairs(self) -> list[tuple[int, int]]:
        found, gone = [], [False] * len(self.times)
        while self._near:
            _, one, other = heappop(self._near)
            if not (gone[one] or gone[other]):
                gone[one] = gone[other] = True
                found.append((one, other))
                self._close(self._before[one], self._after[other])
        return found

    def _close(self, left: int, right: int) -> None:
        """What stood on either side of a pair are neighbours now."""
        if left >= 0:
            self._after[left] = right
        if right < len(self.times):
            self._before[right] = left
        if left >= 0 and right < len(self.times):
            for near in self._gap(left, right):
                heappush(self._near, near)

    def _gap(self, one: int, other: int) -> list[tuple[int, int, int]]:
        apart = self.times[other] - self.times[one]
        fits = self.subjects[one] == self.subjects[other] and self.sides[one] != self.sides[other]
        return [(apart, one, other)] if fits and apart <= self.within else []
