"""Who is who: patient tokens that merges made one person, as of where one looks from. No event is rewritten."""

from collections.abc import Mapping
from dataclasses import dataclass

from wardwise.loop.capture.event import Status
from wardwise.loop.derive.view import View

KINDS = ("stay.merged",)
_JOINS_NOBODY = frozenset({Status.CANCELLED.value, Status.SUSPECT.value})


@dataclass(frozen=True, slots=True)
class People:
    """Every merged token with all tokens of its person, the surviving one first."""

    tokens: Mapping[str, tuple[str, ...]]

    def surviving(self, token: str) -> str:
        """The token that stands for this person today; itself where it was never merged."""
        return self.tokens.get(token, (token,))[0]

    def same_person(self, token: str) -> frozenset[str]:
        """Every token of this person, this one among them."""
        return frozenset(self.tokens.get(token, (token,)))


def people(view: View) -> People:
    """Who is one person by the visible merges; a cancelled or doubtful merge joins nobody."""
    return view.keep("people", _fold, kinds=KINDS)


def surviving(view: View, token: str) -> str:
    """The token that stands for this one's person."""
    return people(view).surviving(token)


def same_person(view: View, token: str) -> frozenset[str]:
    """Every token of this one's person."""
    return people(view).same_person(token)


def _fold(view: View) -> People:
    persons: dict[str, list[str]] = {}
    for survivor, merged in _standing(view):
        _join(persons, survivor, merged)
    return People({token: tuple(person) for token, person in persons.items()})


def _standing(view: View) -> list[tuple[str, str]]:
    # A pair may be merged, parted and merged again: the last word on it counts, at the place where it was said.
    last: dict[tuple[str, str], str] = {}
    told = view.events("stay.merged").select("patient", "merged_patient", "status")
    for survivor, merged, status in told.iter_rows():
        last.pop((survivor, merged), None)
        last[survivor, merged] = status
    return [pair for pair, status in last.items() if status not in _JOINS_NOBODY]


def _join(persons: dict[str, list[str]], survivor: str, merged: str) -> None:
    person, other = persons.get(survivor, [survivor]), persons.get(merged, [merged])
    if survivor not in other:
        person.extend(other)
        persons.update(dict.fromkeys(person, person))
    elif other[0] == merged:  # the survivor was merged into this one before: the last word says who survives
        other.remove(survivor)
        other.insert(0, survivor)
