"""Publishes one stream: an event, the broker's confirmation, and only then the next one and the place.

A crash in between has events go out again under the same ids; none is left out and none overtakes another. Each
publisher has a thread and an event loop of its own: nothing else waits for its broker.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from wardwise.hospital.clock import Clock
from wardwise.hospital.moment import iso
from wardwise.loop.capture.dropped import Dropped, Dropping
from wardwise.loop.capture.event import Event
from wardwise.surfaces.stream.envelope import envelope, expires_at, key_of, type_of
from wardwise.surfaces.stream.outbox import Outbox, Waiting
from wardwise.surfaces.stream.outlet import Letter, Outlet

_WAIT_SECONDS = 0.25
_LOOK_AFTER = 12  # looks without anything, after which the broker is seen to be there


@dataclass(slots=True)
class Publisher:
    """Not safe for threads. While `off` says why nothing may go out, the broker is let go of.

    `drop` keeps durably what will never go out, before it is passed by. Once `stopped`, the message under way is the
    last one. A log that has nothing is looked at again after `wait_seconds`.
    """

    outbox: Outbox
    outlet: Outlet
    drop: Callable[[Dropped], None]
    clock: Clock
    off: Callable[[], str]
    stopped: Callable[[], bool]
    wait_seconds: float = _WAIT_SECONDS
    _loop: asyncio.Runner = field(default_factory=asyncio.Runner)
    _connected: bool = False
    _quiet: int = 0

    def turn(self) -> int:
        """Publish what waits, a page at most; returns how many were dealt with. Raises Unanswered, StoreUnavailable."""
        try:
            return self._loop.run(self._turn())
        except BaseException:
            # Whatever a library has left running ends here: it must not send behind our back.
            self._loop.close()
            self._loop = asyncio.Runner()
            raise
        finally:
            if self.stopped():
                self._loop.close()

    async def _turn(self) -> int:
        if self.stopped() or self.off():
            await self._let_go()
            if not self.stopped():
                await asyncio.sleep(self.wait_seconds)
            return 0
        try:
            await self._connect()
            dealt_with = await self._publish_all()
        except BaseException:
            await self._let_go()
            raise
        if self.stopped():
            await self._let_go()
        elif not dealt_with:
            await asyncio.sleep(self.wait_seconds)
        return dealt_with

    async def _publish_all(self) -> int:
        waiting, dealt_with = self.outbox.page(), 0
        try:
            for each in waiting:
                if self.stopped() or self.off():
                    break
                await self._publish(each)
                self.outbox.passed(each.event)
                dealt_with += 1
        finally:
            self.outbox.keep(all_of_it=dealt_with > 0)
        await self._look(quiet=not waiting)
        return dealt_with

    async def _publish(self, waiting: Waiting) -> None:
        event, mode = waiting.event, waiting.mode
        if mode is None:
            return
        expiry = expires_at(event)
        if expiry is not None and expiry <= self.clock.now():
            self._drop(event, Dropping.EXPIRED, f"it expired at {iso(expiry)}, before it could be sent")
            return
        refusal = await self.outlet.send(Letter(event.id, type_of(event), key_of(event), envelope(event, mode)))
        if refusal:
            self._drop(event, Dropping.REFUSED, refusal)

    def _drop(self, event: Event, why: Dropping, says: str) -> None:
        publish = self.outbox.publish
        self.drop(Dropped(publish.name, event.id, why, says, publish.owner))

    async def _connect(self) -> None:
        if not self._connected:
            await self.outlet.open()
            self._connected = True

    async def _look(self, *, quiet: bool) -> None:
        self._quiet = self._quiet + 1 if quiet else 0
        if self._quiet >= _LOOK_AFTER:
            self._quiet = 0
            await self.outlet.look()

    async def _let_go(self) -> None:
        self._connected = False
        await self.outlet.close()
