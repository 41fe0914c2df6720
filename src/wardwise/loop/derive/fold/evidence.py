"""Where patients' vital signs were taken: what tells of a move that nobody told of."""

from bisect import insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from wardwise.hospital.moment import micros, moment
from wardwise.loop.capture.event import Event, Status
from wardwise.loop.capture.instant import Instant

KIND = "sign.measured"
LASTS = timedelta(days=3)  # vital signs older than this tell nothing of where a patient is
_UNTOLD = frozenset({Status.CANCELLED, Status.SUSPECT})

_position = attrgetter("position")

Row = list[object]


@dataclass(frozen=True, slots=True)
class Seen:
    """Vital signs were taken in a unit; of several at one time the event first recorded."""

    at: datetime
    unit: str
    event: str
    source: str


@dataclass(frozen=True, slots=True)
class _Mark:
    position: int
    known: int
    event: str
    source: str


class Whereabouts:
    """Times and units of vital signs by encounter."""

    def __init__(self) -> None:
        """Nothing was measured."""
        self._marks: dict[str, dict[tuple[int, str], list[_Mark]]] = {}

    def add(self, event: Event) -> None:
        """Take a vital sign over; one that is doubtful or says no unit tells nothing."""
        about = event.about
        if about.encounter is None or about.unit is None or event.status in _UNTOLD:
            return
        mark = _Mark(event.position, micros(event.known_at), event.id, event.source)
        self._put(about.encounter, micros(event.occurred_at), about.unit, mark)

    def of(self, encounter: str, instant: Instant, hidden: Callable[[str, Instant], bool]) -> list[Seen]:
        """Where vital signs were taken in the three days before an instant, as known then, oldest first.

        `hidden(event, instant)` says which are replaced by then.
        """
        now, since = micros(instant.at), micros(instant.at - LASTS)
        found: list[Seen] = []
        for (at, unit), marks in sorted(self._marks.get(encounter, {}).items()):
            known = (m for m in marks if at > since and m.position <= instant.position and m.known <= now)
            first = next((mark for mark in known if not hidden(mark.event, instant)), None)
            if first is not None:
                found.append(Seen(moment(at), unit, first.event, first.source))
        return found

    def encounters(self) -> Sequence[str]:
        """Every encounter with a mark, in order of token."""
        return sorted(self._marks)

    def forget(self, before: datetime) -> None:
        """Let go of what is older than an instant."""
        oldest = micros(before)
        kept = {
            encounter: {key: mark for key, mark in marks.items() if key[0] > oldest}
            for encounter, marks in self._marks.items()
        }
        self._marks = {encounter: marks for encounter, marks in kept.items() if marks}

    def rows(self) -> Iterator[Row]:
        """Every mark as plain values, for a snapshot."""
        for encounter in self.encounters():
            for (at, unit), marks in sorted(self._marks[encounter].items()):
                for mark in marks:
                    yield [encounter, at, unit, mark.position, mark.known, mark.event, mark.source]

    def load(self, rows: Sequence[Sequence[Any]]) -> None:
        """Take over the marks of a snapshot."""
        for encounter, at, unit, *mark in rows:
            self._put(encounter, at, unit, _Mark(*mark))

    def _put(self, encounter: str, at: int, unit: str, mark: _Mark) -> None:
        marks = self._marks.setdefault(encounter, {}).setdefault((at, unit), [])
        insort(marks, mark, key=_position)
