"""What happened in an encounter, from its period and its histories of class, status and location.

FHIR tells a stay by what it is now and has been; the log wants to know what happened and when. Nothing is guessed:
a location that is only planned, and one after the end of the stay, are no moves.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from wardwise.feeds.fhir.document import Resource, inner, objects, text
from wardwise.feeds.fhir.place import Follow, Held, Place, place_of

Clock = Callable[[str], datetime | None]

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_BEGUN = frozenset({"arrived", "triaged", "in-progress", "onleave", "finished"})
_UNDONE = frozenset({"cancelled", "entered-in-error"})
_NOT_THERE = frozenset({"planned", "reserved"})
_ORDER = ("planned", "began", "class", "moved", "left", "returned", "ended", "cancelled")


@dataclass(frozen=True, slots=True)
class _Step:
    what: str
    at: str
    place: Place
    more: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Journey:
    """One Encounter; `clock` reads a time, `follow` a reference."""

    encounter: Resource
    follow: Follow
    clock: Clock
    held: list[Held] | None = None  # the places, where they were worked out before

    def steps(self) -> list[Resource]:
        """What happened, in the order of time, with the numbers of its sort; sites/fhir_mapping.py names the fields."""
        found = [*self._planned(), *self._stay(), *self._cancelled()]
        found.sort(key=lambda step: (self._instant(step.at) or _EARLIEST, _ORDER.index(step.what)))
        counts: Counter[str] = Counter()
        steps = []
        for step in found:
            counts[step.what] += 1
            steps.append({"what": step.what, "at": step.at, "number": counts[step.what], **step.more, **step.place})
        return steps

    def place_at(self, at: datetime | None) -> Place:
        """Where the patient was at an instant, the last place where it is not known; nothing before the first."""
        here: Place = {}
        for start, place in self.places():
            begun = self._instant(start)
            if at is None or begun is None or begun <= at:
                here = place
        return here

    def _planned(self) -> Iterator[_Step]:
        told = [text(each, "period", "start") for each in self._history("status") if text(each, "status") == "planned"]
        if text(self.encounter, "status") == "planned":
            told.append(text(self.encounter, "meta", "lastUpdated"))
        if told:
            yield _Step("planned", told[0], {}, {"class": self._classes()[0][1]})

    def _cancelled(self) -> Iterator[_Step]:
        if text(self.encounter, "status") in _UNDONE:
            yield _Step("cancelled", text(self.encounter, "meta", "lastUpdated"), {}, {})

    def _stay(self) -> Iterator[_Step]:
        told = {text(each, "status") for each in self._history("status")} | {text(self.encounter, "status")}
        if not told & _BEGUN or "entered-in-error" in told:
            return
        begin = text(self.encounter, "period", "start")
        classes = self._classes()
        begun = self._instant(begin)
        yield _Step("began", begin, self.place_at(begun) if begun else {}, {"class": classes[0][1]})
        changes = list(self._changes(classes))
        yield from changes
        yield from self._moves(begun, {self._instant(step.at) for step in changes})
        yield from self._leaves()
        if text(self.encounter, "status") == "finished":
            end = text(self.encounter, "period", "end")
            yield _Step("ended", end, self.place_at(self._instant(end)), {"class": classes[-1][1]})

    def _changes(self, classes: list[tuple[str, str]]) -> Iterator[_Step]:
        starts = {self._instant(start) for start, _ in self.places()}
        for (_, before), (start, code) in pairwise(classes):
            at = self._instant(start)
            more = {"class": code, "before": before, "moved": at in starts}
            yield _Step("class", start, self.place_at(at), more)

    def _moves(self, begun: datetime | None, changed: set[datetime | None]) -> Iterator[_Step]:
        end = self._instant(text(self.encounter, "period", "end"))
        before: Place = {}
        for start, place in self.places():
            at = self._instant(start)
            # A time too coarse to be an instant is no reason to drop the move: its event is set aside, and said.
            later = at is None or (begun is not None and at > begun and (end is None or at < end))
            if later and at not in changed:
                ward = {"from": before["ward"]} if "ward" in before else {}
                yield _Step("moved", start, place, ward)
            before = place

    def _leaves(self) -> Iterator[_Step]:
        history = self._history("status")
        for each in history:
            if text(each, "status") == "onleave":
                start, end = text(each, "period", "start"), text(each, "period", "end")
                yield _Step("left", start, self.place_at(self._instant(start)), {})
                if end and end != text(self.encounter, "period", "end"):
                    yield _Step("returned", end, self.place_at(self._instant(end)), {})
        if text(self.encounter, "status") == "onleave" and not any(_open(each, "onleave") for each in history):
            start = text(history[-1], "period", "end") if history else ""
            at = start or text(self.encounter, "meta", "lastUpdated")
            yield _Step("left", at, self.place_at(self._instant(at)), {})

    def _classes(self) -> list[tuple[str, str]]:
        """When each class began, and its code; never empty."""
        begin, now = text(self.encounter, "period", "start"), text(self.encounter, "class", "code")
        history = self._history("class")
        spans = [(text(each, "period", "start") or begin, text(each, "class", "code")) for each in history]
        spans.append((text(history[-1], "period", "end") if history else begin, now))
        return [span for index, span in enumerate(spans) if index == 0 or span[1] != spans[index - 1][1]]

    def places(self) -> list[Held]:
        """Where the patient was from when on; ward and bed told side by side for one time are one place."""
        if self.held is not None:
            return self.held
        begin = text(self.encounter, "period", "start")
        found: dict[datetime | None, tuple[str, Place]] = {}
        for each in objects(self.encounter.get("location")):
            location = self.follow(inner(each, "location"), "Location")
            if location is None or text(each, "status") in _NOT_THERE:
                continue
            start = text(each, "period", "start") or begin
            at = self._instant(start)
            place = place_of(location, self.follow, told=each.get("physicalType"))
            found[at] = (start, {**place, **found[at][1]} if at in found else place)
        return [found[at] for at in sorted(found, key=lambda at: at or _EARLIEST)]

    def _history(self, name: str) -> list[Resource]:
        told = objects(self.encounter.get(f"{name}History"))
        return sorted(told, key=lambda each: self._instant(text(each, "period", "start")) or _EARLIEST)

    def _instant(self, written: str) -> datetime | None:
        return self.clock(written) if written else None


def _open(each: Resource, status: str) -> bool:
    return text(each, "status") == status and not text(each, "period", "end")
