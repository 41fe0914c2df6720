"""Replay decisions: take every recorded turn again from the log alone and compare byte for byte."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from wardwise.loop.attempt import attempt
from wardwise.loop.capture.decision import DECISION_KINDS, decision_bytes
from wardwise.loop.capture.event import Event
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Log, Selection
from wardwise.loop.declare.model import Artefacts
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.loop.estimate.prediction import seen_of, versions_of
from wardwise.loop.guard import Guard
from wardwise.sites.load import SiteFolder

_PAGE = 10_000
_Turn = tuple[str, datetime, int]


@dataclass(frozen=True, slots=True)
class Configuration:
    """A site as it was configured, and its workflows declared from that."""

    folder: SiteFolder
    workflows: Mapping[str, Workflow]


@dataclass(frozen=True, slots=True)
class Turned:
    """One recorded turn: the workflow, the instant it looked from, and the decisions it led to."""

    workflow: str
    at: datetime
    position: int
    configuration: str
    runtime: str
    entities: tuple[str, ...]
    decisions: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """How a replay went; `differing` are ids of decisions that did not come out the same."""

    turns: int
    decisions: int
    differing: tuple[str, ...]
    other_runtime: int

    @property
    def identical(self) -> bool:
        """Whether every decision came out with the same bytes."""
        return not self.differing

    def figures(self) -> dict[str, object]:
        """The result for machines."""
        return {
            "turns": self.turns,
            "decisions": self.decisions,
            "identical": self.identical,
            "differing": list(self.differing),
            "turns_of_another_runtime": self.other_runtime,
        }


def replay(
    log: Log,
    site: str,
    guard: Guard,
    *,
    artefacts: Artefacts,
    configured: Callable[[str], Configuration],
) -> Iterator[tuple[Turned, tuple[str, ...]]]:
    """Take each recorded turn of a site again, oldest first, with the ids of what came out differently.

    `configured` gives the configuration with a digest. The runtime's name is taken over from the record, so
    that on another runtime what is compared is the decision.
    """
    history = History(log, site)
    for turned in recorded_turns(log, site):
        setting = configured(turned.configuration)
        view = View(setting.folder, Instant(turned.at, turned.position), history, artefacts)
        again = attempt(
            setting.workflows[turned.workflow], view, guard, entities=turned.entities, runtime=turned.runtime
        )
        expected = {event.id: decision_bytes(event) for event in turned.decisions}
        got = {draft.id: decision_bytes(draft) for draft in again.drafts}
        yield turned, tuple(sorted(key for key in expected.keys() | got.keys() if expected.get(key) != got.get(key)))


def summarise(results: Iterator[tuple[Turned, tuple[str, ...]]], *, runtime: str) -> Replayed:
    """Count a replay."""
    turns = decisions = other = 0
    differing: list[str] = []
    for turned, differences in results:
        turns += 1
        decisions += len(turned.decisions)
        differing.extend(differences)
        other += turned.runtime != runtime
    return Replayed(turns, decisions, tuple(differing), other)


def recorded_turns(log: Log, site: str) -> Iterator[Turned]:
    """Turns as the log holds them: one append each, so their decisions stand side by side."""
    turns: dict[str, _Turn] = {}

    def turn_of(event: Event) -> _Turn:
        if event.kind == "prediction.made":
            instant = seen_of(event)
            turns[event.id] = (str(event.payload["workflow"]), instant.at, instant.position)
        else:
            turns[event.id] = turns[event.caused_by[0]]
        return turns[event.id]

    for turn, events in groupby(_decisions(log, site), key=turn_of):
        yield _turned(turn, tuple(events))


def _turned(turn: _Turn, events: tuple[Event, ...]) -> Turned:
    made = [event for event in events if event.kind == "prediction.made"]
    versions = versions_of(made[0])
    return Turned(
        workflow=turn[0],
        at=turn[1],
        position=turn[2],
        configuration=versions["site"],
        runtime=versions["runtime"],
        entities=tuple(dict.fromkeys(str(event.payload["entity"]) for event in made)),
        decisions=events,
    )


def _decisions(log: Log, site: str) -> Iterator[Event]:
    after = 0
    where = Selection(kinds=DECISION_KINDS)
    while page := log.read(site, after=after, where=where, limit=_PAGE):
        yield from page
        after = page[-1].position
