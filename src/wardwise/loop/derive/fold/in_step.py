"""Facts of two sources laid beside one another in order of time: as many pairs as can be, and of those the nearest."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Any

from wardwise.loop.derive.fold.fact import Fact

_MINUTE = 60_000_000  # microseconds, as facts are ordered by


def in_step(second: Sequence[Fact], first: Sequence[Fact]) -> dict[str, Fact]:
    """The first's fact beside each of the second's that has one, by the id of the second's.

    Both come in the total order and are about one thing. Two are one fact at most so far apart as the second's says;
    pairs do not cross.
    """
    within = max(fact.stands_by or 0 for fact in second) * _MINUTE
    times = [fact.order[0] for fact in first]
    # best[j]: (minus how many pairs, how far apart in all, the pairs) with the first's facts before the j-th; the last
    # holds for all that lie further on.
    best: list[tuple[int, int, Any]] = [(0, 0, None)]
    for mine in second:
        at = mine.order[0]
        low, high = bisect_left(times, at - within), bisect_right(times, at + within)
        best += [best[-1]] * (high + 1 - len(best))
        before = best[low : high + 1]
        for j in range(low + 1, high + 1):
            pairs, apart, links = before[j - 1 - low]
            paired = pairs - 1, apart + abs(times[j - 1] - at), (mine.id, first[j - 1], links)
            best[j] = min(best[j], best[j - 1], paired, key=lambda one: one[:2])
    return _unlinked(best[-1][2])


def _unlinked(links: Any) -> dict[str, Fact]:
    found: dict[str, Fact] = {}
    while links is not None:
        name, fact, links = links
        found[name] = fact
    return found
