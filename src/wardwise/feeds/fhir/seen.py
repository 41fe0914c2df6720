"""A resource as a mapping sees it: its own elements, those it refers to, and what was worked out of them."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from wardwise.feeds.fhir.booking import booking_steps
from wardwise.feeds.fhir.delivery import Delivery
from wardwise.feeds.fhir.document import TYPE, Resource, inner, objects, text
from wardwise.feeds.fhir.journey import Clock, Journey
from wardwise.feeds.fhir.moments import day
from wardwise.feeds.fhir.path import look_up, steps_of
from wardwise.feeds.fhir.place import place_of
from wardwise.feeds.fhir.version import Version, version_of
from wardwise.feeds.mapped.trouble import Unreadable

WORKED_OUT = frozenset({"step", "place", "record"})

_TIMES = (("effectiveDateTime",), ("effectiveInstant",), ("effectivePeriod", "start"), ("authoredOn",), ("issued",))


class Seen:
    """One resource, or one item of a list of it. `around` is when the latest resource was recorded that it led to."""

    __slots__ = ("_clock", "_delivery", "_found", "around", "head", "item", "resource", "whole")

    def __init__(self, resource: Resource, delivery: Delivery, clock: Clock) -> None:
        """`clock` reads a time of the feed; it may raise Unreadable."""
        self.resource = resource
        self.head = ""
        self.item: Any = None
        self.whole = self
        self.around = 0
        self._delivery = delivery
        self._clock = clock
        self._found: dict[str, Any] = {}

    def each(self, name: str) -> list["Seen"]:
        """The resource once for each item of one of its lists."""
        items = objects(self.worked_out(name) if name in WORKED_OUT else self.resource.get(name))
        seen = []
        for item in items:
            one = Seen(self.resource, self._delivery, self._clock)
            one.head, one.item, one.whole = name, item, self
            seen.append(one)
        return seen

    @property
    def version(self) -> Version:
        """The resource's version, with that of what was looked at around it so far."""
        return version_of(self.resource)._replace(around=self.whole.around)

    def start(self, first: str) -> tuple[Any, bool]:
        """Where a path with this first name begins, and whether it stands for the name already."""
        if first == self.head:
            return self.item, True
        return (self.whole.worked_out(first), True) if first in WORKED_OUT else (self.resource, False)

    def follow(self, reference: Resource, wanted: str) -> Resource | None:
        """What a reference leads to; of one that only tells an identifier or a name, just that is known."""
        written = text(reference, "reference")
        found = self._delivery.find(written, self.resource) if written else None
        if found is not None:
            self.whole.around = max(self.whole.around, version_of(found).recorded)
            return found if wanted in {"", found.get(TYPE)} else None
        kind = text(reference, "type") or written.rpartition("/")[0].rpartition("/")[2]
        told: Resource = {key: reference[key] for key in ("identifier", "display") if key in reference}
        return {TYPE: kind, **told} if told and (not wanted or kind in {"", wanted}) else None

    def worked_out(self, name: str) -> Any:
        """What is worked out of the resource, once."""
        if name not in self._found:
            self._found[name] = _WAYS[name](self)
        return self._found[name]

    def journey(self, encounter: Resource) -> Journey:
        """The journey of an encounter; where it led is worked out once, many results belong to one."""
        known = self._delivery.places.get(id(encounter))  # what came lives as long as its delivery
        if known is None:
            before, self.whole.around = self.whole.around, 0
            places = Journey(encounter, self.follow, self._clock).places()
            known = self._delivery.places[id(encounter)] = places, self.whole.around
            self.whole.around = before
        self.whole.around = max(self.whole.around, known[1])
        return Journey(encounter, self.follow, self._clock, known[0])

    def at(self) -> datetime | None:
        """When what the resource tells of happened, where that is an instant."""
        told = (text(self.resource, *names) for names in _TIMES)
        return next((at for written in told if written and (at := self._clock(written)) is not None), None)


def _steps(seen: Seen) -> Any:
    kind = seen.resource[TYPE]
    if kind == "Appointment":
        return booking_steps(seen.resource)
    return seen.journey(seen.resource).steps() if kind == "Encounter" else []


def _place(seen: Seen) -> Any:
    if seen.resource[TYPE] == "Location":
        return place_of(seen.resource, seen.follow)
    if seen.resource[TYPE] == "Task":
        places = (seen.follow(inner(seen.resource, name), "Location") for name in ("focus", "location"))
        return next((place_of(found, seen.follow) for found in places if found is not None), {})
    reference = inner(seen.resource, "encounter")
    encounter = seen.follow(reference, "Encounter") if reference else None
    return seen.journey(encounter).place_at(seen.at()) if encounter is not None else {}


_WAYS: dict[str, Callable[[Seen], Any]] = {
    "step": _steps,
    "place": _place,
    "record": lambda seen: {"at": text(seen.resource, "meta", "lastUpdated")},
}


def place(path: str) -> Callable[[Seen], str]:
    """The look-up of a place of a mapping."""
    steps = steps_of(path)
    return lambda seen: look_up(steps, seen)


_BORN = place("subject->birthDate")


def birth(seen: Seen) -> date | None:
    """The patient's birth date, where it is one and comes with the resource."""
    written = _BORN(seen)
    try:
        return day(written) if written else None
    except Unreadable:
        return None
