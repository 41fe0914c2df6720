"""Visits that were renumbered or merged: which encounter's facts belong to which stay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wardwise.loop.capture.instant import Instant
from wardwise.loop.derive.fold.book import Book
from wardwise.loop.derive.fold.fact import Fact, sees
from wardwise.loop.derive.fold.stay import Stay, fold_stay
from wardwise.loop.derive.fold.two_tellers import counting


@dataclass(frozen=True, slots=True)
class Links:
    """The moves that name a former number of a visit, in the total order; kept for ever, for they are few."""

    moves: tuple[Fact, ...] = ()

    def with_(self, move: Fact) -> "Links":
        """These and one more."""
        return replace(self, moves=tuple(sorted((*self.moves, move), key=lambda fact: fact.order)))

    def seen(self, instant: Instant) -> dict[str, Fact]:
        """The move that stands for each former number, as known at an instant: the last word on it.

        A number that comes back into use, for the visit it was once taken from, is no former one any more.
        """
        last: dict[str, Fact] = {}
        for move in counting([move for move in self.moves if sees(instant, move)]):
            former, number = str(move.told["from_encounter"]), str(move.encounter)
            if former in _chain(number, last):
                del last[number]
            last[former] = move
        return last

    def together(self, encounter: str) -> set[str]:
        """Every number that any move ever brought together with this one."""
        found, fresh = {encounter}, {encounter}
        while fresh:
            touching = [m for m in self.moves if {str(m.told["from_encounter"]), str(m.encounter)} & fresh]
            fresh = {n for m in touching for n in (str(m.told["from_encounter"]), str(m.encounter))} - found
            found |= fresh
        return found


def joined(book: Book[Stay], links: Links, instant: Instant) -> dict[str, Stay]:
    """Every stay at an instant under its last number, with what was told under the former ones."""
    stays = book.at(instant)
    last = links.seen(instant)
    if not last:
        return stays
    found = dict(stays)
    for root in sorted({_root(number, last) for number in last}):
        formers = [number for number in last if number != root and _root(number, last) == root]
        for number, stay in _group(book, root, formers, last, instant).items():
            _put(found, number, stay, instant.at)
    return found


def _chain(number: str, last: Mapping[str, Fact]) -> list[str]:
    found = [number]
    while found[-1] in last:
        found.append(str(last[found[-1]].encounter))
    return found


def _root(number: str, last: Mapping[str, Fact]) -> str:
    return _chain(number, last)[-1]


def _group(
    book: Book[Stay], root: str, formers: Sequence[str], last: Mapping[str, Fact], instant: Instant
) -> dict[str, Stay | None]:
    facts = book.facts((root,), instant)
    apart: dict[str, Stay | None] = dict.fromkeys(formers)
    for number in formers:
        mine, others = _parted(book.facts((number,), instant), last[number])
        facts += mine
        if others:
            apart[number] = fold_stay(number, others)
    # Links are for ever; a group without facts was let go long ago.
    return apart | {root: fold_stay(root, sorted(facts, key=lambda fact: fact.order)) if facts else None}


def _parted(facts: Sequence[Fact], move: Fact) -> tuple[list[Fact], list[Fact]]:
    """What belongs to the visit that the number was taken from, and what somebody else's later visit told under it."""
    before = [fact for fact in facts if fact.order < move.order]
    known = {fact.patient for fact in before if fact.stands_by is None} | {
        move.patient,
        move.told.get("from_patient"),
        None,
    }
    later = [fact for fact in facts if fact.order >= move.order]
    return before + [f for f in later if f.patient in known], [f for f in later if f.patient not in known]


def _put(found: dict[str, Stay], number: str, stay: Stay | None, at: datetime) -> None:
    found.pop(number, None)
    if stay is not None and not stay.gone_by(at):
        found[number] = stay
