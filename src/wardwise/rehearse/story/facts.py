"""The sentences a story may use, each with what it makes of itself."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from wardwise.errors import ImpossibleValue
from wardwise.hospital.place import bed_of
from wardwise.loop.capture.event import About, Draft
from wardwise.rehearse.story import patient_facts, unit_facts
from wardwise.rehearse.story.form import AnyEvent, as_json
from wardwise.rehearse.story.telling import Telling

_BED = r"(?P<bed>[a-z0-9-]+/[a-z0-9-]+)"
_UNIT = r"(?P<unit>[a-z0-9-]+)"
_SHIFT = r"(?P<shift>[a-z]+)"
_ANSWER = r"(?P<role>[a-z-]+) (?P<answer>accepts|overrides|defers) (?P<place>[a-z0-9/-]+)"
_N = r"(?P<n>\d{1,4})"

Sentence = Callable[[Telling, datetime, re.Match[str]], list[Draft]]

# The order matters once: measurements come last, because any other words after a bed would look like one.
SENTENCES: tuple[tuple[str, Sentence], ...] = (
    (rf"{_BED} admitted(, (?P<years>\d{{1,3}}) years)?(, service (?P<service>[a-z-]+))?", patient_facts.admitted),
    (rf"{_BED} arrived(, (?P<years>\d{{1,3}}) years)?(, service (?P<service>[a-z-]+))?", patient_facts.arrived),
    (rf"{_BED} moved to (?P<to>[a-z0-9-]+/[a-z0-9-]+)", patient_facts.moved),
    (rf"{_BED} discharged(, (?P<how>[a-z -]+))?", patient_facts.discharged),
    (rf"{_BED} ordered (?P<code>[a-z0-9-]+)", patient_facts.ordered),
    (rf"{_BED} (?P<measure>[a-z ]+) corrected to (?P<value>[0-9.]+)", patient_facts.corrected),
    (rf"{_BED} (?P<measure>[a-z ]+) withdrawn", patient_facts.withdrawn),
    (r"feed (?P<feed>[a-z-]+) (?P<state>silent|speaking)", unit_facts.feed),
    (rf"{_ANSWER}( because (?P<reason>[a-z-]+))?( until (?P<until>.+))?", unit_facts.answered),
    (rf"{_UNIT} counted (?P<n>[\d ]+) arrivals an hour for (?P<days>\d{{1,3}}) days", unit_facts.counted_by_hour),
    (rf"{_UNIT} counted {_N} arrivals", unit_facts.counted),
    (rf"{_UNIT} {_N} patients came", unit_facts.came),
    (rf"{_UNIT} has {_N} patients", unit_facts.filled),
    (rf"{_UNIT} {_SHIFT} has {_N} (?P<skill>[a-z-]+ )?nurses", unit_facts.rostered),
    (rf"{_UNIT} {_SHIFT} nurse {_N} called out", unit_facts.called_out),
    (rf"{_BED} (?P<measures>.+)", patient_facts.measured),
)


@dataclass(frozen=True, slots=True)
class Told:
    """An event and when it reaches wardwise."""

    at: datetime
    draft: Draft


def told(telling: Telling, line: str | AnyEvent) -> list[Told]:
    """The events of one line of a story; raises ImpossibleValue for a line that is no sentence."""
    if isinstance(line, AnyEvent):
        draft = _any(telling, line)
        return [Told(draft.occurred_at, draft)]
    text, _, later = line.partition(", told ")
    at, sentence = telling.calendar.split(text)
    reached = telling.calendar.at(later) if later else at
    for pattern, tell in SENTENCES:
        found = re.fullmatch(pattern, sentence)
        if found:
            return [Told(reached, draft) for draft in tell(telling, at, found)]
    raise ImpossibleValue(
        what=f"`{sentence}` is not a sentence a story can use", remedy="rehearse/story/facts.py lists them."
    )


def _any(telling: Telling, line: AnyEvent) -> Draft:
    unit = telling.unit(line.unit) if line.unit else None
    about = About(
        unit=unit,
        bed=bed_of(unit, line.bed) if unit and line.bed else None,
        patient=line.patient,
        encounter=line.encounter,
        staff=line.staff,
    )
    payload = {key: as_json(value) for key, value in line.payload.items()}
    return telling.draft(line.kind, telling.calendar.at(line.at), about, payload=payload)
