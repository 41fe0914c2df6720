"""The worker: raws to events, events to turns, and what came true to what was said. One per site."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from wardwise.assemble.worker import Bench
from wardwise.errors import BrokenChain, StaleWriter, StoreUnavailable
from wardwise.feeds.intake import heard_in, read_all
from wardwise.govern.data.absence import absence_changes
from wardwise.govern.data.arbiter import Arbiter
from wardwise.govern.data.room import room_changes
from wardwise.govern.data.unreached import unpublished_incidents, unreached_incidents
from wardwise.govern.data.watchman import Watchman
from wardwise.loop.attempt import attempt
from wardwise.loop.capture.absence import Absence, Unreached
from wardwise.loop.capture.event import Draft, Event
from wardwise.loop.capture.inbox import INTAKE, Raw
from wardwise.loop.capture.instant import Instant
from wardwise.loop.capture.log import Batch, Lease
from wardwise.loop.capture.room import Room
from wardwise.loop.declare.workflow import Workflow
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state.ledger import keep
from wardwise.loop.derive.state.repairs import repairs
from wardwise.loop.derive.view import View
from wardwise.loop.respond.ignored import ignored
from wardwise.loop.verify.docket import Docket
from wardwise.run.agenda import Agenda
from wardwise.run.faults import fault_drafts, tier_changes

_RAWS_AT_ONCE = 200
_KEEP_AFTER = 10_000
_KEEP_EVERY = timedelta(hours=1)
_PRUNE_EVERY = timedelta(hours=6)
_LONGEST_CYCLE = timedelta(minutes=1)
_FATAL = (StoreUnavailable, StaleWriter, BrokenChain)  # nothing more can be written; end, and be started anew


class Worker:
    """Takes cycles. Everything it knows is in the log, so a new worker goes on where this one stopped."""

    def __init__(self, bench: Bench, lease: Lease, history: History, docket: Docket, agenda: Agenda) -> None:
        self._bench = bench
        self._lease = lease
        self._history = history
        self._docket = docket
        self._agenda = agenda
        self._read_upto = bench.log.offset(lease.site, INTAKE)
        # A feed speaks when facts come of it; before this worker's first look any word counts.
        self._heard = bench.inbox.last_received(lease.site)
        self._pruned_at: datetime | None = None
        self._kept = (0, datetime.min.replace(tzinfo=UTC))  # the first cycle writes its state down
        self._watchman, self._arbiter = Watchman(), Arbiter()

    def cycle(self, now: datetime, *, at_most: int | None = None) -> int:
        """Take in what has arrived, take the turns that are due, judge what can be judged.

        `at_most` bounds the raws taken in, so that a flood does not keep turns waiting. A fault in one step
        is recorded as an incident and stops no other. Returns how many events were appended; 0: nothing to do.
        """
        before = self._history.position
        self.take_in(now, at_most=at_most)
        self._guarded("contracts", self._listen, now)
        self._guarded("sources", lambda at: self._append(self._arbiter.settle(self._view(at)), at), now)
        self._guarded("drift", lambda at: self._append(self._watchman.compare(self._view(at)), at), now)
        self._guarded("respond", lambda at: self._append(ignored(self._view(at)), at), now)
        self._guarded("repair", lambda at: self._append(repairs(self._view(at)), at), now)
        for workflow in self._bench.workflows.values():
            self._guarded(workflow.name, partial(self._turn, workflow), now)
        self._guarded("verify", lambda at: self._append(self._docket.measure(self._view(at)), at), now)
        self._guarded("retention", self._prune, now)
        self._guarded("snapshot", self._keep, now)
        return self._history.position - before

    def has_mail(self) -> bool:
        """Whether a raw waits to be read."""
        return self._bench.inbox.waiting(self._lease.site, after=self._read_upto) > 0

    def take_in(self, now: datetime, *, at_most: int | None = None) -> None:
        """Read what has arrived into events, and take no turn."""
        taken = 0
        while at_most is None or taken < at_most:
            raws = self._bench.inbox.pending(self._lease.site, after=self._read_upto, limit=_RAWS_AT_ONCE)
            if not raws:
                return
            read = read_all(raws, self._bench.readers)
            self._bench.remember(read.identities)
            self._commit(read.batch, _not_before(raws[-1], now))
            self._read_upto = raws[-1].sequence
            self._heard |= heard_in(raws, read.batch.dispositions)
            taken += len(raws)

    def note_service(self, absences: Sequence[Absence], room: Room, now: datetime) -> None:
        """Record which processes of the service were away, or are back, and whether the disk has room."""
        self._guarded("processes", lambda at: self._append(absence_changes(self._view(at), absences), at), now)
        self._guarded("disk", lambda at: self._append(room_changes(self._view(at), room), at), now)

    def note_servers(self, unreached: Iterable[Unreached], now: datetime) -> None:
        """Record which servers of feeds do not answer."""
        self._guarded("servers", lambda at: self._append(unreached_incidents(self._view(at), unreached), at), now)

    def note_brokers(self, unreached: Iterable[Unreached], now: datetime) -> None:
        """Record which brokers take nothing of a stream that is published to."""
        self._guarded("brokers", lambda at: self._append(unpublished_incidents(self._view(at), unreached), at), now)

    def forget(self, now: datetime) -> None:
        """Let go of what no workflow looks back on any more."""
        self._history.forget(now)

    def _prune(self, now: datetime) -> None:
        """Let go of raw bytes past the site's retention: at the first cycle, then four times a day."""
        if self._pruned_at is not None and abs(now - self._pruned_at) < _PRUNE_EVERY:
            return
        self._pruned_at = now
        kept_for = timedelta(days=self._bench.folder.site.raw_retention_days)
        self._bench.inbox.prune(now - kept_for, upto=self._read_upto)

    def _keep(self, now: datetime) -> None:
        """Write the state down after so many events, or so long after the last time."""
        position, at = self._kept
        gained = self._history.position - position
        if gained >= _KEEP_AFTER or (gained and abs(now - at) >= _KEEP_EVERY):
            self._kept = (keep(self._history), now)

    def _listen(self, now: datetime) -> None:
        self._append(self._watchman.listen(self._view(now), self._heard), now)

    def _turn(self, workflow: Workflow, now: datetime) -> None:
        view = self._view(now)
        try:
            entities = self._agenda.due(workflow, view)
            if entities is not None:
                self._append(self._decide(workflow, view, entities), now)
                self._agenda.taken(workflow, now)
        except _FATAL:
            raise
        except Exception:
            self._agenda.taken(workflow, now)  # the same events would break it again at once
            raise

    def _decide(self, workflow: Workflow, view: View, entities: Sequence[str]) -> list[Draft]:
        taken = attempt(workflow, view, self._bench.guard, entities=entities, runtime=self._bench.runtime)
        changes = tier_changes(workflow, view, taken.drafts)
        return [*taken.drafts, *changes, *fault_drafts(workflow.name, view, taken.faults)]

    def _guarded(self, step: str, take: Callable[[datetime], None], now: datetime) -> None:
        try:
            take(now)
        except _FATAL:
            raise
        except Exception as fault:  # noqa: BLE001 - recorded; the other workflows and the feeds go on
            self._append(fault_drafts(step, self._view(now), (type(fault).__name__,)), now)

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


def _not_before(raw: Raw, now: datetime) -> datetime:
    """A raw that came after this cycle began is not recorded before it came; a clock set back is not followed."""
    came = raw.arrival.received_at
    return came if now < came <= now + _LONGEST_CYCLE else now
