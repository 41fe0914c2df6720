"""The worker: raws to events, events to turns, and what came true to what was said. One per site."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from wardwise.assemble.worker import Bench
from wardwise.feeds.intake import CONSUMER, read_all
from wardwise.govern.data.silence import silence_changes
from wardwise.loop.attempt import attempt
from wardwise.loop.capture.event import Draft, Event
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch, Lease
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.history import History
from wardwise.loop.derive.view import View
from wardwise.loop.respond.ignored import ignored
from wardwise.loop.verify.docket import Docket
from wardwise.run.agenda import Agenda
from wardwise.run.faults import fault_drafts, tier_changes

_RAWS_AT_ONCE = 500


class Worker:
    """Takes cycles. Everything it knows is in the log, so a new worker goes on where this one stopped."""

    def __init__(self, bench: Bench, lease: Lease, history: History, docket: Docket, agenda: Agenda) -> None:
        self._bench = bench
        self._lease = lease
        self._history = history
        self._docket = docket
        self._agenda = agenda
        self._read_upto = bench.log.offset(lease.site, CONSUMER)

    def cycle(self, now: datetime) -> int:
        """Take in what has arrived, take the turns that are due, judge what can be judged.

        Returns how many events it appended; 0 means there was nothing to do.
        """
        before = self._history.position
        self.take_in(now)
        self._append(silence_changes(self._view(now), self._bench.inbox.last_received(self._lease.site)), now)
        self._append(ignored(self._view(now)), now)
        for workflow in self._bench.workflows.values():
            self._turn(workflow, now)
        self._append(self._docket.measure(self._view(now)), now)
        return self._history.position - before

    def has_mail(self) -> bool:
        """Whether a raw waits to be read."""
        return bool(self._bench.inbox.pending(self._lease.site, after=self._read_upto, limit=1))

    def take_in(self, now: datetime) -> None:
        """Read what has arrived into events, and take no turn."""
        while raws := self._bench.inbox.pending(self._lease.site, after=self._read_upto, limit=_RAWS_AT_ONCE):
            read = read_all(raws, self._bench.readers)
            self._bench.remember(read.identities)
            self._commit(read.batch, now)
            self._read_upto = raws[-1].sequence

    def _turn(self, workflow: Workflow, now: datetime) -> None:
        view = self._view(now)
        entities = self._agenda.due(workflow, view)
        if entities is None:
            return
        taken = attempt(workflow, view, self._bench.guard, entities=entities, runtime=self._bench.runtime)
        changes = tier_changes(workflow, view, taken.drafts)
        self._append([*taken.drafts, *changes, *fault_drafts(workflow, view, taken.faults)], now)
        self._agenda.taken(workflow, now)

    def _view(self, now: datetime) -> View:
        # Facts recorded at one instant are a microsecond apart, so the last may lie a little past `now`.
        instant = Instant(max(now, self._history.recorded_at), self._history.position)
        return View(self._bench.folder, instant, self._history, self._bench.artefacts)

    def _append(self, drafts: Iterable[Draft], now: datetime) -> None:
        listed = list(drafts)
        if listed:
            self._commit(Batch(listed), now)

    def _commit(self, batch: Batch, now: datetime) -> None:
        events: Sequence[Event] = self._bench.log.append(self._lease, batch, now)
        self._history.add(events)
        self._docket.add(events)
        self._agenda.note(events)
