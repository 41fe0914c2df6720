"""A fact as state keeps it: what a fold needs of an event, small enough to hold many and to write down as a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wardwise.hospital.moment import from_iso, micros, moment
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.fold import Order, fold_key
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.kinds import CATALOGUE
from wardwise.loop.capture.two_sources import stands_by


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One event of a projection. `known` is in microseconds; `told` is the payload in its kind's current version.

    `stands_by` is set on what a second source tells of a stay: the minutes within which the first tells the same.
    """

    order: Order
    kind: str
    position: int
    known: int
    source: str
    status: str
    supersedes: str | None
    cause: str | None
    unit: str | None
    bed: str | None
    patient: str | None
    encounter: str | None
    staff: str | None
    told: Mapping[str, Any]
    stands_by: int | None = None

    @property
    def id(self) -> str:
        """The event's id."""
        return self.order[4]

    @property
    def at(self) -> datetime:
        """When it happened."""
        return moment(self.order[0])

    @property
    def known_at(self) -> datetime:
        """When the hospital could have known it."""
        return moment(self.known)

    def time(self, name: str) -> datetime | None:
        """A field of type time; None where it was not told."""
        value = self.told.get(name)
        return from_iso(value) if value else None

    def row(self) -> list[Any]:
        """The fact as plain values, for a snapshot."""
        return [list(self.order), *(getattr(self, name) for name in _PLAIN)]


_PLAIN = tuple(name for name in Fact.__dataclass_fields__ if name != "order")


def fact_of(event: Event) -> Fact:
    """The fact an event tells."""
    about = event.about
    within, status = stands_by(event) or (None, event.status.value)
    return Fact(
        order=fold_key(event),
        kind=event.kind,
        position=event.position,
        known=micros(event.known_at),
        source=event.source,
        status=status,
        supersedes=event.supersedes,
        cause=event.caused_by[0] if event.caused_by else None,
        unit=about.unit,
        bed=about.bed,
        patient=about.patient,
        encounter=about.encounter,
        staff=about.staff,
        told=CATALOGUE[event.kind].upcast(event.version, event.payload),
        stands_by=within,
    )


def from_row(row: list[Any]) -> Fact:
    """The fact of a snapshot's row."""
    order, *plain = row
    return Fact(order=tuple(order), **dict(zip(_PLAIN, plain, strict=True)))


@dataclass(frozen=True, slots=True)
class Edge:
    """A place and a time in the log: how far something reaches."""

    position: int = 0
    known: int = 0

    def past(self, fact: Fact) -> "Edge":
        """The edge that lies beyond a fact too."""
        return Edge(max(self.position, fact.position), max(self.known, fact.known))

    def within(self, position: int, known: int) -> bool:
        """Whether everything up to this edge is visible from a position and a time in microseconds."""
        return self.position <= position and self.known <= known


def sees(instant: Instant, fact: Fact) -> bool:
    """Visible iff position <= p and known_at <= t, both inclusive."""
    return fact.position <= instant.position and fact.known <= micros(instant.at)
