"""The port of the event log: append-only, one gap-free position and one chain per site."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from wardwise.loop.capture.event import Draft, Event


class Outcome(StrEnum):
    """What became of an acknowledged raw message."""

    APPLIED = "applied"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Disposition:
    """One raw message dealt with: `reason` is empty when it gave events, else a code and a sentence."""

    raw: str
    sequence: int
    outcome: Outcome
    events: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write a site; a higher token of the same site ends it."""

    site: str
    token: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What one append commits, all or nothing: facts, what became of raws, and how far consumers have read."""

    drafts: Sequence[Draft] = ()
    dispositions: Sequence[Disposition] = ()
    offsets: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a site's log; position 0 means empty. `chain` is hexadecimal."""

    position: int
    recorded_at: datetime
    chain: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events to read; None means any. `occurred_from` is inclusive."""

    kinds: frozenset[str] | None = None
    encounter: str | None = None
    patient: str | None = None
    occurred_from: datetime | None = None


EVERYTHING = Selection()


class Log(Protocol):
    """A store of events. One conformance suite runs on every implementation."""

    def sites(self) -> list[str]:
        """The sites this log holds, in order of name."""
        ...

    def lease(self, site: str, holder: str) -> Lease:
        """Take over the writing of a site; every earlier lease of it is void from now on."""
        ...

    def append(self, lease: Lease, batch: Batch, now: datetime) -> list[Event]:
        """Commit a batch durably and return the events it added, in order of position.

        A draft whose id the site already has is left out. `recorded_at` is max(now, last + 1 microsecond).
        Raises StaleWriter when the lease is void, UnknownKind or ImpossibleValue before anything is written.
        """
        ...

    def head(self, site: str) -> Head:
        """The last committed position of a site."""
        ...

    def read(
        self,
        site: str,
        *,
        after: int = 0,
        upto: int | None = None,
        where: Selection = EVERYTHING,
        limit: int = 10_000,
    ) -> list[Event]:
        """Events with after < position <= upto in order of position, at most `limit`."""
        ...

    def find(self, site: str, identifier: str) -> Event:
        """The event with this id or unique beginning of an id; raises NotFound."""
        ...

    def caused(self, site: str, identifier: str) -> list[Event]:
        """Events that name this id among their causes, in order of position."""
        ...

    def offset(self, site: str, consumer: str) -> int:
        """How far a consumer has committed; 0 when it never did."""
        ...

    def disposition(self, site: str, raw: str) -> Disposition | None:
        """What became of a raw message; None while it is pending."""
        ...

    def dispositions(self, site: str) -> Mapping[Outcome, int]:
        """How many raws came to each outcome."""
        ...

    def verify(self, site: str, *, exported: Head | None = None) -> Head:
        """Recompute every digest and link; raises BrokenChain naming the first bad position.

        With a head exported earlier, a log cut short or rewritten since is found too.
        """
        ...
