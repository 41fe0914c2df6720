"""What screens are sent as it happens: made once per tick, handed to all of them."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from wardwise.hospital.moment import iso
from wardwise.surfaces.web import words
from wardwise.surfaces.web.pages.fragments import Fragments
from wardwise.surfaces.web.snapshot import Snapshot


class Live:
    """Holds the last tick and the last two snapshots; screens wait for the next tick."""

    def __init__(self, fragments: Fragments) -> None:
        """Nothing has been sent yet."""
        self._fragments = fragments
        self._snapshot: Snapshot | None = None
        self._before: Snapshot | None = None
        self._tick = b""
        self._frames: dict[str, bytes] = {}
        self._next = asyncio.Event()
        self.screens = 0

    @contextmanager
    def seat(self) -> Iterator[None]:
        """Count a screen for as long as it is served."""
        self.screens += 1
        try:
            yield
        finally:
            self.screens -= 1

    def tick(self, snapshot: Snapshot, now: datetime) -> None:
        """Take over a tick and wake every screen."""
        if self._snapshot is not snapshot:
            self._before, self._snapshot = self._snapshot, snapshot
            self._frames = {}
        zone = snapshot.site.zone
        clock = f"{words.day(now, zone=zone)} {words.clock(now, now=now, zone=zone)}"
        facts = {"now": iso(now), "clock": clock, "version": snapshot.version, "stale": snapshot.stale}
        self._tick = _frame("tick", facts)
        waiting, self._next = self._next, asyncio.Event()
        waiting.set()

    async def stream(self, page: str, shown: str) -> AsyncIterator[bytes]:
        """A screen's events: a tick every second, and the fragments when the snapshot is another than it shows."""
        while True:
            snapshot, following = self._snapshot, self._next
            if snapshot is not None:
                if snapshot.version != shown:
                    yield self._changes(page, shown, snapshot)
                    shown = snapshot.version
                yield self._tick
            await following.wait()

    def _changes(self, page: str, shown: str, snapshot: Snapshot) -> bytes:
        """What changed for a screen that shows the snapshot before, everything for one further behind."""
        before_it = self._before if self._before is not None and self._before.version == shown else None
        key = f"{page}:{'next' if before_it else 'all'}"
        if key not in self._frames:
            fragments = self._fragments.of(page, snapshot)
            before = self._fragments.of(page, before_it) if before_it else {}
            changed = {name: html for name, html in fragments.items() if before.get(name) != html}
            order = [name for name in fragments if name.startswith("advice-")]
            sent = {"version": snapshot.version, "fragments": changed, "advice": order}
            self._frames[key] = _frame("fragments", sent)
        return self._frames[key]


def _frame(event: str, facts: Mapping[str, object]) -> bytes:
    # One event in the wire format, made once for all screens; JSON has no line breaks of its own.
    return f"event: {event}\ndata: {json.dumps(facts)}\n\n".encode()
