"""What a reader makes of one raw message: facts, or the reason why there are none."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from wardwise.loop.capture.event import Draft
from wardwise.loop.capture.inbox import Raw


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Why a message gave no facts: a code for machines, a sentence and a remedy for people, no patient data."""

    code: str
    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Which identifier a token stands for; goes to the vault and nowhere else."""

    token: str
    authority: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Facts in the message's order, or a quarantine; `ignored` is the mapping's reason for giving neither.

    `problems` are parts (a row, a segment) that were set aside while the rest was read; each is reported
    beside the facts. Where some segments of a message with facts have no rule, `ignored` counts them.
    `checked`: who made the facts has seen that each is of its kind.
    """

    drafts: tuple[Draft, ...] = ()
    quarantine: Quarantine | None = None
    ignored: str = ""
    identities: tuple[Identity, ...] = ()
    problems: tuple[Quarantine, ...] = ()
    checked: bool = False


class Reader(Protocol):
    """Reads raws of one feed through a versioned mapping; pure but for its configuration."""

    def read(self, raw: Raw, now: datetime) -> Reading:
        """What a raw says. `now` bounds what can have happened: a fact from the future is quarantined."""
        ...
