"""When a workflow takes its turn: on events, or at a pace with its reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from wardwise.loop.capture.event import Event

if TYPE_CHECKING:
    from wardwise.loop.derive.view import View


def always(_view: "View", _events: Sequence[Event]) -> bool:
    """Every event of the kind wakes the workflow."""
    return True


@dataclass(frozen=True, slots=True)
class Cadence:
    """The slowest pace that still serves the decision, and why it is that."""

    every: timedelta
    why: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """Kinds of events that wake a workflow at once, if `wakes` agrees."""

    kinds: frozenset[str]
    why: str
    wakes: "Callable[[View, Sequence[Event]], bool]" = always
