"""Which facts of a stay stand once its cancels have been heard."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from wardwise.loop.derive.fold.cancels import Told, cancelled_ids
from wardwise.loop.derive.fold.fact import Fact

CANCEL = "stay.cancelled"


def happened(facts: Sequence[Fact]) -> list[Fact]:
    """Facts of one stay that no cancel among them undoes, cancels left out; all in the total order."""
    return undone(facts)[0]


def undone(facts: Sequence[Fact]) -> tuple[list[Fact], set[str], set[str]]:
    """(facts that stand, ids of those undone, ids of the cancels that found nothing to undo)."""
    events = [fact for fact in facts if fact.kind != CANCEL]
    if len(events) == len(facts):
        return events, set(), set()
    gone, idle = cancelled_ids([_told(fact) for fact in events], _cancels(facts))
    return [fact for fact in events if fact.id not in gone], gone, idle


def _cancels(facts: Sequence[Fact]) -> Iterator[Told]:
    # A cancel reaches what was told of its visit under the numbers that were one visit by then.
    one: dict[str | None, frozenset[str | None]] = {}
    for fact in facts:
        number = fact.encounter
        mine = one.get(number, frozenset({number}))
        if fact.kind == CANCEL:
            yield replace(_told(fact), numbers=mine)
        elif former := fact.told.get("from_encounter"):
            joined = mine | one.get(former, frozenset({former}))
            one.update(dict.fromkeys(joined, joined))


def _told(fact: Fact) -> Told:
    told = fact.told
    if fact.kind != CANCEL:
        return Told(fact.id, fact.kind, fact.at, told.get("what"), number=fact.encounter)
    named = fact.time("target_occurred_at")
    return Told(fact.id, fact.kind, fact.at, told.get("target_what"), told["target"], named, fact.encounter)
