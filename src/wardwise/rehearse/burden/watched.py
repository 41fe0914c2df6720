"""A patient watched from one set of measurements to the next, and the alerts a rule gives on the way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant something was measured: hours until the next or until it counts no more, groups by dimension."""

    at: datetime
    hours: float
    groups: Mapping[str, str]
    found: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Saying:
    """What a rule says at a moment: how grave, and for how long it then holds back what is no graver."""

    rank: int
    repeat_after: timedelta


@dataclass(frozen=True, slots=True)
class Watched:
    """One stay of one patient, its moments in order of time."""

    patient: str
    moments: tuple[Moment, ...]


Rule = Callable[[Moment], Saying | None]


def alerts(moments: Sequence[Moment], rule: Rule) -> list[bool]:
    """Whether each moment gives an alert: what was said holds back what is no graver until it may be repeated."""
    given: list[bool] = []
    last: tuple[datetime, Saying] | None = None
    for moment in moments:
        saying = rule(moment)
        held = last is not None and saying is not None and _holds(last, moment.at, saying)
        given.append(saying is not None and not held)
        if saying is not None and not held:
            last = moment.at, saying
    return given


def _holds(last: tuple[datetime, Saying], at: datetime, saying: Saying) -> bool:
    since, said = last
    return saying.rank <= said.rank and at - since < said.repeat_after
