"""Stays that two sources tell of: of a fact that both tell, the first's word counts; the second's fills what is left.

A second source's facts stand by in the books, and those that happened in an outage of the first were taken into use
(`wardwise/two-sources`). Each of the second's is laid beside one of the first's about the same thing; what has one is
left out, however late the first told it. So the state is that of the first alone as soon as it has told everything.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

from wardwise.hospital.moment import iso
from wardwise.loop.capture.event import Status
from wardwise.loop.capture.two_sources import SOURCE
from wardwise.loop.derive.fold.book import OWN
from wardwise.loop.derive.fold.fact import Fact
from wardwise.loop.derive.fold.in_step import in_step

_CANCEL, _NAMED = "stay.cancelled", "target_occurred_at"
_PLACES = frozenset({"stay.arrived", "stay.admitted", "stay.transferred"})
_SAYS = ("what", "from_encounter", "merged_patient")  # what parts facts of one kind, beside their time

Partners = dict[str, Fact]
_Same = Callable[[Fact], Hashable]


def counting(facts: Sequence[Fact]) -> Sequence[Fact]:
    """Of visible facts in the total order those that count, a cancel of the second aimed at the word that counts."""
    second = [fact for fact in facts if fact.stands_by is not None]
    if not second:
        return facts
    first = [fact for fact in facts if fact.stands_by is None and not fact.source.startswith(OWN)]
    partners = _partners(second, first)
    return [
        _aimed(fact, second, partners) if fact.source == SOURCE else fact
        for fact in facts
        if fact.stands_by is None and not (fact.source == SOURCE and fact.cause in partners)
    ]


def _partners(second: Sequence[Fact], first: Sequence[Fact]) -> Partners:
    """The first's fact beside each of the second's that has one, by the id of the second's."""
    found: Partners = {}
    for same in (_fact_of_unit, _coming_to_unit, _fact):
        _lay(second, first, found, same)
    aimed = [_aimed(fact, second, found) for fact in second]
    _lay(aimed, first, found, _cancel_of_time)
    _lay(aimed, [fact for fact in first if not fact.told.get(_NAMED)], found, _cancel)
    _lay([fact for fact in second if not fact.told.get(_NAMED)], first, found, _cancel)
    return found


def _lay(second: Sequence[Fact], first: Sequence[Fact], found: Partners, same: _Same) -> None:
    taken = {partner.id for partner in found.values()}
    groups: dict[Hashable, tuple[list[Fact], list[Fact]]] = {}
    for side, facts in enumerate((second, first)):
        for fact in facts:
            key = same(fact)
            if key is not None and fact.id not in (taken if side else found):
                groups.setdefault(key, ([], []))[side].append(fact)
    for mine, theirs in groups.values():
        if mine and theirs:
            found.update(in_step(mine, theirs))


def _fact(fact: Fact) -> Hashable:
    if fact.kind == _CANCEL:
        return None
    about = fact.patient if fact.encounter is None else fact.encounter
    withdrawn = fact.status == Status.CANCELLED.value
    return fact.kind, about, withdrawn, *(fact.told.get(name) for name in _SAYS)


def _fact_of_unit(fact: Fact) -> Hashable:
    key = _fact(fact)
    return None if key is None else (key, fact.unit)


def _coming_to_unit(fact: Fact) -> Hashable:
    """One source may admit a patient to a unit, where the other lets her arrive and move there."""
    return (fact.encounter, fact.unit) if fact.kind in _PLACES and fact.unit else None


def _cancel_of_time(fact: Fact) -> Hashable:
    key = _cancel(fact)
    return None if key is None or not fact.told.get(_NAMED) else (key, fact.time(_NAMED))


def _cancel(fact: Fact) -> Hashable:
    if fact.kind != _CANCEL:
        return None
    return fact.encounter, fact.told["target"], fact.told.get("target_what")


def _aimed(fact: Fact, second: Sequence[Fact], partners: Partners) -> Fact:
    """A cancel that names its target by the second's clock, as the first's clock would name it."""
    named = fact.time(_NAMED) if fact.kind == _CANCEL else None
    if named is None:
        return fact
    meant = [each for each in second if each.id in partners and each.at == named and _of_kind(each, fact)]
    # A visit that was renumbered since may have been told under another number.
    meant.sort(key=lambda each: each.encounter != fact.encounter)
    return replace(fact, told={**fact.told, _NAMED: iso(partners[meant[0].id].at)}) if meant else fact


def _of_kind(each: Fact, cancel: Fact) -> bool:
    return each.kind == cancel.told["target"] and cancel.told.get("target_what") in (None, each.told.get("what"))
