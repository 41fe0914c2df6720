"""Watches the doors: where every receipt went, and whether the worker still reads what comes in."""

from collections import deque
from collections.abc import Iterator

from wardwise.govern.data.balance import Balance, balance_of
from wardwise.govern.data.room import is_low
from wardwise.govern.runtime.lag import lag_of
from wardwise.loop.capture.inbox import INTAKE
from wardwise.surfaces.house import House
from wardwise.surfaces.web.board.glance import Doors, Outgoing, Unread

BEHIND_AFTER_SECONDS = 5.0  # of machine time: a simulated hospital hour may pass in a minute
_LOOKS_KEPT = 600
_COUNTS_AT_MOST = 5


class DoorWatch:
    """One site's doors, looked at once a tick; it remembers when it first saw what still waits."""

    def __init__(self, house: House) -> None:
        """Nothing has been seen yet."""
        self._house = house
        self._site = house.folder.site.slug
        self._seen: deque[tuple[float, int]] = deque(maxlen=_LOOKS_KEPT)  # when, and how many had come by then
        self._settled: Balance | None = None

    def look(self) -> Doors:
        """The doors now."""
        found = self._count()
        return Doors(
            balance=self._settle(found),
            last_received=self._house.inbox.last_received(self._site),
            unread=self._unread(found),
            absent={each.process: each for each in self._house.absences() if each.until is None},
            unreached=self._house.unreached(),
            trouble=self._house.trouble(),
            outgoing=tuple(self._outgoing()),
            nearly_full=is_low(self._house.room(), self._house.folder.site.disk.warn_below_mib),
        )

    def _outgoing(self) -> Iterator[Outgoing]:
        house = self._house
        unreached = house.unpublished()
        for each in house.folder.site.publish:
            yield Outgoing(lag_of(house.log, self._site, each), house.switched_off(each.name), unreached.get(each.name))

    def _count(self) -> Balance:
        return balance_of(self._house.inbox, self._house.log, self._site)

    def _settle(self, found: Balance) -> Balance:
        # Inbox and log are two stores and not read in one instant: counts that differ are believed when two
        # readings are the same, so that nothing moved between them.
        for _ in range(_COUNTS_AT_MOST):
            again = found if found.holds else self._count()
            if again == found:
                self._settled = found
                return found
            found = again
        return self._settled or found

    def _unread(self, found: Balance) -> Unread | None:
        came, now = found.acknowledged - found.duplicate, self._house.clock.elapsed()
        while self._seen and self._seen[0][1] <= came - found.pending:
            self._seen.popleft()
        if found.pending and (not self._seen or self._seen[-1][1] < came):
            self._seen.append((now, came))
        if not self._seen or now - self._seen[0][0] <= BEHIND_AFTER_SECONDS:
            return None
        after = self._house.log.offset(self._site, INTAKE)
        oldest = self._house.inbox.pending(self._site, after=after, limit=1)
        return Unread(found.pending, oldest[0].arrival.received_at) if oldest else None
