"""Which events of one stay were cancelled: a cancel undoes the event it names, and never guesses."""

from collections.abc import Iterable, Sequence
from typing import Any

Row = dict[str, Any]


def cancelled_ids(events: Sequence[Row], cancels: Iterable[Row]) -> set[str]:
    """Ids of the events of one stay that did not happen; both in the order in which they happened.

    A cancel names its target by kind and time. One without a time undoes the only event of its kind that happened
    by then and still stands; where there are several, it undoes none.
    """
    gone: set[str] = set()
    for cancel in cancels:
        standing = [event for event in events if event["kind"] == cancel["target"] and event["id"] not in gone]
        gone.update(event["id"] for event in _meant(standing, cancel))
    return gone


def _meant(standing: list[Row], cancel: Row) -> list[Row]:
    named = cancel["target_occurred_at"]
    if named is not None:
        return [event for event in standing if event["occurred_at"] == named][-1:]
    before = [event for event in standing if event["occurred_at"] <= cancel["occurred_at"]]
    return before if len(before) == 1 else []
