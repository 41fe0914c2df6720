"""What a workflow promises in the ward's terms, and what it counts as better."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from wardwise.loop.capture.event import Event

if TYPE_CHECKING:
    from wardwise.loop.derive.view import View
    from wardwise.loop.verify.outcome import Measured


@dataclass(frozen=True, slots=True)
class Promise:
    """A service level people can hold the workflow to."""

    name: str
    says: str
    within: timedelta


@dataclass(frozen=True, slots=True)
class Kpi:
    """A measure joined to what was said, once its window is over.

    `of` is the kind of event it judges, `due` when an event can be judged (None: never),
    `measure` what came true by then. A counter-measure must not worsen while the others improve.
    """

    name: str
    version: int
    says: str
    of: str
    due: Callable[[Event], datetime | None]
    measure: "Callable[[View, Event], Measured | None]"
    longest: timedelta
    counter: bool = False
