"""Where patients' vital signs were taken: what tells of a move that nobody told of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wardwise.hospital.moment import micros, moment
from wardwise.loop.capture.event import Event, Status
from wardwise.loop.capture.instant import Instant

KIND = "sign.measured"
LASTS = timedelta(days=3)  # vital signs older than this tell nothing of where a patient is
_UNTOLD = frozenset({Status.CANCELLED, Status.SUSPECT})

Row = list[object]


@dataclass(frozen=True, slots=True)
class Seen:
    """A vital sign was taken in a unit; of several at one time the first that was recorded is kept."""

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
        self._marks: dict[str, dict[tuple[int, str], _Mark]] = {}

    def add(self, event: Event) -> None:
        """Take a vital sign over; one that is doubtful or says no unit tells nothing."""
        about = event.about
        if about.encounter is None or about.unit is None or event.status in _UNTOLD:
            return
        marks = self._marks.setdefault(about.encounter, {})
        mark = _Mark(event.position, micros(event.known_at), event.id, event.source)
        marks.setdefault((micros(event.occurred_at), about.unit), mark)

    def of(self, encounter: str, instant: Instant) -> list[Seen]:
        """Where vital signs were taken in the three days before an instant, as known then, oldest first."""
        now, since = micros(instant.at), micros(instant.at - LASTS)
        return [
            Seen(moment(at), unit, mark.event, mark.source)
            for (at, unit), mark in sorted(self._marks.get(encounter, {}).items())
            if at > since and mark.position <= instant.position and mark.known <= now
        ]

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
            for (at, unit), mark in sorted(self._marks[encounter].items()):
                yield [encounter, at, unit, mark.position, mark.known, mark.event, mark.source]

    def load(self, rows: Sequence[Sequence[object]]) -> None:
        """Take over the marks of a snapshot."""
        for encounter, at, unit, position, known, event, source in rows:
            mark = _Mark(int(str(position)), int(str(known)), str(event), str(source))
            self._marks.setdefault(str(encounter), {})[int(str(at)), str(unit)] = mark
