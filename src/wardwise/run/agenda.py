"""The agenda: which workflows are due a turn: by what woke them, by their pace, or because a feed is not as it was."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from wardwise.loop.capture.event import Event
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.view import View

GUARDING = frozenset({"feed.silent", "contract.breached", "drift.accepted"})  # what may move any workflow on its ladder


class Agenda:
    """Remembers what happened since each workflow's last turn. A restart starts it from the log."""

    def __init__(
        self, workflows: Mapping[str, Workflow], last_turns: Mapping[str, datetime], seen: Mapping[str, int]
    ) -> None:
        """`last_turns` and `seen` give, by workflow, the instant and the position of its last turn."""
        self._workflows = workflows
        self._last = dict(last_turns)
        self._seen = dict(seen)
        self._events: dict[str, list[Event]] = {name: [] for name in workflows}

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind that wakes a workflow."""
        triggers = (trigger for workflow in self._workflows.values() for trigger in workflow.triggers)
        return frozenset(kind for trigger in triggers for kind in trigger.kinds) | GUARDING

    def note(self, events: Iterable[Event]) -> None:
        """Put events before the workflows whose triggers name their kinds."""
        for event in events:
            for name, workflow in self._workflows.items():
                woken = any(event.kind in trigger.kinds for trigger in workflow.triggers)
                if (woken or _guards(workflow, event)) and event.position > self._seen.get(name, 0):
                    self._events[name].append(event)

    def due(self, workflow: Workflow, view: View) -> Sequence[str] | None:
        """The entities to ask about now; None when nothing woke the workflow and its pace has not come round."""
        events = self._events[workflow.name]
        if self._paced(workflow, view.instant.at) or any(_guards(workflow, event) for event in events):
            return workflow.stages.spine(view, ())
        if events and self._woken(workflow, view, events):
            return workflow.stages.spine(view, tuple(events))
        if workflow.cadence is None:
            events.clear()
        return None

    def _woken(self, workflow: Workflow, view: View, events: Sequence[Event]) -> bool:
        for trigger in workflow.triggers:
            named = [event for event in events if event.kind in trigger.kinds]
            if named and trigger.wakes(view, named):
                return True
        return False

    def taken(self, workflow: Workflow, at: datetime) -> None:
        """A workflow has had its turn."""
        self._last[workflow.name] = at
        self._events[workflow.name].clear()

    def _paced(self, workflow: Workflow, now: datetime) -> bool:
        if workflow.cadence is None:
            return False
        last = self._last.get(workflow.name)
        return last is None or now - last >= workflow.cadence.every


def _guards(workflow: Workflow, event: Event) -> bool:
    """Whether an event says of a feed on the workflow's ladder that it is silent, broken, or back."""
    if event.kind not in GUARDING:
        return False
    return any(event.payload["feed"] in rung.feeds for rung in workflow.stages.ladder)
