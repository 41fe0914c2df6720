"""The event: everything that happens, from a vital sign to an override, in one shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from wardwise.loop.capture.canonical import Json


class KnownBasis(StrEnum):
    """How `known_at` was come by: printed by every evaluation."""

    OBSERVED = "observed"  # the instant this log, or the source, recorded the fact
    DECLARED = "declared"  # occurred_at plus the lag a mapping declares
    ASSUMED = "assumed"  # occurred_at itself, for want of anything better


class Status(StrEnum):
    """What the source says of the fact."""

    FINAL = "final"
    PRELIMINARY = "preliminary"
    CORRECTED = "corrected"
    CANCELLED = "cancelled"
    SUSPECT = "suspect"  # kept and shown with its flags, never scored


@dataclass(frozen=True, slots=True)
class About:
    """Whom and where an event is about; people are tokens, places are keys (`site/unit/bed`)."""

    unit: str | None = None
    bed: str | None = None
    patient: str | None = None
    encounter: str | None = None
    staff: str | None = None


NOBODY = About()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A fact ready to be appended. Times are aware UTC.

    `known_at` is set for imported history only; a live fact is known when it is recorded.
    `sequence` is the source's own order among facts of the same instant.
    `supersedes` names the event this one replaces; nothing is ever edited.
    """

    id: str
    kind: str
    occurred_at: datetime
    source: str
    version: int = 1
    about: About = NOBODY
    status: Status = Status.FINAL
    confidence: str | None = None
    sequence: int = 0
    raw: str | None = None
    caused_by: tuple[str, ...] = ()
    supersedes: str | None = None
    flags: tuple[str, ...] = ()
    known_at: datetime | None = None
    known_basis: KnownBasis = KnownBasis.OBSERVED
    payload: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.occurred_at.tzinfo is None:
            raise ValueError(f"occurred_at of {self.kind} needs a time zone")
        if self.known_at is not None and self.known_at.tzinfo is None:
            raise ValueError(f"known_at of {self.kind} needs a time zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Draft):
    """A fact in the log: a draft with its place (site, position) and its times."""

    site: str
    position: int
    recorded_at: datetime
    known_at: datetime
