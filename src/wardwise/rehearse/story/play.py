"""Plays a story: tells its facts to a log, takes the real turn through the real guard, and compares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from wardwise.errors import BrokenArtefact, ImpossibleValue
from wardwise.loop.capture.canonical import Json, digest
from wardwise.loop.capture.event import Draft, Event
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch, Lease, Log
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.loop.guard import Guard
from wardwise.loop.turn import turn
from wardwise.rehearse.story.expect import disagreements
from wardwise.rehearse.story.facts import Told, told
from wardwise.rehearse.story.form import Step, Story
from wardwise.rehearse.story.telling import Telling
from wardwise.rehearse.story.when import Calendar
from wardwise.sites.load import SiteFolder

RUNTIME = "story"
_BEFORE = timedelta(minutes=1)


@dataclass(slots=True)
class Shelf:
    """Artefacts in memory, for models trained within a story."""

    kept: dict[str, bytes] = field(default_factory=dict)

    def get(self, sha256: str) -> bytes:
        """The bytes with this hash."""
        if sha256 not in self.kept:
            raise BrokenArtefact(name=sha256[:12], what="it is not on the story's shelf")
        return self.kept[sha256]

    def __hash__(self) -> int:
        return id(self)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a story is played: a site, one of its workflows, an empty log and the guard."""

    folder: SiteFolder
    workflow: Workflow
    log: Log
    guard: Guard
    shelf: Shelf = field(default_factory=Shelf)


def play(story: Story, stage: Stage) -> list[str]:
    """Everything in which wardwise disagrees with the story, in words; empty when it agrees."""
    return _Play(story, stage).run()


class _Play:
    """One story under way."""

    def __init__(self, story: Story, stage: Stage) -> None:
        self.story = story
        self.stage = stage
        self.site = stage.folder.site.slug
        self.calendar = Calendar(story.day, stage.folder.site.zone)
        self.telling = Telling(stage.folder, self.calendar)
        self.lease: Lease = stage.log.lease(self.site, "story")

    def run(self) -> list[str]:
        found: list[str] = []
        for number, step in enumerate(self.story.steps):
            gained = self._tell(step, first=number == 0)
            if number == 0 and self.story.model:
                self._publish(self.calendar.at(step.when))
            drafts = self._ask(step, gained)
            found.extend(f"at {step.when}: {each}" for each in disagreements(drafts, step.then, self.telling))
        return found

    def _tell(self, step: Step, *, first: bool) -> list[Event]:
        when = self.calendar.at(step.when)
        facts = sorted((each for line in step.given for each in told(self.telling, line)), key=lambda each: each.at)
        late = next((each for each in facts if each.at > when), None)
        if late is not None:
            what = f"a line of the story is told after {step.when}"
            raise ImpossibleValue(what=what, remedy="Move it to a later step, or ask later.")
        if first:
            self._set_mode(min([when, *(each.at for each in facts)]) - _BEFORE)
        return [event for at, group in groupby(facts, key=_at) for event in self._append(group, at)]

    def _append(self, facts: Iterator[Told], at: datetime) -> list[Event]:
        drafts = [each.draft for each in facts]
        return self.stage.log.append(self.lease, Batch(drafts), at)

    def _set_mode(self, at: datetime) -> None:
        name = self.stage.workflow.name
        was = self.stage.folder.site.mode(name).value
        payload = {
            "workflow": name,
            "mode": self.story.mode.value,
            "was": was,
            "by": "story",
            "why": "as the story says",
        }
        self.stage.log.append(self.lease, Batch([self.telling.draft("mode.changed", at, payload=payload)]), at)

    def _publish(self, at: datetime) -> None:
        workflow = self.stage.workflow
        if workflow.model is None:
            raise ImpossibleValue(what=f"{workflow.name} has no model to train", remedy="Drop `model` from the story.")
        made = workflow.model.train(self._view(at))
        sha256 = digest(made.artefact)
        self.stage.shelf.kept[sha256] = made.artefact
        payload: dict[str, Json] = {"workflow": workflow.name, "artefact": sha256, "lineage": made.lineage}
        self.stage.log.append(self.lease, Batch([self.telling.draft("model.published", at, payload=payload)]), at)

    def _ask(self, step: Step, gained: Sequence[Event]) -> list[Draft]:
        workflow = self.stage.workflow
        view = self._view(self.calendar.at(step.when))
        entities = workflow.stages.spine(view, woken_by(workflow, view, gained))
        drafts = turn(workflow, view, self.stage.guard, entities=entities, runtime=RUNTIME)
        self.stage.log.append(self.lease, Batch(drafts), view.instant.at)
        return drafts

    def _view(self, at: datetime) -> View:
        head = self.stage.log.head(self.site)
        # Facts told in the minute of asking are recorded microseconds after it; they were meant to be heard.
        instant = Instant(max(at, head.recorded_at), head.position)
        return View(self.stage.folder, instant, History(self.stage.log, self.site), self.stage.shelf)


def woken_by(workflow: Workflow, view: View, gained: Sequence[Event]) -> list[Event]:
    """The events just gained that wake a workflow by one of its triggers; none: it is its cadence that asks."""
    woken: dict[str, Event] = {}
    for trigger in workflow.triggers:
        events = [event for event in gained if event.kind in trigger.kinds]
        if events and trigger.wakes(view, events):
            woken.update((event.id, event) for event in events)
    return sorted(woken.values(), key=lambda event: event.position)


def _at(each: Told) -> datetime:
    return each.at
