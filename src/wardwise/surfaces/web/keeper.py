"""Keeps the snapshot fresh: one reader for all screens, once a second, off the event loop."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from wardwise.govern.runtime.lag import COUNTED_BACK
from wardwise.loop.capture.absence import Absence
from wardwise.loop.capture.instant import Instant
from wardwise.loop.derive.history import History
from wardwise.loop.derive.state.advice import AdviceState, advice_states
from wardwise.loop.derive.view import View
from wardwise.surfaces.house import House
from wardwise.surfaces.web.board.feeds import absence_told, feed_lines, lost_feeds, told
from wardwise.surfaces.web.board.glance import Doors, Glance, Unread
from wardwise.surfaces.web.board.marks import HourMarks
from wardwise.surfaces.web.snapshot import Snapshot, take
from wardwise.surfaces.web.watch import DoorWatch

_LOG = structlog.get_logger("web")
TICK_SECONDS = 1.0
FRESH_SECONDS = 5.0
# Times on the page are shown to the minute, so an unchanged log is looked at anew after one of hospital time.
AGAIN_AFTER = timedelta(minutes=1)
RELOAD_AFTER = timedelta(days=7)
_LOOKBACK = {
    "prediction.made": timedelta(days=2),
    "advice.given": timedelta(days=28),
    "delivery.made": timedelta(days=28),
    "response.given": timedelta(days=28),
    "advice.ended": timedelta(days=28),
    "outcome.measured": timedelta(days=28),
    "message.quarantined": timedelta(days=7),
    "publication.dropped": COUNTED_BACK,
    "arrivals.counted": timedelta(days=2),
    "feed.profiled": timedelta(days=35),
    "sign.measured": timedelta(days=2),
    "note.written": timedelta(days=2),
    "order.placed": timedelta(days=4),
    "stay.arrived": timedelta(days=2),
    "stay.cancelled": timedelta(days=32),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceNow:
    """All recent advice at one instant and position."""

    at: datetime
    position: int
    states: list[AdviceState]
    feeds: Sequence[Mapping[str, object]]
    away: Sequence[Mapping[str, object]]
    trouble: str


class Keeper:
    """Holds the current snapshot. `refresh` is the only thing that reads the log, and never twice at once."""

    def __init__(self, house: House) -> None:
        """Nothing is read yet."""
        self._house = house
        self._history: History | None = None
        self._loaded_at: datetime | None = None
        self._marks = HourMarks()
        self._watch = DoorWatch(house)
        self._looked_at = 0.0
        self._lock = asyncio.Lock()
        self._lost: frozenset[str] = frozenset()
        self._listeners: list[Callable[[Snapshot, datetime], None]] = []
        self._told = 0
        self.current: Snapshot | None = None
        self.ready = asyncio.Event()
        self.trouble = ""

    def listen(self, listener: Callable[[Snapshot, datetime], None]) -> None:
        """Be called on every tick with the snapshot and hospital time."""
        self._listeners.append(listener)

    async def run(self) -> None:
        """Tick until cancelled. A store that cannot be read stops the ticks, and every screen marks itself stale."""
        while True:
            try:
                self.trouble = await asyncio.to_thread(self._house.trouble)
                snapshot = await self.refresh()
            except Exception as fault:  # noqa: BLE001 - the outermost turn: no tick, screens go stale, tried again
                self._failed(fault)
            else:
                self.ready.set()
                now = self._house.clock.now()
                for listener in self._listeners:
                    listener(snapshot, now)
            await asyncio.sleep(TICK_SECONDS)

    def _failed(self, fault: Exception) -> None:
        if self.ready.is_set() or self.current is None:
            _LOG.error("no snapshot", kind=type(fault).__name__)
        self.ready.clear()

    async def refresh(self) -> Snapshot:
        """Catch up with the log; the snapshot after that."""
        async with self._lock:
            began = self._house.clock.elapsed()
            self.current = await asyncio.to_thread(self._look)
            self._looked_at = began
            return self.current

    @property
    def fresh(self) -> bool:
        """Whether the last look at the log is at most five seconds of machine time old."""
        return self.current is not None and self._house.clock.elapsed() - self._looked_at <= FRESH_SECONDS

    @property
    def absent(self) -> Mapping[str, Absence]:
        """The processes that are away, as of the last look."""
        return self.current.absent if self.current else {}

    @property
    def nearly_full(self) -> bool:
        """Whether little room is left on the disk, as of the last look."""
        return self.current is not None and self.current.nearly_full

    @property
    def unread(self) -> Unread | None:
        """What the worker has left lying, as of the last look."""
        return self.current.unread if self.current else None

    async def advice(self) -> AdviceNow:
        """Advice from the log as it is now, without building the pages; they will show no earlier state after it."""
        async with self._lock:
            found = await asyncio.to_thread(self._look_at_advice)
            self._told = found.position
            return found

    async def keep_up(self) -> None:
        """Refresh if the snapshot is behind what `advice` has told somebody."""
        if self.current is None or self.current.position < self._told:
            await self.refresh()

    def _look_at_advice(self) -> AdviceNow:
        history = self._caught_up()
        view = self._view(history)
        doors = self._watch.look()
        lines = feed_lines(self._glance(history, doors))
        states = advice_states(view)
        return AdviceNow(
            at=view.instant.at,
            position=history.position,
            states=states,
            feeds=[*map(told, lines)],
            away=[absence_told(each) for each in doors.absent.values()],
            trouble=doors.trouble,
        )

    def _look(self) -> Snapshot:
        history, doors = self._caught_up(), self._watch.look()
        glance = self._glance(history, doors)
        current, lost = self.current, lost_feeds(glance)
        unchanged = self._marks.complete(glance.now) and lost == self._lost
        if current is not None and unchanged and _still(current, glance):
            return current
        self._lost = lost
        return take(glance, self._marks)

    def _caught_up(self) -> History:
        now = self._house.clock.now()
        if self._history is None or self._loaded_at is None or now - self._loaded_at > RELOAD_AFTER:
            site = self._house.folder.site.slug
            kept = self._house.snapshots
            self._history = History(self._house.log, site, since=now, lookback=_LOOKBACK, snapshots=kept)
            self._loaded_at = now
        self._history.catch_up()
        return self._history

    def _glance(self, history: History, doors: Doors) -> Glance:
        return Glance(self._view(history), self._house.workflows, doors)

    def _view(self, history: History) -> View:
        # The log may run a few microseconds ahead of the clock within one instant; what it holds is known.
        instant = Instant(max(self._house.clock.now(), history.recorded_at), history.position)
        return View(self._house.folder, instant, history, self._house.artefacts)


def _still(shown: Snapshot, glance: Glance) -> bool:
    doors = glance.doors
    same = (shown.balance, shown.unread, shown.absent) == (doors.balance, doors.unread, doors.absent)
    same = same and shown.going_out == doors.outgoing
    same = same and (shown.trouble, shown.nearly_full) == (doors.trouble, doors.nearly_full)
    return same and shown.position == glance.view.instant.position and glance.now - shown.at < AGAIN_AFTER
